SELECT 'operator', 2617, o.oid, 0, n.nspname, o.oprname,
       CASE o.oprleft WHEN 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END || ', ' ||
       CASE o.oprright WHEN 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END,
       pg_get_userbyid(o.oprowner), NULL,
       json_build_object('operator', json_build_object(
           'left', CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) END,
           'right', CASE WHEN o.oprright <> 0 THEN format_type(o.oprright, NULL) END,
           'function', o.oprcode::oid::regproc::text,
           'result', format_type(o.oprresult, NULL),
           'commutator', CASE WHEN c.oid IS NOT NULL THEN json_build_object('kind', 'operator', 'schema', cn.nspname, 'name', c.oprname,
               'sub', CASE c.oprleft WHEN 0 THEN 'NONE' ELSE format_type(c.oprleft, NULL) END || ', ' ||
                      CASE c.oprright WHEN 0 THEN 'NONE' ELSE format_type(c.oprright, NULL) END) END,
           'negator', CASE WHEN g.oid IS NOT NULL THEN json_build_object('kind', 'operator', 'schema', gn.nspname, 'name', g.oprname,
               'sub', CASE g.oprleft WHEN 0 THEN 'NONE' ELSE format_type(g.oprleft, NULL) END || ', ' ||
                      CASE g.oprright WHEN 0 THEN 'NONE' ELSE format_type(g.oprright, NULL) END) END,
           'restrict', CASE WHEN o.oprrest <> 0 THEN o.oprrest::oid::regproc::text END,
           'join', CASE WHEN o.oprjoin <> 0 THEN o.oprjoin::oid::regproc::text END,
           'hashes', o.oprcanhash,
           'merges', o.oprcanmerge))
  FROM pg_operator o
  JOIN pg_namespace n ON n.oid = o.oprnamespace
  LEFT JOIN pg_operator c ON c.oid = o.oprcom
  LEFT JOIN pg_namespace cn ON cn.oid = c.oprnamespace
  LEFT JOIN pg_operator g ON g.oid = o.oprnegate
  LEFT JOIN pg_namespace gn ON gn.oid = g.oprnamespace
 WHERE o.oprcode <> 0 AND @user_schema@ AND @no_member:2617:o.oid@
