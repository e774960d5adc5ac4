-- database/migrations/rollback/007_rollback.sql
-- =====================================================
-- Rollback: 007 - Require app version (new column, step 3)
-- =====================================================

BEGIN;

SET LOCAL lock_timeout = '5s';

ALTER TABLE record_audit DROP CONSTRAINT IF EXISTS record_audit_app_version_present;
ALTER TABLE record_audit ALTER COLUMN app_version DROP NOT NULL;

COMMIT;

-- Verify rollback success
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM information_schema.columns
        WHERE table_name = 'record_audit'
        AND column_name = 'app_version'
        AND is_nullable = 'YES'
    ) THEN
        RAISE EXCEPTION 'Rollback failed: app_version is still NOT NULL';
    END IF;
END $$;
