-- Foreign data wrappers, servers and user mappings. What looks like a secret is named, not shown.
SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           'HANDLER ' || NULLIF(f.fdwhandler, 0)::regprocedure,
           'VALIDATOR ' || NULLIF(f.fdwvalidator, 0)::regprocedure,
           'OPTIONS (' || (SELECT string_agg(x, ', ' ORDER BY x COLLATE "C") FROM unnest(f.fdwoptions) x) || ')',
           'OWNER TO ' || quote_ident(pg_get_userbyid(f.fdwowner)))
  FROM object o
  JOIN pg_foreign_data_wrapper f ON f.oid = o.objid
 WHERE o.classid = 'pg_foreign_data_wrapper'::regclass
UNION ALL
SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           'TYPE ' || quote_literal(s.srvtype),
           'VERSION ' || quote_literal(s.srvversion),
           'FOREIGN DATA WRAPPER ' || quote_ident(f.fdwname),
           'OPTIONS (' || (SELECT string_agg(regexp_replace(x, '^([^=]*(?:pass|secret|token|key)[^=]*)=.*$', '\1=(hidden)', 'i'), ', ' ORDER BY x COLLATE "C")
                             FROM unnest(s.srvoptions) x) || ')',
           'OWNER TO ' || quote_ident(pg_get_userbyid(s.srvowner)))
  FROM object o
  JOIN pg_foreign_server s ON s.oid = o.objid
  JOIN pg_foreign_data_wrapper f ON f.oid = s.srvfdw
 WHERE o.classid = 'pg_foreign_server'::regclass
UNION ALL
SELECT 'user mapping',
       'for ' || CASE u.umuser WHEN 0 THEN 'PUBLIC' ELSE quote_ident(u.usename) END || ' server ' || quote_ident(u.srvname),
       'foreign server ' || quote_ident(u.srvname),
       'OPTIONS (' || coalesce((SELECT string_agg(regexp_replace(x, '^([^=]*(?:pass|secret|token|key)[^=]*)=.*$', '\1=(hidden)', 'i'), ', ' ORDER BY x COLLATE "C")
                                  FROM unnest(u.umoptions) x), '') || ')'
  FROM pg_user_mappings u
