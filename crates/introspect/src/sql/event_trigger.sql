SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           'ON ' || e.evtevent,
           'WHEN TAG IN (' || (SELECT string_agg(quote_literal(x), ', ' ORDER BY x COLLATE "C") FROM unnest(e.evttags) x) || ')',
           'EXECUTE FUNCTION ' || e.evtfoid::regprocedure,
           CASE e.evtenabled WHEN 'D' THEN 'DISABLED' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END,
           'OWNER TO ' || quote_ident(pg_get_userbyid(e.evtowner)))
  FROM object o
  JOIN pg_event_trigger e ON e.oid = o.objid
  JOIN pg_proc p ON p.oid = e.evtfoid
 WHERE o.classid = 'pg_event_trigger'::regclass AND p.pronamespace IN (SELECT oid FROM ns)
