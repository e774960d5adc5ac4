SELECT 'enum', 1247, t.oid, 0, n.nspname, t.typname, '', pg_get_userbyid(t.typowner), t.typacl::text,
       json_build_object('enum', json_build_object('labels', COALESCE(
           (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), '[]')))
  FROM pg_type t
  JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype = 'e' AND @user_schema@ AND @no_member:1247:t.oid@
