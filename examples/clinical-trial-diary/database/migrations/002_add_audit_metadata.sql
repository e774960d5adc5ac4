-- database/migrations/002_add_audit_metadata.sql
-- =====================================================
-- Migration: 002 - Add audit metadata fields
-- Ticket: TICKET-001
-- Author: Database Architect
-- Date: 2025-10-14
-- =====================================================

-- Purpose:
-- Record from which device, address and session an entry came.
-- Impact: Low - additive change only. No downtime.

-- Dependencies:
-- Requires migration 001 (record_audit).

BEGIN;

ALTER TABLE record_audit ADD COLUMN IF NOT EXISTS device_info JSONB;
ALTER TABLE record_audit ADD COLUMN IF NOT EXISTS ip_address INET;
ALTER TABLE record_audit ADD COLUMN IF NOT EXISTS session_id TEXT;

-- Add comments for documentation
COMMENT ON COLUMN record_audit.device_info IS 'Device and platform information for audit trail';
COMMENT ON COLUMN record_audit.ip_address IS 'Address of the client as the application saw it';
COMMENT ON COLUMN record_audit.session_id IS 'Session of the application; joins entries of one sitting';

CREATE INDEX idx_record_audit_session ON record_audit (session_id) WHERE session_id IS NOT NULL;

-- Verify migration success
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM information_schema.columns
        WHERE table_name = 'record_audit'
        AND column_name = 'device_info'
    ) THEN
        RAISE EXCEPTION 'Migration failed: device_info column not created';
    END IF;
END $$;

COMMIT;
