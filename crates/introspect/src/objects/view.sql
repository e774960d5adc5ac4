-- Within a subquery only single look-ups by an index are quick: the plan may have no nested loops.
SELECT 'view', 1259, c.oid, 0, n.nspname, c.relname, '', pg_get_userbyid(c.relowner), c.relacl::text,
       json_build_object('view', json_build_object(
           'query', pg_get_viewdef(c.oid),
           'options', @sorted:c.reloptions@,
           'columns', (SELECT json_agg(json_build_object(
                                  'name', a.attname,
                                  'type', format_type(a.atttypid, a.atttypmod),
                                  'collation', CASE WHEN a.attcollation <> 0 AND a.attcollation <> (SELECT t.typcollation FROM pg_type t WHERE t.oid = a.atttypid)
                                                    THEN a.attcollation::regcollation::text END,
                                  'comment', (SELECT ds.description FROM pg_description ds
                                               WHERE ds.objoid = a.attrelid AND ds.classoid = 1259 AND ds.objsubid = a.attnum),
                                  'acl', a.attacl::text) ORDER BY a.attnum)
                         FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)))
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'v' AND c.relpersistence <> 't' AND @user_schema@ AND @no_member:1259:c.oid@
