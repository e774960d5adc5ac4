SELECT 'composite', 1247, t.oid, 0, n.nspname, t.typname, '', pg_get_userbyid(t.typowner), t.typacl::text,
       json_build_object('composite', json_build_object('attributes', COALESCE(
           (SELECT json_agg(json_build_object(
                       'name', a.attname,
                       'type', format_type(a.atttypid, a.atttypmod),
                       'collation', CASE WHEN a.attcollation <> at.typcollation AND a.attcollation <> 0
                                         THEN quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END,
                       'comment', col_description(a.attrelid, a.attnum)) ORDER BY a.attnum)
              FROM pg_attribute a
              JOIN pg_type at ON at.oid = a.atttypid
              LEFT JOIN pg_collation co ON co.oid = a.attcollation
              LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
             WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '[]')))
  FROM pg_type t
  JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
  JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype = 'c' AND @user_schema@ AND @no_member:1247:t.oid@
