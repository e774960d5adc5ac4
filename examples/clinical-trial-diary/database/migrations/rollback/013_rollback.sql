-- database/migrations/rollback/013_rollback.sql
-- =====================================================
-- Rollback: 013 - Change signature hash to binary (type change, step 2)
-- =====================================================

BEGIN;

SET LOCAL lock_timeout = '5s';

ALTER TABLE record_audit RENAME CONSTRAINT record_audit_signature_hash_length TO record_audit_signature_hash_v2_length;
ALTER TABLE record_audit RENAME COLUMN signature_hash TO signature_hash_v2;
ALTER TABLE record_audit ALTER COLUMN signature_hash_v2 DROP NOT NULL;

ALTER TABLE record_audit ADD COLUMN signature_hash TEXT;

COMMENT ON COLUMN record_audit.signature_hash IS 'SHA-256 of content and previous hash, hexadecimal';

-- The text follows from the bytes, so every hash comes back.
ALTER TABLE record_audit DISABLE TRIGGER record_audit_immutable;

UPDATE record_audit SET signature_hash = encode(signature_hash_v2, 'hex');

ALTER TABLE record_audit ENABLE TRIGGER record_audit_immutable;

ALTER TABLE record_audit ALTER COLUMN signature_hash SET NOT NULL;
ALTER TABLE record_audit
    ADD CONSTRAINT record_audit_signature_hash_length CHECK (length(signature_hash) = 64);

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

CREATE OR REPLACE FUNCTION find_tampered_audit_rows() RETURNS SETOF BIGINT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT audit_id
    FROM (SELECT r.*, lag(signature_hash) OVER (PARTITION BY event_uuid ORDER BY audit_id) AS previous_hash
          FROM record_audit r) AS chained
    WHERE signature_hash <> encode(
              audit_row_hash(event_uuid, participant_id, operation, data, created_by,
                             change_reason, server_timestamp, decode(previous_hash, 'hex')),
              'hex')
    ORDER BY audit_id
$$;

-- Verify rollback success
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM record_audit WHERE encode(signature_hash_v2, 'hex') IS DISTINCT FROM signature_hash) THEN
        RAISE EXCEPTION 'Rollback failed: hashes differ';
    END IF;

    IF EXISTS (SELECT 1 FROM find_tampered_audit_rows()) THEN
        RAISE EXCEPTION 'Rollback failed: the audit trail does not verify';
    END IF;
END $$;

COMMIT;
