-- Left out: the copies of a foreign key that PostgreSQL keeps for partitions on either side.
SELECT 'constraint', 2606, k.oid, 0, n.nspname, c.relname, k.conname, NULL, NULL,
       json_build_object('constraint', json_build_object(
           'sort', CASE k.contype WHEN 'p' THEN 'primary_key' WHEN 'u' THEN 'unique' WHEN 'x' THEN 'exclusion'
                                  WHEN 'f' THEN 'foreign_key' ELSE 'check' END,
           'definition', regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', ''),
           'validated', k.convalidated,
           'enforced', true, --@..17
           'enforced', k.conenforced, --@18+
           'deferrable', k.condeferrable,
           'deferred', k.condeferred,
           'inherited', k.coninhcount > 0,
           'local', k.conislocal,
           'parent', CASE WHEN up.oid IS NOT NULL THEN json_build_object(
                         'kind', 'constraint', 'schema', un.nspname, 'name', uc.relname, 'sub', up.conname) END,
           'references', CASE WHEN k.contype = 'f' THEN json_build_object('kind', 'table', 'schema', fn.nspname, 'name', fc.relname) END,
           'options', COALESCE(to_json(ic.reloptions), '[]'),
           'tablespace', ts.spcname,
           'clustered', COALESCE(i.indisclustered, false),
           'replica_identity', COALESCE(i.indisreplident, false),
           'index_comment', CASE WHEN i.indexrelid IS NOT NULL THEN obj_description(i.indexrelid, 'pg_class') END,
           'triggers', off.state))
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_class ic ON ic.oid = i.indexrelid
  LEFT JOIN pg_tablespace ts ON ts.oid = ic.reltablespace
  LEFT JOIN pg_class fc ON fc.oid = k.confrelid AND k.contype = 'f'
  LEFT JOIN pg_namespace fn ON fn.oid = fc.relnamespace
  LEFT JOIN pg_constraint up ON up.oid = k.conparentid AND k.conparentid <> 0
  LEFT JOIN pg_class uc ON uc.oid = up.conrelid
  LEFT JOIN pg_namespace un ON un.oid = uc.relnamespace
  LEFT JOIN (SELECT g.tgconstraint, min(g.tgenabled::text) AS state
               FROM pg_trigger g
              WHERE g.tgconstraint <> 0 AND g.tgenabled <> 'O'
              GROUP BY g.tgconstraint) off ON off.tgconstraint = k.oid AND k.contype = 'f'
 WHERE k.contype IN ('p', 'u', 'x', 'f', 'c') AND c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'
   AND NOT (k.contype = 'f' AND k.conparentid <> 0)
   AND @user_schema@ AND @no_member:1259:c.oid@
