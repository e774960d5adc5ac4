SELECT 'materialized_view', 1259, c.oid, 0, n.nspname, c.relname, '', pg_get_userbyid(c.relowner), c.relacl::text,
       json_build_object('materialized_view', json_build_object(
           'query', pg_get_viewdef(c.oid),
           'options', @sorted:c.reloptions@,
           'tablespace', ts.spcname,
           'access_method', CASE WHEN am.amname <> 'heap' THEN am.amname END,
           'columns', (SELECT json_agg(json_build_object(
                                  'name', a.attname,
                                  'type', format_type(a.atttypid, a.atttypmod),
                                  'collation', CASE WHEN a.attcollation <> 0 AND a.attcollation <> (SELECT t.typcollation FROM pg_type t WHERE t.oid = a.atttypid)
                                                    THEN a.attcollation::regcollation::text END,
                                  'comment', (SELECT ds.description FROM pg_description ds
                                               WHERE ds.objoid = a.attrelid AND ds.classoid = 1259 AND ds.objsubid = a.attnum),
                                  'acl', a.attacl::text,
                                  'storage', CASE WHEN a.attstorage <> t.typstorage THEN
                                      CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
                                  'usual_storage', CASE t.typstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END,
                                  'compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END, --@14+
                                  'statistics', CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END,
                                  'options', COALESCE((SELECT json_agg(o ORDER BY o COLLATE "C") FROM unnest(a.attoptions) o WHERE o NOT LIKE 'pg_attver=%'), '[]')
                              ) ORDER BY a.attnum)
                         FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)))
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
  LEFT JOIN pg_am am ON am.oid = c.relam
 WHERE c.relkind = 'm' AND @user_schema@ AND @no_member:1259:c.oid@
