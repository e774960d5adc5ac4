-- database/migrations/012_add_signature_hash_v2.sql
-- =====================================================
-- Migration: 012 - Add binary signature hash (type change, step 1)
-- Ticket: TICKET-006
-- Author: Backend Engineer
-- Date: 2026-01-12
-- =====================================================

-- Purpose:
-- Zero-downtime pattern 3, steps 1 and 2: signature_hash becomes BYTEA, 32 bytes in
-- place of 64. New rows carry both; the old rows are converted.

-- Dependencies:
-- Requires migration 003 (tamper detection).

BEGIN;

SET LOCAL lock_timeout = '5s';

-- Step 1: Add new column with new type
ALTER TABLE record_audit ADD COLUMN signature_hash_v2 BYTEA;

COMMENT ON COLUMN record_audit.signature_hash_v2 IS 'SHA-256 of content and previous hash';

CREATE OR REPLACE FUNCTION sign_audit_row() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_previous TEXT;
BEGIN
    -- One writer per record at a time, or two rows would follow the same one.
    PERFORM pg_advisory_xact_lock(hashtext(NEW.event_uuid::text));

    SELECT signature_hash INTO v_previous
    FROM record_audit
    WHERE event_uuid = NEW.event_uuid
    ORDER BY audit_id DESC
    LIMIT 1;

    NEW.signature_hash_v2 :=
        audit_row_hash(NEW.event_uuid, NEW.participant_id, NEW.operation, NEW.data, NEW.created_by,
                       NEW.change_reason, NEW.server_timestamp, decode(v_previous, 'hex'));
    NEW.signature_hash := encode(NEW.signature_hash_v2, 'hex');

    RETURN NEW;
END;
$$;

-- Step 2: Backfill with conversion
ALTER TABLE record_audit DISABLE TRIGGER record_audit_immutable;

UPDATE record_audit SET signature_hash_v2 = decode(signature_hash, 'hex');

ALTER TABLE record_audit ENABLE TRIGGER record_audit_immutable;

ALTER TABLE record_audit
    ADD CONSTRAINT record_audit_signature_hash_v2_length CHECK (octet_length(signature_hash_v2) = 32);

-- Verify migration success
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM record_audit WHERE encode(signature_hash_v2, 'hex') IS DISTINCT FROM signature_hash) THEN
        RAISE EXCEPTION 'Migration failed: hashes differ';
    END IF;
END $$;

COMMIT;
