-- database/migrations/rollback/010_rollback.sql
-- =====================================================
-- Rollback: 010 - Constrain subject code (rename, step 3)
-- =====================================================

SET lock_timeout = '5s';

BEGIN;

ALTER TABLE participants DROP CONSTRAINT IF EXISTS participants_site_subject_code_key;
ALTER TABLE participants ALTER COLUMN subject_code DROP NOT NULL;
ALTER TABLE participants DROP CONSTRAINT IF EXISTS participants_subject_code_present;

COMMIT;

-- Left over if the migration stopped before it became a constraint
DROP INDEX CONCURRENTLY IF EXISTS participants_site_subject_code_key;
DROP INDEX CONCURRENTLY IF EXISTS idx_record_audit_timeline;
