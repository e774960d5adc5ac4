ALTER TABLE treatments DROP CONSTRAINT ck_treatments_tooth_fdi;

ALTER TABLE treatments ALTER COLUMN tooth_fdi DROP NOT NULL;
