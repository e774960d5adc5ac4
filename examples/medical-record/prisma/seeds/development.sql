-- Development: the full test data set. All people are invented.
-- Every password is "password123". Safe to run again.

INSERT INTO "users" ("id", "email", "passwordHash", "firstName", "lastName", "specialty", "licenseNumber", "phone", "role", "updatedAt")
VALUES
    ('00000000-0000-4000-8000-000000000001', 'provider@medrecord.example', '$2a$10$mYrlMZNIqy9OTLWX6wsgTuTzCZLgEvznBEzXQRBf0N5YB1QqEYiFS', 'Default', 'Provider', 'General Practice', 'GP-00001', '+1 555 0001', 'provider', CURRENT_TIMESTAMP),
    ('00000000-0000-4000-8000-000000000002', 'a.osei@medrecord.example', '$2a$10$mYrlMZNIqy9OTLWX6wsgTuTzCZLgEvznBEzXQRBf0N5YB1QqEYiFS', 'Abena', 'Osei', 'Pediatrics', 'PD-20417', '+1 555 0002', 'provider', CURRENT_TIMESTAMP),
    ('00000000-0000-4000-8000-000000000003', 'l.marsh@medrecord.example', '$2a$10$mYrlMZNIqy9OTLWX6wsgTuTzCZLgEvznBEzXQRBf0N5YB1QqEYiFS', 'Lena', 'Marsh', NULL, 'RN-88120', '+1 555 0003', 'nurse', CURRENT_TIMESTAMP)
ON CONFLICT DO NOTHING;

INSERT INTO "patients" ("id", "firstName", "middleName", "lastName", "dateOfBirth", "sex", "phone", "email", "address", "emergencyContactName", "emergencyContactPhone", "emergencyContactRelationship", "updatedAt")
VALUES
    ('10000000-0000-4000-8000-000000000001', 'Maria', 'Luisa', 'González', '1984-06-12', 'female', '+1 555 0110', 'Maria.Gonzalez@mail.example', '12 Elm Street', 'Pablo González', '+1 555 0111', 'spouse', CURRENT_TIMESTAMP),
    ('10000000-0000-4000-8000-000000000002', 'Tom', NULL, 'O''Brien', '1957-11-30', 'male', '+1 555 0120', NULL, '4 Harbour Road', 'Kate O''Brien', '+1 555 0121', 'daughter', CURRENT_TIMESTAMP),
    ('10000000-0000-4000-8000-000000000003', 'Sam', NULL, 'Nguyen', '2016-02-29', 'other', '+1 555 0130', 'nguyen.family@mail.example', NULL, 'Linh Nguyen', '+1 555 0130', 'parent', CURRENT_TIMESTAMP)
ON CONFLICT DO NOTHING;

INSERT INTO "allergies" ("id", "patientId", "allergen", "reaction", "severity", "onsetDate")
VALUES
    ('30000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001', 'Penicillin', 'Hives', 'moderate', '1996-04-01'),
    ('30000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000003', 'Peanut', 'Anaphylaxis', 'life_threatening', '2018-09-15')
ON CONFLICT DO NOTHING;

INSERT INTO "chronic_conditions" ("id", "patientId", "conditionName", "diagnosisDate", "notes")
VALUES
    ('40000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000002', 'Type 2 diabetes mellitus', '2009-05-20', 'HbA1c every three months'),
    ('40000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000002', 'Hypertension', '2012-01-11', NULL)
ON CONFLICT DO NOTHING;

INSERT INTO "appointments" ("id", "patientId", "providerId", "appointmentDate", "appointmentType", "reasonForVisit", "durationMinutes", "status", "updatedAt")
VALUES
    ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001', '2024-02-20 09:00', 'sick_visit', 'Cough for a week; fever', 20, 'completed', CURRENT_TIMESTAMP),
    ('20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', '2024-02-21 10:30', 'follow_up', 'Diabetes follow-up', 30, 'completed', CURRENT_TIMESTAMP),
    ('20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000002', '2024-03-04 15:00', 'routine_checkup', 'Eight-year check', 30, 'scheduled', CURRENT_TIMESTAMP),
    ('20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001', '2024-03-05 08:15', 'telehealth', 'Review of results', 15, 'cancelled', CURRENT_TIMESTAMP)
ON CONFLICT DO NOTHING;

INSERT INTO "vital_signs" ("id", "appointmentId", "bloodPressureSystolic", "bloodPressureDiastolic", "heartRate", "temperature", "respiratoryRate", "oxygenSaturation", "weight", "height", "bmi", "painLevel", "notes", "recordedById")
VALUES
    ('50000000-0000-4000-8000-000000000001', '20000000-0000-4000-8000-000000000001', 118, 76, 88, 38.4, 18, 97, 64.20, 168.00, 22.7, 2, NULL, '00000000-0000-4000-8000-000000000003'),
    ('50000000-0000-4000-8000-000000000002', '20000000-0000-4000-8000-000000000002', 142, 90, 74, 36.7, 16, 98, 91.50, 176.00, 29.5, 0, 'Second reading after five minutes: 138/88', '00000000-0000-4000-8000-000000000003')
ON CONFLICT DO NOTHING;

INSERT INTO "medical_records" ("id", "appointmentId", "chiefComplaint", "historyOfPresentIllness", "diagnosis", "treatmentPlan", "transcript", "isAIGenerated", "isDraft", "transcriptionStatus", "updatedAt")
VALUES
    ('60000000-0000-4000-8000-000000000001', '20000000-0000-4000-8000-000000000001', 'Cough and fever', 'Seven days of productive cough; no dyspnoea.', 'Acute bronchitis', 'Rest, fluids; return if no better in a week.', E'Doctor: How long have you had the cough?\nPatient: About a week now.', true, true, 'needs_review', CURRENT_TIMESTAMP),
    ('60000000-0000-4000-8000-000000000002', '20000000-0000-4000-8000-000000000002', 'Diabetes follow-up', NULL, 'Type 2 diabetes mellitus without complications', 'Continue metformin; recheck HbA1c in 12 weeks.', NULL, false, false, 'pending', CURRENT_TIMESTAMP)
ON CONFLICT DO NOTHING;

INSERT INTO "symptoms" ("id", "medicalRecordId", "symptomName", "bodySite", "severity", "duration", "isAIExtracted")
VALUES
    ('70000000-0000-4000-8000-000000000001', '60000000-0000-4000-8000-000000000001', 'Cough', 'chest', 5, '7 days', true),
    ('70000000-0000-4000-8000-000000000002', '60000000-0000-4000-8000-000000000001', 'Fever', NULL, 4, '3 days', true)
ON CONFLICT DO NOTHING;

INSERT INTO "prescriptions" ("id", "medicalRecordId", "medicationName", "strength", "dosage", "frequency", "duration", "quantity", "refills", "instructions", "indication")
VALUES
    ('80000000-0000-4000-8000-000000000001', '60000000-0000-4000-8000-000000000002', 'Metformin', '500 mg', '1 tablet', 'twice daily', '90 days', 180, 3, 'Take with meals.', 'Type 2 diabetes mellitus')
ON CONFLICT DO NOTHING;
