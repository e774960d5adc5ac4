-- Publications, what each publishes, and subscriptions without their connection strings.
SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           CASE WHEN p.puballtables THEN 'FOR ALL TABLES' END,
           'PUBLISH ' || concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                                         CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
           CASE WHEN p.pubviaroot THEN 'PUBLISH VIA PARTITION ROOT' END,
           CASE p.pubgencols WHEN 's' THEN 'PUBLISH STORED GENERATED COLUMNS' END, --@18+
           'OWNER TO ' || quote_ident(pg_get_userbyid(p.pubowner)))
  FROM object o
  JOIN pg_publication p ON p.oid = o.objid
 WHERE o.classid = 'pg_publication'::regclass
UNION ALL
SELECT 'publication table', o.identity || ': ' || r.identity, o.kind || ' ' || o.identity,
       concat_ws(E'\n',
           '(' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a --@15+
                    WHERE a.attrelid = t.prrelid AND a.attnum = ANY (t.prattrs)) || ')', --@15+
           'WHERE ' || pg_get_expr(t.prqual, t.prrelid), --@15+
           NULL)
  FROM object o
  JOIN pg_publication_rel t ON t.prpubid = o.objid
  JOIN relation r ON r.oid = t.prrelid
 WHERE o.classid = 'pg_publication'::regclass
UNION ALL --@15+
SELECT 'publication schema', o.identity || ': ' || ns.name, o.kind || ' ' || o.identity, '' --@15+
  FROM object o --@15+
  JOIN pg_publication_namespace s ON s.pnpubid = o.objid --@15+
  JOIN ns ON ns.oid = s.pnnspid --@15+
 WHERE o.classid = 'pg_publication'::regclass --@15+
UNION ALL
SELECT 'subscription', quote_ident(s.subname), NULL,
       concat_ws(E'\n',
           CASE WHEN s.subenabled THEN 'ENABLED' ELSE 'DISABLED' END,
           'PUBLICATION ' || (SELECT string_agg(quote_ident(x), ', ' ORDER BY x COLLATE "C") FROM unnest(s.subpublications) x),
           'SLOT NAME ' || quote_ident(s.subslotname),
           'OWNER TO ' || quote_ident(pg_get_userbyid(s.subowner)))
  FROM pg_subscription s
  JOIN pg_database d ON d.oid = s.subdbid
 WHERE d.datname = current_database()
