SELECT 'transform', 3576, t.oid, 0, '', format_type(t.trftype, NULL), l.lanname, NULL, NULL,
       json_build_object('transform', json_build_object(
           'from_sql', CASE WHEN t.trffromsql <> 0 THEN t.trffromsql::oid::regprocedure::text END,
           'to_sql', CASE WHEN t.trftosql <> 0 THEN t.trftosql::oid::regprocedure::text END))
  FROM pg_transform t
  JOIN pg_language l ON l.oid = t.trflang
 WHERE t.oid >= 16384 AND @no_member:3576:t.oid@
