-- AlterEnum
ALTER TYPE "TranscriptionStatus" ADD VALUE 'needs_review' BEFORE 'completed';
