SELECT 'default privilege',
       p.identity || ' to ' || CASE p.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(p.grantee)) END,
       NULL,
       string_agg(p.line, E'\n' ORDER BY p.line COLLATE "C")
  FROM (SELECT 'for role ' || quote_ident(pg_get_userbyid(d.defaclrole)) || coalesce(' in schema ' || ns.name, '')
                   || ' on ' || CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                                    WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' WHEN 'L' THEN 'large objects' END AS identity,
               x.grantee,
               x.verb || ' ' || x.privilege_type || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS line
          FROM pg_default_acl d
          LEFT JOIN ns ON ns.oid = d.defaclnamespace
         CROSS JOIN LATERAL (SELECT CASE WHEN d.defaclnamespace = 0
                                         THEN acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole)
                                         ELSE NULL END) base (acl)
         CROSS JOIN LATERAL (
               SELECT 'GRANT' AS verb, now.*
                 FROM (SELECT * FROM aclexplode(d.defaclacl) EXCEPT SELECT * FROM aclexplode(base.acl)) now
                UNION ALL
               SELECT 'REVOKE', gone.*
                 FROM (SELECT * FROM aclexplode(base.acl) EXCEPT SELECT * FROM aclexplode(d.defaclacl)) gone) x
         WHERE d.defaclnamespace = 0 OR ns.oid IS NOT NULL) p
 GROUP BY p.identity, p.grantee
