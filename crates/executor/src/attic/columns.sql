-- Columns: their values are copied with the key of their row.

-- Whether an extension keeps the rows of a table in pieces of its own: such a table is not moved, and read as a whole.
CREATE OR REPLACE FUNCTION {attic}.is_spread(rel oid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $surefoot$
DECLARE it boolean := false;
BEGIN
    IF to_regclass('_timescaledb_catalog.hypertable') IS NOT NULL THEN
        EXECUTE 'SELECT EXISTS (SELECT FROM _timescaledb_catalog.hypertable h JOIN pg_class c ON c.relname = h.table_name '
            'JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = h.schema_name WHERE c.oid = $1)' INTO it USING rel;
    END IF;
    IF NOT it AND to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL THEN
        EXECUTE 'SELECT EXISTS (SELECT FROM pg_dist_partition p WHERE p.logicalrelid = $1::regclass)' INTO it USING rel;
    END IF;
    RETURN it;
END
$surefoot$;

-- A column as it is kept: what is not of PostgreSQL's own types becomes text, so that the type may go.
CREATE OR REPLACE FUNCTION {attic}.kept_as(rel oid, col text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $surefoot$
    SELECT CASE WHEN (t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype = 'b')
                 AND (a.attcollation = 0 OR l.collnamespace = 'pg_catalog'::regnamespace)
                THEN format('%I', a.attname)
                ELSE format('(%I)::text COLLATE "default" AS %I', a.attname, a.attname) END
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_collation l ON l.oid = a.attcollation
    WHERE a.attrelid = rel AND a.attname = col
$surefoot$;

-- The columns that tell the rows of a table apart, those left out that go; NULL when there are none.
CREATE OR REPLACE FUNCTION {attic}.key_of(rel oid, gone text[]) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $surefoot$
    SELECT array_agg(a.attname::text ORDER BY k.place)
    FROM (SELECT i.indexrelid, i.indrelid, i.indkey, i.indnkeyatts FROM pg_index i
          WHERE i.indrelid = rel AND i.indisunique AND i.indisvalid AND i.indimmediate AND NOT i.indisexclusion
            AND i.indpred IS NULL AND i.indexprs IS NULL
            AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = rel
                            AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
                            AND (NOT a.attnotnull OR a.attname = ANY (gone) OR a.attgenerated <> ''))
          ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1) i
    CROSS JOIN LATERAL unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k (num, place)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num
$surefoot$;

-- What is copied of a table: the key and the columns that go; without a key, whole rows.
CREATE OR REPLACE FUNCTION {attic}.copied(rel oid, key text[], cols text[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $surefoot$
    SELECT string_agg({attic}.kept_as(rel, c), ', ' ORDER BY place)
    FROM (SELECT c, min(place) AS place FROM (
              SELECT c, place FROM unnest(key || cols) WITH ORDINALITY AS w (c, place) WHERE key IS NOT NULL
              UNION ALL
              SELECT a.attname::text, a.attnum FROM pg_attribute a WHERE key IS NULL AND a.attrelid = rel
                AND a.attnum > 0 AND NOT a.attisdropped AND (a.attgenerated = '' OR a.attname = ANY (cols))) every
          GROUP BY c) once
$surefoot$;

CREATE OR REPLACE FUNCTION {attic}.describe_columns(rel oid, cols text[], is_only boolean) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $surefoot$
    SELECT jsonb_build_object('table', rel::regclass::text, 'only', is_only,
        'columns', (SELECT jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                        'not_null', a.attnotnull, 'default', pg_get_expr(d.adbin, d.adrelid), 'identity', a.attidentity,
                        'collation', (SELECT quote_ident(n.nspname) || '.' || quote_ident(l.collname) FROM pg_collation l
                                      JOIN pg_namespace n ON n.oid = l.collnamespace WHERE l.oid = a.attcollation
                                        AND l.collname <> 'default'),
                        'comment', col_description(rel, a.attnum)) ORDER BY a.attnum)
                    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                    WHERE a.attrelid = rel AND a.attname = ANY (cols)),
        'sequences', (SELECT coalesce(jsonb_agg(jsonb_build_object('column', a.attname,
                          'schema', (SELECT nspname FROM pg_namespace WHERE oid = s.relnamespace), 'name', s.relname,
                          'last_value', pg_sequence_last_value(s.oid))), '[]')
                      FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
                      JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                      WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = rel
                        AND d.deptype IN ('a', 'i') AND a.attname = ANY (cols)),
        'grants', {attic}.grants(rel, cols),
        'remake', (SELECT coalesce(jsonb_agg(sql), '[]') FROM (
            SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', rel::regclass, k.conname, pg_get_constraintdef(k.oid)) AS sql
            FROM pg_constraint k WHERE k.conrelid = rel AND k.contype IN ('c', 'p', 'u', 'x', 'f') AND k.conparentid = 0
              AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = rel AND a.attnum = ANY (k.conkey) AND a.attname = ANY (cols))
            UNION ALL
            SELECT replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') FROM pg_index i WHERE i.indrelid = rel
              AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = rel)
              AND EXISTS (SELECT FROM pg_depend d JOIN pg_attribute a ON a.attrelid = rel AND a.attnum = d.refobjsubid
                          WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                            AND d.refclassid = 'pg_class'::regclass AND d.refobjid = rel AND a.attname = ANY (cols))) made))
