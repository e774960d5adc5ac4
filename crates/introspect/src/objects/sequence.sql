SELECT 'sequence', 1259, c.oid, 0, n.nspname, c.relname, '', pg_get_userbyid(c.relowner), c.relacl::text,
       json_build_object('sequence', json_build_object(
           'data_type', format_type(s.seqtypid, NULL), 'start', s.seqstart, 'increment', s.seqincrement,
           'min', s.seqmin, 'max', s.seqmax, 'cache', s.seqcache, 'cycle', s.seqcycle,
           'unlogged', c.relpersistence = 'u'))
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_sequence s ON s.seqrelid = c.oid
 WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND @user_schema@ AND @no_member:1259:c.oid@
   AND c.oid NOT IN (SELECT objid FROM pg_depend WHERE classid = 1259 AND deptype = 'i' AND refclassid = 1259)
