-- AlterTable
ALTER TABLE "patients" ALTER COLUMN "phone" TYPE VARCHAR(255);
