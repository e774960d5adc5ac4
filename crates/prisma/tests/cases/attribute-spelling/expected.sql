-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "table_a" (
    "id" INTEGER NOT NULL,
    "b" INTEGER NOT NULL DEFAULT 3,
    "see" TEXT NOT NULL,
    "dRef" INTEGER NOT NULL,
    "e" VARCHAR(20) NOT NULL,
    "f" INTEGER[] DEFAULT ARRAY[1, 2]::INTEGER[],

    CONSTRAINT "a_key" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "D" (
    "id" INTEGER NOT NULL,

    CONSTRAINT "D_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "b_key" ON "table_a"("b" DESC);

-- CreateIndex
CREATE INDEX "old_name" ON "table_a"("b", "see");

-- CreateIndex
CREATE INDEX "table_a_see_idx" ON "table_a"("see");

-- CreateIndex
CREATE INDEX "spread" ON "table_a"("see" ASC, "b" DESC);

-- AddForeignKey
ALTER TABLE "table_a" ADD CONSTRAINT "table_a_dRef_fkey" FOREIGN KEY ("dRef") REFERENCES "D"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
