-- drop tooth_universal (4/4: clean-up)
--
-- Revision ID: 0012
-- Revises: 0011
-- Create Date: 2024-11-04
-- Author: Maya Okafor

-- The application has read and written tooth_fdi only since release 2.6.
DROP TRIGGER treatments_fill_tooth_fdi ON treatments;
DROP FUNCTION treatments_fill_tooth_fdi();
DROP FUNCTION tooth_fdi_from_universal(smallint);

ALTER TABLE treatments DROP COLUMN tooth_universal;
