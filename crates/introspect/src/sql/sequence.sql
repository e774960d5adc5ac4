-- Sequences of their own; the sequence of an identity column is part of the column.
SELECT o.kind, o.identity, 'table ' || dep.refobjid::regclass,
       concat_ws(E'\n',
           CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' END,
           'AS ' || format_type(s.seqtypid, NULL) || ' START ' || s.seqstart || ' INCREMENT ' || s.seqincrement
               || ' MINVALUE ' || s.seqmin || ' MAXVALUE ' || s.seqmax || ' CACHE ' || s.seqcache
               || CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END,
           'OWNED BY ' || dep.refobjid::regclass || '.' || quote_ident(a.attname),
           'OWNER TO ' || quote_ident(pg_get_userbyid(c.relowner)))
  FROM object o
  JOIN pg_sequence s ON s.seqrelid = o.objid
  JOIN pg_class c ON c.oid = s.seqrelid
  LEFT JOIN pg_depend dep ON dep.classid = 'pg_class'::regclass AND dep.objid = s.seqrelid
                         AND dep.refclassid = 'pg_class'::regclass AND dep.deptype IN ('a', 'i') AND dep.refobjsubid > 0
  LEFT JOIN pg_attribute a ON a.attrelid = dep.refobjid AND a.attnum = dep.refobjsubid
 WHERE o.classid = 'pg_class'::regclass AND o.kind = 'sequence' AND dep.deptype IS DISTINCT FROM 'i'