$surefoot$;

-- Begins a copy that is made in batches, each committed; goes on with one that was begun. Gives the item, or NULL where
-- there is nothing to copy or it is copied best in one statement.
CREATE OR REPLACE FUNCTION {attic}.begin_copy(rel oid, cols text[], migration text, run text, days integer, above bigint)
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $surefoot$
#variable_conflict use_column
DECLARE
    item bigint;
    kept_name text;
    keyed text[];
    c pg_class;
    wanted text[];
BEGIN
    SELECT * INTO c FROM pg_class WHERE oid = rel;
    IF c.oid IS NULL OR c.relkind NOT IN ('r', 'p') OR c.relpersistence = 't' OR c.relforcerowsecurity OR {attic}.is_spread(rel)
       OR EXISTS (SELECT FROM pg_inherits i JOIN pg_class k ON k.oid = i.inhrelid WHERE i.inhparent = rel AND NOT k.relispartition)
    THEN RETURN NULL; END IF;
    SELECT array_agg(a.attname::text ORDER BY a.attnum) INTO wanted FROM pg_attribute a
    WHERE a.attrelid = rel AND a.attname = ANY (cols) AND NOT a.attisdropped AND a.attgenerated = '' AND a.attinhcount = 0;
    keyed := {attic}.key_of(rel, cols);
    IF wanted IS NULL OR keyed IS NULL OR coalesce((SELECT sum(greatest(k.reltuples, 0)) FROM pg_class k
           WHERE k.oid = rel OR k.oid IN (SELECT p.relid FROM pg_partition_tree(rel) p)), 0) < above
       -- The order of a key that is kept as text would be another.
       OR EXISTS (SELECT FROM unnest(keyed) k WHERE {attic}.kept_as(rel, k) <> quote_ident(k))
    THEN RETURN NULL; END IF;
    SELECT i.id INTO item FROM {attic}.items i WHERE i.state = 'copying' AND i.migration = begin_copy.migration
      AND (i.definition ->> 'oid')::oid = rel AND i.columns = wanted AND i.key = keyed
      AND age((((i.definition ->> 'since')::numeric % 4294967296)::text)::xid) < 1000000000;
    IF item IS NULL THEN
        item := nextval(pg_get_serial_sequence({items_text}, 'id'));
        kept_name := left(c.relname || '_' || array_to_string(wanted, '_'), 40) || '_' || item;
        INSERT INTO {attic}.items (id, name, kind, state, schema_name, table_name, columns, key, migration, run, keep_until, rows, definition)
        OVERRIDING SYSTEM VALUE
        VALUES (item, kept_name, 'columns', 'copying', c.relnamespace::regnamespace::text, c.relname, wanted, keyed, migration, run,
            clock_timestamp() + make_interval(days => days), 0,
            {attic}.describe_columns(rel, wanted, false)
                || jsonb_build_object('oid', rel, 'since', pg_snapshot_xmin(pg_current_snapshot())::text));
        UPDATE {attic}.items SET schema_name = (SELECT n.nspname FROM pg_namespace n WHERE n.oid = c.relnamespace) WHERE id = item;
        EXECUTE format('CREATE TABLE {attic_escaped}.%I AS SELECT %s FROM %s WITH NO DATA', kept_name,
            {attic}.copied(rel, keyed, wanted), rel::regclass);
        EXECUTE format('ALTER TABLE {attic_escaped}.%I ADD PRIMARY KEY (%s)', kept_name,
            (SELECT string_agg(quote_ident(k), ', ' ORDER BY place) FROM unnest(keyed) WITH ORDINALITY AS w (k, place)));
    END IF;
    RETURN item;
END
$surefoot$;

