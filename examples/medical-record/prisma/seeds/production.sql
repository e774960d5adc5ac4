-- Production: the default provider only.
-- The account is locked ('!' is no bcrypt hash); the clinic sets a password by
-- the reset mail. Safe to run again: an existing account is left as it is.

INSERT INTO "users" ("id", "email", "passwordHash", "firstName", "lastName", "specialty", "role", "updatedAt")
VALUES ('00000000-0000-4000-8000-000000000001', 'provider@medrecord.example', '!', 'Default', 'Provider', 'General Practice', 'provider', CURRENT_TIMESTAMP)
ON CONFLICT DO NOTHING;
