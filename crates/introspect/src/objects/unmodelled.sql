-- What is in the database and not in the model: catalog and words.
SELECT '#unmodelled', 0, 0, 0, 'pg_largeobject_metadata', 'large object ' || l.oid
  FROM pg_largeobject_metadata l
UNION ALL
SELECT '#unmodelled', 0, 0, 0, 'pg_operator',
       'operator ' || quote_ident(n.nspname) || '.' || o.oprname || ' without a function'
  FROM pg_operator o
  JOIN pg_namespace n ON n.oid = o.oprnamespace
 WHERE o.oprcode = 0 AND @user_schema@ AND @no_member:2617:o.oid@
UNION ALL
SELECT '#unmodelled', 0, 0, 0, 'pg_class', 'temporary ' || CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'S' THEN 'sequence ' ELSE 'table ' END || quote_ident(c.relname)
  FROM pg_class c
 WHERE c.relpersistence = 't' AND c.relkind IN ('r', 'p', 'v', 'S', 'f') AND c.relnamespace = pg_my_temp_schema()
UNION ALL
SELECT '#unmodelled', 0, 0, 0, 'pg_replication_origin', 'replication origin ' || quote_ident(o.roname)
  FROM pg_replication_origin o
 WHERE o.roname !~ '^pg_[0-9]+(_|$)'
UNION ALL
SELECT '#unmodelled', 0, 0, 0, 'pg_depend',
       pg_describe_object(d.classid, d.objid, d.objsubid) || ' depends on extension ' || quote_ident(e.extname)
  FROM pg_depend d
  JOIN pg_extension e ON d.refclassid = 3079 AND e.oid = d.refobjid
 WHERE d.deptype = 'x'
