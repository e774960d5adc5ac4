SELECT 'partition', 0, c.oid, 0, n.nspname, c.relname, '', NULL, NULL,
       json_build_object('partition', json_build_object(
           'parent', json_build_object('kind', 'table', 'schema', pn.nspname, 'name', pc.relname),
           'bound', pg_get_expr(c.relpartbound, c.oid)))
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_inherits i ON i.inhrelid = c.oid
  JOIN pg_class pc ON pc.oid = i.inhparent
  JOIN pg_namespace pn ON pn.oid = pc.relnamespace
 WHERE c.relispartition AND c.relkind IN ('r', 'p', 'f') AND @user_schema@ AND @no_member:1259:c.oid@
