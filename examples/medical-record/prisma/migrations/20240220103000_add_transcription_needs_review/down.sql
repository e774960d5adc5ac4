-- PostgreSQL cannot remove a value from an enum, so the type is replaced by one
-- without it. A transcript waiting for review goes back to 'processing'.
BEGIN;

CREATE TYPE "TranscriptionStatus_new" AS ENUM ('pending', 'processing', 'completed', 'failed');

ALTER TABLE "medical_records" ALTER COLUMN "transcriptionStatus" DROP DEFAULT;

ALTER TABLE "medical_records" ALTER COLUMN "transcriptionStatus" TYPE "TranscriptionStatus_new"
    USING (CASE "transcriptionStatus"::text
               WHEN 'needs_review' THEN 'processing'
               ELSE "transcriptionStatus"::text
           END::"TranscriptionStatus_new");

ALTER TYPE "TranscriptionStatus" RENAME TO "TranscriptionStatus_old";
ALTER TYPE "TranscriptionStatus_new" RENAME TO "TranscriptionStatus";
DROP TYPE "TranscriptionStatus_old";

ALTER TABLE "medical_records" ALTER COLUMN "transcriptionStatus" SET DEFAULT 'pending';

COMMIT;
