SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           'ARGUMENTS (' || pg_get_function_arguments(p.oid) || ') RETURNS ' || format_type(p.prorettype, NULL),
           CASE a.aggkind WHEN 'o' THEN 'ORDERED SET, DIRECT ARGUMENTS ' || a.aggnumdirectargs
                          WHEN 'h' THEN 'HYPOTHETICAL, DIRECT ARGUMENTS ' || a.aggnumdirectargs END,
           'SFUNC = ' || a.aggtransfn::oid::regprocedure,
           'STYPE = ' || format_type(a.aggtranstype, NULL),
           'SSPACE = ' || NULLIF(a.aggtransspace, 0),
           'FINALFUNC = ' || NULLIF(a.aggfinalfn::oid, 0)::regprocedure,
           CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
           CASE WHEN a.aggfinalfn <> 0 THEN 'FINALFUNC_MODIFY = ' || a.aggfinalmodify::text END,
           'COMBINEFUNC = ' || NULLIF(a.aggcombinefn::oid, 0)::regprocedure,
           'SERIALFUNC = ' || NULLIF(a.aggserialfn::oid, 0)::regprocedure,
           'DESERIALFUNC = ' || NULLIF(a.aggdeserialfn::oid, 0)::regprocedure,
           'INITCOND = ' || quote_literal(a.agginitval),
           'MSFUNC = ' || NULLIF(a.aggmtransfn::oid, 0)::regprocedure,
           'MINVFUNC = ' || NULLIF(a.aggminvtransfn::oid, 0)::regprocedure,
           'MSTYPE = ' || format_type(NULLIF(a.aggmtranstype, 0), NULL),
           'MSSPACE = ' || NULLIF(a.aggmtransspace, 0),
           'MFINALFUNC = ' || NULLIF(a.aggmfinalfn::oid, 0)::regprocedure,
           CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
           CASE WHEN a.aggmfinalfn <> 0 THEN 'MFINALFUNC_MODIFY = ' || a.aggmfinalmodify::text END,
           'MINITCOND = ' || quote_literal(a.aggminitval),
           'SORTOP = ' || NULLIF(a.aggsortop, 0)::regoperator,
           CASE p.proparallel WHEN 's' THEN 'PARALLEL SAFE' WHEN 'r' THEN 'PARALLEL RESTRICTED' END,
           'OWNER TO ' || quote_ident(pg_get_userbyid(p.proowner)))
  FROM object o
  JOIN pg_proc p ON p.oid = o.objid
  JOIN pg_aggregate a ON a.aggfnoid = p.oid
 WHERE o.classid = 'pg_proc'::regclass AND o.kind = 'aggregate'
