SELECT 'publication', 6104, p.oid, 0, '', p.pubname, '', pg_get_userbyid(p.pubowner), NULL,
       json_build_object('publication', json_build_object(
           'all_tables', p.puballtables,
           'publish', concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                                CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
           'via_root', p.pubviaroot,
           'generated', NULL, --@..17
           'generated', CASE p.pubgencols WHEN 's' THEN 'stored' ELSE 'none' END, --@18+
           'tables', COALESCE((SELECT json_agg(json_build_object(
                                          'table', json_build_object('kind', 'table', 'schema', n.nspname, 'name', c.relname),
                                          'columns', (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a --@15+
                                                       WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)), --@15+
                                          'filter', pg_get_expr(r.prqual, r.prrelid)) --@15+
                                          'columns', NULL, 'filter', NULL) --@..14
                                      ORDER BY n.nspname, c.relname)
                                 FROM pg_publication_rel r
                                 JOIN pg_class c ON c.oid = r.prrelid
                                 JOIN pg_namespace n ON n.oid = c.relnamespace
                                WHERE r.prpubid = p.oid), '[]'),
           'schemas', COALESCE((SELECT json_agg(n.nspname ORDER BY n.nspname) --@15+
                                  FROM pg_publication_namespace s --@15+
                                  JOIN pg_namespace n ON n.oid = s.pnnspid --@15+
                                 WHERE s.pnpubid = p.oid), '[]'))) --@15+
           'schemas', json_build_array())) --@..14
  FROM pg_publication p
 WHERE @no_member:6104:p.oid@
