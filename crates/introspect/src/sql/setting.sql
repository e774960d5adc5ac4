-- ALTER DATABASE ... SET and ALTER ROLE ... IN DATABASE ... SET for this database.
SELECT 'database setting',
       split_part(x, '=', 1) || CASE s.setrole WHEN 0 THEN '' ELSE ' for role ' || quote_ident(pg_get_userbyid(s.setrole)) END,
       NULL,
       substr(x, strpos(x, '=') + 1)
  FROM pg_db_role_setting s
  JOIN pg_database d ON d.oid = s.setdatabase
 CROSS JOIN LATERAL unnest(s.setconfig) x
 WHERE d.datname = current_database()
