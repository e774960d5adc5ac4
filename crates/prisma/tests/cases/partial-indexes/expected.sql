-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "E" AS ENUM ('x', 'why');

-- CreateTable
CREATE TABLE "A" (
    "id" INTEGER NOT NULL,
    "a" TEXT NOT NULL,
    "b" BOOLEAN NOT NULL,
    "c" INTEGER,
    "d" TIMESTAMP(3),
    "ee" "E" NOT NULL,
    "f" TEXT NOT NULL,
    "g" DOUBLE PRECISION NOT NULL,
    "h" DECIMAL(65,30) NOT NULL,
    "i" BIGINT NOT NULL,
    "j" JSONB,
    "k" circle,

    CONSTRAINT "A_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "A_f_key" ON "A"("f") WHERE (f <> '');

-- CreateIndex
CREATE INDEX "A_a_idx" ON "A"("a") WHERE (b is true);

-- CreateIndex
CREATE INDEX "9" ON "A"("c") WHERE ("ee" = 'why' AND "g" = -1.5 AND "h" = 2.50 AND "i" = 99999999999);

-- CreateIndex
CREATE INDEX "10" ON "A"("c") WHERE ("d" != '2024-01-01T00:00:00Z' AND "j" IS NOT NULL AND "k" IS NULL);

-- CreateIndex
CREATE INDEX "11" ON "A"("c") WHERE (c > 3);

-- CreateIndex
CREATE INDEX "12" ON "A"("c") WHERE (c > 3) or (c < 0);

-- CreateIndex
CREATE INDEX "3" ON "A"("c") WHERE ("a" = 'x''y' AND "c" IS NOT NULL);

-- CreateIndex
CREATE INDEX "4" ON "A"("c" DESC) WHERE ("c" = 5);

-- CreateIndex
CREATE INDEX "5" ON "A"("c") WHERE ("c" != 5 AND "b" != true AND "a" != 's');

-- CreateIndex
CREATE INDEX "6" ON "A"("c") WHERE ("d" IS NULL);

-- CreateIndex
CREATE INDEX "8" ON "A" USING GIN ("a" gin_trgm_ops) WHERE (c > 3);

-- CreateIndex
CREATE UNIQUE INDEX "1" ON "A"("a", "b") WHERE ("b" = true);

-- CreateIndex
CREATE UNIQUE INDEX "2" ON "A"("c") WHERE ("b" = false AND "c" IS NULL);
