-- database/migrations/rollback/004_rollback.sql
-- =====================================================
-- Rollback: 004 - Load pilot study
-- =====================================================

-- Only for the pilot. Refuses when anything else has been recorded: deleting study
-- data is not a rollback.

BEGIN;

DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM record_audit WHERE session_id IS NULL OR session_id NOT LIKE 'pilot-%') THEN
        RAISE EXCEPTION 'Rollback refused: record_audit holds entries that are not from the pilot';
    END IF;
END $$;

ALTER TABLE record_audit DISABLE TRIGGER record_audit_immutable;

DELETE FROM record_state;
DELETE FROM record_audit;
DELETE FROM participants WHERE participant_id BETWEEN 'P0001' AND 'P0025';
DELETE FROM user_site_assignments WHERE user_id IN ('inv_001', 'inv_002', 'ana_001');
DELETE FROM users WHERE user_id IN ('inv_001', 'inv_002', 'ana_001', 'aud_001') OR user_id LIKE 'par\_0__';
DELETE FROM sites WHERE site_id IN ('site_001', 'site_002', 'site_003');

ALTER TABLE record_audit ENABLE TRIGGER record_audit_immutable;

-- Verify rollback success
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM record_audit) OR EXISTS (SELECT 1 FROM record_state) THEN
        RAISE EXCEPTION 'Rollback failed: pilot entries still exist';
    END IF;
END $$;

COMMIT;
