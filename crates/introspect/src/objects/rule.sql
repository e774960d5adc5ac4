SELECT 'rule', 2618, w.oid, 0, n.nspname, c.relname, w.rulename, NULL, NULL,
       json_build_object('rule', json_build_object('definition', pg_get_ruledef(w.oid), 'enabled', w.ev_enabled))
  FROM pg_rewrite w
  JOIN pg_class c ON c.oid = w.ev_class
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE w.rulename <> '_RETURN' AND c.relpersistence <> 't' AND @user_schema@ AND @no_member:1259:c.oid@
   AND @no_member:2618:w.oid@
