-- Views and materialized views. Whether a materialized view is populated is data, not schema.
SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           pg_get_viewdef(c.oid),
           'COLUMNS (' || col.list || ')',
           col.settings,
           CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' END,
           'USING ' || quote_ident(NULLIF(am.amname, 'heap')),
           'WITH (' || (SELECT string_agg(x, ', ' ORDER BY x COLLATE "C") FROM unnest(c.reloptions) x) || ')',
           'TABLESPACE ' || quote_ident(ts.spcname),
           'OWNER TO ' || quote_ident(pg_get_userbyid(c.relowner)))
  FROM object o
  JOIN pg_class c ON c.oid = o.objid
  LEFT JOIN pg_am am ON am.oid = c.relam
  LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
  LEFT JOIN (SELECT a.attrelid,
                    string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) AS list,
                    string_agg('ALTER COLUMN ' || quote_ident(a.attname) || set.list, E'\n' ORDER BY a.attnum) AS settings
               FROM pg_class v
               JOIN pg_attribute a ON a.attrelid = v.oid AND a.attnum > 0 AND NOT a.attisdropped
               JOIN pg_type t ON t.oid = a.atttypid
               LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
              CROSS JOIN LATERAL (SELECT NULLIF(concat(
                    ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
                    CASE WHEN v.relkind = 'm' AND a.attstorage <> t.typstorage THEN ' STORAGE ' || a.attstorage::text END,
                    CASE a.attcompression WHEN 'p' THEN ' COMPRESSION pglz' WHEN 'l' THEN ' COMPRESSION lz4' END, --@14+
                    CASE WHEN a.attstattarget >= 0 AND v.relkind = 'm' THEN ' STATISTICS ' || a.attstattarget END,
                    ' SET (' || (SELECT string_agg(x, ', ' ORDER BY x COLLATE "C") FROM unnest(a.attoptions) x
                                  WHERE split_part(x, '=', 1) IN ('n_distinct', 'n_distinct_inherited')) || ')'), '')) set (list)
              WHERE v.relkind IN ('v', 'm') AND v.oid >= 16384
              GROUP BY a.attrelid) col ON col.attrelid = c.oid
 WHERE o.classid = 'pg_class'::regclass AND c.relkind IN ('v', 'm')
