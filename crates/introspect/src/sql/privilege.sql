-- Privileges as what differs from those an owner has by default, so that a list which was never
-- written and one which spells the defaults out are the same. One entry per object and grantee.
SELECT 'privilege',
       p.identity || ' to ' || CASE p.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(p.grantee)) END,
       p.part_of,
       string_agg(p.line, E'\n' ORDER BY p.line COLLATE "C")
  FROM (SELECT g.identity, g.part_of, x.grantee,
               x.verb || ' ' || x.privilege_type
                   || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                   || CASE WHEN x.grantor <> g.owner THEN ' GRANTED BY ' || quote_ident(pg_get_userbyid(x.grantor)) ELSE '' END AS line
          FROM (SELECT o.kind || ' ' || o.identity AS identity, o.kind || ' ' || o.identity AS part_of,
                       o.owner, o.acl, o.acltype
                  FROM object o
                 WHERE o.acl IS NOT NULL
                 UNION ALL
                SELECT 'column ' || o.identity || '.' || quote_ident(a.attname),
                       CASE WHEN o.kind LIKE '%view' THEN o.kind || ' ' || o.identity
                            ELSE 'column ' || o.identity || '.' || quote_ident(a.attname) END,
                       o.owner, a.attacl, 'c'
                  FROM object o
                  JOIN pg_attribute a ON a.attrelid = o.objid AND a.attacl IS NOT NULL AND NOT a.attisdropped
                 WHERE o.classid = 'pg_class'::regclass) g
         CROSS JOIN LATERAL (
               SELECT 'GRANT' AS verb, now.*
                 FROM (SELECT * FROM aclexplode(g.acl)
                       EXCEPT
                       SELECT * FROM aclexplode(acldefault(g.acltype, g.owner))) now
                UNION ALL
               SELECT 'REVOKE', gone.*
                 FROM (SELECT * FROM aclexplode(acldefault(g.acltype, g.owner))
                       EXCEPT
                       SELECT * FROM aclexplode(g.acl)) gone) x) p
 GROUP BY p.identity, p.part_of, p.grantee
