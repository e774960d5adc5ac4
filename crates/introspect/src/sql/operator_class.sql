-- Operator classes with the members that belong to them, and families with their loose members.
WITH family_member AS (
    SELECT 'pg_amop'::regclass AS classid, m.oid, m.amopfamily AS family,
           'OPERATOR ' || m.amopstrategy || ' ' || m.amopopr::regoperator
               || coalesce(' FOR ORDER BY ' || quote_ident(n.nspname) || '.' || quote_ident(f.opfname), '') AS line
      FROM pg_amop m
      LEFT JOIN pg_opfamily f ON f.oid = m.amopsortfamily
      LEFT JOIN pg_namespace n ON n.oid = f.opfnamespace
     WHERE m.oid >= 16384
    UNION ALL
    SELECT 'pg_amproc'::regclass, m.oid, m.amprocfamily,
           'FUNCTION ' || m.amprocnum || ' (' || format_type(m.amproclefttype, NULL) || ', ' || format_type(m.amprocrighttype, NULL) || ') '
               || m.amproc::oid::regprocedure
      FROM pg_amproc m
     WHERE m.oid >= 16384
),
owned AS (
    SELECT m.family, d.refobjid AS class, m.line
      FROM family_member m
      LEFT JOIN pg_depend d ON d.classid = m.classid AND d.objid = m.oid AND d.refclassid = 'pg_opclass'::regclass
)
SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           CASE WHEN c.opcdefault THEN 'DEFAULT' END,
           'FOR TYPE ' || format_type(c.opcintype, NULL),
           'FAMILY ' || quote_ident(n.nspname) || '.' || quote_ident(f.opfname),
           'STORAGE ' || format_type(NULLIF(c.opckeytype, 0), NULL),
           (SELECT string_agg(w.line, E'\n' ORDER BY w.line COLLATE "C") FROM owned w WHERE w.class = c.oid),
           'OWNER TO ' || quote_ident(pg_get_userbyid(c.opcowner)))
  FROM object o
  JOIN pg_opclass c ON c.oid = o.objid
  JOIN pg_opfamily f ON f.oid = c.opcfamily
  JOIN pg_namespace n ON n.oid = f.opfnamespace
 WHERE o.classid = 'pg_opclass'::regclass
UNION ALL
SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           (SELECT string_agg(w.line, E'\n' ORDER BY w.line COLLATE "C") FROM owned w WHERE w.family = o.objid AND w.class IS NULL),
           'OWNER TO ' || quote_ident(pg_get_userbyid(o.owner)))
  FROM object o
 WHERE o.classid = 'pg_opfamily'::regclass
