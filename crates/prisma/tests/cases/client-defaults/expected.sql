-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "A" (
    "id" TEXT NOT NULL,
    "a" TEXT NOT NULL,
    "b" UUID NOT NULL,
    "c" TEXT NOT NULL,
    "d" TEXT NOT NULL,
    "e" TEXT NOT NULL,
    "f" TEXT NOT NULL,
    "g" TIMESTAMP(3) NOT NULL,
    "h" UUID NOT NULL DEFAULT gen_random_uuid(),
    "i" TEXT NOT NULL,
    "j" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "k" TEXT[],

    CONSTRAINT "A_pkey" PRIMARY KEY ("id")
);
