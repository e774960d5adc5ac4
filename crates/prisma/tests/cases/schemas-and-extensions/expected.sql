-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "a";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "b";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "c";

-- CreateExtension
CREATE EXTENSION IF NOT EXISTS "a_ext";

-- CreateExtension
CREATE EXTENSION IF NOT EXISTS "postgis" WITH SCHEMA "q";

-- CreateEnum
CREATE TYPE "b"."E" AS ENUM ('x');

-- CreateTable
CREATE TABLE "a"."User" (
    "id" INTEGER NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "c"."User" (
    "id" INTEGER NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);
