-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "archive";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "archive"."Log" (
    "id" INTEGER NOT NULL,

    CONSTRAINT "Log_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Stay" (
    "c" INTEGER NOT NULL,
    "d" INTEGER NOT NULL,

    CONSTRAINT "Stay_pkey" PRIMARY KEY ("c")
);
