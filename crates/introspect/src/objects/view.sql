SELECT 'view', 1259, c.oid, 0, n.nspname, c.relname, '', pg_get_userbyid(c.relowner), c.relacl::text,
       json_build_object('view', json_build_object(
           'query', pg_get_viewdef(c.oid),
           'options', @sorted:c.reloptions@,
           'columns', (SELECT json_agg(json_build_object(
                                  'name', a.attname,
                                  'type', format_type(a.atttypid, a.atttypmod),
                                  'collation', CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0
                                                    THEN a.attcollation::regcollation::text END,
                                  'comment', col_description(a.attrelid, a.attnum),
                                  'acl', a.attacl::text) ORDER BY a.attnum)
                         FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)))
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'v' AND c.relpersistence <> 't' AND @user_schema@ AND @no_member:1259:c.oid@
