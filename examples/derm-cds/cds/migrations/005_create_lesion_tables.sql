-- Migration: 005 - Create lesion tables
-- Author: Dermatology CDS team
-- Date: 2026-02-23
-- Purpose: Persistent lesion identity, encrypted images, AI classifications and
--          the HIPAA audit trail of the dermatology module (SYS-REQ-0012).
-- Dependencies: 003

CREATE TABLE lesion_records (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    patient_id          uuid NOT NULL REFERENCES patients (id) ON DELETE RESTRICT,
    body_site           varchar(60) NOT NULL,
    laterality          varchar(10) CHECK (laterality IN ('left', 'right', 'midline')),
    description         text,
    first_observed_on   date NOT NULL DEFAULT CURRENT_DATE,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX ix_lesion_records_patient_id ON lesion_records (patient_id);

CREATE TABLE lesion_images (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    patient_id          uuid NOT NULL REFERENCES patients (id) ON DELETE RESTRICT,
    encounter_id        uuid REFERENCES encounters (id) ON DELETE SET NULL,
    capture_device      varchar(100),
    captured_at         timestamptz NOT NULL,
    mime_type           varchar(50) NOT NULL CHECK (mime_type IN ('image/jpeg', 'image/png')),
    ciphertext          bytea NOT NULL,
    nonce               bytea NOT NULL CHECK (octet_length(nonce) = 12),
    key_id              varchar(64) NOT NULL,
    plaintext_sha256    bytea NOT NULL CHECK (octet_length(plaintext_sha256) = 32),
    created_at          timestamptz NOT NULL DEFAULT now()
);

-- JPEG does not compress again; EXTERNAL keeps the toaster from trying.
ALTER TABLE lesion_images ALTER COLUMN ciphertext SET STORAGE EXTERNAL;

CREATE INDEX ix_lesion_images_patient_captured ON lesion_images (patient_id, captured_at DESC);

CREATE TABLE lesion_classifications (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    image_id            uuid NOT NULL REFERENCES lesion_images (id) ON DELETE CASCADE,
    model_name          varchar(100) NOT NULL,
    model_version       varchar(40) NOT NULL,
    top_diagnosis       varchar(20) NOT NULL
                        CHECK (top_diagnosis IN ('MEL', 'NV', 'BCC', 'AKIEC', 'BKL', 'DF', 'VASC', 'SCC', 'UNK')),
    confidence          numeric(5,4) NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    probabilities       jsonb NOT NULL CHECK (jsonb_typeof(probabilities) = 'object'),
    risk_level          varchar(10) NOT NULL CHECK (risk_level IN ('low', 'moderate', 'high')),
    reviewed_by         varchar(100),
    reviewed_at         timestamptz,
    created_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_lesion_classifications_run UNIQUE (image_id, model_name, model_version),
    CONSTRAINT ck_lesion_classifications_review CHECK ((reviewed_by IS NULL) = (reviewed_at IS NULL))
);

CREATE INDEX ix_lesion_classifications_unreviewed ON lesion_classifications (created_at)
    WHERE reviewed_at IS NULL AND risk_level = 'high';

CREATE TABLE derm_audit_log (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occurred_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor               text NOT NULL,
    actor_role          text NOT NULL,
    action              text NOT NULL CHECK (action IN ('view', 'upload', 'classify', 'review', 'compare', 'export', 'delete')),
    patient_id          uuid NOT NULL,
    resource_type       text NOT NULL,
    resource_id         uuid,
    purpose_of_use      text NOT NULL DEFAULT 'treatment',
    client_address      inet,
    details             jsonb NOT NULL DEFAULT '{}'
);

COMMENT ON TABLE derm_audit_log IS 'HIPAA audit trail, 45 CFR 164.312(b). Append only; kept six years.';

CREATE INDEX ix_derm_audit_log_patient ON derm_audit_log (patient_id, occurred_at);

CREATE FUNCTION derm_audit_log_is_append_only() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'derm_audit_log is append only (% refused)', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER trg_derm_audit_log_append_only
    BEFORE UPDATE OR DELETE ON derm_audit_log
    FOR EACH ROW EXECUTE FUNCTION derm_audit_log_is_append_only();

CREATE TRIGGER trg_derm_audit_log_no_truncate
    BEFORE TRUNCATE ON derm_audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION derm_audit_log_is_append_only();

-- The module joins the backend's audit trail.
CREATE TRIGGER trg_lesion_records_audit
    AFTER INSERT OR UPDATE OR DELETE ON lesion_records
    FOR EACH ROW EXECUTE FUNCTION audit_row_change();

CREATE TRIGGER trg_lesion_classifications_audit
    AFTER INSERT OR UPDATE OR DELETE ON lesion_classifications
    FOR EACH ROW EXECUTE FUNCTION audit_row_change();
