SELECT o.kind, o.identity, o.part_of,
       'VERSION ' || quote_literal(e.extversion) || E'\nSCHEMA ' || quote_ident(n.nspname)
           || E'\nOWNER TO ' || quote_ident(pg_get_userbyid(e.extowner))
  FROM object o
  JOIN pg_extension e ON e.oid = o.objid
  JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE o.classid = 'pg_extension'::regclass
