-- Migration: 001 - Initial schema
-- Author: PMS backend team
-- Date: 2025-03-04
-- Purpose: Patients, encounters and medications, the core of the PMS.

CREATE TABLE patients (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    mrn             varchar(20) NOT NULL,
    first_name      varchar(100) NOT NULL,
    last_name       varchar(100) NOT NULL,
    date_of_birth   date NOT NULL,
    sex_at_birth    varchar(10) CHECK (sex_at_birth IN ('female', 'male', 'unknown')),
    email           varchar(255),
    phone           varchar(30),
    is_active       boolean NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_patients_mrn UNIQUE (mrn),
    CONSTRAINT ck_patients_born CHECK (date_of_birth > DATE '1890-01-01')
);

CREATE INDEX ix_patients_name ON patients (last_name, first_name);

CREATE TABLE encounters (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    patient_id      uuid NOT NULL REFERENCES patients (id) ON DELETE RESTRICT,
    encounter_type  varchar(30) NOT NULL
                    CHECK (encounter_type IN ('office_visit', 'telehealth', 'procedure', 'follow_up')),
    status          varchar(20) NOT NULL DEFAULT 'scheduled'
                    CHECK (status IN ('scheduled', 'in_progress', 'completed', 'cancelled')),
    clinician       varchar(100) NOT NULL,
    reason          text,
    started_at      timestamptz,
    ended_at        timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_encounters_period CHECK (ended_at IS NULL OR ended_at >= started_at)
);

CREATE INDEX ix_encounters_patient_id ON encounters (patient_id);
CREATE INDEX ix_encounters_open ON encounters (started_at) WHERE status IN ('scheduled', 'in_progress');

CREATE TABLE medications (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    patient_id      uuid NOT NULL REFERENCES patients (id) ON DELETE RESTRICT,
    encounter_id    uuid REFERENCES encounters (id) ON DELETE SET NULL,
    rxnorm_code     varchar(20),
    name            varchar(200) NOT NULL,
    dose            varchar(100),
    route           varchar(30),
    started_on      date NOT NULL DEFAULT CURRENT_DATE,
    stopped_on      date,
    CONSTRAINT ck_medications_period CHECK (stopped_on IS NULL OR stopped_on >= started_on)
);

CREATE INDEX ix_medications_patient_id ON medications (patient_id);

COMMENT ON TABLE patients IS 'PHI. One row per person treated.';
COMMENT ON COLUMN patients.mrn IS 'Medical record number, as printed on the wrist band';

-- The practice's own test patient; every environment has it.
INSERT INTO patients (id, mrn, first_name, last_name, date_of_birth, sex_at_birth)
VALUES ('a0000000-0000-4000-8000-000000000001', 'TEST-0001', 'Test', 'Patient', '1970-01-01', 'unknown');

INSERT INTO encounters (id, patient_id, encounter_type, status, clinician, reason)
VALUES ('b0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001',
        'office_visit', 'scheduled', 'Dr. Test', 'Interface check');
