-- add claim status
--
-- Revision ID: 0010
-- Revises: 0009
-- Create Date: 2024-09-05
-- Author: Priya Raman
-- surefoot: depends 0009

CREATE TYPE claim_status AS ENUM ('submitted', 'accepted', 'rejected', 'paid');

ALTER TABLE insurance_claims
    ADD COLUMN status claim_status NOT NULL DEFAULT 'submitted',
    ADD COLUMN decided_at timestamptz;

ALTER TABLE insurance_claims
    ADD CONSTRAINT ck_insurance_claims_decided CHECK ((status = 'submitted') = (decided_at IS NULL));
