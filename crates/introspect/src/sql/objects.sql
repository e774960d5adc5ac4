-- What every other file joins: the objects in scope, under the name a person would give them.
-- One row per object: its catalog address, kind, identity, and what privileges need.
-- @excluded@ is replaced by an array of schema names.
WITH ns AS MATERIALIZED (
    SELECT n.oid, quote_ident(n.nspname) AS name, n.nspowner, n.nspacl
      FROM pg_namespace n
     WHERE n.nspname !~ '^pg_'
       AND n.nspname <> 'information_schema'
       AND n.nspname !~ '^_timescaledb_'
       AND n.nspname NOT IN ('timescaledb_information', 'timescaledb_experimental')
       AND n.nspname <> ALL (@excluded@)
),
-- What belongs to something else and is described there: members of extensions first of all.
member AS MATERIALIZED (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
    UNION ALL
    -- The constructors of a range type and the cast to its multirange come and go with it.
    SELECT classid, objid FROM pg_depend
     WHERE deptype = 'i' AND classid IN ('pg_proc'::regclass, 'pg_cast'::regclass) AND refclassid = 'pg_type'::regclass
),
-- The multirange, array and row types that come with another object are not objects of their own.
implied_type AS MATERIALIZED (
    SELECT typarray AS oid FROM pg_type WHERE typarray <> 0
    UNION ALL
    SELECT rngmultitypid FROM pg_range --@14+
     UNION ALL --@14+
    SELECT t.oid FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid WHERE c.relkind <> 'c'
),
relation AS MATERIALIZED (
    SELECT c.oid, c.relkind, c.relowner, c.relacl, c.reltype,
           CASE c.relkind
               WHEN 'v' THEN 'view'
               WHEN 'm' THEN 'materialized view'
               WHEN 'f' THEN 'foreign table'
               WHEN 'S' THEN 'sequence'
               WHEN 'c' THEN 'type'
               ELSE 'table'
           END AS kind,
           ns.name || '.' || quote_ident(c.relname) AS identity
      FROM pg_class c
      JOIN ns ON ns.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
       AND c.relpersistence <> 't'
       AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
       AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_type'::regclass
                                              AND m.objid = c.reltype AND c.relkind = 'c')
),
everything AS (
    SELECT 'pg_class'::regclass AS classid, r.oid AS objid, r.kind, r.identity, r.relowner AS owner,
           CASE WHEN r.relkind <> 'c' THEN r.relacl END AS acl,
           CASE r.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char" AS acltype,
           NULL AS part_of
      FROM relation r
    UNION ALL
    SELECT 'pg_class'::regclass, i.indexrelid, 'index', ns.name || '.' || quote_ident(c.relname), NULL, NULL, NULL,
           r.kind || ' ' || r.identity
      FROM pg_index i
      JOIN relation r ON r.oid = i.indrelid
      JOIN pg_class c ON c.oid = i.indexrelid
      JOIN ns ON ns.oid = c.relnamespace
    UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid, 'constraint', r.identity || '.' || quote_ident(k.conname), NULL, NULL, NULL,
           r.kind || ' ' || r.identity
      FROM pg_constraint k
      JOIN relation r ON r.oid = k.conrelid
    UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid, 'domain constraint',
           ns.name || '.' || quote_ident(t.typname) || '.' || quote_ident(k.conname), NULL, NULL, NULL,
           'domain ' || ns.name || '.' || quote_ident(t.typname)
      FROM pg_constraint k
      JOIN pg_type t ON t.oid = k.contypid
      JOIN ns ON ns.oid = t.typnamespace
    UNION ALL
    SELECT 'pg_trigger'::regclass, g.oid, 'trigger', r.identity || '.' || quote_ident(g.tgname), NULL, NULL, NULL,
           r.kind || ' ' || r.identity
      FROM pg_trigger g
      JOIN relation r ON r.oid = g.tgrelid
     WHERE NOT g.tgisinternal OR (g.tgparentid <> 0 AND g.tgconstraint = 0)
    UNION ALL
    SELECT 'pg_rewrite'::regclass, w.oid, 'rule', r.identity || '.' || quote_ident(w.rulename), NULL, NULL, NULL,
           r.kind || ' ' || r.identity
      FROM pg_rewrite w
      JOIN relation r ON r.oid = w.ev_class
     WHERE w.rulename <> '_RETURN'
    UNION ALL
    SELECT 'pg_policy'::regclass, p.oid, 'policy', r.identity || '.' || quote_ident(p.polname), NULL, NULL, NULL,
           r.kind || ' ' || r.identity
      FROM pg_policy p
      JOIN relation r ON r.oid = p.polrelid
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid,
           CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
           ns.name || '.' || quote_ident(p.proname) || '(' || oidvectortypes(p.proargtypes) || ')',
           p.proowner, p.proacl, 'f', NULL
      FROM pg_proc p
      JOIN ns ON ns.oid = p.pronamespace
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END,
           ns.name || '.' || quote_ident(t.typname), t.typowner, t.typacl, 'T', NULL
      FROM pg_type t
      JOIN ns ON ns.oid = t.typnamespace
     WHERE NOT EXISTS (SELECT FROM implied_type i WHERE i.oid = t.oid)
    UNION ALL
    SELECT 'pg_namespace'::regclass, ns.oid, 'schema', ns.name, ns.nspowner, ns.nspacl, 'n', NULL
      FROM ns
    UNION ALL
    SELECT 'pg_extension'::regclass, e.oid, 'extension', quote_ident(e.extname), e.extowner, NULL, NULL, NULL
      FROM pg_extension e
    UNION ALL
    SELECT 'pg_statistic_ext'::regclass, s.oid, 'statistics', ns.name || '.' || quote_ident(s.stxname),
           s.stxowner, NULL, NULL,
           r.kind || ' ' || r.identity
      FROM pg_statistic_ext s
      JOIN ns ON ns.oid = s.stxnamespace
      LEFT JOIN relation r ON r.oid = s.stxrelid
    UNION ALL
    SELECT 'pg_collation'::regclass, c.oid, 'collation', ns.name || '.' || quote_ident(c.collname), c.collowner, NULL, NULL, NULL
      FROM pg_collation c
      JOIN ns ON ns.oid = c.collnamespace
    UNION ALL
    SELECT 'pg_conversion'::regclass, c.oid, 'conversion', ns.name || '.' || quote_ident(c.conname), c.conowner, NULL, NULL, NULL
      FROM pg_conversion c
      JOIN ns ON ns.oid = c.connamespace
    UNION ALL
    SELECT 'pg_operator'::regclass, o.oid, 'operator',
           ns.name || '.' || o.oprname
               || '(' || CASE o.oprleft WHEN 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END
               || ', ' || CASE o.oprright WHEN 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END || ')',
           o.oprowner, NULL, NULL, NULL
      FROM pg_operator o
      JOIN ns ON ns.oid = o.oprnamespace
     WHERE o.oprcode <> 0
    UNION ALL
    SELECT 'pg_opclass'::regclass, o.oid, 'operator class',
           ns.name || '.' || quote_ident(o.opcname) || ' USING ' || quote_ident(am.amname), o.opcowner, NULL, NULL, NULL
      FROM pg_opclass o
      JOIN ns ON ns.oid = o.opcnamespace
      JOIN pg_am am ON am.oid = o.opcmethod
    UNION ALL
    SELECT 'pg_opfamily'::regclass, o.oid, 'operator family',
           ns.name || '.' || quote_ident(o.opfname) || ' USING ' || quote_ident(am.amname), o.opfowner, NULL, NULL, NULL
      FROM pg_opfamily o
      JOIN ns ON ns.oid = o.opfnamespace
      JOIN pg_am am ON am.oid = o.opfmethod
    UNION ALL
    SELECT 'pg_ts_parser'::regclass, p.oid, 'text search parser', ns.name || '.' || quote_ident(p.prsname), NULL, NULL, NULL, NULL
      FROM pg_ts_parser p
      JOIN ns ON ns.oid = p.prsnamespace
    UNION ALL
    SELECT 'pg_ts_template'::regclass, t.oid, 'text search template', ns.name || '.' || quote_ident(t.tmplname), NULL, NULL, NULL, NULL
      FROM pg_ts_template t
      JOIN ns ON ns.oid = t.tmplnamespace
    UNION ALL
    SELECT 'pg_ts_dict'::regclass, d.oid, 'text search dictionary', ns.name || '.' || quote_ident(d.dictname),
           d.dictowner, NULL, NULL, NULL
      FROM pg_ts_dict d
      JOIN ns ON ns.oid = d.dictnamespace
    UNION ALL
    SELECT 'pg_ts_config'::regclass, c.oid, 'text search configuration', ns.name || '.' || quote_ident(c.cfgname),
           c.cfgowner, NULL, NULL, NULL
      FROM pg_ts_config c
      JOIN ns ON ns.oid = c.cfgnamespace
    -- Kinds without a schema: those of the system have an OID below the first one given to users.
    UNION ALL
    SELECT 'pg_cast'::regclass, c.oid, 'cast',
           '(' || format_type(c.castsource, NULL) || ' AS ' || format_type(c.casttarget, NULL) || ')', NULL, NULL, NULL, NULL
      FROM pg_cast c
     WHERE c.oid >= 16384
    UNION ALL
    SELECT 'pg_transform'::regclass, t.oid, 'transform',
           'FOR ' || format_type(t.trftype, NULL) || ' LANGUAGE ' || quote_ident(l.lanname), NULL, NULL, NULL, NULL
      FROM pg_transform t
      JOIN pg_language l ON l.oid = t.trflang
     WHERE t.oid >= 16384
    UNION ALL
    SELECT 'pg_language'::regclass, l.oid, 'language', quote_ident(l.lanname), l.lanowner, l.lanacl, 'l', NULL
      FROM pg_language l
     WHERE l.oid >= 16384
    UNION ALL
    SELECT 'pg_am'::regclass, a.oid, 'access method', quote_ident(a.amname), NULL, NULL, NULL, NULL
      FROM pg_am a
     WHERE a.oid >= 16384
    UNION ALL
    SELECT 'pg_event_trigger'::regclass, e.oid, 'event trigger', quote_ident(e.evtname), e.evtowner, NULL, NULL, NULL
      FROM pg_event_trigger e
    UNION ALL
    SELECT 'pg_publication'::regclass, p.oid, 'publication', quote_ident(p.pubname), p.pubowner, NULL, NULL, NULL
      FROM pg_publication p
    UNION ALL
    SELECT 'pg_foreign_data_wrapper'::regclass, f.oid, 'foreign data wrapper', quote_ident(f.fdwname),
           f.fdwowner, f.fdwacl, 'F', NULL
      FROM pg_foreign_data_wrapper f
    UNION ALL
    SELECT 'pg_foreign_server'::regclass, s.oid, 'foreign server', quote_ident(s.srvname), s.srvowner, s.srvacl, 'S', NULL
      FROM pg_foreign_server s
    UNION ALL
    SELECT 'pg_database'::regclass, d.oid, 'database', '(current)', d.datdba, d.datacl, 'd', NULL
      FROM pg_database d
     WHERE d.datname = current_database()
),
object AS MATERIALIZED (
    SELECT e.*
      FROM everything e
     WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = e.classid AND m.objid = e.objid)
)
