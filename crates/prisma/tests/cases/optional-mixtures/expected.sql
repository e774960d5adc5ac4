-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "Target" (
    "a" INTEGER NOT NULL,
    "b" INTEGER NOT NULL,
    "id" INTEGER NOT NULL,

    CONSTRAINT "Target_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Source" (
    "id" INTEGER NOT NULL,
    "a" INTEGER,
    "b" INTEGER NOT NULL,
    "c" INTEGER,
    "d" INTEGER NOT NULL,

    CONSTRAINT "Source_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Target_a_b_key" ON "Target"("a", "b");

-- AddForeignKey
ALTER TABLE "Source" ADD CONSTRAINT "Source_a_b_fkey" FOREIGN KEY ("a", "b") REFERENCES "Target"("a", "b") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Source" ADD CONSTRAINT "Source_a_c_fkey" FOREIGN KEY ("a", "c") REFERENCES "Target"("a", "b") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Source" ADD CONSTRAINT "Source_d_b_fkey" FOREIGN KEY ("d", "b") REFERENCES "Target"("b", "a") ON DELETE RESTRICT ON UPDATE CASCADE;
