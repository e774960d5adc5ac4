-- Rollback: 002_warehouse_tables.sql

BEGIN;

DROP VIEW low_stock;

DROP TABLE safety_incidents;
DROP TABLE task_items;
DROP TABLE tasks;
DROP TABLE equipment;
DROP TABLE inventory_items;
DROP TABLE locations;

DROP TYPE task_status;

UPDATE application_metadata SET value = '001' WHERE key = 'schema_version';
DELETE FROM schema_migrations WHERE version = '002';

COMMIT;
