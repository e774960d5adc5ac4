-- A partition's copy of a trigger is told only when its state is another than the parent's.
SELECT 'trigger', 2620, g.oid, 0, n.nspname, c.relname, g.tgname, NULL, NULL,
       json_build_object('trigger', json_build_object(
           'definition', pg_get_triggerdef(g.oid),
           'enabled', g.tgenabled,
           'inherited', g.tgparentid <> 0,
           'on_view', c.relkind = 'v',
           'constraint', g.tgconstraint <> 0))
  FROM pg_trigger g
  JOIN pg_class c ON c.oid = g.tgrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_trigger up ON up.oid = g.tgparentid AND g.tgparentid <> 0
 WHERE (NOT g.tgisinternal OR (g.tgparentid <> 0 AND g.tgconstraint = 0))
   AND (up.oid IS NULL OR up.tgenabled <> g.tgenabled)
   AND c.relpersistence <> 't' AND @user_schema@ AND @no_member:1259:c.oid@ AND @no_member:2620:g.oid@
