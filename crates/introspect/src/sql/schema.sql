SELECT o.kind, o.identity, o.part_of, 'OWNER TO ' || quote_ident(pg_get_userbyid(o.owner))
  FROM object o
 WHERE o.classid = 'pg_namespace'::regclass
