-- Rollback: 005 - Create lesion tables

DROP TABLE derm_audit_log;
DROP FUNCTION derm_audit_log_is_append_only();
DROP TABLE lesion_classifications;
DROP TABLE lesion_images;
DROP TABLE lesion_records;
