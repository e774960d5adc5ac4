-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "Method" AS ENUM ('GET', 'POST', 'PUT', 'PATCH', 'DELETE');

-- CreateTable
CREATE TABLE "Endpoint" (
    "method" "Method" NOT NULL,
    "path" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "Endpoint_pkey" PRIMARY KEY ("method","path","version")
);

-- CreateTable
CREATE TABLE "Call" (
    "id" BIGSERIAL NOT NULL,
    "method" "Method" NOT NULL,
    "path" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "status" SMALLINT NOT NULL,
    "took" REAL NOT NULL,
    "headers" JSONB,
    "body" BYTEA,
    "ip" INET,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Call_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Call_at_status_idx" ON "Call"("at" DESC, "status");

-- CreateIndex
CREATE INDEX "Call_ip_idx" ON "Call" USING GIST ("ip" inet_ops);

-- CreateIndex
CREATE INDEX "Call_headers_idx" ON "Call" USING GIN ("headers");

-- AddForeignKey
ALTER TABLE "Call" ADD CONSTRAINT "Call_method_path_version_fkey" FOREIGN KEY ("method", "path", "version") REFERENCES "Endpoint"("method", "path", "version") ON DELETE RESTRICT ON UPDATE CASCADE;
