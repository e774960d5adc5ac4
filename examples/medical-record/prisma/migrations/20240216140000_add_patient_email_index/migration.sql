-- The sign-in form compares addresses without regard to case, and
-- "patients_email_idx" cannot serve that. Prisma does not model expression
-- indexes, so this one was written by hand (--create-only).

-- CreateIndex
CREATE INDEX "patients_email_lower_idx" ON "patients"(lower("email"));
