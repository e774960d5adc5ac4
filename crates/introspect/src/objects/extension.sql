SELECT 'extension', 3079, e.oid, 0, '', e.extname, '', NULL, NULL,
       json_build_object('extension', json_build_object(
           'version', e.extversion, 'schema', n.nspname, 'relocatable', e.extrelocatable,
           'usual_comment', a.comment IS NOT DISTINCT FROM obj_description(e.oid, 'pg_extension')))
  FROM pg_extension e
  JOIN pg_namespace n ON n.oid = e.extnamespace
  LEFT JOIN pg_available_extensions() a ON a.name = e.extname
