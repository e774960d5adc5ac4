-- database/migrations/003_add_tamper_detection.sql
-- =====================================================
-- Migration: 003 - Add tamper detection
-- Ticket: TICKET-002
-- Author: Database Architect
-- Date: 2025-10-15
-- =====================================================

-- Purpose:
-- Every audit row carries a SHA-256 over its content and the hash of the row before
-- it of the same record, so that a changed, removed or inserted row is found.
-- Impact: Medium - adds triggers to insert operations. No downtime.

-- Dependencies:
-- Requires migration 001 (record_audit). Uses sha256(), built in since PostgreSQL 11;
-- no extension.

BEGIN;

CREATE FUNCTION audit_row_hash(
    p_event_uuid        UUID,
    p_participant_id    TEXT,
    p_operation         TEXT,
    p_data              JSONB,
    p_created_by        TEXT,
    p_change_reason     TEXT,
    p_server_timestamp  TIMESTAMPTZ,
    p_previous_hash     BYTEA
) RETURNS BYTEA
LANGUAGE sql STABLE
AS $$
    SELECT sha256(convert_to(
        jsonb_build_array(
            p_event_uuid, p_participant_id, p_operation, p_data, p_created_by, p_change_reason,
            to_char(p_server_timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            COALESCE(encode(p_previous_hash, 'hex'), 'genesis')
        )::text, 'UTF8'))
$$;

ALTER TABLE record_audit ADD COLUMN signature_hash TEXT;

COMMENT ON COLUMN record_audit.signature_hash IS 'SHA-256 of content and previous hash, hexadecimal';

-- Sign the rows that exist, oldest first. The guard is lifted for this transaction
-- only; no content is changed (deviation recorded in TICKET-002).
ALTER TABLE record_audit DISABLE TRIGGER record_audit_immutable;

DO $$
DECLARE
    entry       RECORD;
    v_previous  BYTEA;
    v_event     UUID;
BEGIN
    FOR entry IN SELECT * FROM record_audit ORDER BY event_uuid, audit_id LOOP
        IF entry.event_uuid IS DISTINCT FROM v_event THEN
            v_previous := NULL;
            v_event := entry.event_uuid;
        END IF;

        v_previous := audit_row_hash(entry.event_uuid, entry.participant_id, entry.operation, entry.data,
                                     entry.created_by, entry.change_reason, entry.server_timestamp, v_previous);

        UPDATE record_audit SET signature_hash = encode(v_previous, 'hex') WHERE audit_id = entry.audit_id;
    END LOOP;
END $$;

ALTER TABLE record_audit ENABLE TRIGGER record_audit_immutable;

ALTER TABLE record_audit ALTER COLUMN signature_hash SET NOT NULL;
ALTER TABLE record_audit
    ADD CONSTRAINT record_audit_signature_hash_length CHECK (length(signature_hash) = 64);

CREATE FUNCTION sign_audit_row() RETURNS TRIGGER
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

    NEW.signature_hash := encode(
        audit_row_hash(NEW.event_uuid, NEW.participant_id, NEW.operation, NEW.data, NEW.created_by,
                       NEW.change_reason, NEW.server_timestamp, decode(v_previous, 'hex')),
        'hex');

    RETURN NEW;
END;
$$;

CREATE TRIGGER record_audit_sign
    BEFORE INSERT ON record_audit
    FOR EACH ROW EXECUTE FUNCTION sign_audit_row();

CREATE FUNCTION find_tampered_audit_rows() RETURNS SETOF BIGINT
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

COMMENT ON FUNCTION find_tampered_audit_rows() IS 'No rows: the audit trail is intact';

REVOKE EXECUTE ON FUNCTION find_tampered_audit_rows() FROM PUBLIC;

DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'diary_readonly') THEN
        GRANT EXECUTE ON FUNCTION find_tampered_audit_rows() TO diary_readonly;
    END IF;
END $$;

-- Verify migration success
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM find_tampered_audit_rows()) THEN
        RAISE EXCEPTION 'Migration failed: the audit trail does not verify';
    END IF;
END $$;

COMMIT;
