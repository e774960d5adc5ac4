-- Staging: the default provider and just enough to click through one visit.
-- Safe to run again.

INSERT INTO "users" ("id", "email", "passwordHash", "firstName", "lastName", "specialty", "role", "updatedAt")
VALUES ('00000000-0000-4000-8000-000000000001', 'provider@medrecord.example', '!', 'Default', 'Provider', 'General Practice', 'provider', CURRENT_TIMESTAMP)
ON CONFLICT DO NOTHING;

INSERT INTO "patients" ("id", "firstName", "lastName", "dateOfBirth", "sex", "phone", "email", "emergencyContactName", "emergencyContactPhone", "updatedAt")
VALUES
    ('10000000-0000-4000-8000-000000000001', 'Staging', 'Patient', '1980-01-01', 'female', '+1 555 0100', 'staging.patient@medrecord.example', 'Staging Contact', '+1 555 0101', CURRENT_TIMESTAMP)
ON CONFLICT DO NOTHING;

INSERT INTO "appointments" ("id", "patientId", "providerId", "appointmentDate", "appointmentType", "reasonForVisit", "updatedAt")
VALUES
    ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001', '2024-03-01 09:00', 'routine_checkup', 'Smoke test visit', CURRENT_TIMESTAMP)
ON CONFLICT DO NOTHING;
