-- Migration: 002 - Add audit logging
-- Author: PMS backend team
-- Date: 2025-04-17
-- Purpose: Every change of a clinical row leaves a row in audit_log.
-- Dependencies: 001

CREATE TABLE audit_log (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occurred_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    db_user         name NOT NULL DEFAULT session_user,
    app_user        text,
    table_name      text NOT NULL,
    row_id          uuid NOT NULL,
    action          text NOT NULL CHECK (action IN ('INSERT', 'UPDATE', 'DELETE')),
    old_row         jsonb,
    new_row         jsonb
);

CREATE INDEX ix_audit_log_row ON audit_log (table_name, row_id);
CREATE INDEX ix_audit_log_occurred_at ON audit_log USING brin (occurred_at);

CREATE FUNCTION audit_row_change() RETURNS trigger
LANGUAGE plpgsql
AS $audit$
DECLARE
    v_old jsonb;
    v_new jsonb;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        v_old := to_jsonb(OLD);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        v_new := to_jsonb(NEW);
    END IF;

    INSERT INTO audit_log (app_user, table_name, row_id, action, old_row, new_row)
    VALUES (current_setting('app.user_id', true), TG_TABLE_NAME,
            (COALESCE(v_new, v_old) ->> 'id')::uuid, TG_OP, v_old, v_new);

    RETURN NULL; -- AFTER trigger; the result is ignored
END
$audit$;

COMMENT ON FUNCTION audit_row_change() IS 'Writes the row before and after to audit_log';

CREATE TRIGGER trg_patients_audit
    AFTER INSERT OR UPDATE OR DELETE ON patients
    FOR EACH ROW EXECUTE FUNCTION audit_row_change();

CREATE TRIGGER trg_encounters_audit
    AFTER INSERT OR UPDATE OR DELETE ON encounters
    FOR EACH ROW EXECUTE FUNCTION audit_row_change();

CREATE TRIGGER trg_medications_audit
    AFTER INSERT OR UPDATE OR DELETE ON medications
    FOR EACH ROW EXECUTE FUNCTION audit_row_change();
