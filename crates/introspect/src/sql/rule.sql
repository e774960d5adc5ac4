SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n', pg_get_ruledef(w.oid),
           CASE w.ev_enabled WHEN 'D' THEN 'DISABLED' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END)
  FROM object o
  JOIN pg_rewrite w ON w.oid = o.objid
 WHERE o.classid = 'pg_rewrite'::regclass
