-- Left out: what would come to nothing, because both ends are the same object (a table and its row type, an index and its
-- constraint) or one is no object (the triggers behind a foreign key, a TOAST table); and that a default is its column's.
SELECT '#depend', d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid
  FROM pg_depend d
 WHERE d.deptype IN ('n', 'a', 'i', 'P', 'S', 'x') AND d.objid >= 16384 AND (d.refobjid >= 16384 OR d.refclassid = 2615)
   AND NOT (d.deptype = 'i' AND CASE d.classid WHEN 2620 THEN d.refclassid = 2606
                                               WHEN 1247 THEN d.refclassid IN (1247, 1259)
                                               WHEN 1259 THEN d.refclassid = 2606 OR (d.refclassid = 1259 AND d.refobjsubid = 0)
                                               ELSE false END)
   AND NOT (d.deptype = 'a' AND d.classid = 2604 AND d.refclassid = 1259)
   AND NOT (d.deptype = 'a' AND d.classid = 2606 AND d.objid IN (SELECT k.oid FROM pg_constraint k WHERE k.contype = 'n')) --@18+
