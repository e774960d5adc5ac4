-- An index of the usual sort is said in numbers, from which its definition is written as pg_get_indexdef would, which costs
-- the server many look-ups for each.
SELECT '#index', 1259, c.oid, 0, n.nspname, c.relname, i.indrelid, CASE WHEN p.usual THEN c.relam END, i.indisunique, i.indkey,
       i.indclass, i.indcollation, i.indoption, i.indnullsnotdistinct, --@15+
       i.indclass, i.indcollation, i.indoption, false, --@..14
       CASE WHEN NOT p.usual THEN json_build_object('index', json_build_object(
           'table', json_build_object('kind', CASE t.relkind WHEN 'm' THEN 'materialized_view' ELSE 'table' END,
                                      'schema', tn.nspname, 'name', t.relname),
           'definition', pg_get_indexdef(i.indexrelid),
           'unique', i.indisunique,
           'options', COALESCE(to_json(c.reloptions), '[]'),
           'tablespace', ts.spcname,
           'clustered', i.indisclustered,
           'replica_identity', i.indisreplident,
           'valid', i.indisvalid,
           'statistics', COALESCE(CASE WHEN i.indexprs IS NOT NULL THEN
                            (SELECT json_agg(json_build_array(a.attnum, a.attstattarget) ORDER BY a.attnum)
                               FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget >= 0) END, '[]'),
           'partitioned', c.relkind = 'I',
           'parent', CASE WHEN pc.oid IS NOT NULL THEN json_build_object('kind', 'index', 'schema', pn.nspname, 'name', pc.relname) END)) END
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
 CROSS JOIN LATERAL (SELECT c.relkind = 'i' AND NOT c.relispartition AND c.reloptions IS NULL AND c.reltablespace = 0
                        AND c.relam IN (403, 405, 2742) AND i.indisvalid AND NOT i.indisclustered AND NOT i.indisreplident
                        AND i.indexprs IS NULL AND i.indpred IS NULL AND i.indnatts = i.indnkeyatts AS usual) p
  JOIN pg_class t ON t.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_namespace tn ON tn.oid = t.relnamespace
  LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
  LEFT JOIN pg_inherits h ON h.inhrelid = c.oid
  LEFT JOIN pg_class pc ON pc.oid = h.inhparent
  LEFT JOIN pg_namespace pn ON pn.oid = pc.relnamespace
 WHERE t.relkind IN ('r', 'p', 'm') AND t.relpersistence <> 't' AND @user_schema@ AND @no_member:1259:t.oid@
   AND c.oid NOT IN (SELECT k.conindid FROM pg_constraint k WHERE k.contype IN ('p', 'u', 'x'))
