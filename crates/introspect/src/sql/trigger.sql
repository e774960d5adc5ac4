-- Triggers that a person made. The copy on a partition counts only when switched differently from its parent.
SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n', pg_get_triggerdef(g.oid),
           CASE g.tgenabled WHEN 'D' THEN 'DISABLED' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END)
  FROM object o
  JOIN pg_trigger g ON g.oid = o.objid
  LEFT JOIN pg_trigger up ON up.oid = g.tgparentid AND g.tgparentid <> 0
 WHERE o.classid = 'pg_trigger'::regclass AND (up.oid IS NULL OR up.tgenabled <> g.tgenabled)
