-- database/migrations/rollback/003_rollback.sql
-- =====================================================
-- Rollback: 003 - Add tamper detection
-- =====================================================

BEGIN;

DROP FUNCTION find_tampered_audit_rows();

DROP TRIGGER record_audit_sign ON record_audit;
DROP FUNCTION sign_audit_row();

ALTER TABLE record_audit DROP CONSTRAINT record_audit_signature_hash_length;
ALTER TABLE record_audit DROP COLUMN signature_hash;

DROP FUNCTION audit_row_hash(UUID, TEXT, TEXT, JSONB, TEXT, TEXT, TIMESTAMPTZ, BYTEA);

-- Verify rollback success
DO $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM information_schema.columns
        WHERE table_name = 'record_audit'
        AND column_name = 'signature_hash'
    ) THEN
        RAISE EXCEPTION 'Rollback failed: signature_hash column still exists';
    END IF;
END $$;

COMMIT;
