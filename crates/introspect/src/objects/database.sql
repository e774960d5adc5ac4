-- The owner belongs to the cluster; what it may do goes without saying.
SELECT 'database', 1262, d.oid, 0, '', '', '', NULL,
       (SELECT COALESCE(array_agg(i), '{}')::text
          FROM unnest(COALESCE(d.datacl, acldefault('d', d.datdba))) i, aclexplode(ARRAY[i]) x
         WHERE x.grantee <> d.datdba AND x.privilege_type = (SELECT min(y.privilege_type) FROM aclexplode(ARRAY[i]) y)),
       '{"database":{}}'
  FROM pg_database d
 WHERE d.datname = current_database()
UNION ALL
SELECT 'setting', 0, 0, 0, '', split_part(x, '=', 1), CASE s.setrole WHEN 0 THEN '' ELSE pg_get_userbyid(s.setrole) END, NULL, NULL,
       json_build_object('setting', json_build_object('value', substr(x, strpos(x, '=') + 1)))::text
  FROM pg_db_role_setting s
  JOIN pg_database d ON d.oid = s.setdatabase
 CROSS JOIN LATERAL unnest(s.setconfig) x
 WHERE d.datname = current_database()
