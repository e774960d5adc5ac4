SELECT 'column', NULL, NULL, 'vector column',
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(a.attname),
       format_type(a.atttypid, a.atttypmod)
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'm', 'f')
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_depend d ON d.classid = 1247 AND d.objid = a.atttypid AND d.deptype = 'e' AND d.refclassid = 3079
  JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'vector'
 WHERE NOT a.attisdropped AND n.nspname !~ '^pg_'
UNION ALL
SELECT 'index', NULL, NULL, 'vector index', quote_ident(n.nspname) || '.' || quote_ident(i.relname),
       m.amname || ' on ' || x.indrelid::regclass || COALESCE(', ' || array_to_string(i.reloptions, ', '), '')
  FROM pg_index x
  JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_namespace n ON n.oid = i.relnamespace
  JOIN pg_am m ON m.oid = i.relam
  JOIN pg_depend d ON d.classid = 2601 AND d.objid = m.oid AND d.deptype = 'e' AND d.refclassid = 3079
  JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'vector'
