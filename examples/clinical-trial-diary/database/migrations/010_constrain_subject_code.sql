-- database/migrations/010_constrain_subject_code.sql
-- =====================================================
-- Migration: 010 - Constrain subject code (rename, step 3)
-- Ticket: TICKET-005
-- Author: Backend Engineer
-- Date: 2025-11-18
-- =====================================================

-- Purpose:
-- Zero-downtime pattern 2, step 3: the constraints of the old column for the new one,
-- and the index that the subject's timeline needs. The indexes are built outside of
-- any transaction, so that the sites can go on recording.

-- Dependencies:
-- Requires migration 009 (backfill). Not to be run with psql --single-transaction.

SET lock_timeout = '5s';

BEGIN;

ALTER TABLE participants
    ADD CONSTRAINT participants_subject_code_present CHECK (subject_code IS NOT NULL) NOT VALID;

COMMIT;

CREATE UNIQUE INDEX CONCURRENTLY participants_site_subject_code_key ON participants (site_id, subject_code);

BEGIN;

ALTER TABLE participants VALIDATE CONSTRAINT participants_subject_code_present;
ALTER TABLE participants ALTER COLUMN subject_code SET NOT NULL;
ALTER TABLE participants DROP CONSTRAINT participants_subject_code_present;

COMMIT;

CREATE INDEX CONCURRENTLY idx_record_audit_timeline ON record_audit (participant_id, server_timestamp);

BEGIN;

ALTER TABLE participants
    ADD CONSTRAINT participants_site_subject_code_key UNIQUE USING INDEX participants_site_subject_code_key;

COMMIT;

-- Verify migration success
DO $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM pg_index
        WHERE indexrelid IN ('participants_site_subject_code_key'::regclass, 'idx_record_audit_timeline'::regclass)
        AND NOT indisvalid
    ) THEN
        RAISE EXCEPTION 'Migration failed: an index was left invalid';
    END IF;
END $$;
