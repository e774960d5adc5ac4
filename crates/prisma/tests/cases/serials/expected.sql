-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "A" (
    "id" SERIAL NOT NULL,
    "b" BIGSERIAL NOT NULL,
    "c" SMALLSERIAL NOT NULL,
    "d" SERIAL NOT NULL,
    "e" SERIAL,
    "f" OID NOT NULL,
    "g" BIGSERIAL NOT NULL,

    CONSTRAINT "A_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "B" (
    "id" SMALLSERIAL NOT NULL,
    "k" TEXT NOT NULL,

    CONSTRAINT "B_pkey" PRIMARY KEY ("id","k")
);

-- CreateIndex
CREATE UNIQUE INDEX "A_f_key" ON "A"("f");
