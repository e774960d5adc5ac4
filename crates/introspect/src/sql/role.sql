-- Roles belong to the server: they are listed when that is asked for.
SELECT 'role', quote_ident(r.rolname), NULL,
       concat_ws(E'\n',
           concat_ws(' ', CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN NOT r.rolinherit THEN 'NOINHERIT' END,
               CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END, CASE WHEN r.rolcreatedb THEN 'CREATEDB' END,
               CASE WHEN r.rolcanlogin THEN 'LOGIN' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END,
               CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
               CASE WHEN r.rolconnlimit <> -1 THEN 'CONNECTION LIMIT ' || r.rolconnlimit END,
               CASE WHEN r.rolvaliduntil <> 'infinity' THEN 'VALID UNTIL ' || r.rolvaliduntil END),
           (SELECT string_agg('SET ' || x, E'\n' ORDER BY x COLLATE "C")
              FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) x
             WHERE s.setrole = r.oid AND s.setdatabase = 0),
           'COMMENT ' || quote_literal(shobj_description(r.oid, 'pg_authid')))
  FROM pg_roles r
 WHERE @roles@ AND r.oid >= 16384 AND r.rolname !~ '^pg_'
 UNION ALL
SELECT 'membership', quote_ident(m.rolname) || ' in ' || quote_ident(g.rolname), NULL,
       string_agg(concat_ws(' ', 'ADMIN ' || a.admin_option,
           'INHERIT ' || a.inherit_option, 'SET ' || a.set_option, 'GRANTED BY ' || pg_get_userbyid(a.grantor), --@16+
           NULL), E'\n' ORDER BY a.grantor)
  FROM pg_auth_members a
  JOIN pg_roles g ON g.oid = a.roleid
  JOIN pg_roles m ON m.oid = a.member
 WHERE @roles@ AND m.oid >= 16384 AND m.rolname !~ '^pg_'
 GROUP BY m.rolname, g.rolname
