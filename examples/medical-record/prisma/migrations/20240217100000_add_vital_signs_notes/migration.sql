-- AlterTable
ALTER TABLE "vital_signs" ADD COLUMN     "notes" TEXT,
ADD COLUMN     "recordedById" UUID;

-- CreateIndex
CREATE INDEX "vital_signs_recordedById_idx" ON "vital_signs"("recordedById");

-- AddForeignKey
ALTER TABLE "vital_signs" ADD CONSTRAINT "vital_signs_recordedById_fkey"
    FOREIGN KEY ("recordedById") REFERENCES "providers"("id") ON DELETE SET NULL ON UPDATE CASCADE;
