-- DropIndex
DROP INDEX "medical_records_review_queue_idx";

UPDATE "medical_records"
   SET "transcriptionStatus" = 'completed'
 WHERE "isAIGenerated" AND "isDraft" AND "transcriptionStatus" = 'needs_review';
