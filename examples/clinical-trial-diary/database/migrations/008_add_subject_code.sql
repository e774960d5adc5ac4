-- database/migrations/008_add_subject_code.sql
-- =====================================================
-- Migration: 008 - Add subject code (rename, step 1)
-- Ticket: TICKET-005
-- Author: Backend Engineer
-- Date: 2025-11-17
-- =====================================================

-- Purpose:
-- Zero-downtime pattern 2, step 1: participants.patient_code becomes subject_code, the
-- word of ICH E6. The new column stands beside the old one; a trigger keeps both equal
-- while old and new versions of the application are running.

-- Dependencies:
-- Requires migration 001 (participants).

BEGIN;

SET LOCAL lock_timeout = '5s';

ALTER TABLE participants ADD COLUMN subject_code TEXT;

COMMENT ON COLUMN participants.subject_code IS 'Code of the subject at the site (ICH E6); no name is stored';

CREATE FUNCTION sync_subject_code() RETURNS TRIGGER
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.subject_code := COALESCE(NEW.subject_code, NEW.patient_code);
        NEW.patient_code := COALESCE(NEW.patient_code, NEW.subject_code);
    ELSIF NEW.subject_code IS DISTINCT FROM OLD.subject_code THEN
        NEW.patient_code := NEW.subject_code;
    ELSIF NEW.patient_code IS DISTINCT FROM OLD.patient_code THEN
        NEW.subject_code := NEW.patient_code;
    END IF;

    RETURN NEW;
END;
$$;

CREATE TRIGGER participants_sync_subject_code
    BEFORE INSERT OR UPDATE OF patient_code, subject_code ON participants
    FOR EACH ROW EXECUTE FUNCTION sync_subject_code();

COMMIT;
