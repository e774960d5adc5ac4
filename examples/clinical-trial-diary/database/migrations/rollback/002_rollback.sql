-- database/migrations/rollback/002_rollback.sql
-- =====================================================
-- Rollback: 002 - Add audit metadata fields
-- =====================================================

BEGIN;

-- Reverse the migration changes
DROP INDEX idx_record_audit_session;
ALTER TABLE record_audit DROP COLUMN IF EXISTS session_id;
ALTER TABLE record_audit DROP COLUMN IF EXISTS ip_address;
ALTER TABLE record_audit DROP COLUMN IF EXISTS device_info;

-- Verify rollback success
DO $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM information_schema.columns
        WHERE table_name = 'record_audit'
        AND column_name = 'device_info'
    ) THEN
        RAISE EXCEPTION 'Rollback failed: device_info column still exists';
    END IF;
END $$;

COMMIT;
