-- DropIndex
DROP INDEX "patients_email_lower_idx";
