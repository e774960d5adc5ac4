-- CreateEnum
CREATE TYPE "TranscriptionStatus" AS ENUM ('pending', 'processing', 'completed', 'failed');

-- AlterTable
ALTER TABLE "medical_records" ADD COLUMN     "transcriptionStatus" "TranscriptionStatus" NOT NULL DEFAULT 'pending';

-- Records that already have a transcript are done.
UPDATE "medical_records" SET "transcriptionStatus" = 'completed' WHERE "transcript" IS NOT NULL;

-- CreateIndex
CREATE INDEX "medical_records_transcriptionStatus_idx" ON "medical_records"("transcriptionStatus");
