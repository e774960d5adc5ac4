-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "Severity" AS ENUM ('info', 'warning', 'critical');

-- CreateTable
CREATE TABLE "Device" (
    "serial" VARCHAR(32) NOT NULL,
    "model" TEXT NOT NULL,
    "location" point,

    CONSTRAINT "Device_pkey" PRIMARY KEY ("serial")
);

-- CreateTable
CREATE TABLE "Reading" (
    "time" TIMESTAMPTZ(6) NOT NULL,
    "serial" VARCHAR(32) NOT NULL,
    "channel" SMALLINT NOT NULL,
    "value" REAL NOT NULL,
    "quality" SMALLINT DEFAULT 0,

    CONSTRAINT "Reading_pkey" PRIMARY KEY ("serial","channel","time")
);

-- CreateTable
CREATE TABLE "Alarm" (
    "id" BIGSERIAL NOT NULL,
    "serial" VARCHAR(32) NOT NULL,
    "severity" "Severity" NOT NULL,
    "raised" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "cleared" TIMESTAMPTZ,
    "during" tstzrange,

    CONSTRAINT "Alarm_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Reading_time_idx" ON "Reading"("time" DESC);

-- CreateIndex
CREATE INDEX "reading_time_brin" ON "Reading" USING BRIN ("time");

-- CreateIndex
CREATE INDEX "Alarm_during_idx" ON "Alarm" USING GIST ("during");

-- AddForeignKey
ALTER TABLE "Reading" ADD CONSTRAINT "Reading_serial_fkey" FOREIGN KEY ("serial") REFERENCES "Device"("serial") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Alarm" ADD CONSTRAINT "Alarm_serial_fkey" FOREIGN KEY ("serial") REFERENCES "Device"("serial") ON DELETE RESTRICT ON UPDATE CASCADE;
