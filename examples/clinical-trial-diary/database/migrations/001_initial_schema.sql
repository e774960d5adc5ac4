-- database/migrations/001_initial_schema.sql
-- =====================================================
-- Migration: 001 - Initial schema
-- Ticket: TICKET-000
-- Author: Database Architect
-- Date: 2025-10-14
-- =====================================================

-- Purpose:
-- Sites, users and participants; the event-sourced audit trail (record_audit) and
-- the read model that is derived from it (record_state). Row-level security on all
-- of them. Nothing in record_audit can be changed or deleted (21 CFR 11.10(e)).

-- Dependencies:
-- PostgreSQL 13 or newer. The group roles diary_app and diary_readonly, if the
-- migration user may not create roles itself.

BEGIN;

-- -----------------------------------------------------
-- Group roles. Roles belong to the whole server, so they may exist already, and
-- not every migration user may create them.
-- -----------------------------------------------------
DO $$
DECLARE
    group_role TEXT;
BEGIN
    FOREACH group_role IN ARRAY ARRAY['diary_app', 'diary_readonly'] LOOP
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = group_role) THEN
            CONTINUE;
        END IF;

        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = current_user AND (rolcreaterole OR rolsuper)) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', group_role);
        ELSE
            RAISE NOTICE 'role % is missing and % may not create it; ask the DBA, then grant', group_role, current_user;
        END IF;
    END LOOP;
END $$;

-- -----------------------------------------------------
-- Who asks: the application sets these for each transaction.
-- -----------------------------------------------------
CREATE FUNCTION current_user_id() RETURNS TEXT
LANGUAGE sql STABLE
AS $$ SELECT NULLIF(current_setting('diary.user_id', true), '') $$;

CREATE FUNCTION current_user_role() RETURNS TEXT
LANGUAGE sql STABLE
AS $$ SELECT COALESCE(NULLIF(current_setting('diary.user_role', true), ''), 'anonymous') $$;

