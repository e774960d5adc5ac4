-- Migration: 007 - Add lesion change tracking
-- Author: Dermatology CDS team
-- Date: 2026-03-09
-- Purpose: Images of one lesion belong together, and the distance between two of
--          them is kept as a change score.
-- Dependencies: 005, 006

ALTER TABLE patient_lesion_embeddings
    ADD COLUMN change_score real
        CONSTRAINT ck_patient_lesion_embeddings_change_score CHECK (change_score >= 0);

COMMENT ON COLUMN patient_lesion_embeddings.change_score IS
    'Euclidean distance to the lesion''s previous image; NULL for the first';

ALTER TABLE lesion_images
    ADD COLUMN lesion_record_id uuid;

ALTER TABLE lesion_images
    ADD CONSTRAINT fk_lesion_images_lesion_record
        FOREIGN KEY (lesion_record_id) REFERENCES lesion_records (id) ON DELETE SET NULL
        NOT VALID;

ALTER TABLE lesion_images
    VALIDATE CONSTRAINT fk_lesion_images_lesion_record;

CREATE INDEX ix_lesion_images_lesion_record_id ON lesion_images (lesion_record_id);

ALTER TABLE lesion_records
    ADD COLUMN status varchar(20) NOT NULL DEFAULT 'monitoring'
        CONSTRAINT ck_lesion_records_status
        CHECK (status IN ('monitoring', 'biopsied', 'excised', 'resolved'));

-- The practice's test patient gets a lesion, for the smoke test of the follow-up.
INSERT INTO lesion_records (id, patient_id, body_site, laterality, description)
VALUES ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001',
        'upper back', 'left', 'Smoke test');
