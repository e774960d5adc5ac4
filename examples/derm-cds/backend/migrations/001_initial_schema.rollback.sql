-- Rollback: 001 - Initial schema

DROP TABLE medications;
DROP TABLE encounters;
DROP TABLE patients;
