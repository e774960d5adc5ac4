-- Catalog rows that stand for another object: target class, object and part in the three columns after the part. Those of
-- tables and constraints are told with them.
SELECT '#alias', 1247, c.reltype, 0, 1259, c.oid, 0
  FROM pg_class c WHERE c.reltype <> 0 AND c.relkind NOT IN ('c', 'r', 'p', 'f') AND c.oid >= 16384
UNION ALL
SELECT '#alias', 1259, c.oid, 0, 1247, c.reltype, 0
  FROM pg_class c WHERE c.relkind = 'c' AND c.oid >= 16384
UNION ALL
SELECT '#alias', 1247, t.typarray, 0, 1247, t.oid, 0
  FROM pg_type t WHERE t.typarray >= 16384
   AND EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 1247 AND d.refobjid = t.typarray)
UNION ALL
SELECT '#alias', 1247, r.rngmultitypid, 0, 1247, r.rngtypid, 0 --@14+
  FROM pg_range r WHERE r.rngmultitypid >= 16384 --@14+
UNION ALL --@14+
SELECT '#alias', 1255, d.objid, 0, d.refclassid, d.refobjid, 0
  FROM pg_depend d WHERE d.classid = 1255 AND d.deptype = 'i' AND d.objid >= 16384
UNION ALL
SELECT '#alias', 2618, w.oid, 0, 1259, w.ev_class, 0
  FROM pg_rewrite w WHERE w.rulename = '_RETURN' AND w.oid >= 16384
UNION ALL
SELECT '#alias', 1259, d.objid, 0, 1259, d.refobjid, d.refobjsubid
  FROM pg_sequence q JOIN pg_depend d ON d.objid = q.seqrelid AND d.classid = 1259 AND d.refclassid = 1259 AND d.deptype = 'i' AND d.refobjsubid > 0
UNION ALL
SELECT '#alias', 2606, k.oid, 0, 1247, k.contypid, 0
  FROM pg_constraint k WHERE k.contypid <> 0 AND k.oid >= 16384
UNION ALL
SELECT '#alias', 2606, k.oid, 0, 1259, k.conrelid, k.conkey[1]
  FROM pg_constraint k WHERE k.contype = 'n' AND k.conrelid <> 0 AND k.oid >= 16384
   AND (k.oid IN (SELECT d.refobjid FROM pg_depend d WHERE d.refclassid = 2606)
        OR k.oid IN (SELECT d.objoid FROM pg_description d WHERE d.classoid = 2606))
UNION ALL
-- What belongs to an extension is dropped with it.
SELECT '#alias', d.classid, d.objid, 0, 3079, d.refobjid, 0
  FROM pg_depend d WHERE d.deptype = 'e' AND d.refclassid = 3079
UNION ALL
-- Members of operator classes and families, tables and schemas of publications.
SELECT '#alias', d.classid, d.objid, 0, d.refclassid, d.refobjid, 0
  FROM pg_depend d
 WHERE d.deptype IN ('i', 'a')
   AND ((d.classid IN (2602, 2603) AND d.refclassid IN (2616, 2753)) OR (d.classid IN (6106, 6237) AND d.refclassid = 6104))
