-- database/migrations/rollback/009_rollback.sql
-- =====================================================
-- Rollback: 009 - Backfill subject code (rename, step 2)
-- =====================================================

BEGIN;

-- Both columns are equal, so nothing is lost. The trigger must not empty the old one.
ALTER TABLE participants DISABLE TRIGGER participants_sync_subject_code;
UPDATE participants SET subject_code = NULL;
ALTER TABLE participants ENABLE TRIGGER participants_sync_subject_code;

COMMIT;
