-- Catalog rows that stand for another object: target class, object and part in the three columns after the part.
SELECT '#alias', 1247, c.reltype, 0, '1259', c.oid::text, '0', NULL, NULL, NULL
  FROM pg_class c WHERE c.reltype <> 0 AND c.relkind <> 'c' AND c.oid >= 16384
UNION ALL
SELECT '#alias', 1259, c.oid, 0, '1247', c.reltype::text, '0', NULL, NULL, NULL
  FROM pg_class c WHERE c.relkind = 'c' AND c.oid >= 16384
UNION ALL
SELECT '#alias', 1247, t.typarray, 0, '1247', t.oid::text, '0', NULL, NULL, NULL
  FROM pg_type t WHERE t.typarray >= 16384
UNION ALL
SELECT '#alias', 1247, r.rngmultitypid, 0, '1247', r.rngtypid::text, '0', NULL, NULL, NULL --@14+
  FROM pg_range r WHERE r.rngmultitypid >= 16384 --@14+
UNION ALL --@14+
SELECT '#alias', 1255, d.objid, 0, d.refclassid::text, d.refobjid::text, '0', NULL, NULL, NULL
  FROM pg_depend d WHERE d.classid = 1255 AND d.deptype = 'i' AND d.objid >= 16384
UNION ALL
SELECT '#alias', 2618, w.oid, 0, '1259', w.ev_class::text, '0', NULL, NULL, NULL
  FROM pg_rewrite w WHERE w.rulename = '_RETURN' AND w.oid >= 16384
UNION ALL
SELECT '#alias', 2604, d.oid, 0, '1259', d.adrelid::text, d.adnum::text, NULL, NULL, NULL
  FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
 WHERE a.attgenerated <> ''
UNION ALL
SELECT '#alias', 1259, k.conindid, 0, '2606', k.oid::text, '0', NULL, NULL, NULL
  FROM pg_constraint k WHERE k.contype IN ('p', 'u', 'x')
UNION ALL
SELECT '#alias', 1259, d.objid, 0, '1259', d.refobjid::text, d.refobjsubid::text, NULL, NULL, NULL
  FROM pg_depend d WHERE d.classid = 1259 AND d.refclassid = 1259 AND d.deptype = 'i' AND d.refobjsubid > 0
UNION ALL
SELECT '#alias', 2606, k.oid, 0, '1247', k.contypid::text, '0', NULL, NULL, NULL
  FROM pg_constraint k WHERE k.contypid <> 0 AND k.oid >= 16384
UNION ALL
SELECT '#alias', 2606, k.oid, 0, '1259', k.conrelid::text, k.conkey[1]::text, NULL, NULL, NULL
  FROM pg_constraint k WHERE k.contype = 'n' AND k.conrelid <> 0 AND k.oid >= 16384
UNION ALL
-- What belongs to an extension is dropped with it.
SELECT '#alias', d.classid, d.objid, 0, '3079', d.refobjid::text, '0', NULL, NULL, NULL
  FROM pg_depend d WHERE d.deptype = 'e' AND d.refclassid = 3079
UNION ALL
-- Members of operator classes and families, tables and schemas of publications.
SELECT '#alias', d.classid, d.objid, 0, d.refclassid::text, d.refobjid::text, '0', NULL, NULL, NULL
  FROM pg_depend d
 WHERE d.deptype IN ('i', 'a')
   AND ((d.classid IN (2602, 2603) AND d.refclassid IN (2616, 2753)) OR (d.classid IN (6106, 6237) AND d.refclassid = 6104))
