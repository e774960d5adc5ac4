SELECT 'statistics', 3381, s.oid, 0, n.nspname, s.stxname, '', pg_get_userbyid(s.stxowner), NULL,
       json_build_object('statistics', json_build_object(
           'table', json_build_object('kind', CASE c.relkind WHEN 'm' THEN 'materialized_view' ELSE 'table' END,
                                      'schema', cn.nspname, 'name', c.relname),
           'definition', pg_get_statisticsobjdef(s.oid),
           'target', CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END))
  FROM pg_statistic_ext s
  JOIN pg_namespace n ON n.oid = s.stxnamespace
  JOIN pg_class c ON c.oid = s.stxrelid
  JOIN pg_namespace cn ON cn.oid = c.relnamespace
 WHERE c.relpersistence <> 't' AND @user_schema@ AND @no_member:3381:s.oid@
