SELECT 'sequence_owner', 0, c.oid, 0, n.nspname, c.relname, '', NULL, NULL,
       json_build_object('sequence_owner', json_build_object('column', json_build_object(
           'kind', 'column', 'schema', tn.nspname, 'name', t.relname, 'sub', a.attname)))
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_depend d ON d.classid = 1259 AND d.objid = c.oid AND d.deptype = 'a' AND d.refclassid = 1259 AND d.refobjsubid > 0
  JOIN pg_class t ON t.oid = d.refobjid
  JOIN pg_namespace tn ON tn.oid = t.relnamespace
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
 WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND @user_schema@ AND @no_member:1259:c.oid@
