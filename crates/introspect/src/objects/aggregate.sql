SELECT 'aggregate', 1255, p.oid, 0, n.nspname, p.proname, oidvectortypes(p.proargtypes), pg_get_userbyid(p.proowner), p.proacl::text,
       json_build_object('aggregate', json_build_object(
           'arguments', CASE WHEN p.pronargs = 0 THEN '*' ELSE pg_get_function_identity_arguments(p.oid) END,
           'result', pg_get_function_result(p.oid),
           'sort', a.aggkind,
           'attributes', json_strip_nulls(json_build_object(
               'sfunc', a.aggtransfn::oid::regproc::text,
               'stype', format_type(a.aggtranstype, NULL),
               'sspace', CASE WHEN a.aggtransspace <> 0 THEN a.aggtransspace::text END,
               'finalfunc', CASE WHEN a.aggfinalfn <> 0 THEN a.aggfinalfn::oid::regproc::text END,
               'finalfunc_extra', CASE WHEN a.aggfinalextra THEN 'true' END,
               'finalfunc_modify', CASE WHEN a.aggfinalfn <> 0 THEN
                    CASE a.aggfinalmodify WHEN 'r' THEN 'read_only' WHEN 's' THEN 'shareable' ELSE 'read_write' END END,
               'combinefunc', CASE WHEN a.aggcombinefn <> 0 THEN a.aggcombinefn::oid::regproc::text END,
               'serialfunc', CASE WHEN a.aggserialfn <> 0 THEN a.aggserialfn::oid::regproc::text END,
               'deserialfunc', CASE WHEN a.aggdeserialfn <> 0 THEN a.aggdeserialfn::oid::regproc::text END,
               'initcond', quote_literal(a.agginitval),
               'msfunc', CASE WHEN a.aggmtransfn <> 0 THEN a.aggmtransfn::oid::regproc::text END,
               'minvfunc', CASE WHEN a.aggminvtransfn <> 0 THEN a.aggminvtransfn::oid::regproc::text END,
               'mstype', CASE WHEN a.aggmtranstype <> 0 THEN format_type(a.aggmtranstype, NULL) END,
               'msspace', CASE WHEN a.aggmtransspace <> 0 THEN a.aggmtransspace::text END,
               'mfinalfunc', CASE WHEN a.aggmfinalfn <> 0 THEN a.aggmfinalfn::oid::regproc::text END,
               'mfinalfunc_extra', CASE WHEN a.aggmfinalextra THEN 'true' END,
               'mfinalfunc_modify', CASE WHEN a.aggmfinalfn <> 0 THEN
                    CASE a.aggmfinalmodify WHEN 'r' THEN 'read_only' WHEN 's' THEN 'shareable' ELSE 'read_write' END END,
               'minitcond', quote_literal(a.aggminitval),
               'sortop', CASE WHEN so.oid IS NOT NULL THEN 'OPERATOR(' || quote_ident(sn.nspname) || '.' || so.oprname || ')' END,
               'parallel', CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' END,
               'hypothetical', CASE WHEN a.aggkind = 'h' THEN 'true' END))))
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_aggregate a ON a.aggfnoid = p.oid
  LEFT JOIN pg_operator so ON so.oid = a.aggsortop
  LEFT JOIN pg_namespace sn ON sn.oid = so.oprnamespace
 WHERE @user_schema@ AND @no_member:1255:p.oid@
