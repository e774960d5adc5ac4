-- Ordinary, partitioned and foreign tables: everything but their columns, constraints and indexes.
SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' END,
           'OF ' || format_type(NULLIF(c.reloftype, 0), NULL),
           CASE WHEN c.relispartition
                THEN 'PARTITION OF ' || parent.list || ' ' || pg_get_expr(c.relpartbound, c.oid)
                ELSE 'INHERITS (' || parent.list || ')' END,
           CASE WHEN parent.pending THEN 'DETACH PENDING' END,
           CASE c.relkind WHEN 'p' THEN 'PARTITION BY ' || pg_get_partkeydef(c.oid) END,
           'USING ' || quote_ident(NULLIF(am.amname, 'heap')),
           CASE WHEN c.reloptions IS NOT NULL OR toast.reloptions IS NOT NULL THEN
               (SELECT 'WITH (' || string_agg(x, ', ' ORDER BY x COLLATE "C") || ')'
                  FROM (SELECT unnest(c.reloptions) UNION ALL SELECT 'toast.' || unnest(toast.reloptions)) opt (x)
                 WHERE x NOT LIKE 'pg\_%' AND x NOT LIKE 'toast.pg\_%') END,
           'TABLESPACE ' || quote_ident(ts.spcname),
           'SERVER ' || quote_ident(fs.srvname),
           'OPTIONS (' || (SELECT string_agg(x, ', ' ORDER BY x COLLATE "C") FROM unnest(ft.ftoptions) x) || ')',
           CASE WHEN c.relrowsecurity THEN 'ENABLE ROW LEVEL SECURITY' END,
           CASE WHEN c.relforcerowsecurity THEN 'FORCE ROW LEVEL SECURITY' END,
           CASE c.relreplident
               WHEN 'n' THEN 'REPLICA IDENTITY NOTHING'
               WHEN 'f' THEN 'REPLICA IDENTITY FULL'
               WHEN 'i' THEN 'REPLICA IDENTITY USING INDEX ' || coalesce(ri.name, '(dropped)') END,
           'OWNER TO ' || quote_ident(pg_get_userbyid(c.relowner)))
  FROM object o
  JOIN pg_class c ON c.oid = o.objid
  LEFT JOIN pg_am am ON am.oid = c.relam
  LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
  LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid AND c.reltoastrelid <> 0
  LEFT JOIN pg_foreign_table ft ON ft.ftrelid = c.oid
  LEFT JOIN pg_foreign_server fs ON fs.oid = ft.ftserver
  LEFT JOIN (SELECT h.inhrelid, string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno) AS list,
                    bool_or(h.inhdetachpending) AS pending --@14+
                    false AS pending --@..13
               FROM pg_inherits h
              GROUP BY h.inhrelid) parent ON parent.inhrelid = c.oid
  LEFT JOIN (SELECT i.indrelid, min(quote_ident(x.relname)) AS name
               FROM pg_index i
               JOIN pg_class x ON x.oid = i.indexrelid
              WHERE i.indisreplident
              GROUP BY i.indrelid) ri ON ri.indrelid = c.oid
 WHERE o.classid = 'pg_class'::regclass AND c.relkind IN ('r', 'p', 'f')
