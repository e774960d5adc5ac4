-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "Plain" AS ENUM ('A', 'B');

-- CreateEnum
CREATE TYPE "mapped_enum" AS ENUM ('1st', 'second one', 'third');

-- CreateEnum
CREATE TYPE "NeverUsed" AS ENUM ('only');

-- CreateTable
CREATE TABLE "M" (
    "id" INTEGER NOT NULL,
    "a" "Plain" NOT NULL,
    "b" "Plain" DEFAULT 'A',
    "c" "Plain"[],
    "d" "Plain"[] DEFAULT ARRAY['A', 'B']::"Plain"[],
    "e" "mapped_enum" NOT NULL DEFAULT 'second one',
    "f" "mapped_enum"[] DEFAULT ARRAY['1st']::"mapped_enum"[],
    "g" "mapped_enum"[] DEFAULT ARRAY[]::"mapped_enum"[],
    "h" "mapped_enum" NOT NULL,

    CONSTRAINT "M_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "M_h_key" ON "M"("h");

-- CreateIndex
CREATE INDEX "M_c_idx" ON "M" USING GIN ("c");

-- CreateIndex
CREATE UNIQUE INDEX "M_a_e_key" ON "M"("a", "e");
