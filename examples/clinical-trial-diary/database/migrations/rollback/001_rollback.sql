-- database/migrations/rollback/001_rollback.sql
-- =====================================================
-- Rollback: 001 - Initial schema
-- =====================================================

BEGIN;

DROP TABLE record_state;
DROP TABLE record_audit;
DROP TABLE participants;
DROP TABLE user_site_assignments;
DROP TABLE users;
DROP TABLE sites;

DROP FUNCTION project_record_state();
DROP FUNCTION prevent_audit_modification();
DROP FUNCTION current_user_role();
DROP FUNCTION current_user_id();

-- The roles diary_app and diary_readonly stay: they belong to the server, and other
-- databases may use them. Their privileges went with the tables.

-- Verify rollback success
DO $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM information_schema.tables
        WHERE table_schema = 'public'
        AND table_name IN ('sites', 'users', 'participants', 'record_audit', 'record_state')
    ) THEN
        RAISE EXCEPTION 'Rollback failed: tables still exist';
    END IF;
END $$;

COMMIT;
