-- The attic: what migrations drop. Run again whenever something is about to be kept; nothing in it is lost by that.
-- No function here catches an error: the embedded PostgreSQL cannot.
DO $surefoot$ BEGIN
    IF pg_catalog.to_regnamespace({attic_text}) IS NULL THEN
        CREATE SCHEMA {attic};
        COMMENT ON SCHEMA {attic} IS 'Surefoot attic: tables and columns that migrations dropped. See: surefoot attic list';
        -- A role that a migration switches to may call the functions; they do nothing that it may not do by itself.
        GRANT USAGE ON SCHEMA {attic} TO PUBLIC;
        CREATE TABLE {attic}.items (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL UNIQUE,
            kind text NOT NULL CHECK (kind IN ('table', 'columns')),
            state text NOT NULL CHECK (state IN ('copying', 'kept', 'left')),
            schema_name text NOT NULL,
            table_name text NOT NULL,
            columns text[] NOT NULL,
            key text[],
            migration text NOT NULL,
            run text NOT NULL,
            kept_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            kept_by text NOT NULL DEFAULT session_user,
            keep_until timestamptz,
            rows bigint,
            rows_exact boolean NOT NULL DEFAULT true,
            bytes bigint,
            definition jsonb NOT NULL
        );
        COMMENT ON TABLE {attic}.items IS 'What is kept. Change it with surefoot attic, so that the journal knows.';
        CREATE TABLE {attic}.unrecorded (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            kind text NOT NULL,
            item jsonb NOT NULL
        );
        COMMENT ON TABLE {attic}.unrecorded IS 'What the journal is told of before the transaction commits.';
    END IF;
END $surefoot$;

CREATE OR REPLACE FUNCTION {attic}.note(kind text, item bigint, more jsonb) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $surefoot$
    INSERT INTO {attic}.unrecorded (kind, item)
    SELECT note.kind, jsonb_build_object('item', i.name, 'kind', i.kind, 'table', i.schema_name || '.' || i.table_name,
                                         'migration', i.migration)
        || CASE WHEN i.kind = 'columns' THEN jsonb_build_object('columns', to_jsonb(i.columns)) ELSE '{}' END || note.more
    FROM {attic}.items i WHERE i.id = note.item
$surefoot$;

