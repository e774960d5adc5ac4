SELECT 'language', 2612, l.oid, 0, '', l.lanname, '', pg_get_userbyid(l.lanowner), l.lanacl::text,
       json_build_object('language', json_build_object(
           'trusted', l.lanpltrusted,
           'handler', CASE WHEN l.lanplcallfoid <> 0 THEN l.lanplcallfoid::regproc::text END,
           'inline', CASE WHEN l.laninline <> 0 THEN l.laninline::regproc::text END,
           'validator', CASE WHEN l.lanvalidator <> 0 THEN l.lanvalidator::regproc::text END))
  FROM pg_language l
 WHERE l.oid >= 16384 AND @no_member:2612:l.oid@
