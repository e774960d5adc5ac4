SELECT 'security label',
       s.provider || ': ' || CASE WHEN a.attname IS NULL THEN o.kind || ' ' || o.identity
            ELSE 'column ' || o.identity || '.' || quote_ident(a.attname) END,
       o.kind || ' ' || o.identity,
       s.label
  FROM object o
  JOIN (SELECT classoid, objoid, objsubid, provider, label FROM pg_seclabel
         UNION ALL
        SELECT classoid, objoid, 0, provider, label FROM pg_shseclabel
         WHERE classoid = 'pg_database'::regclass) s ON s.classoid = o.classid AND s.objoid = o.objid
  LEFT JOIN pg_attribute a ON a.attrelid = s.objoid AND a.attnum = s.objsubid AND s.objsubid > 0
