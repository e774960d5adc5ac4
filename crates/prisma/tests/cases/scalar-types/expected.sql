-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "S" (
    "id" BIGSERIAL NOT NULL,
    "a" TEXT NOT NULL,
    "b" BOOLEAN,
    "c" INTEGER NOT NULL,
    "d" BIGINT,
    "e" DOUBLE PRECISION NOT NULL,
    "f" DECIMAL(65,30),
    "g" TIMESTAMP(3) NOT NULL,
    "h" JSONB,
    "i" BYTEA NOT NULL,
    "la" TEXT[],
    "lb" BOOLEAN[],
    "lc" INTEGER[],
    "ld" BIGINT[],
    "le" DOUBLE PRECISION[],
    "lf" DECIMAL(65,30)[],
    "lg" TIMESTAMP(3)[],
    "lh" JSONB[],
    "li" BYTEA[],
    "lj" VARCHAR(3)[],
    "lk" TIMESTAMPTZ(6)[],

    CONSTRAINT "S_pkey" PRIMARY KEY ("id")
);
