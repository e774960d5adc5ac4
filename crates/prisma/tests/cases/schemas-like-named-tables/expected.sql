-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "one";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "two";

-- CreateEnum
CREATE TYPE "one"."kind" AS ENUM ('a');

-- CreateEnum
CREATE TYPE "two"."kind" AS ENUM ('b');

-- CreateTable
CREATE TABLE "one"."user" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "two"."user" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "oneId" INTEGER NOT NULL,

    CONSTRAINT "user_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "user_name_key" ON "one"."user"("name");

-- CreateIndex
CREATE UNIQUE INDEX "user_name_key" ON "two"."user"("name");

-- CreateIndex
CREATE INDEX "user_oneId_idx" ON "two"."user"("oneId");

-- AddForeignKey
ALTER TABLE "two"."user" ADD CONSTRAINT "user_oneId_fkey" FOREIGN KEY ("oneId") REFERENCES "one"."user"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
