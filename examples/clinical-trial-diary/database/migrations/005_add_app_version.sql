-- database/migrations/005_add_app_version.sql
-- =====================================================
-- Migration: 005 - Add app version (new column, step 1)
-- Ticket: TICKET-004
-- Author: Backend Engineer
-- Date: 2025-11-03
-- =====================================================

-- Purpose:
-- Zero-downtime pattern 1, step 1: the version of the diary app that wrote an entry,
-- nullable, so that entries of the present app are still accepted.

-- Dependencies:
-- Requires migration 002 (audit metadata).

BEGIN;

SET LOCAL lock_timeout = '5s';

ALTER TABLE record_audit ADD COLUMN app_version TEXT;

COMMENT ON COLUMN record_audit.app_version IS 'Version of the diary app; not part of the signed content';

-- Verify migration success
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM information_schema.columns
        WHERE table_name = 'record_audit'
        AND column_name = 'app_version'
    ) THEN
        RAISE EXCEPTION 'Migration failed: app_version column not created';
    END IF;
END $$;

COMMIT;
