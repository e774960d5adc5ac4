-- database/migrations/rollback/011_rollback.sql
-- =====================================================
-- Rollback: 011 - Drop patient code (rename, step 4)
-- =====================================================

BEGIN;

SET LOCAL lock_timeout = '5s';

ALTER TABLE participants ADD COLUMN patient_code TEXT;

-- Both columns had the same values, so all of them come back.
UPDATE participants SET patient_code = subject_code;

ALTER TABLE participants ALTER COLUMN patient_code SET NOT NULL;
ALTER TABLE participants ADD CONSTRAINT participants_site_patient_code_key UNIQUE (site_id, patient_code);

COMMENT ON COLUMN participants.patient_code IS 'Code of the participant at the site; no name is stored';

CREATE FUNCTION sync_subject_code() RETURNS TRIGGER
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.subject_code := COALESCE(NEW.subject_code, NEW.patient_code);
        NEW.patient_code := COALESCE(NEW.patient_code, NEW.subject_code);
    ELSIF NEW.subject_code IS DISTINCT FROM OLD.subject_code THEN
        NEW.patient_code := NEW.subject_code;
    ELSIF NEW.patient_code IS DISTINCT FROM OLD.patient_code THEN
        NEW.subject_code := NEW.patient_code;
    END IF;

    RETURN NEW;
END;
$$;

CREATE TRIGGER participants_sync_subject_code
    BEFORE INSERT OR UPDATE OF patient_code, subject_code ON participants
    FOR EACH ROW EXECUTE FUNCTION sync_subject_code();

COMMIT;
