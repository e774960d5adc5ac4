-- import treatment history
--
-- Revision ID: 0004
-- Revises: 0003
-- Create Date: 2024-06-03
-- Author: Jonas Lindqvist

-- Data migration: the pilot practice's history, with invented people.
INSERT INTO practices (id, name, time_zone)
VALUES (1, 'Pilot Dental', 'America/Chicago');

INSERT INTO patients (id, practice_id, first_name, last_name, date_of_birth, email)
SELECT n, 1, 'Patient', 'No. ' || n, DATE '1950-01-01' + (n * 211), 'patient' || n || '@pilot.example'
FROM generate_series(1, 100) AS n;

INSERT INTO appointments (id, patient_id, dentist, chair, starts_at, status)
SELECT n, 1 + n % 100, 'Dr. ' || (ARRAY['Reyes', 'Cho', 'Abara'])[1 + n % 3], 1 + n % 4,
       TIMESTAMPTZ '2022-01-03 08:00+00' + n * interval '7 hours', 'completed'
FROM generate_series(1, 1000) AS n;

-- Every seventh treatment is a cleaning: the whole mouth, no tooth.
INSERT INTO treatments (id, appointment_id, procedure_code, tooth_universal, fee, performed_at)
SELECT n, 1 + n % 1000,
       CASE WHEN n % 7 = 0 THEN 'D1110' ELSE (ARRAY['D2140', 'D2392', 'D2740', 'D7140'])[1 + n % 4] END,
       CASE WHEN n % 7 = 0 THEN NULL ELSE 1 + n % 32 END,
       40 + (n % 50) * 12.5,
       TIMESTAMPTZ '2022-01-03 08:00+00' + (1 + n % 1000) * interval '7 hours'
FROM generate_series(1, 5000) AS n;

-- The next row of the application comes after the imported ones.
ALTER TABLE practices ALTER COLUMN id RESTART WITH 2;
ALTER TABLE patients ALTER COLUMN id RESTART WITH 101;
ALTER TABLE appointments ALTER COLUMN id RESTART WITH 1001;
ALTER TABLE treatments ALTER COLUMN id RESTART WITH 5001;
