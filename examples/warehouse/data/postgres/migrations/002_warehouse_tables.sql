-- Migration: 002_warehouse_tables.sql
-- Description: Core warehouse operational tables: locations, inventory, equipment,
--              tasks and safety incidents.
-- Version: 0.1.0
-- Created: 2024-01-01T00:00:00Z

BEGIN;

CREATE TYPE task_status AS ENUM ('pending', 'assigned', 'in_progress', 'completed', 'cancelled');

CREATE TABLE locations (
    id          SERIAL PRIMARY KEY,
    code        VARCHAR(20) NOT NULL UNIQUE,
    zone        VARCHAR(50) NOT NULL,
    kind        VARCHAR(20) NOT NULL CHECK (kind IN ('rack', 'floor', 'dock', 'cold')),
    capacity    INTEGER NOT NULL CHECK (capacity >= 0)
);

CREATE TABLE inventory_items (
    id              SERIAL PRIMARY KEY,
    sku             VARCHAR(50) NOT NULL UNIQUE,
    name            VARCHAR(255) NOT NULL,
    description     TEXT,
    location_id     INTEGER REFERENCES locations (id),
    quantity        INTEGER NOT NULL DEFAULT 0 CHECK (quantity >= 0),
    reserved        INTEGER NOT NULL DEFAULT 0,
    available       INTEGER GENERATED ALWAYS AS (quantity - reserved) STORED,
    reorder_point   INTEGER NOT NULL DEFAULT 0,
    attributes      JSONB NOT NULL DEFAULT '{}',
    created_at      TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at      TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT reserved_is_in_stock CHECK (reserved BETWEEN 0 AND quantity)
);

CREATE TABLE equipment (
    id                  SERIAL PRIMARY KEY,
    asset_id            VARCHAR(50) NOT NULL UNIQUE,
    type                VARCHAR(50) NOT NULL CHECK (type IN ('forklift', 'amr', 'agv', 'conveyor', 'scanner', 'charger')),
    model               VARCHAR(100),
    location_id         INTEGER REFERENCES locations (id),
    status              VARCHAR(20) NOT NULL DEFAULT 'available'
                        CHECK (status IN ('available', 'assigned', 'charging', 'maintenance', 'retired')),
    next_maintenance    DATE,
    metadata            JSONB NOT NULL DEFAULT '{}',
    created_at          TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at          TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE tasks (
    id              SERIAL PRIMARY KEY,
    kind            VARCHAR(30) NOT NULL CHECK (kind IN ('pick', 'pack', 'putaway', 'replenish', 'cycle_count')),
    status          task_status NOT NULL DEFAULT 'pending',
    priority        SMALLINT NOT NULL DEFAULT 5 CHECK (priority BETWEEN 1 AND 9),
    assignee        VARCHAR(100),
    equipment_id    INTEGER REFERENCES equipment (id) ON DELETE SET NULL,
    payload         JSONB NOT NULL DEFAULT '{}',
    due_at          TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at      TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE task_items (
    task_id     INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    item_id     INTEGER NOT NULL REFERENCES inventory_items (id),
    quantity    INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (task_id, item_id)
);

CREATE TABLE safety_incidents (
    id              SERIAL PRIMARY KEY,
    severity        VARCHAR(10) NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    description     TEXT NOT NULL,
    location_id     INTEGER REFERENCES locations (id),
    reported_by     VARCHAR(100) NOT NULL,
    occurred_at     TIMESTAMPTZ NOT NULL,
    resolved_at     TIMESTAMPTZ CHECK (resolved_at >= occurred_at)
);

CREATE INDEX idx_inventory_items_location ON inventory_items (location_id);
CREATE INDEX idx_inventory_items_attributes ON inventory_items USING gin (attributes);
CREATE INDEX idx_equipment_type_status ON equipment (type, status);
CREATE INDEX idx_tasks_open ON tasks (priority, due_at) WHERE status IN ('pending', 'assigned', 'in_progress');
CREATE INDEX idx_tasks_assignee ON tasks (assignee);
CREATE INDEX idx_safety_incidents_open ON safety_incidents (severity) WHERE resolved_at IS NULL;

CREATE VIEW low_stock AS
SELECT i.sku, i.name, l.code AS location, i.available, i.reorder_point
FROM inventory_items i
LEFT JOIN locations l ON l.id = i.location_id
WHERE i.available < i.reorder_point;

COMMENT ON VIEW low_stock IS 'What the replenishment agent asks for every morning';

CREATE TRIGGER update_inventory_items_updated_at
    BEFORE UPDATE ON inventory_items
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

CREATE TRIGGER update_equipment_updated_at
    BEFORE UPDATE ON equipment
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

CREATE TRIGGER update_tasks_updated_at
    BEFORE UPDATE ON tasks
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

CREATE TRIGGER audit_inventory_items
    AFTER INSERT OR UPDATE OR DELETE ON inventory_items
    FOR EACH ROW EXECUTE FUNCTION audit_trigger_function();

CREATE TRIGGER audit_equipment
    AFTER INSERT OR UPDATE OR DELETE ON equipment
    FOR EACH ROW EXECUTE FUNCTION audit_trigger_function();

CREATE TRIGGER audit_safety_incidents
    AFTER INSERT OR UPDATE OR DELETE ON safety_incidents
    FOR EACH ROW EXECUTE FUNCTION audit_trigger_function();

-- The demonstration warehouse
INSERT INTO locations (code, zone, kind, capacity) VALUES
    ('A-01-01', 'A', 'rack', 40),
    ('A-01-02', 'A', 'rack', 40),
    ('B-COLD', 'B', 'cold', 120),
    ('DOCK-1', 'Receiving', 'dock', 20);

INSERT INTO inventory_items (sku, name, location_id, quantity, reserved, reorder_point, attributes)
SELECT v.sku, v.name, l.id, v.quantity, v.reserved, v.reorder_point, v.attributes::jsonb
FROM (VALUES
    ('SKU-1001', 'Pallet wrap, 500 mm', 'A-01-01', 60, 5, 20, '{"unit": "roll"}'),
    ('SKU-1002', 'Safety gloves, L', 'A-01-02', 14, 4, 25, '{"unit": "pair", "size": "L"}'),
    ('SKU-2001', 'Insulin cooler', 'B-COLD', 8, 0, 4, '{"unit": "piece", "cold_chain": true}')
) AS v (sku, name, location, quantity, reserved, reorder_point, attributes)
JOIN locations l ON l.code = v.location;

INSERT INTO equipment (asset_id, type, model, location_id, status)
SELECT v.asset_id, v.type, v.model, l.id, v.status
FROM (VALUES
    ('FL-01', 'forklift', 'Toyota 8FBE', 'DOCK-1', 'available'),
    ('AMR-001', 'amr', 'MiR250', 'A-01-01', 'charging'),
    ('AMR-002', 'amr', 'MiR250', 'A-01-02', 'available')
) AS v (asset_id, type, model, location, status)
JOIN locations l ON l.code = v.location;

INSERT INTO tasks (kind, priority, payload) VALUES
    ('replenish', 3, '{"sku": "SKU-1002", "reason": "below reorder point"}'),
    ('cycle_count', 7, '{"zone": "A"}');

UPDATE application_metadata SET value = '002' WHERE key = 'schema_version';

INSERT INTO schema_migrations (version, description)
VALUES ('002', 'Core warehouse operational tables');

COMMIT;
