SELECT 'table', n.nspname, c.relname || '_' || s.shardid, NULL, NULL, NULL
  FROM pg_catalog.pg_dist_shard s
  JOIN pg_class c ON c.oid = s.logicalrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
