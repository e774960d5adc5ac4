-- A transcript that the model wrote and nobody has signed needs a reader.
-- Uses the enum value of the migration before; PostgreSQL does not allow both in
-- one transaction.
UPDATE "medical_records"
   SET "transcriptionStatus" = 'needs_review'
 WHERE "isAIGenerated" AND "isDraft" AND "transcriptionStatus" = 'completed';

-- CreateIndex (partial, not in schema.prisma)
CREATE INDEX "medical_records_review_queue_idx" ON "medical_records"("createdAt")
    WHERE "transcriptionStatus" = 'needs_review';
