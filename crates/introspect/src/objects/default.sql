SELECT 'default', 2604, d.oid, 0, n.nspname, c.relname, a.attname, NULL, NULL,
       json_build_object('default', json_build_object('expression', pg_get_expr(d.adbin, d.adrelid)))
  FROM pg_attrdef d
  JOIN pg_class c ON c.oid = d.adrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum AND a.attgenerated = ''
 WHERE c.relkind IN ('r', 'p', 'f', 'v') AND c.relpersistence <> 't' AND @user_schema@ AND @no_member:1259:c.oid@
