-- Migration: 003 - Add encryption fields
-- Author: PMS backend team
-- Date: 2025-06-02
-- Purpose: SSNs are encrypted by the application (AES-256-GCM) before they reach
--          the database. The keyed hash finds a patient without decrypting anything.
-- Dependencies: 001

ALTER TABLE patients
    ADD COLUMN ssn_ciphertext   bytea,
    ADD COLUMN ssn_nonce        bytea,
    ADD COLUMN ssn_lookup_hash  bytea,
    ADD COLUMN ssn_last4        char(4),
    ADD COLUMN ssn_key_id       varchar(64);

ALTER TABLE patients
    ADD CONSTRAINT ck_patients_ssn_complete CHECK (
        num_nonnulls(ssn_ciphertext, ssn_nonce, ssn_lookup_hash, ssn_key_id) IN (0, 4)
    ),
    ADD CONSTRAINT ck_patients_ssn_nonce CHECK (octet_length(ssn_nonce) = 12),
    ADD CONSTRAINT ck_patients_ssn_last4 CHECK (ssn_last4 ~ '^[0-9]{4}$');

CREATE UNIQUE INDEX uq_patients_ssn_lookup_hash ON patients (ssn_lookup_hash)
    WHERE ssn_lookup_hash IS NOT NULL;

COMMENT ON COLUMN patients.ssn_ciphertext IS 'AES-256-GCM, tag appended; never plain text';
COMMENT ON COLUMN patients.ssn_lookup_hash IS 'HMAC-SHA-256 of the digits under the lookup key';
COMMENT ON COLUMN patients.ssn_key_id IS 'Key in the KMS that ssn_ciphertext was made with';
