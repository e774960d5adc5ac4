SELECT 'event_trigger', 3466, e.oid, 0, '', e.evtname, '', pg_get_userbyid(e.evtowner), NULL,
       json_build_object('event_trigger', json_build_object(
           'event', e.evtevent,
           'tags', @sorted:e.evttags@,
           'function', e.evtfoid::regproc::text,
           'enabled', e.evtenabled))
  FROM pg_event_trigger e
  JOIN pg_proc p ON p.oid = e.evtfoid
  JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE @user_schema@ AND @no_member:3466:e.oid@
