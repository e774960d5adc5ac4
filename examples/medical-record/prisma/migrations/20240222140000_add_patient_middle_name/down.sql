-- AlterTable
ALTER TABLE "patients" DROP COLUMN "middleName";
