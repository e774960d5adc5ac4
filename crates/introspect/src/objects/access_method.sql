SELECT 'access_method', 2601, a.oid, 0, '', a.amname, '', NULL, NULL,
       json_build_object('access_method', json_build_object(
           'sort', CASE a.amtype WHEN 'i' THEN 'INDEX' ELSE 'TABLE' END,
           'handler', a.amhandler::oid::regproc::text))
  FROM pg_am a
 WHERE a.oid >= 16384 AND @no_member:2601:a.oid@
