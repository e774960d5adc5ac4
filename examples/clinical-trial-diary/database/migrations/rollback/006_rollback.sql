-- database/migrations/rollback/006_rollback.sql
-- =====================================================
-- Rollback: 006 - Backfill app version (new column, step 2)
-- =====================================================

BEGIN;

SET LOCAL lock_timeout = '5s';

ALTER TABLE record_audit DISABLE TRIGGER record_audit_immutable;

-- Only what the migration wrote; versions that the app has sent stay.
UPDATE record_audit SET app_version = NULL WHERE app_version = 'unknown';

ALTER TABLE record_audit ENABLE TRIGGER record_audit_immutable;

-- Verify rollback success
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM record_audit WHERE app_version = 'unknown') THEN
        RAISE EXCEPTION 'Rollback failed: backfilled values still exist';
    END IF;
END $$;

COMMIT;
