-- Rollback: 007 - Add lesion change tracking

DELETE FROM lesion_records WHERE id = 'c0000000-0000-4000-8000-000000000001';

ALTER TABLE lesion_records DROP COLUMN status;

DROP INDEX ix_lesion_images_lesion_record_id;
ALTER TABLE lesion_images DROP CONSTRAINT fk_lesion_images_lesion_record;
ALTER TABLE lesion_images DROP COLUMN lesion_record_id;

ALTER TABLE patient_lesion_embeddings DROP COLUMN change_score;
