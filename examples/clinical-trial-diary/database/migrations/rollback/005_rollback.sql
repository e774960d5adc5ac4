-- database/migrations/rollback/005_rollback.sql
-- =====================================================
-- Rollback: 005 - Add app version (new column, step 1)
-- =====================================================

BEGIN;

SET LOCAL lock_timeout = '5s';

-- Reverse the migration changes
ALTER TABLE record_audit DROP COLUMN IF EXISTS app_version;

-- Verify rollback success
DO $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM information_schema.columns
        WHERE table_name = 'record_audit'
        AND column_name = 'app_version'
    ) THEN
        RAISE EXCEPTION 'Rollback failed: app_version column still exists';
    END IF;
END $$;

COMMIT;
