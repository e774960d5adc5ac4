-- Every type with its modifier, once: name and storage of the type, and the type that its operator classes are for.
SELECT '#type', 1247, x.atttypid, x.atttypmod, format_type(x.atttypid, x.atttypmod), t.typstorage,
       CASE WHEN t.typtype = 'd' THEN 0 ELSE t.oid END, t.typtype = 'e', t.typsubscript = 'array_subscript_handler'::regproc --@14+
       CASE WHEN t.typtype = 'd' THEN 0 ELSE t.oid END, t.typtype = 'e', t.typelem <> 0 AND t.typlen = -1 --@..13
  FROM (SELECT DISTINCT a.atttypid, a.atttypmod FROM pg_attribute a WHERE a.attnum > 0 AND a.attrelid >= 16384) x
  JOIN pg_type t ON t.oid = x.atttypid
