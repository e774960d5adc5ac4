-- database/migrations/011_drop_patient_code.sql
-- =====================================================
-- Migration: 011 - Drop patient code (rename, step 4)
-- Ticket: TICKET-005
-- Author: Backend Engineer
-- Date: 2025-12-08
-- =====================================================

-- Purpose:
-- Zero-downtime pattern 2, step 4: the application has used subject_code only since
-- its release 3.2; the old column goes.

-- Dependencies:
-- Requires migration 010 (constraints). Application release 3.2 at all sites.

BEGIN;

SET LOCAL lock_timeout = '5s';

-- Last look before the values go
DO $$
DECLARE
    different INT;
BEGIN
    SELECT count(*) INTO different FROM participants WHERE subject_code IS DISTINCT FROM patient_code;

    IF different > 0 THEN
        RAISE EXCEPTION 'Migration refused: % participants have two different codes', different;
    END IF;
END $$;

DROP TRIGGER participants_sync_subject_code ON participants;
DROP FUNCTION sync_subject_code();

-- Takes participants_site_patient_code_key with it
ALTER TABLE participants DROP COLUMN patient_code;

COMMIT;
