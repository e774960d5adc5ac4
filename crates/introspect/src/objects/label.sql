SELECT '#label', l.classoid, l.objoid, l.objsubid, l.provider, l.label
  FROM pg_seclabel l
UNION ALL
SELECT '#label', l.classoid, l.objoid, 0, l.provider, l.label
  FROM pg_shseclabel l
 WHERE l.classoid <> 1262 OR l.objoid = (SELECT oid FROM pg_database WHERE datname = current_database())
