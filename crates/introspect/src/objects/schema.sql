SELECT 'schema', 2615, n.oid, 0, '', n.nspname, '', pg_get_userbyid(n.nspowner), n.nspacl::text, '{"schema":{}}'
  FROM pg_namespace n
 WHERE @user_schema@ AND @no_member:2615:n.oid@
