SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, 1255, p.oid, 0,
       n.nspname, p.proname, oidvectortypes(p.proargtypes), pg_get_userbyid(p.proowner), p.proacl::text,
       json_build_object('function', json_build_object(
           'definition', pg_get_functiondef(p.oid),
           'result', CASE WHEN p.prokind <> 'p' THEN pg_get_function_result(p.oid) END,
           'arguments', pg_get_function_identity_arguments(p.oid),
           'input_names', COALESCE((SELECT json_agg(COALESCE(p.proargnames[i], '') ORDER BY i)
                                      FROM generate_subscripts(p.proargnames, 1) i
                                     WHERE p.proargmodes IS NULL OR p.proargmodes[i] IN ('i', 'b', 'v')), '[]'),
           'defaults', p.pronargdefaults,
           'window', p.prokind = 'w'))
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE p.prokind IN ('f', 'p', 'w') AND @user_schema@ AND @no_member:1255:p.oid@
   -- The constructors of a range type come and go with it.
   AND p.oid NOT IN (SELECT objid FROM pg_depend WHERE classid = 1255 AND deptype = 'i' AND refclassid = 1247)
