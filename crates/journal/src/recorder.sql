-- The recorder of DDL: two event triggers and what they write to. Run by a role that may create event triggers.
-- Everything but the schema belongs to that role: a function with its rights shall write to nobody else's table.
DROP EVENT TRIGGER IF EXISTS {end_trigger};
DROP EVENT TRIGGER IF EXISTS {drop_trigger};

CREATE TABLE IF NOT EXISTS {schema}.ddl_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    session_role text NOT NULL,
    acting_role text NOT NULL,
    application text,
    address text,
    pid integer NOT NULL,
    transaction bigint NOT NULL,
    by_surefoot boolean NOT NULL,
    event text NOT NULL CHECK (event IN ('command', 'drop')),
    tag text NOT NULL,
    object_type text,
    object_identity text
);
COMMENT ON TABLE {schema}.ddl_log IS 'One row for each object that a DDL statement was about: who, when, from where. Append-only; no statement texts.';
CREATE INDEX IF NOT EXISTS ddl_log_object ON {schema}.ddl_log (object_identity, id);
CREATE SEQUENCE IF NOT EXISTS {schema}.ddl_missed;
COMMENT ON SEQUENCE {schema}.ddl_missed IS 'Counts the DDL statements that could not be recorded; the statements themselves went through.';

CREATE OR REPLACE FUNCTION {schema}.record_ddl() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $surefoot$
DECLARE
    actor text := coalesce(nullif(current_setting('role', true), 'none'), session_user);
    mine boolean;
    origin text;
BEGIN
    -- Whatever goes wrong here is no reason to refuse somebody's DDL: it is counted. A cancelled statement stays so.
    BEGIN
        -- By name and then locked: from here on it cannot be another table.
        LOCK TABLE {schema}.ddl_log IN ROW EXCLUSIVE MODE;
        IF NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = {log_text}::regclass
                       AND c.relowner = (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user)) THEN
            RAISE EXCEPTION 'the table of the recorder belongs to somebody else';
        END IF;
        mine := EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
                        AND l.pid = pg_backend_pid() AND l.objid::bigint = {lock_object}
                        AND l.classid::bigint IN ({lock_class}, {elevated_class}));
        origin := coalesce(host(inet_client_addr()), 'local socket');
        IF TG_EVENT = 'sql_drop' THEN
            INSERT INTO {schema}.ddl_log (at, session_role, acting_role, application, address, pid, transaction,
                                          by_surefoot, event, tag, object_type, object_identity)
            SELECT clock_timestamp(), session_user, actor, left(current_setting('application_name'), 200), origin,
                   pg_backend_pid(), txid_current(), mine, 'drop', TG_TAG, d.object_type, left(d.object_identity, 1000)
              FROM pg_event_trigger_dropped_objects() d
             WHERE (d.original OR d.normal) AND NOT d.is_temporary AND d.schema_name IS DISTINCT FROM {schema_name};
        ELSE
            INSERT INTO {schema}.ddl_log (at, session_role, acting_role, application, address, pid, transaction,
                                          by_surefoot, event, tag, object_type, object_identity)
            SELECT clock_timestamp(), session_user, actor, left(current_setting('application_name'), 200), origin,
                   pg_backend_pid(), txid_current(), mine, 'command', c.command_tag, c.object_type,
                   left(c.object_identity, 1000)
              FROM pg_event_trigger_ddl_commands() c
             WHERE NOT c.in_extension AND c.schema_name IS DISTINCT FROM 'pg_temp'
               AND c.schema_name IS DISTINCT FROM {schema_name};
        END IF;
    EXCEPTION WHEN OTHERS THEN
        BEGIN
            PERFORM nextval({missed_text}::regclass);
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END;
END
$surefoot$;
REVOKE ALL ON FUNCTION {schema}.record_ddl() FROM PUBLIC;

DROP TRIGGER IF EXISTS append_only ON {schema}.ddl_log;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.ddl_log
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.guard();
ALTER TABLE {schema}.ddl_log ENABLE ALWAYS TRIGGER append_only;

-- Who owns the journal may read what was recorded.
DO $surefoot$ BEGIN
    EXECUTE format('GRANT SELECT ON {schema}.ddl_log, {schema}.ddl_missed TO %I',
        (SELECT r.rolname FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
          WHERE n.nspname = {schema_name}));
END $surefoot$;

-- Last, so that it does not begin with itself.
CREATE EVENT TRIGGER {end_trigger} ON ddl_command_end EXECUTE FUNCTION {schema}.record_ddl();
ALTER EVENT TRIGGER {end_trigger} ENABLE ALWAYS;
CREATE EVENT TRIGGER {drop_trigger} ON sql_drop EXECUTE FUNCTION {schema}.record_ddl();
ALTER EVENT TRIGGER {drop_trigger} ENABLE ALWAYS;
