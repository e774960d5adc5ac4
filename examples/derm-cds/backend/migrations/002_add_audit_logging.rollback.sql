-- Rollback: 002 - Add audit logging

DROP TRIGGER trg_medications_audit ON medications;
DROP TRIGGER trg_encounters_audit ON encounters;
DROP TRIGGER trg_patients_audit ON patients;

DROP FUNCTION audit_row_change();
DROP TABLE audit_log;
