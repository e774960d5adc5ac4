SELECT 'policy', 3256, p.oid, 0, n.nspname, c.relname, p.polname, NULL, NULL,
       json_build_object('policy', json_build_object(
           'permissive', p.polpermissive,
           'command', CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
           'roles', (SELECT json_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END ORDER BY pg_get_userbyid(r)) FROM unnest(p.polroles) r),
           'using', pg_get_expr(p.polqual, p.polrelid),
           'check', pg_get_expr(p.polwithcheck, p.polrelid)))
  FROM pg_policy p
  JOIN pg_class c ON c.oid = p.polrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE @user_schema@ AND @no_member:1259:c.oid@
