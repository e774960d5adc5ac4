-- The way back.

-- A kept value as one of a column's type.
CREATE OR REPLACE FUNCTION {attic}.back_as(kept oid, rel oid, col text, alias text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $surefoot$
    SELECT CASE WHEN k.atttypid = a.atttypid THEN format('%I.%I', alias, k.attname)
                ELSE format('%I.%I::text::%s', alias, k.attname, format_type(a.atttypid, a.atttypmod)) END
    FROM pg_attribute k, pg_attribute a
    WHERE k.attrelid = kept AND k.attname = col AND a.attrelid = rel AND a.attname = col
      AND NOT k.attisdropped AND NOT a.attisdropped
$surefoot$;

-- Privileges that a table had, to roles that are still there.
CREATE OR REPLACE FUNCTION {attic}.grant_back(rel oid, grants jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $surefoot$
DECLARE g record;
BEGIN
    FOR g IN SELECT x ->> 'privilege' AS privilege, x ->> 'column' AS col, x ->> 'role' AS role,
                    (x ->> 'grantable')::boolean AS grantable FROM jsonb_array_elements(grants) x
    LOOP
        CONTINUE WHEN g.role IS NOT NULL AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = g.role);
        CONTINUE WHEN g.col IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = rel
            AND a.attname = g.col AND NOT a.attisdropped);
        EXECUTE format('GRANT %s%s ON TABLE %s TO %s%s', g.privilege, coalesce(' (' || quote_ident(g.col) || ')', ''), rel::regclass,
            coalesce(quote_ident(g.role), 'PUBLIC'), CASE WHEN g.grantable THEN ' WITH GRANT OPTION' ELSE '' END);
    END LOOP;
END
$surefoot$;

CREATE OR REPLACE FUNCTION {attic}.count_on(rel oid, sequences jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $surefoot$
DECLARE s record; seq text;
BEGIN
    FOR s IN SELECT x ->> 'column' AS col, (x ->> 'last_value')::bigint AS last_value, x ->> 'schema' AS nsp,
                    x ->> 'name' AS name FROM jsonb_array_elements(sequences) x LOOP
        CONTINUE WHEN s.last_value IS NULL OR NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = rel
            AND a.attname = s.col AND NOT a.attisdropped);
        seq := pg_get_serial_sequence(rel::regclass::text, s.col);
        -- One that belongs to the column only later in the rollback.
        IF seq IS NULL THEN
            SELECT c.oid::regclass::text INTO seq FROM pg_class c
            WHERE c.oid = to_regclass(format('%I.%I', s.nsp, s.name)) AND c.relkind = 'S'
              AND pg_sequence_last_value(c.oid) IS NULL;
        END IF;
        IF seq IS NOT NULL THEN PERFORM setval(seq, s.last_value, true); END IF;
    END LOOP;
END
$surefoot$;

-- Puts rows into the table, or values into the columns, that a rollback has made again. `is_last`: nothing more is to
-- come. `gently`: only where no value is. Gives what became of it: `done`, `not there`, or why it stays here.
CREATE OR REPLACE FUNCTION {attic}.put_back(item bigint, is_last boolean, gently boolean)
RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
SET row_security = off SET extra_float_digits = 1 AS $surefoot$
#variable_conflict use_column
DECLARE
    i {attic}.items;
    kept oid;
    rel oid;
    c pg_class;
    names text[];
    missing text[];
    rest text[];
    amount bigint := 0;
    why text;
    trig record;
    sleeping jsonb := '[]';
    match text;
    before bigint;
