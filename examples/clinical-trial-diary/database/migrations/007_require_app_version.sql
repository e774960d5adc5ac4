-- database/migrations/007_require_app_version.sql
-- =====================================================
-- Migration: 007 - Require app version (new column, step 3)
-- Ticket: TICKET-004
-- Author: Backend Engineer
-- Date: 2025-11-10
-- =====================================================

-- Purpose:
-- Zero-downtime pattern 1, step 3: NOT NULL. The check is added without reading the
-- table, validated after the COMMIT without blocking writers, and lets SET NOT NULL
-- skip its scan.

-- Dependencies:
-- Requires migration 006 (backfill). All apps in the field send their version.

BEGIN;

SET LOCAL lock_timeout = '5s';

ALTER TABLE record_audit
    ADD CONSTRAINT record_audit_app_version_present CHECK (app_version IS NOT NULL) NOT VALID;

COMMIT;

ALTER TABLE record_audit VALIDATE CONSTRAINT record_audit_app_version_present;

BEGIN;

SET LOCAL lock_timeout = '5s';

ALTER TABLE record_audit ALTER COLUMN app_version SET NOT NULL;
ALTER TABLE record_audit DROP CONSTRAINT record_audit_app_version_present;

COMMIT;

-- Verify migration success
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM information_schema.columns
        WHERE table_name = 'record_audit'
        AND column_name = 'app_version'
        AND is_nullable = 'NO'
    ) THEN
        RAISE EXCEPTION 'Migration failed: app_version is still nullable';
    END IF;
END $$;
