-- Rollback: 003 - Add encryption fields

DROP INDEX uq_patients_ssn_lookup_hash;

ALTER TABLE patients
    DROP CONSTRAINT ck_patients_ssn_last4,
    DROP CONSTRAINT ck_patients_ssn_nonce,
    DROP CONSTRAINT ck_patients_ssn_complete;

ALTER TABLE patients
    DROP COLUMN ssn_key_id,
    DROP COLUMN ssn_last4,
    DROP COLUMN ssn_lookup_hash,
    DROP COLUMN ssn_nonce,
    DROP COLUMN ssn_ciphertext;
