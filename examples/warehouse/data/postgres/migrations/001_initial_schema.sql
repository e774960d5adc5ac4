-- Migration: 001_initial_schema.sql
-- Description: The tables every later migration relies on: our own list of applied
--              migrations, metadata of the application, and the audit log with its
--              trigger function.
-- Version: 0.1.0
-- Created: 2024-01-01T00:00:00Z

BEGIN;

-- Kept by the migrations themselves; read by the dashboard and by support.
CREATE TABLE schema_migrations (
    version             VARCHAR(50) PRIMARY KEY,
    description         TEXT NOT NULL,
    applied_at          TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    applied_by          TEXT NOT NULL DEFAULT CURRENT_USER,
    rollback_available  BOOLEAN NOT NULL DEFAULT TRUE
);

CREATE TABLE application_metadata (
    id          SERIAL PRIMARY KEY,
    key         VARCHAR(255) NOT NULL UNIQUE,
    value       TEXT NOT NULL,
    description TEXT,
    created_at  TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at  TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE audit_log (
    id          BIGSERIAL PRIMARY KEY,
    table_name  VARCHAR(255) NOT NULL,
    operation   VARCHAR(10) NOT NULL CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE')),
    user_name   TEXT NOT NULL DEFAULT CURRENT_USER,
    timestamp   TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    old_values  JSONB,
    new_values  JSONB
);

CREATE INDEX idx_audit_log_table_name ON audit_log (table_name);
CREATE INDEX idx_audit_log_timestamp ON audit_log (timestamp);

COMMENT ON TABLE schema_migrations IS 'Tracks applied migrations';
COMMENT ON TABLE application_metadata IS 'Application version and configuration';
COMMENT ON TABLE audit_log IS 'Audit trail for all database changes';

CREATE FUNCTION update_updated_at_column() RETURNS TRIGGER AS $$
BEGIN
    NEW.updated_at = CURRENT_TIMESTAMP;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;

CREATE FUNCTION audit_trigger_function() RETURNS TRIGGER AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO audit_log (table_name, operation, new_values)
        VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(NEW));
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO audit_log (table_name, operation, old_values, new_values)
        VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW));
        RETURN NEW;
    ELSE
        INSERT INTO audit_log (table_name, operation, old_values)
        VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(OLD));
        RETURN OLD;
    END IF;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER update_application_metadata_updated_at
    BEFORE UPDATE ON application_metadata
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

CREATE TRIGGER audit_application_metadata
    AFTER INSERT OR UPDATE OR DELETE ON application_metadata
    FOR EACH ROW EXECUTE FUNCTION audit_trigger_function();

CREATE TRIGGER audit_schema_migrations
    AFTER INSERT OR UPDATE OR DELETE ON schema_migrations
    FOR EACH ROW EXECUTE FUNCTION audit_trigger_function();

INSERT INTO application_metadata (key, value, description) VALUES
    ('app_name', 'Warehouse Operational Assistant', 'Name shown in the interface'),
    ('app_version', '0.1.0', 'Version of the application'),
    ('schema_version', '001', 'Version of the schema');

INSERT INTO schema_migrations (version, description)
VALUES ('001', 'Initial database schema');

COMMIT;
