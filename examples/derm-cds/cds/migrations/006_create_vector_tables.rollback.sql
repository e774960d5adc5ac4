-- Rollback: 006 - Create vector tables

DROP TABLE patient_lesion_embeddings;
DROP TABLE isic_reference_embeddings;
