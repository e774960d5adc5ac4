SELECT 'column', 1259, c.oid, a.attnum, n.nspname, c.relname, a.attname, NULL, a.attacl::text,
       json_build_object('column', json_build_object(
           'position', a.attnum,
           'type', format_type(a.atttypid, a.atttypmod),
           'collation', CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0
                             THEN quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END,
           'not_null', a.attnotnull,
           'not_null_constraint', nn.sql, --@18+
           'generated', CASE WHEN a.attgenerated <> '' THEN json_build_object(
                            'expression', pg_get_expr(d.adbin, d.adrelid), 'stored', a.attgenerated = 's') END,
           'identity', CASE WHEN s.seqrelid IS NOT NULL THEN json_build_object(
                           'always', a.attidentity = 'a',
                           'sequence', CASE WHEN sc.relname <> c.relname || '_' || a.attname || '_seq' OR sc.relnamespace <> c.relnamespace
                                            THEN quote_ident(sn.nspname) || '.' || quote_ident(sc.relname) END,
                           'settings', json_build_object(
                               'data_type', format_type(s.seqtypid, NULL), 'start', s.seqstart, 'increment', s.seqincrement,
                               'min', s.seqmin, 'max', s.seqmax, 'cache', s.seqcache, 'cycle', s.seqcycle),
                           'unlogged', sc.relpersistence <> c.relpersistence,
                           'comment', obj_description(sc.oid, 'pg_class'), 'acl', sc.relacl::text) END,
           'storage', CASE WHEN a.attstorage <> t.typstorage THEN
                           CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
           'usual_storage', CASE t.typstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END,
           'compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END, --@14+
           'statistics', CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END,
           -- Some packages keep a hidden pg_attver there.
           'options', COALESCE(CASE WHEN a.attoptions IS NOT NULL THEN
                          (SELECT json_agg(o ORDER BY o COLLATE "C") FROM unnest(a.attoptions) o WHERE o NOT LIKE 'pg_attver=%') END, '[]'),
           'server_options', @sorted:a.attfdwoptions@,
           'inherited', a.attinhcount > 0 OR c.reloftype <> 0,
           'local', a.attislocal AND c.reloftype = 0))
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum AND a.attgenerated <> ''
  LEFT JOIN pg_collation co ON co.oid = a.attcollation AND a.attcollation <> t.typcollation
  LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
  LEFT JOIN pg_depend i ON i.refclassid = 1259 AND i.refobjid = c.oid AND i.refobjsubid = a.attnum
                       AND i.classid = 1259 AND i.deptype = 'i' AND a.attidentity <> ''
  LEFT JOIN pg_sequence s ON s.seqrelid = i.objid
  LEFT JOIN pg_class sc ON sc.oid = s.seqrelid
  LEFT JOIN pg_namespace sn ON sn.oid = sc.relnamespace
  LEFT JOIN (SELECT k.conrelid, k.conkey[1] AS attnum, --@18+
                    'CONSTRAINT ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid) AS sql, --@18+
                    k.conname, k.connoinherit, k.convalidated --@18+
               FROM pg_constraint k WHERE k.contype = 'n') nn --@18+
         ON nn.conrelid = c.oid AND nn.attnum = a.attnum --@18+
        AND (nn.conname <> c.relname || '_' || a.attname || '_not_null' OR nn.connoinherit OR NOT nn.convalidated) --@18+
 WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND @user_schema@ AND @no_member:1259:c.oid@
