-- The order of the columns of each table, which dropped columns do not disturb.
SELECT CASE o.kind WHEN 'type' THEN 'attribute order' ELSE 'column order' END, o.identity, o.kind || ' ' || o.identity,
       string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
  FROM object o
  JOIN pg_class c ON c.oid = o.objid
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE o.classid = 'pg_class'::regclass AND c.relkind IN ('r', 'p', 'f', 'c')
 GROUP BY o.kind, o.identity
