SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           'FUNCTION = ' || p.oprcode::oid::regprocedure || ' RETURNS ' || format_type(p.oprresult, NULL),
           'COMMUTATOR = ' || NULLIF(p.oprcom, 0)::regoperator,
           'NEGATOR = ' || NULLIF(p.oprnegate, 0)::regoperator,
           'RESTRICT = ' || NULLIF(p.oprrest::oid, 0)::regprocedure,
           'JOIN = ' || NULLIF(p.oprjoin::oid, 0)::regprocedure,
           CASE WHEN p.oprcanhash THEN 'HASHES' END,
           CASE WHEN p.oprcanmerge THEN 'MERGES' END,
           'OWNER TO ' || quote_ident(pg_get_userbyid(p.oprowner)))
  FROM object o
  JOIN pg_operator p ON p.oid = o.objid
 WHERE o.classid = 'pg_operator'::regclass
