-- Foreign data wrappers, servers and user mappings. What looks like a secret is named, not read.
SELECT 'foreign_data_wrapper', 2328, f.oid, 0, '', f.fdwname, '', pg_get_userbyid(f.fdwowner), f.fdwacl::text,
       json_build_object('foreign_data_wrapper', json_build_object(
           'handler', CASE WHEN f.fdwhandler <> 0 THEN f.fdwhandler::regproc::text END,
           'validator', CASE WHEN f.fdwvalidator <> 0 THEN f.fdwvalidator::regproc::text END,
           'options', @sorted:f.fdwoptions@))
  FROM pg_foreign_data_wrapper f
 WHERE @no_member:2328:f.oid@
UNION ALL
SELECT 'server', 1417, s.oid, 0, '', s.srvname, '', pg_get_userbyid(s.srvowner), s.srvacl::text,
       json_build_object('server', json_build_object(
           'wrapper', f.fdwname, 'type', s.srvtype, 'version', s.srvversion,
           'options', COALESCE((SELECT json_agg(regexp_replace(x, '^(?!password_required=)([^=]*(?:pass|secret|token|key)[^=]*)=.*$', '\1=(hidden)', 'i') ORDER BY x COLLATE "C") FROM unnest(s.srvoptions) x), '[]')))
  FROM pg_foreign_server s
  JOIN pg_foreign_data_wrapper f ON f.oid = s.srvfdw
 WHERE @no_member:1417:s.oid@
UNION ALL
SELECT 'user_mapping', 1418, u.umid, 0, '', u.srvname, CASE u.umuser WHEN 0 THEN 'PUBLIC' ELSE quote_ident(u.usename) END, NULL, NULL,
       json_build_object('user_mapping', json_build_object(
           'options', CASE WHEN u.umoptions IS NOT NULL OR pg_has_role(s.srvowner, 'USAGE') THEN
                          COALESCE((SELECT json_agg(regexp_replace(x, '^(?!password_required=)([^=]*(?:pass|secret|token|key)[^=]*)=.*$', '\1=(hidden)', 'i') ORDER BY x COLLATE "C") FROM unnest(u.umoptions) x), '[]') END))
  FROM pg_user_mappings u
  JOIN pg_foreign_server s ON s.oid = u.srvid
 WHERE @no_member:1418:u.umid@
