-- DropForeignKey
ALTER TABLE "vital_signs" DROP CONSTRAINT "vital_signs_recordedById_fkey";

-- DropIndex
DROP INDEX "vital_signs_recordedById_idx";

-- AlterTable
ALTER TABLE "vital_signs" DROP COLUMN "recordedById",
DROP COLUMN "notes";
