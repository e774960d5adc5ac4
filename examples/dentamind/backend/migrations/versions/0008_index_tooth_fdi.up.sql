-- index tooth_fdi (3/4: index)
--
-- Revision ID: 0008
-- Revises: 0007
-- Create Date: 2024-09-09
-- Author: Maya Okafor

-- In a file of its own: CONCURRENTLY does not run inside a transaction.
CREATE INDEX CONCURRENTLY ix_treatments_tooth_fdi ON treatments (tooth_fdi);
