SELECT 'conversion', 2607, c.oid, 0, n.nspname, c.conname, '', pg_get_userbyid(c.conowner), NULL,
       json_build_object('conversion', json_build_object(
           'default', c.condefault,
           'source', pg_encoding_to_char(c.conforencoding),
           'target', pg_encoding_to_char(c.contoencoding),
           'function', c.conproc::oid::regproc::text))
  FROM pg_conversion c
  JOIN pg_namespace n ON n.oid = c.connamespace
 WHERE @user_schema@ AND @no_member:2607:c.oid@