BEGIN
    SELECT * INTO i FROM {attic}.items WHERE id = put_back.item;
    IF i.id IS NULL OR i.state = 'copying' THEN RETURN 'not there'; END IF;
    kept := to_regclass(format('{attic_escaped}.%I', i.name));
    rel := to_regclass(format('%I.%I', i.schema_name, i.table_name));
    SELECT * INTO c FROM pg_class WHERE oid = rel AND relkind IN ('r', 'p');
    SELECT array_agg(w.n ORDER BY w.place) FILTER (WHERE a.attname IS NOT NULL AND a.attgenerated = ''),
           array_agg(w.n ORDER BY w.place) FILTER (WHERE a.attname IS NULL)
    INTO names, missing FROM unnest(i.columns) WITH ORDINALITY AS w (n, place)
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = w.n AND NOT a.attisdropped AND a.attnum > 0;
    -- Columns that came back before the others of their item.
    before := coalesce((i.definition ->> 'back_rows')::bigint, 0);
    names := CASE WHEN i.definition ? 'back' THEN (SELECT array_agg(n) FROM unnest(names) n
        WHERE NOT i.definition -> 'back' ? n) ELSE names END;
    IF c.oid IS NULL OR (names IS NULL AND before = 0 AND NOT i.definition ? 'back') OR (names IS NULL AND NOT is_last) THEN
        IF NOT is_last THEN RETURN 'not there'; END IF;
        why := CASE WHEN c.oid IS NULL THEN 'the rollback does not make the table again'
                    ELSE 'the rollback does not make ' || array_to_string(coalesce(missing, i.columns), ', ') || ' again' END;
    ELSIF i.kind = 'table' THEN
        EXECUTE format('SELECT ''the table has rows, which are not touched'' WHERE EXISTS (SELECT FROM %s)', rel::regclass) INTO why;
    END IF;
    IF why IS NOT NULL THEN
        IF NOT is_last THEN RETURN 'not there'; END IF;
        UPDATE {attic}.items SET state = 'left' WHERE id = i.id;
        PERFORM {attic}.note('restored', i.id, jsonb_build_object('rows', 0, 'stays', why));
        RETURN why;
    END IF;
    IF i.kind = 'columns' THEN
        -- By the key, or by all other columns of the row.
        SELECT array_agg(a.attname::text ORDER BY a.attnum) INTO rest FROM pg_attribute a
        WHERE i.key IS NULL AND a.attrelid = kept AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (i.columns);
        IF EXISTS (SELECT FROM unnest(coalesce(i.key, rest)) k WHERE NOT EXISTS (SELECT FROM pg_attribute a
                   WHERE a.attrelid = rel AND a.attname = k AND NOT a.attisdropped)) THEN
            IF NOT is_last THEN RETURN 'not there'; END IF;
            IF i.key IS NOT NULL THEN
                why := 'the key (' || array_to_string(i.key, ', ') || ') is not there';
                UPDATE {attic}.items SET state = 'left' WHERE id = i.id;
                PERFORM {attic}.note('restored', i.id, jsonb_build_object('rows', 0, 'stays', why));
                RETURN why;
            END IF;
            SELECT array_agg(k) INTO rest FROM unnest(rest) k WHERE EXISTS (SELECT FROM pg_attribute a
                WHERE a.attrelid = rel AND a.attname = k AND NOT a.attisdropped);
        END IF;
    END IF;
    IF c.relforcerowsecurity THEN EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', rel::regclass); END IF;
    -- What the rows set off was set off when they were written.
    FOR trig IN SELECT t.tgname, t.tgenabled FROM pg_trigger t WHERE t.tgrelid = rel AND NOT t.tgisinternal AND t.tgenabled <> 'D' LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', rel::regclass, trig.tgname);
        sleeping := sleeping || jsonb_build_object('name', trig.tgname, 'how', trig.tgenabled);
    END LOOP;
    IF i.kind = 'table' THEN
        EXECUTE (SELECT format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s k', rel::regclass,
                     string_agg(quote_ident(n), ', ' ORDER BY place),
                     string_agg({attic}.back_as(kept, rel, n, 'k'), ', ' ORDER BY place), kept::regclass)
                 FROM unnest(names) WITH ORDINALITY AS w (n, place));
        GET DIAGNOSTICS amount = ROW_COUNT;
        IF (SELECT rolname FROM pg_roles WHERE oid = c.relowner) <> i.definition ->> 'owner'
           AND EXISTS (SELECT FROM pg_roles r WHERE r.rolname = i.definition ->> 'owner' AND pg_has_role(r.oid, 'USAGE')
                       AND has_schema_privilege(r.oid, c.relnamespace, 'CREATE')) THEN
            EXECUTE format('ALTER TABLE %s OWNER TO %I', rel::regclass, i.definition ->> 'owner');
        END IF;
    ELSIF names IS NOT NULL THEN
        SELECT string_agg(format('%I = %s', n, {attic}.back_as(kept, rel, n, 's')), ', ' ORDER BY place) INTO match
        FROM unnest(names) WITH ORDINALITY AS w (n, place);
        IF i.key IS NOT NULL THEN
            EXECUTE format('UPDATE %s%s AS t SET %s FROM %s AS s WHERE %s AND (%s)',
                CASE WHEN (i.definition ->> 'only')::boolean THEN 'ONLY ' ELSE '' END, rel::regclass, match, kept::regclass,
                (SELECT string_agg(format('t.%I = %s', k, {attic}.back_as(kept, rel, k, 's')), ' AND ') FROM unnest(i.key) k),
                (SELECT string_agg(CASE WHEN gently THEN format('t.%1$I IS NULL AND s.%1$I IS NOT NULL', n)
                     ELSE format('t.%1$I::text IS DISTINCT FROM s.%1$I::text', n) END, ' OR ') FROM unnest(names) n));
        ELSE
            EXECUTE format('UPDATE %1$s%2$s AS t SET %3$s FROM '
                '(SELECT r.tableoid AS t_oid, r.ctid AS t_ctid, coalesce(%4$s) AS mark, row_number() OVER (PARTITION BY coalesce(%4$s)) AS nth '
                ' FROM %1$s%2$s AS r) AS there '
                'JOIN (SELECT r.*, coalesce(%4$s) AS mark, row_number() OVER (PARTITION BY coalesce(%4$s)) AS nth FROM %5$s AS r) AS s '
                'ON s.mark = there.mark AND s.nth = there.nth WHERE t.tableoid = there.t_oid AND t.ctid = there.t_ctid AND (%6$s)',
                CASE WHEN (i.definition ->> 'only')::boolean THEN 'ONLY ' ELSE '' END, rel::regclass, match,
                'ROW(' || coalesce((SELECT string_agg(format('r.%I::text', k), ', ') FROM unnest(rest) k), '') || ')::text',
                kept::regclass,
                (SELECT string_agg(CASE WHEN gently THEN format('t.%1$I IS NULL AND s.%1$I IS NOT NULL', n)
                     ELSE format('t.%1$I::text IS DISTINCT FROM s.%1$I::text', n) END, ' OR ') FROM unnest(names) n));
        END IF;
        GET DIAGNOSTICS amount = ROW_COUNT;
    END IF;
    FOR trig IN SELECT x ->> 'name' AS name, x ->> 'how' AS how FROM jsonb_array_elements(sleeping) x LOOP
        EXECUTE format('ALTER TABLE %s ENABLE %sTRIGGER %I', rel::regclass,
            CASE trig.how WHEN 'A' THEN 'ALWAYS ' WHEN 'R' THEN 'REPLICA ' ELSE '' END, trig.name);
    END LOOP;
    IF c.relforcerowsecurity THEN EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', rel::regclass); END IF;
    IF missing IS NOT NULL AND i.kind = 'columns' AND NOT is_last THEN
        UPDATE {attic}.items SET definition = definition || jsonb_build_object('back_rows', greatest(before, amount),
            'back', coalesce(definition -> 'back', '[]') || to_jsonb(names)) WHERE id = i.id;
        RETURN 'not there';
    END IF;
    amount := greatest(before, amount);
    PERFORM {attic}.count_on(rel, i.definition -> 'sequences');
    PERFORM {attic}.grant_back(rel, i.definition -> 'grants');
    IF missing IS NULL THEN
        PERFORM {attic}.note('restored', i.id, jsonb_build_object('rows', amount));
        PERFORM {attic}.discard(i.id);
        RETURN 'done';
    END IF;
    why := 'the values of ' || array_to_string(missing, ', ') || ' have no column to go to';
    UPDATE {attic}.items SET state = 'left' WHERE id = i.id;
    PERFORM {attic}.note('restored', i.id, jsonb_build_object('rows', amount, 'stays', why));
    RETURN why;
