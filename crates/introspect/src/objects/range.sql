SELECT 'range', 1247, t.oid, 0, n.nspname, t.typname, '', pg_get_userbyid(t.typowner), t.typacl::text,
       json_build_object('range', json_build_object(
           'subtype', format_type(r.rngsubtype, NULL),
           'opclass', CASE WHEN NOT op.opcdefault THEN quote_ident(opn.nspname) || '.' || quote_ident(op.opcname) END,
           'collation', CASE WHEN r.rngcollation <> st.typcollation AND r.rngcollation <> 0
                             THEN quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END,
           'canonical', CASE WHEN r.rngcanonical <> 0 THEN r.rngcanonical::regproc::text END,
           'subtype_diff', CASE WHEN r.rngsubdiff <> 0 THEN r.rngsubdiff::regproc::text END,
           'multirange', CASE WHEN mt.typname <> CASE WHEN position('range' IN t.typname) > 0 --@14+
                                                      THEN replace_first.name ELSE t.typname || '_multirange' END --@14+
                              THEN quote_ident(mn.nspname) || '.' || quote_ident(mt.typname) END)) --@14+
           'multirange', NULL)) --@..13
  FROM pg_type t
  JOIN pg_namespace n ON n.oid = t.typnamespace
  JOIN pg_range r ON r.rngtypid = t.oid
  JOIN pg_type st ON st.oid = r.rngsubtype
  JOIN pg_opclass op ON op.oid = r.rngsubopc
  JOIN pg_namespace opn ON opn.oid = op.opcnamespace
  LEFT JOIN pg_type mt ON mt.oid = r.rngmultitypid --@14+
  LEFT JOIN pg_namespace mn ON mn.oid = mt.typnamespace --@14+
  -- makeMultirangeTypeName: the first "range" of the name becomes "multirange".
  CROSS JOIN LATERAL (SELECT regexp_replace(t.typname, 'range', 'multirange') AS name) replace_first --@14+
  LEFT JOIN pg_collation co ON co.oid = r.rngcollation
  LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
 WHERE t.typtype = 'r' AND @user_schema@ AND @no_member:1247:t.oid@
