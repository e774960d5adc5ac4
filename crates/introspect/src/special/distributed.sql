SELECT 'distributed', NULL, NULL,
       CASE p.partmethod WHEN 'n' THEN 'reference table' ELSE 'distributed table' END, p.logicalrelid::regclass::text,
       CASE p.partmethod WHEN 'n' THEN '' ELSE
            'co-location group ' || p.colocationid
            || COALESCE(', by ' || (SELECT string_agg(a.attname, ', ' ORDER BY a.attnum)
                                      FROM pg_attribute a
                                     WHERE a.attrelid = p.logicalrelid
                                       AND a.attnum = (substring(p.partkey::text FROM ':varattno ([0-9]+)'))::int), '') END
  FROM pg_catalog.pg_dist_partition p
