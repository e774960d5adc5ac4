-- Procedural languages and access methods.
SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           CASE WHEN l.lanpltrusted THEN 'TRUSTED' END,
           'HANDLER ' || NULLIF(l.lanplcallfoid, 0)::regprocedure,
           'INLINE ' || NULLIF(l.laninline, 0)::regprocedure,
           'VALIDATOR ' || NULLIF(l.lanvalidator, 0)::regprocedure,
           'OWNER TO ' || quote_ident(pg_get_userbyid(l.lanowner)))
  FROM object o
  JOIN pg_language l ON l.oid = o.objid
 WHERE o.classid = 'pg_language'::regclass
UNION ALL
SELECT o.kind, o.identity, o.part_of,
       'TYPE ' || CASE a.amtype WHEN 'i' THEN 'INDEX' ELSE 'TABLE' END || ' HANDLER ' || a.amhandler::oid::regprocedure
  FROM object o
  JOIN pg_am a ON a.oid = o.objid
 WHERE o.classid = 'pg_am'::regclass
