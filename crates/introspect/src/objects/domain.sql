SELECT 'domain', 1247, t.oid, 0, n.nspname, t.typname, '', pg_get_userbyid(t.typowner), t.typacl::text,
       json_build_object('domain', json_build_object(
           'base', format_type(t.typbasetype, t.typtypmod),
           'collation', CASE WHEN t.typcollation <> b.typcollation AND t.typcollation <> 0
                             THEN quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END,
           'default', pg_get_expr(t.typdefaultbin, 0),
           'not_null', t.typnotnull,
           'constraints', COALESCE((SELECT json_agg(json_build_object(
                                        'name', k.conname,
                                        'definition', pg_get_constraintdef(k.oid),
                                        'comment', obj_description(k.oid, 'pg_constraint')) ORDER BY k.conname)
                                      FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '[]')))
  FROM pg_type t
  JOIN pg_namespace n ON n.oid = t.typnamespace
  JOIN pg_type b ON b.oid = t.typbasetype
  LEFT JOIN pg_collation co ON co.oid = t.typcollation
  LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
 WHERE t.typtype = 'd' AND @user_schema@ AND @no_member:1247:t.oid@
