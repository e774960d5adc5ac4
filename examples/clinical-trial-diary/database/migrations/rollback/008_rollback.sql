-- database/migrations/rollback/008_rollback.sql
-- =====================================================
-- Rollback: 008 - Add subject code (rename, step 1)
-- =====================================================

BEGIN;

SET LOCAL lock_timeout = '5s';

DROP TRIGGER participants_sync_subject_code ON participants;
DROP FUNCTION sync_subject_code();
ALTER TABLE participants DROP COLUMN subject_code;

COMMIT;
