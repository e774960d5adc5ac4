SELECT o.kind, o.identity, o.part_of,
       concat_ws(' ',
           CASE c.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || c.castfunc::regprocedure WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END,
           CASE c.castcontext WHEN 'a' THEN 'AS ASSIGNMENT' WHEN 'i' THEN 'AS IMPLICIT' END)
  FROM object o
  JOIN pg_cast c ON c.oid = o.objid
 WHERE o.classid = 'pg_cast'::regclass
UNION ALL
SELECT o.kind, o.identity, o.part_of,
       concat_ws(', ',
           'FROM SQL WITH FUNCTION ' || NULLIF(t.trffromsql::oid, 0)::regprocedure,
           'TO SQL WITH FUNCTION ' || NULLIF(t.trftosql::oid, 0)::regprocedure)
  FROM object o
  JOIN pg_transform t ON t.oid = o.objid
 WHERE o.classid = 'pg_transform'::regclass
