-- database/migrations/004_load_pilot_study.sql
-- =====================================================
-- Migration: 004 - Load pilot study
-- Ticket: TICKET-003
-- Author: Data Manager
-- Date: 2025-10-20
-- =====================================================

-- Purpose:
-- Sites, staff and participants of the pilot study, and their diary: 500 nosebleed
-- entries with four corrections each. All entries pass the triggers like any other.
-- The people are invented.

-- Dependencies:
-- Requires migration 003 (tamper detection): the entries are to be signed.

BEGIN;

INSERT INTO sites (site_id, site_name, country) VALUES
    ('site_001', 'Riverside Medical Center', 'US'),
    ('site_002', 'Northgate Hospital', 'US'),
    ('site_003', 'Klinikum am See', 'DE');

INSERT INTO users (user_id, email, full_name, role) VALUES
    ('inv_001', 'a.meyer@study.example', 'Dr. Anna Meyer', 'investigator'),
    ('inv_002', 'j.cole@study.example', 'Dr. James Cole', 'investigator'),
    ('ana_001', 'r.patel@study.example', 'Rina Patel', 'analyst'),
    ('aud_001', 'audit@study.example', 'Quality Assurance', 'auditor');

INSERT INTO user_site_assignments (user_id, site_id) VALUES
    ('inv_001', 'site_001'),
    ('inv_001', 'site_002'),
    ('inv_002', 'site_003'),
    ('ana_001', 'site_001');

INSERT INTO users (user_id, email, full_name, role)
SELECT 'par_' || lpad(n::text, 3, '0'), 'participant' || n || '@study.example', 'Participant ' || n, 'participant'
FROM generate_series(1, 25) AS n;

INSERT INTO participants (participant_id, user_id, site_id, patient_code, enrolled_on)
SELECT 'P' || lpad(n::text, 4, '0'),
       'par_' || lpad(n::text, 3, '0'),
       'site_00' || 1 + n % 3,
       'S' || 1 + n % 3 || '-' || lpad(n::text, 3, '0'),
       DATE '2025-09-01' + n
FROM generate_series(1, 25) AS n;

INSERT INTO record_audit (event_uuid, participant_id, site_id, operation, data, created_by, created_by_role,
                          client_timestamp, change_reason, device_info, session_id)
SELECT md5('pilot entry ' || e)::uuid,
       p.participant_id,
       p.site_id,
       CASE WHEN v = 1 THEN 'CREATE' WHEN v = 5 AND e % 50 = 0 THEN 'DELETE' ELSE 'UPDATE' END,
       jsonb_build_object('event_type', 'epistaxis', 'entry', e, 'version', v,
                          'severity', (ARRAY['minimal', 'mild', 'moderate', 'severe'])[1 + (e + v) % 4],
                          'duration_minutes', 1 + (e * 7 + v) % 40),
       p.user_id,
       'participant',
       TIMESTAMPTZ '2025-10-01 07:00+00' + e * interval '30 minutes' + v * interval '1 minute',
       CASE WHEN v = 1 THEN 'New entry' ELSE 'Correction by participant' END,
       CASE WHEN e % 3 = 0 THEN '{"platform": "android"}'::jsonb END,
       'pilot-' || e
FROM generate_series(1, 500) AS e
CROSS JOIN generate_series(1, 5) AS v
JOIN participants p ON p.participant_id = 'P' || lpad((1 + e % 25)::text, 4, '0')
ORDER BY e, v;

-- Verify migration success
DO $$
DECLARE
    entries  BIGINT;
    records  BIGINT;
BEGIN
    SELECT count(*) INTO entries FROM record_audit;
    SELECT count(*) INTO records FROM record_state WHERE version = 5;

    IF entries < 2500 OR records < 500 THEN
        RAISE EXCEPTION 'Migration failed: % audit rows, % records', entries, records;
    END IF;

    IF EXISTS (SELECT 1 FROM find_tampered_audit_rows()) THEN
        RAISE EXCEPTION 'Migration failed: the audit trail does not verify';
    END IF;

    RAISE NOTICE 'Pilot study loaded: % audit rows, % records, audit trail intact', entries, records;
END $$;

COMMIT;
