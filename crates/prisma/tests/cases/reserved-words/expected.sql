-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "user" (
    "column" INTEGER NOT NULL,
    "order" INTEGER NOT NULL,
    "group" TEXT NOT NULL,
    "references" INTEGER,
    "default" BOOLEAN NOT NULL DEFAULT true,
    "end" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_pkey" PRIMARY KEY ("column")
);

-- CreateIndex
CREATE UNIQUE INDEX "user_order_key" ON "user"("order");

-- CreateIndex
CREATE INDEX "user_group_default_idx" ON "user"("group", "default");

-- AddForeignKey
ALTER TABLE "user" ADD CONSTRAINT "user_references_fkey" FOREIGN KEY ("references") REFERENCES "user"("column") ON DELETE SET NULL ON UPDATE CASCADE;
