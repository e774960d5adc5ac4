-- DropIndex
DROP INDEX "medical_records_transcriptionStatus_idx";

-- AlterTable
ALTER TABLE "medical_records" DROP COLUMN "transcriptionStatus";

-- DropEnum
DROP TYPE "TranscriptionStatus";
