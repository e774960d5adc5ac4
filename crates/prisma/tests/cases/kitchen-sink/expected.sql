-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "x";

-- CreateExtension
CREATE EXTENSION IF NOT EXISTS "pg_trgm" WITH SCHEMA "x" VERSION "1";

-- CreateExtension
CREATE EXTENSION IF NOT EXISTS "uuid-ossp";

-- CreateExtension
CREATE EXTENSION IF NOT EXISTS "vector";

-- CreateEnum
CREATE TYPE "roles" AS ENUM ('USER', 'admin');

-- CreateTable
CREATE TABLE "User" (
    "id" SERIAL NOT NULL,
    "small" SMALLSERIAL NOT NULL,
    "big" BIGSERIAL NOT NULL,
    "email" VARCHAR(100) NOT NULL,
    "name" TEXT,
    "role" "roles" NOT NULL DEFAULT 'admin',
    "roles" "roles"[] DEFAULT ARRAY['USER', 'admin']::"roles"[],
    "tags" TEXT[] DEFAULT ARRAY['a', 'b''c']::TEXT[],
    "f" DOUBLE PRECISION NOT NULL DEFAULT 1.5,
    "dec" DECIMAL(10,2) NOT NULL DEFAULT 1.10,
    "b" BYTEA NOT NULL DEFAULT '\x68656c6c6f',
    "j" JSONB NOT NULL DEFAULT '{"a": 1}',
    "d" TIMESTAMP(3) NOT NULL DEFAULT '2020-01-01 00:00:00 +00:00',
    "d2" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "u" UUID NOT NULL,
    "u7" TEXT NOT NULL,
    "c" TEXT NOT NULL,
    "n" TEXT NOT NULL,
    "ul" TEXT NOT NULL,
    "g" UUID NOT NULL DEFAULT gen_random_uuid(),
    "g2" TEXT NOT NULL,
    "un" tsvector,
    "bo" BOOLEAN NOT NULL DEFAULT true,
    "t" DATE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "tt" TIME(3) NOT NULL,
    "ttz" TIMETZ NOT NULL,
    "bit" BIT(3) NOT NULL,
    "vb" VARBIT NOT NULL,
    "x" XML NOT NULL,
    "ine" INET NOT NULL,
    "ci" CITEXT NOT NULL,
    "ch" CHAR(3) NOT NULL,
    "mo" MONEY NOT NULL,
    "oid" OID NOT NULL,
    "r" REAL NOT NULL,
    "db" DOUBLE PRECISION NOT NULL,
    "by" BYTEA NOT NULL,
    "js" JSON NOT NULL,
    "jb" JSONB NOT NULL,
    "bi" BIGINT NOT NULL DEFAULT 12345678901,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "x"."Post" (
    "id" INTEGER NOT NULL,
    "authorId" INTEGER NOT NULL,
    "a2" INTEGER,

    CONSTRAINT "Post_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "x"."Category" (
    "id" INTEGER NOT NULL,
    "k" TEXT NOT NULL,
    "uu" INTEGER NOT NULL,

    CONSTRAINT "bar" PRIMARY KEY ("uu")
);

-- CreateTable
CREATE TABLE "_fr" (
    "A" INTEGER NOT NULL,
    "B" INTEGER NOT NULL,

    CONSTRAINT "_fr_AB_pkey" PRIMARY KEY ("A","B")
);

-- CreateTable
CREATE TABLE "x"."_CategoryToUser" (
    "A" INTEGER NOT NULL,
    "B" INTEGER NOT NULL,

    CONSTRAINT "_CategoryToUser_AB_pkey" PRIMARY KEY ("A","B")
);

-- CreateTable
CREATE TABLE "x"."_CategoryToPost" (
    "A" INTEGER NOT NULL,
    "B" INTEGER NOT NULL,

    CONSTRAINT "_CategoryToPost_AB_pkey" PRIMARY KEY ("A","B")
);

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");

-- CreateIndex
CREATE INDEX "foo" ON "User"("email", "name" DESC);

-- CreateIndex
CREATE INDEX "User_tags_idx" ON "User" USING GIN ("tags");

-- CreateIndex
CREATE INDEX "User_j_idx" ON "User" USING GIN ("j" jsonb_path_ops);

-- CreateIndex
CREATE INDEX "zz" ON "User" USING GIN ("j" blah);

-- CreateIndex
CREATE UNIQUE INDEX "Post_authorId_a2_key" ON "x"."Post"("authorId", "a2");

-- CreateIndex
CREATE UNIQUE INDEX "Category_uu_key" ON "x"."Category"("uu");

-- CreateIndex
CREATE INDEX "_fr_B_index" ON "_fr"("B");

-- CreateIndex
CREATE INDEX "_CategoryToUser_B_index" ON "x"."_CategoryToUser"("B");

-- CreateIndex
CREATE INDEX "_CategoryToPost_B_index" ON "x"."_CategoryToPost"("B");

-- AddForeignKey
ALTER TABLE "x"."Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "_fr" ADD CONSTRAINT "_fr_A_fkey" FOREIGN KEY ("A") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "_fr" ADD CONSTRAINT "_fr_B_fkey" FOREIGN KEY ("B") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "x"."_CategoryToUser" ADD CONSTRAINT "_CategoryToUser_A_fkey" FOREIGN KEY ("A") REFERENCES "x"."Category"("uu") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "x"."_CategoryToUser" ADD CONSTRAINT "_CategoryToUser_B_fkey" FOREIGN KEY ("B") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "x"."_CategoryToPost" ADD CONSTRAINT "_CategoryToPost_A_fkey" FOREIGN KEY ("A") REFERENCES "x"."Category"("uu") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "x"."_CategoryToPost" ADD CONSTRAINT "_CategoryToPost_B_fkey" FOREIGN KEY ("B") REFERENCES "x"."Post"("id") ON DELETE CASCADE ON UPDATE CASCADE;
