-- The old numbers come back from the attic as soon as the column is there. For the
-- treatments written since they are computed from the new ones. Only what the old numbering cannot say (milk teeth,
-- '01' and '02' for one jaw) stops us, before anything has changed.
DO $$
DECLARE
    inexpressible bigint;
BEGIN
    SELECT count(*) INTO inexpressible
    FROM treatments
    WHERE tooth_fdi !~ '^([1-4][1-8]|00)$';

    IF inexpressible > 0 THEN
        RAISE EXCEPTION '% treatments have a tooth that tooth_universal cannot hold', inexpressible
            USING HINT = 'Decide what becomes of them, then run the downgrade again.';
    END IF;
END
$$;

ALTER TABLE treatments ADD COLUMN tooth_universal smallint;

COMMENT ON COLUMN treatments.tooth_universal IS 'Universal Numbering System, 1 to 32; NULL means the whole mouth';

UPDATE treatments
   SET tooth_universal = CASE left(tooth_fdi, 1)
           WHEN '1' THEN 9 - right(tooth_fdi, 1)::smallint
           WHEN '2' THEN 8 + right(tooth_fdi, 1)::smallint
           WHEN '3' THEN 25 - right(tooth_fdi, 1)::smallint
           WHEN '4' THEN 24 + right(tooth_fdi, 1)::smallint
       END
 WHERE tooth_fdi <> '00' AND tooth_universal IS NULL;

ALTER TABLE treatments
    ADD CONSTRAINT ck_treatments_tooth_universal CHECK (tooth_universal BETWEEN 1 AND 32);

CREATE INDEX ix_treatments_tooth_universal ON treatments (tooth_universal);

CREATE FUNCTION tooth_fdi_from_universal(n smallint) RETURNS char(2)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
        WHEN n IS NULL THEN '00'
        WHEN n BETWEEN 1 AND 8 THEN (10 + 9 - n)::text
        WHEN n BETWEEN 9 AND 16 THEN (20 + n - 8)::text
        WHEN n BETWEEN 17 AND 24 THEN (30 + 25 - n)::text
        WHEN n BETWEEN 25 AND 32 THEN (40 + n - 24)::text
    END::char(2)
$$;

CREATE FUNCTION treatments_fill_tooth_fdi() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW.tooth_fdi IS NULL
       OR (TG_OP = 'UPDATE' AND NEW.tooth_universal IS DISTINCT FROM OLD.tooth_universal) THEN
        NEW.tooth_fdi := tooth_fdi_from_universal(NEW.tooth_universal);
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER treatments_fill_tooth_fdi
    BEFORE INSERT OR UPDATE OF tooth_universal ON treatments
    FOR EACH ROW EXECUTE FUNCTION treatments_fill_tooth_fdi();
