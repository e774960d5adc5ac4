-- Rollback: 003_timescale_hypertables.sql

BEGIN;

-- A hypertable goes with its chunks, an ordinary table as always.
DROP TABLE inventory_movements;
DROP TABLE equipment_telemetry;

-- The extension goes only if this migration brought it.
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM application_metadata WHERE key = 'timescaledb_created_by' AND value = '003') THEN
        DROP EXTENSION timescaledb;
        DELETE FROM application_metadata WHERE key = 'timescaledb_created_by';
        RAISE NOTICE 'TimescaleDB dropped from this database';
    END IF;
END
$$;

UPDATE application_metadata SET value = '002' WHERE key = 'schema_version';
DELETE FROM schema_migrations WHERE version = '003';

COMMIT;
