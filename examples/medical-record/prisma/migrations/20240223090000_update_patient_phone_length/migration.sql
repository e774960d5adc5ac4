-- The longest international number is 15 digits; 20 leaves room for punctuation.
-- Fails, and changes nothing, if a longer value is stored.

-- AlterTable
ALTER TABLE "patients" ALTER COLUMN "phone" TYPE VARCHAR(20);
