-- Left out: the copies of a foreign key that PostgreSQL keeps for partitions on either side. A key of the usual sort is said
-- in numbers, from which its definition is written as pg_get_constraintdef would.
SELECT '#constraint', 2606, k.oid, 0, k.conrelid, k.conname, k.contype, k.conindid, k.confrelid, k.convalidated, k.condeferrable,
       k.condeferred, k.conkey, k.confkey, k.confmatchtype, k.confupdtype, k.confdeltype,
       i.indnullsnotdistinct, --@15+
       false, --@..14
       CASE WHEN p.usual AND NOT (k.contype IN ('p', 'u') AND i.indnatts = i.indnkeyatts
                                  OR k.contype = 'f'
                                     AND k.confdelsetcols IS NULL --@15+
                                  )
              OR k.conperiod --@18+
            THEN pg_get_constraintdef(k.oid) END,
       CASE WHEN NOT p.usual THEN json_build_object('constraint', json_build_object(
           'sort', CASE k.contype WHEN 'p' THEN 'primary_key' WHEN 'u' THEN 'unique' WHEN 'x' THEN 'exclusion'
                                  WHEN 'f' THEN 'foreign_key' ELSE 'check' END,
           'definition', pg_get_constraintdef(k.oid),
           'validated', k.convalidated,
           'enforced', true, --@..17
           'enforced', k.conenforced, --@18+
           'deferrable', k.condeferrable,
           'deferred', k.condeferred,
           'inherited', k.coninhcount > 0,
           'local', k.conislocal,
           'parent', CASE WHEN k.conparentid <> 0 THEN
                         (SELECT json_build_object('kind', 'constraint',
                                     'schema', (SELECT un.nspname FROM pg_class uc, pg_namespace un
                                                 WHERE uc.oid = up.conrelid AND un.oid = uc.relnamespace),
                                     'name', (SELECT uc.relname FROM pg_class uc WHERE uc.oid = up.conrelid),
                                     'sub', up.conname)
                            FROM pg_constraint up WHERE up.oid = k.conparentid) END,
           'references', CASE WHEN k.contype = 'f' THEN
                             (SELECT json_build_object('kind', 'table', 'schema', fn.nspname, 'name', fc.relname)
                                FROM pg_class fc, pg_namespace fn WHERE fc.oid = k.confrelid AND fn.oid = fc.relnamespace) END,
           'options', COALESCE(to_json(ic.reloptions), '[]'),
           'tablespace', (SELECT ts.spcname FROM pg_tablespace ts WHERE ts.oid = ic.reltablespace),
           'clustered', COALESCE(i.indisclustered, false),
           'replica_identity', COALESCE(i.indisreplident, false),
           'index_comment', ds.description,
           'triggers', off.state)) END
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_class ic ON ic.oid = i.indexrelid
  LEFT JOIN pg_description ds ON ds.classoid = 1259 AND ds.objoid = i.indexrelid AND ds.objsubid = 0
  LEFT JOIN (SELECT g.tgconstraint, min(g.tgenabled::text) AS state
               FROM pg_trigger g
              WHERE g.tgconstraint <> 0 AND g.tgenabled <> 'O'
              GROUP BY g.tgconstraint) off ON off.tgconstraint = k.oid AND k.contype = 'f'
 CROSS JOIN LATERAL (SELECT k.coninhcount = 0 AND k.conislocal AND k.conparentid = 0 AND ic.reloptions IS NULL
                        AND k.conenforced --@18+
                        AND COALESCE(ic.reltablespace, 0) = 0 AND i.indisclustered IS NOT TRUE AND i.indisreplident IS NOT TRUE
                        AND ds.objoid IS NULL AND off.state IS NULL AS usual) p
 WHERE k.contype IN ('p', 'u', 'x', 'f', 'c') AND c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'
   AND NOT (k.contype = 'f' AND k.conparentid <> 0)
   AND @user_schema@ AND @no_member:1259:c.oid@
