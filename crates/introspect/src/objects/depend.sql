SELECT '#depend', d.classid, d.objid, d.objsubid, d.refclassid::text, d.refobjid::text, d.refobjsubid::text, d.deptype, NULL, NULL
  FROM pg_depend d
 WHERE d.deptype IN ('n', 'a', 'i', 'P', 'S', 'x') AND d.objid >= 16384 AND (d.refobjid >= 16384 OR d.refclassid = 2615)
