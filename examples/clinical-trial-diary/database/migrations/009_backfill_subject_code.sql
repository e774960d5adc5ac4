-- database/migrations/009_backfill_subject_code.sql
-- =====================================================
-- Migration: 009 - Backfill subject code (rename, step 2)
-- Ticket: TICKET-005
-- Author: Backend Engineer
-- Date: 2025-11-17
-- =====================================================

-- Purpose:
-- Zero-downtime pattern 2, step 2: copy the codes.

-- Dependencies:
-- Requires migration 008 (subject_code column).

BEGIN;

-- The old column is the truth until the application is deployed; the trigger would
-- take this for a change of the new one, to the same value.
UPDATE participants SET subject_code = patient_code WHERE subject_code IS NULL;

-- Verify migration success
DO $$
DECLARE
    different INT;
BEGIN
    SELECT count(*) INTO different FROM participants WHERE subject_code IS DISTINCT FROM patient_code;

    IF different > 0 THEN
        RAISE EXCEPTION 'Migration failed: % participants differ', different;
    END IF;
END $$;

COMMIT;
