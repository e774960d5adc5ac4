ALTER TABLE insurance_claims
    DROP CONSTRAINT ck_insurance_claims_decided;

ALTER TABLE insurance_claims
    DROP COLUMN decided_at,
    DROP COLUMN status;

DROP TYPE claim_status;
