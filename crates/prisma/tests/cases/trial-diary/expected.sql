-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "participants" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "study_code" VARCHAR(20) NOT NULL,
    "screening_no" INTEGER NOT NULL,
    "enrolled_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "participants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "consents" (
    "participant_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "signed_at" TIMESTAMPTZ NOT NULL,
    "signature" BYTEA NOT NULL,

    CONSTRAINT "consents_pkey" PRIMARY KEY ("participant_id","version")
);

-- CreateTable
CREATE TABLE "diary_entries" (
    "id" BIGSERIAL NOT NULL,
    "participant_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "answers" JSONB NOT NULL,
    "scores" DOUBLE PRECISION[] DEFAULT ARRAY[]::DOUBLE PRECISION[],
    "locked" BOOLEAN NOT NULL DEFAULT false,
    "supersedes_id" BIGINT,

    CONSTRAINT "diary_entries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_events" (
    "id" BIGSERIAL NOT NULL,
    "entry_id" BIGINT,
    "action" VARCHAR(16) NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "by" TEXT NOT NULL DEFAULT CURRENT_USER,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "uq_study_screening" ON "participants"("study_code", "screening_no");

-- CreateIndex
CREATE UNIQUE INDEX "diary_entries_supersedes_id_key" ON "diary_entries"("supersedes_id");

-- CreateIndex
CREATE INDEX "diary_entries_participant_id_day_idx" ON "diary_entries"("participant_id", "day");

-- AddForeignKey
ALTER TABLE "consents" ADD CONSTRAINT "consents_participant_id_fkey" FOREIGN KEY ("participant_id") REFERENCES "participants"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "diary_entries" ADD CONSTRAINT "diary_entries_supersedes_id_fkey" FOREIGN KEY ("supersedes_id") REFERENCES "diary_entries"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "diary_entries" ADD CONSTRAINT "diary_entries_participant_id_fkey" FOREIGN KEY ("participant_id") REFERENCES "participants"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_entry_id_fkey" FOREIGN KEY ("entry_id") REFERENCES "diary_entries"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;
