-- database/migrations/013_change_signature_hash_type.sql
-- =====================================================
-- Migration: 013 - Change signature hash to binary (type change, step 2)
-- Ticket: TICKET-006
-- Author: Backend Engineer
-- Date: 2026-02-02
-- =====================================================

-- Purpose:
-- Zero-downtime pattern 3, step 4: the text column goes, the binary one takes its name.

-- Dependencies:
-- Requires migration 012 (signature_hash_v2). Reports read the binary column (release 3.4).

BEGIN;

SET LOCAL lock_timeout = '5s';

ALTER TABLE record_audit ALTER COLUMN signature_hash_v2 SET NOT NULL;

-- Step 4: Drop old column
ALTER TABLE record_audit DROP COLUMN signature_hash;
ALTER TABLE record_audit RENAME COLUMN signature_hash_v2 TO signature_hash;
ALTER TABLE record_audit RENAME CONSTRAINT record_audit_signature_hash_v2_length TO record_audit_signature_hash_length;

CREATE OR REPLACE FUNCTION sign_audit_row() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_previous BYTEA;
BEGIN
    -- One writer per record at a time, or two rows would follow the same one.
    PERFORM pg_advisory_xact_lock(hashtext(NEW.event_uuid::text));

    SELECT signature_hash INTO v_previous
    FROM record_audit
    WHERE event_uuid = NEW.event_uuid
    ORDER BY audit_id DESC
    LIMIT 1;

    NEW.signature_hash :=
        audit_row_hash(NEW.event_uuid, NEW.participant_id, NEW.operation, NEW.data, NEW.created_by,
                       NEW.change_reason, NEW.server_timestamp, v_previous);

    RETURN NEW;
END;
$$;

CREATE OR REPLACE FUNCTION find_tampered_audit_rows() RETURNS SETOF BIGINT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT audit_id
    FROM (SELECT r.*, lag(signature_hash) OVER (PARTITION BY event_uuid ORDER BY audit_id) AS previous_hash
          FROM record_audit r) AS chained
    WHERE signature_hash <>
              audit_row_hash(event_uuid, participant_id, operation, data, created_by,
                             change_reason, server_timestamp, previous_hash)
    ORDER BY audit_id
$$;

-- Verify migration success
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM information_schema.columns
        WHERE table_name = 'record_audit'
        AND column_name = 'signature_hash'
        AND data_type = 'bytea'
    ) THEN
        RAISE EXCEPTION 'Migration failed: signature_hash is not bytea';
    END IF;

    IF EXISTS (SELECT 1 FROM find_tampered_audit_rows()) THEN
        RAISE EXCEPTION 'Migration failed: the audit trail does not verify';
    END IF;
END $$;

COMMIT;
