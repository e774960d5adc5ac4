-- database/migrations/006_backfill_app_version.sql
-- =====================================================
-- Migration: 006 - Backfill app version (new column, step 2)
-- Ticket: TICKET-004
-- Author: Backend Engineer
-- Date: 2025-11-03
-- =====================================================

-- Purpose:
-- Zero-downtime pattern 1, step 2: entries from before the app sent its version get
-- 'unknown', in batches. The guard of record_audit is lifted for this transaction;
-- app_version is metadata and not part of the signed content.

-- Dependencies:
-- Requires migration 005 (app_version column).

BEGIN;

SET LOCAL lock_timeout = '5s';

ALTER TABLE record_audit DISABLE TRIGGER record_audit_immutable;

DO $$
DECLARE
    batch_size INT := 1000;
    offset_val INT := 0;
BEGIN
    LOOP
        UPDATE record_audit
        SET app_version = 'unknown'
        WHERE audit_id IN (
            SELECT audit_id FROM record_audit
            WHERE app_version IS NULL
            ORDER BY audit_id
            LIMIT batch_size
        );

        IF NOT FOUND THEN
            EXIT;
        END IF;

        offset_val := offset_val + batch_size;
        RAISE NOTICE 'Backfilled up to % rows', offset_val;
    END LOOP;
END $$;

ALTER TABLE record_audit ENABLE TRIGGER record_audit_immutable;

-- Verify migration success
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM record_audit WHERE app_version IS NULL) THEN
        RAISE EXCEPTION 'Migration failed: rows without app_version';
    END IF;

    IF EXISTS (SELECT 1 FROM find_tampered_audit_rows()) THEN
        RAISE EXCEPTION 'Migration failed: the audit trail does not verify';
    END IF;
END $$;

COMMIT;
