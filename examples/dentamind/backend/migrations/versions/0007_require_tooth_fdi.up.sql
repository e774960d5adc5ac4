-- require tooth_fdi (3/4: constraint)
--
-- Revision ID: 0007
-- Revises: 0006
-- Create Date: 2024-09-09
-- Author: Maya Okafor

-- NOT VALID first: adding it does not read the table, and with the valid check in
-- place SET NOT NULL does not read it either.
ALTER TABLE treatments
    ADD CONSTRAINT ck_treatments_tooth_fdi_present CHECK (tooth_fdi IS NOT NULL) NOT VALID;

ALTER TABLE treatments VALIDATE CONSTRAINT ck_treatments_tooth_fdi_present;

ALTER TABLE treatments ALTER COLUMN tooth_fdi SET NOT NULL;

ALTER TABLE treatments DROP CONSTRAINT ck_treatments_tooth_fdi_present;

ALTER TABLE treatments
    ADD CONSTRAINT ck_treatments_tooth_fdi CHECK (tooth_fdi ~ '^([1-4][1-8]|[5-8][1-5]|0[0-2])$') NOT VALID;

ALTER TABLE treatments VALIDATE CONSTRAINT ck_treatments_tooth_fdi;
