-- Each label of an enum, and the order of the labels, which decides how values compare.
SELECT 'enum value', o.identity || '.' || quote_literal(e.enumlabel), o.kind || ' ' || o.identity, ''
  FROM object o
  JOIN pg_enum e ON e.enumtypid = o.objid
 WHERE o.classid = 'pg_type'::regclass
UNION ALL
SELECT 'enum value order', o.identity, o.kind || ' ' || o.identity, string_agg(quote_ident(e.enumlabel), ', ' ORDER BY e.enumsortorder)
  FROM object o
  JOIN pg_enum e ON e.enumtypid = o.objid
 WHERE o.classid = 'pg_type'::regclass
 GROUP BY o.kind, o.identity
