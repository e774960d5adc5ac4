SELECT '#comment', d.classoid, d.objoid, d.objsubid, d.description
  FROM pg_description d
 WHERE d.objoid >= 16384 OR (d.classoid = 2615 AND d.objoid = 2200)
UNION ALL
SELECT '#comment', d.classoid, d.objoid, 0, d.description
  FROM pg_shdescription d
 WHERE d.classoid <> 1262 OR d.objoid = (SELECT oid FROM pg_database WHERE datname = current_database())
