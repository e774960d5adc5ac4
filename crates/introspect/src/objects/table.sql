SELECT '#table', 1259, c.oid, 0, n.nspname, c.relname, c.reltype, pg_get_userbyid(c.relowner), c.relacl::text,
       CASE WHEN c.relkind <> 'r' OR c.relpersistence <> 'p' OR c.reloftype <> 0 OR c.relispartition OR up.list IS NOT NULL
              OR c.reloptions IS NOT NULL OR tc.reloptions IS NOT NULL OR ts.oid IS NOT NULL OR am.amname IS DISTINCT FROM 'heap'
              OR c.relrowsecurity OR c.relforcerowsecurity OR c.relreplident <> 'd'
            THEN json_build_object('table', json_build_object(
           'sort', CASE c.relkind WHEN 'r' THEN 'plain' WHEN 'p' THEN 'partitioned' ELSE 'foreign' END,
           'persistence', CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END,
           'of_type', CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
           'inherits', COALESCE(CASE WHEN NOT c.relispartition AND up.list IS NOT NULL THEN up.list END, '[]'),
           'is_partition', c.relispartition,
           'partition_key', CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
           'options', @sorted:c.reloptions@,
           'toast_options', @sorted:tc.reloptions@,
           'tablespace', ts.spcname,
           'access_method', CASE WHEN am.amname <> 'heap' THEN am.amname END,
           'row_security', c.relrowsecurity,
           'force_row_security', c.relforcerowsecurity,
           'replica_identity', CASE CASE WHEN c.relkind <> 'f' THEN c.relreplident END WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing' WHEN 'i' THEN 'index' ELSE 'default' END,
           'server', fs.srvname,
           'server_options', @sorted:ft.ftoptions@)) END
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_class tc ON tc.oid = c.reltoastrelid
  LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
  LEFT JOIN pg_am am ON am.oid = c.relam
  LEFT JOIN pg_foreign_table ft ON ft.ftrelid = c.oid
  LEFT JOIN pg_foreign_server fs ON fs.oid = ft.ftserver
  LEFT JOIN (SELECT i.inhrelid, json_agg(json_build_object('kind', 'table', 'schema', pn.nspname, 'name', pc.relname) ORDER BY i.inhseqno) AS list
               FROM pg_inherits i
               JOIN pg_class pc ON pc.oid = i.inhparent AND pc.relkind IN ('r', 'p', 'f')
               JOIN pg_namespace pn ON pn.oid = pc.relnamespace
              GROUP BY i.inhrelid) up ON up.inhrelid = c.oid
 WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND @user_schema@ AND @no_member:1259:c.oid@
