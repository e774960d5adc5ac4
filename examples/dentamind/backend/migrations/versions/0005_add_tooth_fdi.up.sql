-- add tooth_fdi (1/4: additive)
--
-- Revision ID: 0005
-- Revises: 0004
-- Create Date: 2024-09-02
-- Author: Maya Okafor

-- The European practices number teeth by ISO 3950 (FDI): '11' to '48', '00' for the
-- whole mouth. First the column, nullable, and a trigger that fills it for every
-- row the application writes in the old way.
ALTER TABLE treatments ADD COLUMN tooth_fdi char(2);

COMMENT ON COLUMN treatments.tooth_fdi IS 'ISO 3950 (FDI) code; 00 means the whole mouth';

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
