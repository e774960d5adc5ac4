SELECT 'cast', 2605, c.oid, 0, '', format_type(c.castsource, NULL), format_type(c.casttarget, NULL), NULL, NULL,
       json_build_object('cast', json_build_object(
           'method', CASE c.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || c.castfunc::regprocedure
                                       WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END,
           'context', CASE c.castcontext WHEN 'a' THEN 'AS ASSIGNMENT' WHEN 'i' THEN 'AS IMPLICIT' END))
  FROM pg_cast c
 WHERE c.oid >= 16384 AND @no_member:2605:c.oid@
   -- A range type has its cast to the multirange type with it.
   AND c.oid NOT IN (SELECT objid FROM pg_depend WHERE classid = 2605 AND deptype = 'i')
