-- The server's first superuser and the predefined roles are on every server.
SELECT 'role', 1260, r.oid, 0, '', r.rolname, '', NULL, NULL,
       json_build_object('role', json_build_object(
           'superuser', r.rolsuper, 'inherit', r.rolinherit, 'create_role', r.rolcreaterole, 'create_db', r.rolcreatedb,
           'login', r.rolcanlogin, 'replication', r.rolreplication, 'bypass_rls', r.rolbypassrls,
           'connection_limit', r.rolconnlimit,
           'valid_until', CASE WHEN r.rolvaliduntil <> 'infinity' THEN r.rolvaliduntil::text END,
           'settings', COALESCE((SELECT json_object_agg(split_part(x, '=', 1), substr(x, strpos(x, '=') + 1))
                                   FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) x
                                  WHERE s.setrole = r.oid AND s.setdatabase = 0), '{}')))::text
  FROM pg_roles r
 WHERE @roles@ AND r.oid >= 16384 AND r.rolname !~ '^pg_'
UNION ALL
SELECT 'membership', 0, 0, 0, '', g.rolname, m.rolname, NULL, NULL,
       json_build_object('membership', json_build_object('grants', json_agg(json_build_object(
           'grantor', CASE WHEN a.grantor <> 10 THEN pg_get_userbyid(a.grantor) END, 'inherit', a.inherit_option, 'set', a.set_option, --@16+
           'admin', a.admin_option) ORDER BY NULLIF(a.grantor, 10) NULLS FIRST)))::text
  FROM pg_auth_members a
  JOIN pg_roles g ON g.oid = a.roleid
  JOIN pg_roles m ON m.oid = a.member
 WHERE @roles@ AND m.oid >= 16384 AND m.rolname !~ '^pg_'
 GROUP BY g.rolname, m.rolname
