-- IF NOT EXISTS would ask for the privilege to create one that an administrator has made already.
DO $surefoot$ BEGIN
    IF pg_catalog.to_regnamespace({schema_text}) IS NULL THEN
        CREATE SCHEMA {schema};
    END IF;
END $surefoot$;
COMMENT ON SCHEMA {schema} IS 'Surefoot journal: what was changed here, by whom and when. Append-only; do not edit.';

CREATE TABLE {schema}.meta (
    key text PRIMARY KEY,
    value text NOT NULL
);

CREATE TABLE {schema}.events (
    seq bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    migration text,
    state text,
    run text,
    body text NOT NULL,
    hash text NOT NULL
);
COMMENT ON TABLE {schema}.events IS 'One row per event. hash = sha256(0x00 || body); body names the hash of the event before.';

CREATE TABLE {schema}.migrations (
    id text PRIMARY KEY,
    position bigint NOT NULL,
    name text NOT NULL,
    owner text,
    repeatable boolean NOT NULL DEFAULT false,
    state text NOT NULL CHECK (state IN ('applying', 'applied', 'reverting', 'reverted')),
    units_done integer NOT NULL DEFAULT 0,
    units_total integer NOT NULL DEFAULT 1,
    up_file text NOT NULL,
    up_sha256 text NOT NULL,
    up_statements text NOT NULL,
    down_file text,
    down_sha256 text,
    verify_file text,
    verify_sha256 text,
    applied_at timestamptz,
    applied_by text,
    duration_ms bigint,
    event bigint NOT NULL
);

CREATE TABLE {schema}.files (
    sha256 text NOT NULL,
    part integer NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (sha256, part)
);
COMMENT ON TABLE {schema}.files IS 'Full text of every file that was run, in parts, by the SHA-256 of its bytes.';

CREATE TABLE {schema}.steps (
    migration text NOT NULL,
    direction text NOT NULL,
    unit integer NOT NULL,
    state text NOT NULL CHECK (state IN ('intent', 'done')),
    statement text NOT NULL,
    sha256 text NOT NULL,
    backend_pid integer,
    backend_start timestamptz,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (migration, direction, unit)
);
COMMENT ON TABLE {schema}.steps IS 'Progress of migrations that cannot run in one transaction.';

CREATE TABLE {schema}.application (
    name text PRIMARY KEY,
    version text,
    schema_version text,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL
);

CREATE FUNCTION {schema}.append(expected bigint, kind text, migration text, state text, run text, detail text)
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $surefoot$
DECLARE
    head_seq bigint;
    head_hash text;
    at timestamptz := clock_timestamp();
    body text;
BEGIN
    SELECT e.seq, e.hash INTO head_seq, head_hash FROM {schema}.events e ORDER BY e.seq DESC LIMIT 1;
    head_seq := coalesce(head_seq, 0);
    IF expected IS NOT NULL AND expected <> head_seq THEN
        RAISE EXCEPTION 'the journal moved on: event % is its last, % was expected', head_seq, expected
            USING ERRCODE = 'SF001', HINT = 'another run took over; run the command again';
    END IF;
    body := json_build_object(
        'seq', head_seq + 1,
        'prev', coalesce(head_hash, repeat('0', 64)),
        'at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'kind', kind,
        'migration', migration,
        'state', state,
        'run', run,
        'role', session_user,
        'database', current_database(),
        'pid', pg_backend_pid(),
        'detail', detail::json
    )::text;
    INSERT INTO {schema}.events (seq, at, kind, migration, state, run, body, hash)
    VALUES (head_seq + 1, at, kind, migration, state, run, body,
            encode(sha256('\x00'::bytea || convert_to(body, 'UTF8')), 'hex'));
    RETURN head_seq + 1;
END
$surefoot$;

-- The row of a migration after an event; without a number, after the last one. A function, because its plan is kept:
-- an entry that is planned anew each time costs the server twice as much.
CREATE FUNCTION {schema}.settle(id text, place bigint, name text, owner text, repeatable boolean, state text,
    units_done integer, units_total integer, up_file text, up_sha256 text, up_statements text,
    down_file text, down_sha256 text, verify_file text, verify_sha256 text, duration_ms bigint, event bigint)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $surefoot$
