-- Rollback: 001_initial_schema.sql

BEGIN;

DROP TABLE schema_migrations;
DROP TABLE application_metadata;
DROP TABLE audit_log;

DROP FUNCTION audit_trigger_function();
DROP FUNCTION update_updated_at_column();

COMMIT;
