-- A column of the usual sort is said in numbers; the type is looked up in the rows of type_name.sql.
SELECT '#column', 1259, a.attrelid, a.attnum, a.attname, a.attacl::text, a.atttypid, a.atttypmod, a.attnotnull, a.attcollation,
       CASE WHEN a.attcollation <> t.typcollation OR a.attgenerated <> '' OR a.attidentity <> ''
              OR a.attstorage <> t.typstorage
              OR a.attcompression <> '' --@14+
              OR a.attstattarget >= 0 OR a.attoptions IS NOT NULL OR a.attfdwoptions IS NOT NULL
              OR a.attinhcount > 0 OR NOT a.attislocal OR c.reloftype <> 0
              OR nn.oid IS NOT NULL --@18+
            THEN json_build_object('column', json_build_object(
           'position', a.attnum,
           'type', format_type(a.atttypid, a.atttypmod),
           'collation', CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0 THEN
                            (SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
                               FROM pg_collation co, pg_namespace cn WHERE co.oid = a.attcollation AND cn.oid = co.collnamespace) END,
           'not_null', a.attnotnull,
           'not_null_constraint', CASE WHEN nn.oid IS NOT NULL THEN --@18+
                                      'CONSTRAINT ' || quote_ident(nn.conname) || ' ' || pg_get_constraintdef(nn.oid) END, --@18+
           'generated', CASE WHEN a.attgenerated <> '' THEN json_build_object(
                            'expression', (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d WHERE d.adrelid = c.oid AND d.adnum = a.attnum),
                            'stored', a.attgenerated = 's') END,
           'identity', CASE WHEN s.seqrelid IS NOT NULL THEN json_build_object(
                           'always', a.attidentity = 'a',
                           'sequence', CASE WHEN s.relname <> c.relname || '_' || a.attname || '_seq' OR s.relnamespace <> c.relnamespace
                                            THEN quote_ident(s.nspname) || '.' || quote_ident(s.relname) END,
                           'settings', json_build_object(
                               'data_type', format_type(s.seqtypid, NULL), 'start', s.seqstart, 'increment', s.seqincrement,
                               'min', s.seqmin, 'max', s.seqmax, 'cache', s.seqcache, 'cycle', s.seqcycle),
                           'unlogged', s.relpersistence <> c.relpersistence,
                           'comment', s.description, 'acl', s.relacl::text) END,
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
           'local', a.attislocal AND c.reloftype = 0)) END
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN (SELECT i.refobjid, i.refobjsubid, q.*, sc.relname, sc.relnamespace, sc.relpersistence, sc.relacl, sn.nspname, sd.description
               FROM pg_sequence q
               JOIN pg_depend i ON i.classid = 1259 AND i.objid = q.seqrelid AND i.deptype = 'i' AND i.refclassid = 1259
               JOIN pg_class sc ON sc.oid = q.seqrelid
               JOIN pg_namespace sn ON sn.oid = sc.relnamespace
               LEFT JOIN pg_description sd ON sd.classoid = 1259 AND sd.objoid = q.seqrelid AND sd.objsubid = 0) s
         ON s.refobjid = c.oid AND s.refobjsubid = a.attnum AND a.attidentity <> ''
  LEFT JOIN (SELECT k.oid, k.conrelid, k.conkey[1] AS attnum, k.conname, k.connoinherit, k.convalidated --@18+
               FROM pg_constraint k WHERE k.contype = 'n') nn --@18+
         ON nn.conrelid = c.oid AND nn.attnum = a.attnum --@18+
        AND (nn.conname <> c.relname || '_' || a.attname || '_not_null' OR nn.connoinherit OR NOT nn.convalidated) --@18+
 WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND @user_schema@ AND @no_member:1259:c.oid@
