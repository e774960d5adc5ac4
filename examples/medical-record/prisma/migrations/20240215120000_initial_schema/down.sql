-- DropTable
DROP TABLE "vital_signs";
DROP TABLE "prescriptions";
DROP TABLE "symptoms";
DROP TABLE "medical_records";
DROP TABLE "appointments";
DROP TABLE "chronic_conditions";
DROP TABLE "allergies";
DROP TABLE "patients";
DROP TABLE "providers";

-- DropEnum
DROP TYPE "AppointmentStatus";
DROP TYPE "AppointmentType";
DROP TYPE "AllergySeverity";
DROP TYPE "Sex";
