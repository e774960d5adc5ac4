DROP TRIGGER treatments_fill_tooth_fdi ON treatments;
DROP FUNCTION treatments_fill_tooth_fdi();
DROP FUNCTION tooth_fdi_from_universal(smallint);

ALTER TABLE treatments DROP COLUMN tooth_fdi;
