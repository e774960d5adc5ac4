-- Constraints of tables with the index that implements them, and constraints of domains.
-- Left out: NOT NULL (see column), constraint triggers (see trigger), and the copies of a foreign key
-- that PostgreSQL keeps for each partition of the referenced table.
SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           pg_get_constraintdef(k.oid),
           pg_get_indexdef(i.indexrelid),
           CASE WHEN NOT i.indisvalid THEN 'INVALID' END,
           CASE WHEN i.indisclustered THEN 'CLUSTER ON' END,
           'ATTACHED TO ' || h.inhparent::regclass,
           'TABLESPACE ' || quote_ident(ts.spcname),
           CASE WHEN k.coninhcount > 0 AND k.conrelid <> 0
                THEN CASE WHEN k.conislocal THEN 'INHERITED AND LOCAL' ELSE 'INHERITED' END END,
           'TRIGGERS ' || off.state)
  FROM object o
  JOIN pg_constraint k ON k.oid = o.objid
  LEFT JOIN pg_constraint up ON up.oid = k.conparentid AND k.conparentid <> 0
  LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_class ic ON ic.oid = i.indexrelid
  LEFT JOIN pg_tablespace ts ON ts.oid = ic.reltablespace
  LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
  LEFT JOIN (SELECT g.tgconstraint,
                    string_agg(DISTINCT CASE g.tgenabled WHEN 'D' THEN 'DISABLED' WHEN 'R' THEN 'REPLICA' ELSE 'ALWAYS' END, ', ') AS state
               FROM pg_trigger g
              WHERE g.tgconstraint <> 0 AND g.tgenabled <> 'O'
              GROUP BY g.tgconstraint) off ON off.tgconstraint = k.oid
 WHERE o.classid = 'pg_constraint'::regclass
   AND k.contype NOT IN ('n', 't')
   AND up.conrelid IS DISTINCT FROM k.conrelid
