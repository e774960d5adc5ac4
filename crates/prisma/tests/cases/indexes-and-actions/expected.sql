-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "E" AS ENUM ('a', 'bee', 'C_d1');

-- CreateEnum
CREATE TYPE "Unused" AS ENUM ('one');

-- CreateTable
CREATE TABLE "Z" (
    "id" INTEGER NOT NULL,
    "b" TEXT NOT NULL,
    "c" INTEGER NOT NULL,
    "d" INTEGER NOT NULL,
    "y1Id" INTEGER,
    "aId" INTEGER NOT NULL,
    "y2Id" INTEGER NOT NULL,
    "selfId" INTEGER,
    "a2Id" INTEGER,
    "a3Id" INTEGER NOT NULL,
    "e" "E",

    CONSTRAINT "Z_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Y" (
    "id" INTEGER NOT NULL,

    CONSTRAINT "Y_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "A" (
    "id" INTEGER NOT NULL,

    CONSTRAINT "A_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AB" (
    "x" INTEGER NOT NULL,
    "y" INTEGER NOT NULL,

    CONSTRAINT "AB_pkey" PRIMARY KEY ("x","y")
);

-- CreateIndex
CREATE UNIQUE INDEX "Z_b_key" ON "Z"("b" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "Z_selfId_key" ON "Z"("selfId");

-- CreateIndex
CREATE INDEX "Z_d_idx" ON "Z"("d");

-- CreateIndex
CREATE INDEX "Z_c_d_idx" ON "Z"("c", "d" DESC);

-- CreateIndex
CREATE INDEX "Z_b_idx" ON "Z" USING HASH ("b");

-- CreateIndex
CREATE INDEX "legacy" ON "Z"("aId");

-- CreateIndex
CREATE UNIQUE INDEX "Z_c_d_key" ON "Z"("c", "d");

-- CreateIndex
CREATE UNIQUE INDEX "my_uq" ON "Z"("d", "c");

-- CreateIndex
CREATE UNIQUE INDEX "Z_c_b_key" ON "Z"("c", "b");

-- AddForeignKey
ALTER TABLE "Z" ADD CONSTRAINT "Z_y1Id_fkey" FOREIGN KEY ("y1Id") REFERENCES "Y"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Z" ADD CONSTRAINT "Z_aId_fkey" FOREIGN KEY ("aId") REFERENCES "A"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "Z" ADD CONSTRAINT "custom_fk" FOREIGN KEY ("y2Id") REFERENCES "Y"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Z" ADD CONSTRAINT "Z_selfId_fkey" FOREIGN KEY ("selfId") REFERENCES "Z"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Z" ADD CONSTRAINT "Z_a2Id_a3Id_fkey" FOREIGN KEY ("a2Id", "a3Id") REFERENCES "AB"("x", "y") ON DELETE RESTRICT ON UPDATE CASCADE;
