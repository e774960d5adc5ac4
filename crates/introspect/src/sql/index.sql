-- Indexes that no constraint owns (see constraint for those).
SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           pg_get_indexdef(i.indexrelid),
           CASE WHEN NOT i.indisvalid THEN 'INVALID' END,
           CASE WHEN NOT i.indisready THEN 'NOT READY' END,
           CASE WHEN i.indisclustered THEN 'CLUSTER ON' END,
           'ATTACHED TO ' || h.inhparent::regclass,
           'TABLESPACE ' || quote_ident(ts.spcname),
           st.list)
  FROM object o
  JOIN pg_index i ON i.indexrelid = o.objid
  JOIN pg_class c ON c.oid = i.indexrelid
  LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
  LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
  LEFT JOIN (SELECT a.attrelid,
                    string_agg('ALTER COLUMN ' || a.attnum || ' SET STATISTICS ' || a.attstattarget, E'\n' ORDER BY a.attnum) AS list
               FROM pg_attribute a
              WHERE a.attstattarget >= 0 AND a.attnum > 0
              GROUP BY a.attrelid) st ON st.attrelid = i.indexrelid
 WHERE o.classid = 'pg_class'::regclass AND o.kind = 'index' AND k.oid IS NULL
