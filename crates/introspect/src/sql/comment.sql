-- Comments on every object in scope and on its columns.
SELECT 'comment',
       CASE WHEN a.attname IS NULL THEN o.kind || ' ' || o.identity
            ELSE 'column ' || o.identity || '.' || quote_ident(a.attname) END,
       CASE WHEN a.attname IS NULL OR o.kind LIKE '%view' THEN o.kind || ' ' || o.identity
            ELSE CASE o.kind WHEN 'type' THEN 'attribute ' ELSE 'column ' END || o.identity || '.' || quote_ident(a.attname) END,
       d.description
  FROM object o
  JOIN (SELECT classoid, objoid, objsubid, description FROM pg_description
         UNION ALL
        SELECT classoid, objoid, 0, description FROM pg_shdescription
         WHERE classoid = 'pg_database'::regclass) d ON d.classoid = o.classid AND d.objoid = o.objid
  LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0
