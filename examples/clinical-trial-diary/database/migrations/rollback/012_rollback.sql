-- database/migrations/rollback/012_rollback.sql
-- =====================================================
-- Rollback: 012 - Add binary signature hash (type change, step 1)
-- =====================================================

BEGIN;

SET LOCAL lock_timeout = '5s';

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

    NEW.signature_hash := encode(
        audit_row_hash(NEW.event_uuid, NEW.participant_id, NEW.operation, NEW.data, NEW.created_by,
                       NEW.change_reason, NEW.server_timestamp, decode(v_previous, 'hex')),
        'hex');

    RETURN NEW;
END;
$$;

ALTER TABLE record_audit DROP CONSTRAINT record_audit_signature_hash_v2_length;
ALTER TABLE record_audit DROP COLUMN signature_hash_v2;

COMMIT;
