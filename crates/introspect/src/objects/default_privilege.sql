SELECT 'default_privilege', 826, d.oid, 0, COALESCE(n.nspname, ''), pg_get_userbyid(d.defaclrole),
       CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                            WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END, NULL, NULL,
       json_build_object('default_privilege', json_build_object('acl', d.defaclacl::text))
  FROM pg_default_acl d
  LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
 WHERE (d.defaclnamespace = 0 OR @user_schema@)