#variable_conflict use_column
BEGIN
    INSERT INTO {schema}.migrations AS m (id, position, name, owner, repeatable, state, units_done, units_total,
        up_file, up_sha256, up_statements, down_file, down_sha256, verify_file, verify_sha256,
        applied_at, applied_by, duration_ms, event)
    VALUES (settle.id, settle.place, settle.name, settle.owner, settle.repeatable, settle.state, settle.units_done,
        settle.units_total, settle.up_file, settle.up_sha256, settle.up_statements, settle.down_file,
        settle.down_sha256, settle.verify_file, settle.verify_sha256,
        CASE WHEN settle.state = 'applied' THEN clock_timestamp() END,
        CASE WHEN settle.state = 'applied' THEN session_user END,
        settle.duration_ms, coalesce(settle.event, (SELECT max(e.seq) FROM {schema}.events e)))
    ON CONFLICT (id) DO UPDATE SET position = excluded.position, name = excluded.name, owner = excluded.owner,
        repeatable = excluded.repeatable, state = excluded.state, units_done = excluded.units_done,
        units_total = excluded.units_total, up_file = excluded.up_file, up_sha256 = excluded.up_sha256,
        up_statements = excluded.up_statements, down_file = excluded.down_file, down_sha256 = excluded.down_sha256,
        verify_file = excluded.verify_file, verify_sha256 = excluded.verify_sha256,
        -- When it was applied stays known while it is rolled back, and when its row is written again.
        applied_at = CASE WHEN m.state = 'applied' AND excluded.state = 'applied' AND NOT m.repeatable
                            OR excluded.state IN ('reverting', 'reverted')
                          THEN m.applied_at ELSE excluded.applied_at END,
        applied_by = CASE WHEN m.state = 'applied' AND excluded.state = 'applied' AND NOT m.repeatable
                            OR excluded.state IN ('reverting', 'reverted')
                          THEN m.applied_by ELSE excluded.applied_by END,
        duration_ms = excluded.duration_ms, event = excluded.event;
END
$surefoot$;

CREATE FUNCTION {schema}.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $surefoot$
BEGIN
    RAISE EXCEPTION 'the journal is append-only: % of %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'SF002', HINT = 'a repair is a new event: see surefoot resolve';
END
$surefoot$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.guard();
ALTER TABLE {schema}.events ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.files
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.guard();
ALTER TABLE {schema}.files ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER keep BEFORE DELETE OR TRUNCATE ON {schema}.migrations
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.guard();
ALTER TABLE {schema}.migrations ENABLE ALWAYS TRIGGER keep;

CREATE VIEW {schema}.schema_migrations AS
    SELECT id AS version, name AS description, owner, state, applied_at, applied_by,
           duration_ms AS execution_time_ms, up_sha256 AS checksum, down_sha256 IS NOT NULL AS rollback_supported
    FROM {schema}.migrations ORDER BY repeatable, position, id;
CREATE VIEW {schema}.application_metadata AS
    SELECT name AS application, version AS application_version,
           -- As it is, not as the last run left it: that run may have died before it said so.
           (SELECT m.id FROM {schema}.migrations m WHERE NOT m.repeatable AND m.state = 'applied'
            ORDER BY m.position DESC, m.event DESC LIMIT 1) AS schema_version,
           updated_at, updated_by
    FROM {schema}.application;
CREATE VIEW {schema}.audit_log AS
    SELECT seq, at, kind AS event, migration, state, body::json ->> 'role' AS database_role,
           body::json -> 'detail' -> 'actor' ->> 'os_user' AS os_user,
           body::json -> 'detail' -> 'actor' ->> 'host' AS host,
           run, body::json -> 'detail' AS detail
    FROM {schema}.events ORDER BY seq;

INSERT INTO {schema}.meta (key, value) VALUES ('format', '1'), ('project', {project});
