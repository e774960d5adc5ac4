-- Migration: 003_timescale_hypertables.sql
-- Description: Time series of the warehouse: telemetry of the equipment and movements
--              of the inventory. Hypertables where TimescaleDB can be used, ordinary
--              tables where it cannot; the application sees no difference.
-- Version: 0.1.0
-- Created: 2024-01-01T00:00:00Z

BEGIN;

CREATE TABLE equipment_telemetry (
    recorded_at     TIMESTAMPTZ NOT NULL,
    equipment_id    INTEGER NOT NULL REFERENCES equipment (id),
    metric          TEXT NOT NULL,
    value           DOUBLE PRECISION NOT NULL,
    CONSTRAINT equipment_telemetry_pkey PRIMARY KEY (equipment_id, metric, recorded_at)
);

CREATE TABLE inventory_movements (
    moved_at        TIMESTAMPTZ NOT NULL,
    item_id         INTEGER NOT NULL REFERENCES inventory_items (id),
    movement        TEXT NOT NULL CHECK (movement IN ('inbound', 'outbound', 'transfer', 'adjustment')),
    quantity        INTEGER NOT NULL CHECK (quantity <> 0),
    moved_by        TEXT NOT NULL,
    reference       TEXT
);

CREATE INDEX idx_equipment_telemetry_recorded_at ON equipment_telemetry (recorded_at DESC);
CREATE INDEX idx_inventory_movements_item ON inventory_movements (item_id, moved_at DESC);
CREATE INDEX idx_inventory_movements_moved_at ON inventory_movements (moved_at DESC);

-- TimescaleDB must be installed on the server, preloaded (its loader then defines
-- timescaledb.disable_load), and ours to create, or be in this database already.
DO $$
DECLARE
    installed   BOOLEAN := EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'timescaledb');
    obstacle    TEXT;
BEGIN
    IF NOT installed THEN
        IF NOT EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb') THEN
            obstacle := 'it is not installed on this server';
        ELSIF current_setting('timescaledb.disable_load', true) IS NULL THEN
            obstacle := 'it is not in shared_preload_libraries';
        ELSIF NOT has_database_privilege(current_database(), 'CREATE') THEN
            obstacle := format('%I may not create extensions in this database', current_user);
        ELSE
            CREATE EXTENSION timescaledb;
            installed := TRUE;

            -- So that the rollback knows whose it is
            INSERT INTO application_metadata (key, value, description)
            VALUES ('timescaledb_created_by', '003', 'Migration that created the extension');
        END IF;
    END IF;

    IF installed THEN
        PERFORM create_hypertable('equipment_telemetry', 'recorded_at',
                                  chunk_time_interval => INTERVAL '1 day',
                                  create_default_indexes => FALSE);
        PERFORM create_hypertable('inventory_movements', 'moved_at',
                                  chunk_time_interval => INTERVAL '7 days',
                                  create_default_indexes => FALSE);
        RAISE NOTICE 'TimescaleDB: equipment_telemetry and inventory_movements are hypertables';
    ELSE
        RAISE NOTICE 'TimescaleDB is not used: %. equipment_telemetry and inventory_movements stay ordinary tables', obstacle;
    END IF;
END
$$;

INSERT INTO equipment_telemetry (recorded_at, equipment_id, metric, value)
SELECT TIMESTAMPTZ '2024-01-01 00:00+00' + n * INTERVAL '1 hour', e.id, 'battery_percent', 100 - n % 60
FROM equipment e
CROSS JOIN generate_series(0, 71) AS n
WHERE e.type = 'amr';

INSERT INTO inventory_movements (moved_at, item_id, movement, quantity, moved_by, reference)
SELECT TIMESTAMPTZ '2024-01-01 06:00+00', i.id, 'inbound', i.quantity, 'opening balance', i.sku
FROM inventory_items i
WHERE i.quantity > 0;

UPDATE application_metadata SET value = '003' WHERE key = 'schema_version';

INSERT INTO schema_migrations (version, description)
VALUES ('003', 'Time series tables, hypertables where TimescaleDB is available');

COMMIT;