END
$surefoot$;

-- Ends an item and drops what it holds.
CREATE OR REPLACE FUNCTION {attic}.discard(item bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $surefoot$
DECLARE kept_name text;
BEGIN
    DELETE FROM {attic}.items i WHERE i.id = discard.item RETURNING i.name INTO kept_name;
    IF kept_name IS NOT NULL THEN EXECUTE format('DROP TABLE IF EXISTS {attic_escaped}.%I', kept_name); END IF;
END
$surefoot$;

CREATE OR REPLACE FUNCTION {attic}.put_back_own(item bigint, is_last boolean, gently boolean)
RETURNS text LANGUAGE sql SET role = none AS $surefoot$
    SELECT {attic}.put_back(item, is_last, gently)
$surefoot$;

-- Moves a table back to where it was, under its own name or another; gives the statements that make it what it was.
CREATE OR REPLACE FUNCTION {attic}.move_back(item bigint, as_name text) RETURNS SETOF text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $surefoot$
#variable_conflict use_column
DECLARE
    i {attic}.items;
    part record;
    col record;
    seq record;
    target text;
BEGIN
    SELECT * INTO i FROM {attic}.items WHERE id = move_back.item;
    target := coalesce(as_name, i.table_name);
    FOR part IN
        SELECT 0 AS place, to_regclass(format('{attic_escaped}.%I', i.name))::oid AS rel, target AS name, i.schema_name AS nsp,
               i.definition AS was
        UNION ALL
        SELECT p.place, (p.was ->> 'oid')::oid,
               CASE WHEN as_name IS NULL THEN (parse_ident(p.was ->> 'table')) [2] ELSE target || '_p' || p.place END,
               (parse_ident(p.was ->> 'table')) [1], p.was
        FROM jsonb_array_elements(i.definition -> 'parts') WITH ORDINALITY AS p (was, place)
        ORDER BY 1
    LOOP
        IF as_name IS NULL THEN
            FOR seq IN SELECT s.oid, q ->> 'name' AS name FROM jsonb_array_elements(part.was -> 'sequences') q
                       JOIN pg_attribute a ON a.attrelid = part.rel AND a.attname = q ->> 'column'
                       JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                        AND d.refobjid = part.rel AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i')
                       JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
            LOOP
                EXECUTE format('ALTER SEQUENCE %s RENAME TO %I', seq.oid::regclass, seq.name);
            END LOOP;
        END IF;
        -- What had become text because its type was to go has its type again, if that is there.
        FOR col IN SELECT a.attname, x ->> 'type' AS type FROM jsonb_array_elements(part.was -> 'columns') x
                   JOIN pg_attribute a ON a.attrelid = part.rel AND a.attname = x ->> 'name' AND NOT a.attisdropped
                   WHERE part.place = 0 AND format_type(a.atttypid, a.atttypmod) <> x ->> 'type'
                     AND to_regtype(regexp_replace(x ->> 'type', '\(.*\)', '')) IS NOT NULL
        LOOP
            EXECUTE format('ALTER TABLE %s ALTER COLUMN %I TYPE %s USING %2$I::text::%3$s', part.rel::regclass, col.attname, col.type);
        END LOOP;
        EXECUTE format('ALTER TABLE %s RENAME TO %I', part.rel::regclass, 'surefoot_' || i.id || '_' || part.place);
        EXECUTE format('ALTER TABLE %s SET SCHEMA %I', part.rel::regclass, part.nsp);
        EXECUTE format('ALTER TABLE %s RENAME TO %I', part.rel::regclass, part.name);
        IF (SELECT rolname FROM pg_roles r JOIN pg_class c ON c.relowner = r.oid WHERE c.oid = part.rel) <> part.was ->> 'owner'
           AND EXISTS (SELECT FROM pg_roles r WHERE r.rolname = part.was ->> 'owner' AND pg_has_role(r.oid, 'USAGE')) THEN
            EXECUTE format('ALTER TABLE %s OWNER TO %I', part.rel::regclass, part.was ->> 'owner');
        END IF;
        PERFORM {attic}.grant_back(part.rel, part.was -> 'grants');
    END LOOP;
    PERFORM {attic}.note('restored', i.id, jsonb_build_object('rows', i.rows, 'as', format('%I.%I', i.schema_name, target)));
    DELETE FROM {attic}.items WHERE id = i.id;
    RETURN QUERY SELECT x FROM jsonb_array_elements_text(i.definition -> 'remake') x;
    RETURN QUERY SELECT y FROM jsonb_array_elements(i.definition -> 'parts') p, jsonb_array_elements_text(p -> 'remake') y
        WHERE y NOT LIKE '%ATTACH PARTITION%';
END
$surefoot$;
