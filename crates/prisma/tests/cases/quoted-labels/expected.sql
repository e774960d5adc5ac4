-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "an ""enum""" AS ENUM ('it''s', 'b');

-- CreateTable
CREATE TABLE "a ""table""" (
    "id" INTEGER NOT NULL,
    "e" "an ""enum""" NOT NULL DEFAULT 'it''s',
    "a ""column""" TEXT NOT NULL,

    CONSTRAINT "a ""table""_pkey" PRIMARY KEY ("id")
);