-- Writes what happened into the journal, an event for each kind; gives the number of the last event.
CREATE OR REPLACE FUNCTION {attic}.announce(expected bigint, migration text, run text, detail text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $surefoot$
DECLARE
    happened record;
    head bigint := expected;
BEGIN
    FOR happened IN SELECT u.kind, jsonb_agg(u.item ORDER BY u.id) AS items FROM {attic}.unrecorded u
                    GROUP BY u.kind ORDER BY u.kind
    LOOP
        head := {journal}.append(head, happened.kind, migration, NULL, run,
            (detail::jsonb || jsonb_build_object('items', happened.items))::text);
    END LOOP;
    DELETE FROM {attic}.unrecorded;
    RETURN head;
END
$surefoot$;

-- Holds tables still, so that nothing comes between a trial and the real thing.
CREATE OR REPLACE FUNCTION {attic}.hold(rels oid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $surefoot$
DECLARE rel record;
BEGIN
    FOR rel IN SELECT c.oid FROM unnest(rels) WITH ORDINALITY AS w (oid, place) JOIN pg_class c USING (oid)
               WHERE c.relkind IN ('r', 'p') ORDER BY w.place
    LOOP
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', rel.oid::regclass);
    END LOOP;
END
$surefoot$;

-- GRANTs on a table and its columns to others than its owner.
CREATE OR REPLACE FUNCTION {attic}.grants(rel oid, only_columns text[]) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $surefoot$
    SELECT coalesce(jsonb_agg(jsonb_build_object('privilege', g.privilege_type, 'column', g.attname,
                'role', CASE WHEN g.grantee = 0 THEN NULL ELSE pg_get_userbyid(g.grantee) END,
                'grantable', g.is_grantable) ORDER BY g.attnum, g.grantee, g.privilege_type), '[]')
    FROM (SELECT a.grantee, a.privilege_type, a.is_grantable, NULL::name AS attname, 0 AS attnum
          FROM pg_class c, aclexplode(c.relacl) a
          WHERE c.oid = rel AND a.grantee <> c.relowner AND only_columns IS NULL
          UNION ALL
          SELECT a.grantee, a.privilege_type, a.is_grantable, t.attname, t.attnum
          FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
          WHERE c.oid = rel AND a.grantee <> c.relowner AND t.attnum > 0 AND NOT t.attisdropped
            AND (only_columns IS NULL OR t.attname = ANY (only_columns))) g
$surefoot$;

-- What a table was, and the statements that make it so again after it has moved back.
CREATE OR REPLACE FUNCTION {attic}.describe(rel oid) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $surefoot$
DECLARE
    c pg_class;
    me text := rel::regclass::text;
    made text[] := '{}';
    more text[];
    columns jsonb;
    sequences jsonb;
BEGIN
    SELECT * INTO c FROM pg_class WHERE oid = rel;
    SELECT coalesce(jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
               'not_null', a.attnotnull, 'default', pg_get_expr(d.adbin, d.adrelid), 'generated', a.attgenerated,
               'identity', a.attidentity) ORDER BY a.attnum), '[]')
    INTO columns FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped;
    -- An expression can only come with its column.
    SELECT coalesce(array_agg(format('ALTER TABLE %s DROP COLUMN IF EXISTS %I, ADD COLUMN %2$I %s GENERATED ALWAYS AS (%s) %s',
               me, a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid),
               CASE a.attgenerated WHEN 's' THEN 'STORED' ELSE 'VIRTUAL' END) ORDER BY a.attnum), '{}')
    INTO made FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = rel AND a.attgenerated <> '' AND NOT a.attisdropped AND a.attinhcount = 0;
    SELECT coalesce(array_agg(format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', me, a.attname,
               pg_get_expr(d.adbin, d.adrelid)) ORDER BY a.attnum), '{}')
    INTO more FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = rel AND a.attgenerated = '' AND NOT a.attisdropped;
    made := made || more;
    SELECT coalesce(array_agg(format('ALTER TABLE %s ADD CONSTRAINT %I %s', me, k.conname, pg_get_constraintdef(k.oid))
               ORDER BY array_position(ARRAY['c', 'p', 'u', 'x', 'f'], k.contype::text), k.conname), '{}')
    INTO more FROM pg_constraint k
    WHERE k.conrelid = rel AND k.contype IN ('c', 'p', 'u', 'x', 'f') AND k.conparentid = 0 AND k.coninhcount = 0;
    made := made || more;
    SELECT coalesce(array_agg(replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') ORDER BY x.relname), '{}')
    INTO more FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
    WHERE i.indrelid = rel AND NOT x.relispartition
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = rel);
    made := made || more;
    IF c.relreplident IN ('f', 'n') THEN
        made := made || format('ALTER TABLE %s REPLICA IDENTITY %s', me,
            CASE c.relreplident WHEN 'f' THEN 'FULL' ELSE 'NOTHING' END);
    ELSE
        SELECT coalesce(array_agg(format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I', me, x.relname)), '{}')
        INTO more FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
        WHERE i.indrelid = rel AND i.indisreplident AND c.relreplident = 'i';
        made := made || more;
    END IF;
    SELECT coalesce(array_agg(pg_get_statisticsobjdef(s.oid) ORDER BY s.stxname), '{}')
    INTO more FROM pg_statistic_ext s WHERE s.stxrelid = rel;
    made := made || more;
    SELECT coalesce(array_agg(pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'O' THEN ''
               ELSE format('; ALTER TABLE %s %s TRIGGER %I', me, CASE t.tgenabled WHEN 'D' THEN 'DISABLE'
                    WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END, t.tgname) END ORDER BY t.tgname), '{}')
    INTO more FROM pg_trigger t WHERE t.tgrelid = rel AND NOT t.tgisinternal AND t.tgparentid = 0;
    made := made || more;
    SELECT coalesce(array_agg(rtrim(pg_get_ruledef(r.oid), ';') ORDER BY r.rulename), '{}')
    INTO more FROM pg_rewrite r WHERE r.ev_class = rel AND r.rulename <> '_RETURN';
    made := made || more;
    SELECT coalesce(array_agg(format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s', p.polname, me,
               CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
               CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                   WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
               (SELECT string_agg(CASE WHEN o = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(o)) END, ', ')
                FROM unnest(p.polroles) o),
               ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
               ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') ORDER BY p.polname), '{}')
    INTO more FROM pg_policy p WHERE p.polrelid = rel;
    made := made || more;
    IF c.relrowsecurity THEN made := made || format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', me); END IF;
    IF c.relforcerowsecurity THEN made := made || format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', me); END IF;
    SELECT coalesce(array_agg(CASE WHEN c.relispartition
               THEN format('ALTER TABLE %s ATTACH PARTITION %s %s', i.inhparent::regclass, me,
                           pg_get_expr(c.relpartbound, rel))
               ELSE format('ALTER TABLE %s INHERIT %s', me, i.inhparent::regclass) END ORDER BY i.inhseqno), '{}')
    INTO more FROM pg_inherits i WHERE i.inhrelid = rel;
    made := made || more;
    SELECT coalesce(array_agg(format('ALTER PUBLICATION %I ADD TABLE %s', p.pubname, me) ORDER BY p.pubname), '{}')
    INTO more FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE r.prrelid = rel;
    made := made || more;
    SELECT coalesce(jsonb_agg(jsonb_build_object('column', a.attname, 'schema', n.nspname, 'name', s.relname,
               'last_value', pg_sequence_last_value(s.oid), 'start', q.seqstart) ORDER BY a.attnum), '[]')
    INTO sequences FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
        JOIN pg_namespace n ON n.oid = s.relnamespace JOIN pg_sequence q ON q.seqrelid = s.oid
        JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = rel
      AND d.deptype IN ('a', 'i');
    RETURN jsonb_build_object('table', me, 'owner', pg_get_userbyid(c.relowner), 'columns', columns,
        'sequences', sequences, 'grants', {attic}.grants(rel, NULL), 'remake', to_jsonb(made));
END
$surefoot$;

-- Drops what hangs on tables and is no part of them, as CASCADE does; PostgreSQL was asked before whether it may.
CREATE OR REPLACE FUNCTION {attic}.detach_dependents(tree oid[], migration text, run text, days integer) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $surefoot$
DECLARE
    dep record;
    what record;
    gone jsonb := '[]';
    command text;
    was text;
BEGIN
    FOR dep IN SELECT k.conrelid::regclass AS rel, k.conname, k.conrelid <> ALL (tree) AS foreign_one,
                        pg_get_constraintdef(k.oid) AS was
                 FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0
                   AND (k.conrelid = ANY (tree) OR k.confrelid = ANY (tree)) ORDER BY k.conrelid, k.conname
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', dep.rel, dep.conname);
        IF dep.foreign_one THEN
            gone := gone || jsonb_build_object('what', format('constraint %s on %s', dep.conname, dep.rel),
                'was', format('ALTER TABLE %s ADD CONSTRAINT %I %s', dep.rel, dep.conname, dep.was));
        END IF;
    END LOOP;
    LOOP
        WITH RECURSIVE mine (classid, objid) AS (
            SELECT 'pg_class'::regclass::oid, t FROM unnest(tree) t
            UNION
            SELECT d.classid, d.objid FROM mine m
            JOIN pg_depend d ON d.refclassid = m.classid AND d.refobjid = m.objid AND d.deptype IN ('a', 'i', 'P', 'S'))
        SELECT d.classid, d.objid, d.objsubid INTO dep
        FROM mine m JOIN pg_depend d ON d.refclassid = m.classid AND d.refobjid = m.objid
        WHERE d.deptype = 'n' AND (d.classid, d.objid) NOT IN (SELECT x.classid, x.objid FROM mine x)
          AND NOT (d.classid = 'pg_class'::regclass AND d.objid = ANY (tree))
        ORDER BY d.classid, d.objid LIMIT 1;
        EXIT WHEN NOT FOUND;
        SELECT * INTO what FROM pg_identify_object(dep.classid, dep.objid, dep.objsubid);
        was := NULL;
        IF dep.classid = 'pg_rewrite'::regclass THEN
            SELECT CASE WHEN v.relkind = 'v' THEN format('DROP VIEW %s CASCADE', v.oid::regclass)
                        WHEN v.relkind = 'm' THEN format('DROP MATERIALIZED VIEW %s CASCADE', v.oid::regclass)
                        ELSE format('DROP RULE %I ON %s CASCADE', r.rulename, v.oid::regclass) END,
                   CASE WHEN v.relkind = 'v' THEN format('CREATE VIEW %s AS %s', v.oid::regclass, rtrim(pg_get_viewdef(v.oid), ';'))
                        WHEN v.relkind = 'm'
                        THEN format('CREATE MATERIALIZED VIEW %s AS %s', v.oid::regclass, rtrim(pg_get_viewdef(v.oid), ';'))
                        ELSE pg_get_ruledef(r.oid) END
            INTO command, was FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class WHERE r.oid = dep.objid;
        ELSIF dep.classid = 'pg_constraint'::regclass THEN
            SELECT CASE WHEN k.conrelid <> 0 THEN format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', k.conrelid::regclass, k.conname)
                        ELSE format('ALTER DOMAIN %s DROP CONSTRAINT %I CASCADE', k.contypid::regtype, k.conname) END,
                   pg_get_constraintdef(k.oid)
            INTO command, was FROM pg_constraint k WHERE k.oid = dep.objid;
        ELSIF dep.classid = 'pg_attrdef'::regclass THEN
            SELECT CASE WHEN a.attgenerated = '' THEN format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', d.adrelid::regclass, a.attname)
                        ELSE format('ALTER TABLE %s DROP COLUMN %I CASCADE', d.adrelid::regclass, a.attname) END,
                   pg_get_expr(d.adbin, d.adrelid)
            INTO command, was FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
            WHERE d.oid = dep.objid;
        ELSIF dep.classid = 'pg_policy'::regclass THEN
            SELECT format('DROP POLICY %I ON %s', p.polname, p.polrelid::regclass) INTO command
            FROM pg_policy p WHERE p.oid = dep.objid;
        ELSIF dep.classid = 'pg_trigger'::regclass THEN
            SELECT format('DROP TRIGGER %I ON %s CASCADE', t.tgname, t.tgrelid::regclass), pg_get_triggerdef(t.oid)
            INTO command, was FROM pg_trigger t WHERE t.oid = dep.objid;
        ELSIF dep.classid = 'pg_proc'::regclass THEN
            SELECT format('DROP ROUTINE %s CASCADE', p.oid::regprocedure),
                   CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END
            INTO command, was FROM pg_proc p WHERE p.oid = dep.objid;
        ELSIF dep.classid = 'pg_type'::regclass THEN
            command := format('DROP TYPE %s CASCADE', dep.objid::regtype);
        ELSIF dep.classid = 'pg_class'::regclass AND dep.objsubid > 0 THEN
            -- A column of the table's row type: its values are kept like those of any other that is dropped.
            SELECT a.attname INTO command FROM pg_attribute a
            WHERE a.attrelid = dep.objid AND a.attnum = dep.objsubid;
            PERFORM {attic}.keep_columns(dep.objid, false, ARRAY[command], migration, run, days);
            command := format('ALTER %s %s DROP %s %I CASCADE',
                (SELECT CASE relkind WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END FROM pg_class WHERE oid = dep.objid),
                dep.objid::regclass,
                (SELECT CASE relkind WHEN 'c' THEN 'ATTRIBUTE' ELSE 'COLUMN' END FROM pg_class WHERE oid = dep.objid), command);
        ELSE
            RAISE EXCEPTION 'the rows cannot be kept: % % depends on the table', what.type, what.identity
                USING HINT = 'drop it before, or let the rows go: -- surefoot: drop-data';
        END IF;
        EXECUTE command;
        gone := gone || jsonb_build_object('what', what.type || ' ' || what.identity, 'was', was);
    END LOOP;
    RETURN gone;
END
$surefoot$;

-- Nobody else may read what is kept, and no role is held by it.
CREATE OR REPLACE FUNCTION {attic}.close(rel oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $surefoot$
DECLARE step record;
BEGIN
    FOR step IN
        SELECT DISTINCT CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END AS role
        FROM (SELECT a.grantee, c.relowner FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = rel
              UNION SELECT a.grantee, c.relowner FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid,
              aclexplode(t.attacl) a WHERE c.oid = rel) g WHERE g.grantee <> g.relowner
    LOOP
        EXECUTE format('REVOKE ALL ON TABLE %s FROM %s CASCADE', rel::regclass, step.role);
    END LOOP;
END
$surefoot$;

-- Takes from tables what could stand in the way of others: triggers, rules, policies, constraints, indexes, defaults,
-- statistics, privileges. What they were is in the description.
CREATE OR REPLACE FUNCTION {attic}.bare(tree oid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $surefoot$
DECLARE rel oid; step record;
BEGIN
    FOREACH rel IN ARRAY tree LOOP
        IF (SELECT reloftype <> 0 FROM pg_class WHERE oid = rel) THEN
            EXECUTE format('ALTER TABLE %s NOT OF', rel::regclass);
        END IF;
        FOR step IN
            SELECT 1, format('DROP TRIGGER %I ON %s', tgname, rel::regclass) AS sql FROM pg_trigger
            WHERE tgrelid = rel AND NOT tgisinternal AND tgparentid = 0
            UNION ALL SELECT 2, format('DROP RULE %I ON %s', rulename, rel::regclass) FROM pg_rewrite
            WHERE ev_class = rel AND rulename <> '_RETURN'
            UNION ALL SELECT 3, format('DROP POLICY %I ON %s', polname, rel::regclass) FROM pg_policy WHERE polrelid = rel
            UNION ALL SELECT 4, format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY', rel::regclass)
            FROM pg_class WHERE oid = rel AND (relrowsecurity OR relforcerowsecurity)
            UNION ALL SELECT 5, format('DROP STATISTICS %I.%I', n.nspname, s.stxname) FROM pg_statistic_ext s
            JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE s.stxrelid = rel
            UNION ALL SELECT 6, format('ALTER PUBLICATION %I DROP TABLE %s', p.pubname, rel::regclass)
            FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
            WHERE r.prrelid = rel AND pg_has_role(p.pubowner, 'USAGE')
            UNION ALL SELECT 7, format('ALTER TABLE %s DROP CONSTRAINT %I', rel::regclass, conname) FROM pg_constraint
            WHERE conrelid = rel AND contype IN ('c', 'p', 'u', 'x', 't', 'f') AND conparentid = 0 AND coninhcount = 0
            ORDER BY 1
        LOOP
            EXECUTE step.sql;
        END LOOP;
        FOR step IN
            SELECT format('DROP INDEX %s', i.indexrelid::regclass) AS sql FROM pg_index i
            JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = rel AND NOT x.relispartition
        LOOP
            EXECUTE step.sql;
        END LOOP;
        -- Computed values stay as they are; what is not stored has none. Partitions follow their parent.
        FOR step IN
            SELECT CASE WHEN a.attgenerated = '' THEN format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', rel::regclass, a.attname)
                        WHEN a.attgenerated = 's' THEN format('ALTER TABLE %s ALTER COLUMN %I DROP EXPRESSION', rel::regclass, a.attname)
                        ELSE format('ALTER TABLE %s DROP COLUMN %I', rel::regclass, a.attname) END AS sql
            FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = rel AND NOT a.attisdropped AND (a.attgenerated = '' OR a.attinhcount = 0)
        LOOP
            EXECUTE step.sql;
        END LOOP;
        PERFORM {attic}.close(rel);
        IF (SELECT relowner <> current_user::regrole FROM pg_class WHERE oid = rel) THEN
            EXECUTE format('ALTER TABLE %s OWNER TO %I', rel::regclass, current_user);
        END IF;
    END LOOP;
END
$surefoot$;

-- `DROP TABLE`: the tables move here, with all that PostgreSQL would have dropped with them. The caller has tried the
-- drop itself, so that whatever PostgreSQL refuses was refused.
CREATE OR REPLACE FUNCTION {attic}.keep_tables(wanted oid[], others oid[], casc boolean, migration text, run text, days integer)
RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
SET row_security = off AS $surefoot$
#variable_conflict use_column
DECLARE
    roots oid[];
    every oid[] := '{}';
    leftover oid[] := coalesce(others, '{}');
    root oid;
    rel oid;
    tree oid[];
    parent oid;
    item bigint;
    kept_name text;
    ids bigint[] := '{}';
    gone jsonb;
    amount bigint;
    pages bigint;
    bytes bigint;
    part integer;
    parts jsonb;
    seq record;
    copied integer := 0;
BEGIN
    FOR root IN SELECT w FROM unnest(wanted) w WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = w AND c.relkind IN ('r', 'p'))
                AND {attic}.is_spread(w)
    LOOP
        item := nextval(pg_get_serial_sequence({items_text}, 'id'));
        kept_name := left((SELECT relname FROM pg_class WHERE oid = root), 40) || '_' || item;
        INSERT INTO {attic}.items (id, name, kind, state, schema_name, table_name, columns, migration, run, keep_until, definition)
        OVERRIDING SYSTEM VALUE
        SELECT item, kept_name, 'table', 'kept', n.nspname, c.relname,
               (SELECT coalesce(array_agg(a.attname::text ORDER BY a.attnum), '{}') FROM pg_attribute a
                WHERE a.attrelid = root AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''),
               migration, run, clock_timestamp() + make_interval(days => days),
               {attic}.describe(root) || jsonb_build_object('parts', '[]'::jsonb, 'oid', root, 'dependents', '[]'::jsonb)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = root;
        EXECUTE format('CREATE TABLE {attic_escaped}.%I AS SELECT * FROM %s', kept_name, root::regclass);
        GET DIAGNOSTICS amount = ROW_COUNT;
        PERFORM {attic}.close(format('{attic_escaped}.%I', kept_name)::regclass);
        bytes := pg_total_relation_size(format('{attic_escaped}.%I', kept_name)::regclass);
        EXECUTE format('UPDATE {attic_escaped}.items SET rows = %s, bytes = %s WHERE id = %s', amount, bytes, item);
        PERFORM {attic}.note('kept', item, jsonb_build_object('rows', amount, 'rows_exact', true, 'bytes', bytes));
        copied := copied + 1;
        leftover := leftover || root;
        wanted := array_remove(wanted, root);
    END LOOP;
    WITH RECURSIVE reached (rel) AS (
        SELECT c.oid FROM unnest(wanted) w JOIN pg_class c ON c.oid = w
        WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
        UNION
        SELECT i.inhrelid FROM reached r JOIN pg_inherits i ON i.inhparent = r.rel JOIN pg_class c ON c.oid = i.inhrelid
        WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't')
    SELECT coalesce(array_agg(r.rel ORDER BY array_position(wanted, r.rel), r.rel), '{}') INTO roots FROM reached r
    WHERE NOT EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                      WHERE i.inhrelid = r.rel AND c.relispartition AND i.inhparent IN (SELECT x.rel FROM reached x));
    FOREACH root IN ARRAY roots LOOP
        -- A partition that is a foreign table has its rows elsewhere.
        FOR rel IN SELECT p.relid FROM pg_partition_tree(root) p JOIN pg_class c ON c.oid = p.relid WHERE c.relkind = 'f' LOOP
            SELECT i.inhparent INTO parent FROM pg_inherits i WHERE i.inhrelid = rel;
            EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', parent::regclass, rel::regclass);
            EXECUTE format('DROP FOREIGN TABLE %s', rel::regclass);
        END LOOP;
        item := nextval(pg_get_serial_sequence({items_text}, 'id'));
        kept_name := left((SELECT relname FROM pg_class WHERE oid = root), 40) || '_' || item;
        SELECT coalesce(jsonb_agg({attic}.describe(p.relid::oid) || jsonb_build_object('oid', p.relid::oid) ORDER BY p.level, p.relid), '[]')
        INTO parts FROM pg_partition_tree(root) p WHERE p.relid <> root;
        INSERT INTO {attic}.items (id, name, kind, state, schema_name, table_name, columns, migration, run, keep_until, definition)
        OVERRIDING SYSTEM VALUE
        SELECT item, kept_name, 'table', 'kept', n.nspname, c.relname,
               (SELECT coalesce(array_agg(a.attname::text ORDER BY a.attnum), '{}') FROM pg_attribute a
                WHERE a.attrelid = root AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''),
               migration, run, clock_timestamp() + make_interval(days => days),
               {attic}.describe(root) || jsonb_build_object('parts', parts, 'oid', root)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = root;
        ids := ids || item;
        tree := ARRAY[root] || coalesce((SELECT array_agg(p.relid::oid ORDER BY p.level, p.relid) FROM pg_partition_tree(root) p
                                         WHERE p.relid <> root), '{}');
        every := every || tree;
    END LOOP;
    FOREACH root IN ARRAY roots LOOP
        FOR parent IN SELECT i.inhparent FROM pg_inherits i WHERE i.inhrelid = root LOOP
            IF (SELECT relispartition FROM pg_class WHERE oid = root) THEN
                EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', parent::regclass, root::regclass);
            ELSE
                EXECUTE format('ALTER TABLE %s NO INHERIT %s', root::regclass, parent::regclass);
            END IF;
        END LOOP;
    END LOOP;
    gone := {attic}.detach_dependents(every, migration, run, days);
    PERFORM {attic}.bare(every);
    FOR i IN 1 .. cardinality(ids) LOOP
        item := ids[i];
        root := roots[i];
        SELECT name INTO kept_name FROM {attic}.items WHERE id = item;
        tree := ARRAY[root] || coalesce((SELECT array_agg(p.relid::oid ORDER BY p.level, p.relid) FROM pg_partition_tree(root) p
                                         WHERE p.relid <> root), '{}');
        SELECT coalesce(sum(greatest(c.relpages, 0)), 0), coalesce(sum(pg_total_relation_size(c.oid)), 0),
               coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint
        INTO pages, bytes, amount FROM pg_class c WHERE c.oid = ANY (tree);
        pages := greatest(pages, bytes / 8192);
        part := 0;
        FOREACH rel IN ARRAY tree LOOP
            -- Sequences of columns move with their table: a name that nobody has yet.
            FOR seq IN SELECT s.oid, s.relname, row_number() OVER (ORDER BY s.oid) AS place FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
                       WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                         AND d.refobjid = rel AND d.deptype IN ('a', 'i')
            LOOP
                EXECUTE format('ALTER SEQUENCE %s RENAME TO %I', seq.oid::regclass,
                    'surefoot_' || item || '_' || part || '_' || seq.place);
            END LOOP;
            EXECUTE format('ALTER TABLE %s RENAME TO %I', rel::regclass, 'surefoot_' || item || '_' || part);
            EXECUTE format('ALTER TABLE %s SET SCHEMA {attic_escaped}', rel::regclass);
            EXECUTE format('ALTER TABLE %s RENAME TO %I', rel::regclass,
                kept_name || CASE WHEN part > 0 THEN '_p' || part ELSE '' END);
            part := part + 1;
        END LOOP;
        IF pages < 12800 THEN
            EXECUTE format('SELECT count(*) FROM %s', root::regclass) INTO amount;
        END IF;
        UPDATE {attic}.items SET rows = amount, rows_exact = pages < 12800, bytes = keep_tables_bytes.b,
               definition = definition || jsonb_build_object('dependents', gone)
        FROM (SELECT bytes AS b) AS keep_tables_bytes WHERE id = item;
        PERFORM {attic}.note('kept', item, jsonb_build_object('rows', amount, 'rows_exact', pages < 12800, 'bytes', bytes));
    END LOOP;
    leftover := leftover || coalesce((SELECT array_agg(w) FROM unnest(wanted) w WHERE w <> ALL (every)), '{}');
    FOREACH rel IN ARRAY leftover LOOP
        IF EXISTS (SELECT FROM pg_class WHERE oid = rel) THEN
            EXECUTE format('DROP TABLE %s%s', rel::regclass, CASE WHEN casc THEN ' CASCADE' ELSE '' END);
        END IF;
    END LOOP;
    RETURN cardinality(ids) + copied;
END
$surefoot$;

-- The same as the role that connected, for a migration that has switched to one that may not write here.
CREATE OR REPLACE FUNCTION {attic}.keep_tables_own(wanted oid[], others oid[], casc boolean, migration text, run text, days integer)
RETURNS integer LANGUAGE sql SET role = none AS $surefoot$
    SELECT {attic}.keep_tables(wanted, others, casc, migration, run, days)
$surefoot$;
