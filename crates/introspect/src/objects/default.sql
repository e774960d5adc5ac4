-- Only that of a generated column mentions columns, for whose names the table would be looked up. The expression of a generated column is told by the column; the columns of a view have no row of their own.
SELECT '#default', 2604, d.oid, 0, d.adrelid, d.adnum, pg_get_expr(d.adbin, CASE WHEN strpos(d.adbin::text, '{VAR ') > 0 THEN d.adrelid ELSE 0 END),
       CASE WHEN c.relkind = 'v' THEN (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = d.adnum) END
  FROM pg_attrdef d
  JOIN pg_class c ON c.oid = d.adrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'f', 'v') AND c.relpersistence <> 't' AND @user_schema@ AND @no_member:1259:c.oid@