-- The next rows of a copy, in the order of the key; gives how many there were.
CREATE OR REPLACE FUNCTION {attic}.copy_batch(item bigint, batch bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off AS $surefoot$
#variable_conflict use_column
DECLARE
    i {attic}.items;
    keys text;
    down text;
    copied bigint;
    begun boolean;
BEGIN
    SELECT * INTO i FROM {attic}.items WHERE id = copy_batch.item;
    SELECT string_agg(quote_ident(k), ', ' ORDER BY place), string_agg(quote_ident(k) || ' DESC', ', ' ORDER BY place)
    INTO keys, down FROM unnest(i.key) WITH ORDINALITY AS w (k, place);
    EXECUTE format('SELECT EXISTS (SELECT FROM {attic_escaped}.%I)', i.name) INTO begun;
    EXECUTE format('INSERT INTO {attic_escaped}.%I SELECT %s FROM %s %s ORDER BY %s LIMIT %s', i.name,
        {attic}.copied((i.definition ->> 'oid')::oid, i.key, i.columns), (i.definition ->> 'oid')::oid::regclass,
        CASE WHEN begun THEN format('WHERE (%s) > (SELECT %s FROM {attic_escaped}.%I ORDER BY %s LIMIT 1)', keys, keys, i.name, down)
             ELSE '' END, keys, batch);
    GET DIAGNOSTICS copied = ROW_COUNT;
    UPDATE {attic}.items SET rows = rows + copied WHERE id = copy_batch.item;
    RETURN copied;
END
$surefoot$;

-- Before `DROP COLUMN`: copies what goes, under the lock that the drop takes anyway.
CREATE OR REPLACE FUNCTION {attic}.keep_columns(rel oid, is_only boolean, cols text[], migration text, run text, days integer)
RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
SET row_security = off AS $surefoot$
#variable_conflict use_column
DECLARE
    one oid;
    wanted text[];
    keyed text[];
    alone text;
    family boolean;
    item bigint;
    kept_name text;
    c pg_class;
    amount bigint;
    there bigint;
    forced boolean;
    kept integer := 0;
    known {attic}.items;
    equal text;
BEGIN
    SELECT * INTO c FROM pg_class WHERE oid = rel;
    IF c.oid IS NULL OR c.relkind NOT IN ('r', 'p') OR c.relpersistence = 't' THEN RETURN 0; END IF;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', rel::regclass);
    family := NOT {attic}.is_spread(rel) AND EXISTS (SELECT FROM pg_inherits i JOIN pg_class k ON k.oid = i.inhrelid
                      WHERE i.inhparent = rel AND NOT k.relispartition);
    FOR one IN
        WITH RECURSIVE reached (oid) AS (
            SELECT rel
            UNION
            SELECT i.inhrelid FROM reached r JOIN pg_inherits i ON i.inhparent = r.oid
            WHERE family AND NOT is_only AND NOT EXISTS (
                -- A child that has the column by itself, or from two parents, keeps it.
                SELECT FROM pg_attribute a WHERE a.attrelid = i.inhrelid AND a.attname = ANY (cols)
                  AND (a.attislocal OR a.attinhcount > 1)))
        SELECT r.oid FROM reached r
    LOOP
        SELECT * INTO c FROM pg_class WHERE oid = one;
        CONTINUE WHEN c.relkind NOT IN ('r', 'p');
        SELECT array_agg(a.attname::text ORDER BY a.attnum) INTO wanted FROM pg_attribute a
        WHERE a.attrelid = one AND a.attname = ANY (cols) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
          AND (one <> rel OR a.attinhcount = 0);
        CONTINUE WHEN wanted IS NULL;
        alone := CASE WHEN family THEN 'ONLY ' ELSE '' END;
        keyed := {attic}.key_of(one, cols);
        forced := c.relforcerowsecurity;
        IF forced THEN EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', one::regclass); END IF;
        SELECT * INTO known FROM {attic}.items i WHERE i.state = 'copying' AND i.migration = keep_columns.migration
          AND (i.definition ->> 'oid')::oid = one AND i.columns = wanted AND i.key = keyed
          AND age((((i.definition ->> 'since')::numeric % 4294967296)::text)::xid) < 1000000000;
        IF known.id IS NOT NULL THEN
            -- Copied in batches before: what was written since the first of them began is copied again.
            item := known.id;
            kept_name := known.name;
            EXECUTE format('INSERT INTO {attic_escaped}.%I SELECT %s FROM %s WHERE age(xmin) <= age(%L::xid) '
                'ON CONFLICT (%s) DO UPDATE SET %s', kept_name, {attic}.copied(one, keyed, wanted), one::regclass,
                ((known.definition ->> 'since')::numeric % 4294967296)::text,
                (SELECT string_agg(quote_ident(k), ', ') FROM unnest(keyed) k),
                (SELECT string_agg(format('%1$I = excluded.%1$I', w), ', ') FROM unnest(wanted) w));
            EXECUTE format('SELECT count(*) FROM %s', one::regclass) INTO there;
            EXECUTE format('SELECT count(*) FROM {attic_escaped}.%I', kept_name) INTO amount;
            IF there <> amount THEN
                SELECT string_agg(format('t.%1$I = k.%1$I', w), ' AND ') INTO equal FROM unnest(keyed) w;
                EXECUTE format('DELETE FROM {attic_escaped}.%I k WHERE NOT EXISTS (SELECT FROM %s t WHERE %s)', kept_name,
                    one::regclass, equal);
            END IF;
            amount := there;
            UPDATE {attic}.items SET state = 'kept', run = keep_columns.run, kept_at = clock_timestamp(), kept_by = session_user,
                keep_until = clock_timestamp() + make_interval(days => days) WHERE id = item;
        ELSE
            item := nextval(pg_get_serial_sequence({items_text}, 'id'));
            kept_name := left(c.relname || '_' || array_to_string(wanted, '_'), 40) || '_' || item;
            INSERT INTO {attic}.items (id, name, kind, state, schema_name, table_name, columns, key, migration, run, keep_until, definition)
            OVERRIDING SYSTEM VALUE
            VALUES (item, kept_name, 'columns', 'kept', (SELECT n.nspname FROM pg_namespace n WHERE n.oid = c.relnamespace),
                c.relname, wanted, keyed, migration, run, clock_timestamp() + make_interval(days => days),
                {attic}.describe_columns(one, wanted, family) || jsonb_build_object('oid', one));
            EXECUTE format('CREATE TABLE {attic_escaped}.%I AS SELECT %s FROM %s%s', kept_name,
                {attic}.copied(one, keyed, wanted), alone, one::regclass);
            GET DIAGNOSTICS amount = ROW_COUNT;
        END IF;
        -- Default privileges hold for what is made here, too.
        PERFORM {attic}.close(format('{attic_escaped}.%I', kept_name)::regclass);
        IF forced THEN EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', one::regclass); END IF;
        UPDATE {attic}.items SET rows = amount, bytes = pg_total_relation_size(format('{attic_escaped}.%I', kept_name)::regclass)
        WHERE id = item;
        PERFORM {attic}.note('kept', item, (SELECT jsonb_build_object('rows', i.rows, 'bytes', i.bytes) FROM {attic}.items i
                                            WHERE i.id = item));
        kept := kept + 1;
    END LOOP;
    RETURN kept;
END
$surefoot$;

CREATE OR REPLACE FUNCTION {attic}.keep_columns_own(rel oid, is_only boolean, cols text[], migration text, run text, days integer)
RETURNS integer LANGUAGE sql SET role = none AS $surefoot$
    SELECT {attic}.keep_columns(rel, is_only, cols, migration, run, days)
$surefoot$;

-- Before a type goes, or what holds it: kept tables have its values as text from now on.
CREATE OR REPLACE FUNCTION {attic}.let_go(class regclass, objects oid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $surefoot$
DECLARE col record; kept_name text;
BEGIN
    FOR col IN
        WITH RECURSIVE hangs (classid, objid, objsubid) AS (
            SELECT class::oid, o, 0 FROM unnest(objects) o WHERE o IS NOT NULL
            UNION
            SELECT d.classid, d.objid, d.objsubid FROM hangs h
            JOIN pg_depend d ON d.refclassid = h.classid AND d.refobjid = h.objid
            -- Down to columns of kept tables, and no further: what hangs on a table is no type.
            WHERE h.classid <> 'pg_class'::regclass)
        SELECT DISTINCT c.oid AS rel, a.attname, a.attnum FROM hangs h JOIN pg_class c ON c.oid = h.objid AND h.objsubid > 0
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = h.objsubid
        WHERE h.classid = 'pg_class'::regclass AND c.relnamespace = {attic_text}::regnamespace
          AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        ORDER BY c.oid, a.attnum
    LOOP
        CONTINUE WHEN NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = col.rel);
        -- What rows are parted by keeps its type as long as they are parted.
        IF EXISTS (SELECT FROM pg_partitioned_table p WHERE p.partrelid = col.rel AND col.attnum = ANY (p.partattrs::int2[])) THEN
            EXECUTE format('CREATE TABLE {attic_escaped}.surefoot_flat AS SELECT %s FROM %s',
                (SELECT string_agg({attic}.kept_as(col.rel, a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
                 WHERE a.attrelid = col.rel AND a.attnum > 0 AND NOT a.attisdropped), col.rel::regclass);
            PERFORM {attic}.close('{attic_escaped}.surefoot_flat'::regclass);
            kept_name := (SELECT c.relname FROM pg_class c WHERE c.oid = col.rel);
            EXECUTE format('DROP TABLE %s', col.rel::regclass);
            EXECUTE format('ALTER TABLE {attic_escaped}.surefoot_flat RENAME TO %I', kept_name);
            UPDATE {attic}.items SET definition = definition || '{"parts": []}' WHERE name = kept_name;
            CONTINUE;
        END IF;
        EXECUTE format('ALTER TABLE %1$s ALTER COLUMN %2$I TYPE text COLLATE "default" USING %2$I::text', col.rel::regclass, col.attname);
    END LOOP;
END
$surefoot$;
