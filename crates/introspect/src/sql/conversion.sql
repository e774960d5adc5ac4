SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           CASE WHEN c.condefault THEN 'DEFAULT' END,
           'FOR ' || quote_literal(pg_encoding_to_char(c.conforencoding)) || ' TO ' || quote_literal(pg_encoding_to_char(c.contoencoding))
               || ' FROM ' || c.conproc::oid::regprocedure,
           'OWNER TO ' || quote_ident(pg_get_userbyid(c.conowner)))
  FROM object o
  JOIN pg_conversion c ON c.oid = o.objid
 WHERE o.classid = 'pg_conversion'::regclass
