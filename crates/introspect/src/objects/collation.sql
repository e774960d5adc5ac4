SELECT 'collation', 3456, c.oid, 0, n.nspname, c.collname, '', pg_get_userbyid(c.collowner), NULL,
       json_build_object('collation', json_strip_nulls(json_build_object(
           'provider', CASE c.collprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' END,
           'locale', quote_literal(c.colllocale), --@17+
           'locale', quote_literal(c.colliculocale), --@15..16
           'locale', CASE c.collprovider WHEN 'i' THEN quote_literal(c.collcollate) END, --@..14
           'lc_collate', CASE WHEN c.collprovider <> 'i' THEN quote_literal(c.collcollate) END,
           'lc_ctype', CASE WHEN c.collprovider <> 'i' THEN quote_literal(c.collctype) END,
           'rules', quote_literal(c.collicurules), --@16+
           'deterministic', CASE WHEN NOT c.collisdeterministic THEN 'false' END)))
  FROM pg_collation c
  JOIN pg_namespace n ON n.oid = c.collnamespace
 WHERE @user_schema@ AND @no_member:3456:c.oid@