-- -----------------------------------------------------
-- Tables
-- -----------------------------------------------------
CREATE TABLE sites (
    site_id         TEXT PRIMARY KEY,
    site_name       TEXT NOT NULL,
    country         CHAR(2) NOT NULL,
    is_active       BOOLEAN NOT NULL DEFAULT true,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE users (
    user_id         TEXT PRIMARY KEY,
    email           TEXT NOT NULL,
    full_name       TEXT NOT NULL,
    role            TEXT NOT NULL CHECK (role IN ('participant', 'investigator', 'analyst', 'auditor', 'admin')),
    is_active       BOOLEAN NOT NULL DEFAULT true,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX users_email_key ON users (lower(email));

CREATE TABLE user_site_assignments (
    user_id         TEXT NOT NULL REFERENCES users (user_id),
    site_id         TEXT NOT NULL REFERENCES sites (site_id),
    assigned_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, site_id)
);

CREATE TABLE participants (
    participant_id  TEXT PRIMARY KEY,
    user_id         TEXT UNIQUE REFERENCES users (user_id),
    site_id         TEXT NOT NULL REFERENCES sites (site_id),
    patient_code    TEXT NOT NULL,
    enrolled_on     DATE NOT NULL,
    withdrawn_on    DATE,
    CONSTRAINT participants_site_patient_code_key UNIQUE (site_id, patient_code),
    CONSTRAINT participants_withdrawn_after_enrolled CHECK (withdrawn_on >= enrolled_on)
);

COMMENT ON COLUMN participants.patient_code IS 'Code of the participant at the site; no name is stored';

CREATE TABLE record_audit (
    audit_id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_uuid          UUID NOT NULL,
    participant_id      TEXT NOT NULL REFERENCES participants (participant_id),
    site_id             TEXT NOT NULL REFERENCES sites (site_id),
    operation           TEXT NOT NULL CHECK (operation IN ('CREATE', 'UPDATE', 'DELETE')),
    data                JSONB NOT NULL,
    created_by          TEXT NOT NULL,
    created_by_role     TEXT NOT NULL,
    client_timestamp    TIMESTAMPTZ NOT NULL,
    server_timestamp    TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    change_reason       TEXT NOT NULL
);

CREATE INDEX idx_record_audit_event ON record_audit (event_uuid, audit_id);

COMMENT ON TABLE record_audit IS 'Immutable event store: the electronic record';

CREATE TABLE record_state (
    event_uuid          UUID PRIMARY KEY,
    participant_id      TEXT NOT NULL REFERENCES participants (participant_id),
    site_id             TEXT NOT NULL REFERENCES sites (site_id),
    current_data        JSONB NOT NULL,
    version             INT NOT NULL DEFAULT 1,
    last_audit_id       BIGINT NOT NULL REFERENCES record_audit (audit_id),
    is_deleted          BOOLEAN NOT NULL DEFAULT false,
    updated_at          TIMESTAMPTZ NOT NULL
);

CREATE INDEX idx_record_state_participant ON record_state (participant_id) WHERE NOT is_deleted;

COMMENT ON TABLE record_state IS 'Read model, written by a trigger on record_audit only';

-- -----------------------------------------------------
-- Audit trail: nothing changes, everything is projected
-- -----------------------------------------------------
CREATE FUNCTION prevent_audit_modification() RETURNS TRIGGER
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'record_audit is immutable: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END;
$$;

CREATE TRIGGER record_audit_immutable
    BEFORE UPDATE OR DELETE ON record_audit
    FOR EACH ROW EXECUTE FUNCTION prevent_audit_modification();

CREATE TRIGGER record_audit_no_truncate
    BEFORE TRUNCATE ON record_audit
    FOR EACH STATEMENT EXECUTE FUNCTION prevent_audit_modification();

CREATE FUNCTION project_record_state() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.operation = 'CREATE' THEN
        INSERT INTO record_state (event_uuid, participant_id, site_id, current_data, last_audit_id, updated_at)
        VALUES (NEW.event_uuid, NEW.participant_id, NEW.site_id, NEW.data, NEW.audit_id, NEW.server_timestamp);
    ELSE
        UPDATE record_state
           SET current_data = NEW.data,
               version = version + 1,
               last_audit_id = NEW.audit_id,
               is_deleted = (NEW.operation = 'DELETE'),
               updated_at = NEW.server_timestamp
         WHERE event_uuid = NEW.event_uuid
           AND NOT is_deleted;

        IF NOT FOUND THEN
            RAISE EXCEPTION '% of a record that does not exist: %', NEW.operation, NEW.event_uuid;
        END IF;
    END IF;

    RETURN NULL;
END;
$$;

CREATE TRIGGER record_audit_project
    AFTER INSERT ON record_audit
    FOR EACH ROW EXECUTE FUNCTION project_record_state();

-- -----------------------------------------------------
-- Row-level security
-- -----------------------------------------------------
ALTER TABLE sites ENABLE ROW LEVEL SECURITY;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_site_assignments ENABLE ROW LEVEL SECURITY;
ALTER TABLE participants ENABLE ROW LEVEL SECURITY;
ALTER TABLE record_audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE record_state ENABLE ROW LEVEL SECURITY;

CREATE POLICY sites_select ON sites FOR SELECT
    USING (current_user_role() <> 'anonymous');

CREATE POLICY users_select_self ON users FOR SELECT
    USING (user_id = current_user_id() OR current_user_role() IN ('auditor', 'admin'));

CREATE POLICY assignments_select_own ON user_site_assignments FOR SELECT
    USING (user_id = current_user_id() OR current_user_role() IN ('auditor', 'admin'));

CREATE POLICY participants_select ON participants FOR SELECT
    USING (
        user_id = current_user_id()
        OR current_user_role() IN ('auditor', 'admin')
        OR (current_user_role() IN ('investigator', 'analyst')
            AND site_id IN (SELECT a.site_id FROM user_site_assignments a WHERE a.user_id = current_user_id()))
    );

CREATE POLICY record_audit_select ON record_audit FOR SELECT
    USING (participant_id IN (SELECT p.participant_id FROM participants p));

CREATE POLICY record_audit_insert ON record_audit FOR INSERT
    WITH CHECK (
        created_by = current_user_id()
        AND created_by_role = current_user_role()
        AND current_user_role() IN ('participant', 'investigator')
        AND participant_id IN (SELECT p.participant_id FROM participants p)
    );

CREATE POLICY record_state_select ON record_state FOR SELECT
    USING (participant_id IN (SELECT p.participant_id FROM participants p));

COMMENT ON POLICY record_audit_insert ON record_audit IS 'Nobody writes in another person''s name';

-- -----------------------------------------------------
-- Privileges
-- -----------------------------------------------------
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'diary_app') THEN
        GRANT SELECT ON sites, users, user_site_assignments, participants, record_audit, record_state TO diary_app;
        GRANT INSERT ON record_audit TO diary_app;
    END IF;

    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'diary_readonly') THEN
        GRANT SELECT ON sites, participants, record_audit, record_state TO diary_readonly;
    END IF;
END $$;

-- Verify migration success
DO $$
DECLARE
    unprotected TEXT;
BEGIN
    SELECT string_agg(c.relname, ', ') INTO unprotected
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public'
      AND c.relname IN ('sites', 'users', 'user_site_assignments', 'participants', 'record_audit', 'record_state')
      AND NOT c.relrowsecurity;

    IF unprotected IS NOT NULL THEN
        RAISE EXCEPTION 'Migration failed: no row-level security on %', unprotected;
    END IF;

    IF NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgname = 'record_audit_immutable') THEN
        RAISE EXCEPTION 'Migration failed: record_audit can be modified';
    END IF;
END $$;

COMMIT;
