SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n', pg_get_statisticsobjdef(s.oid),
           CASE WHEN s.stxstattarget >= 0 THEN 'STATISTICS ' || s.stxstattarget END,
           'OWNER TO ' || quote_ident(pg_get_userbyid(s.stxowner)))
  FROM object o
  JOIN pg_statistic_ext s ON s.oid = o.objid
 WHERE o.classid = 'pg_statistic_ext'::regclass
