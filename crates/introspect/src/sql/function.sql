-- Functions, procedures and window functions.
SELECT o.kind, o.identity, o.part_of,
       pg_get_functiondef(p.oid) || 'OWNER TO ' || quote_ident(pg_get_userbyid(p.proowner))
  FROM object o
  JOIN pg_proc p ON p.oid = o.objid
 WHERE o.classid = 'pg_proc'::regclass AND o.kind <> 'aggregate'
