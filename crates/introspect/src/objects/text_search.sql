SELECT 'text_search_parser', 3601, p.oid, 0, n.nspname, p.prsname, '', NULL, NULL,
       json_build_object('text_search_parser', json_strip_nulls(json_build_object(
           'start', p.prsstart::oid::regproc::text, 'gettoken', p.prstoken::oid::regproc::text,
           'end', p.prsend::oid::regproc::text, 'lextypes', p.prslextype::oid::regproc::text,
           'headline', CASE WHEN p.prsheadline <> 0 THEN p.prsheadline::oid::regproc::text END)))
  FROM pg_ts_parser p
  JOIN pg_namespace n ON n.oid = p.prsnamespace
 WHERE @user_schema@ AND @no_member:3601:p.oid@
UNION ALL
SELECT 'text_search_template', 3764, t.oid, 0, n.nspname, t.tmplname, '', NULL, NULL,
       json_build_object('text_search_template', json_strip_nulls(json_build_object(
           'init', CASE WHEN t.tmplinit <> 0 THEN t.tmplinit::oid::regproc::text END,
           'lexize', t.tmpllexize::oid::regproc::text)))
  FROM pg_ts_template t
  JOIN pg_namespace n ON n.oid = t.tmplnamespace
 WHERE @user_schema@ AND @no_member:3764:t.oid@
UNION ALL
SELECT 'text_search_dictionary', 3600, d.oid, 0, n.nspname, d.dictname, '', pg_get_userbyid(d.dictowner), NULL,
       json_build_object('text_search_dictionary', json_build_object(
           'template', quote_ident(tn.nspname) || '.' || quote_ident(t.tmplname),
           'options', d.dictinitoption))
  FROM pg_ts_dict d
  JOIN pg_namespace n ON n.oid = d.dictnamespace
  JOIN pg_ts_template t ON t.oid = d.dicttemplate
  JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
 WHERE @user_schema@ AND @no_member:3600:d.oid@
UNION ALL
SELECT 'text_search_configuration', 3602, c.oid, 0, n.nspname, c.cfgname, '', pg_get_userbyid(c.cfgowner), NULL,
       json_build_object('text_search_configuration', json_build_object(
           'parser', quote_ident(pn.nspname) || '.' || quote_ident(p.prsname),
           'mappings', COALESCE((SELECT json_object_agg(m.alias, m.list)
                                   FROM (SELECT k.alias, json_agg(quote_ident(dn.nspname) || '.' || quote_ident(d.dictname) ORDER BY j.mapseqno) AS list
                                           FROM pg_ts_config_map j
                                           JOIN ts_token_type(c.cfgparser) k ON k.tokid = j.maptokentype
                                           JOIN pg_ts_dict d ON d.oid = j.mapdict
                                           JOIN pg_namespace dn ON dn.oid = d.dictnamespace
                                          WHERE j.mapcfg = c.oid
                                          GROUP BY k.alias) m), '{}')))
  FROM pg_ts_config c
  JOIN pg_namespace n ON n.oid = c.cfgnamespace
  JOIN pg_ts_parser p ON p.oid = c.cfgparser
  JOIN pg_namespace pn ON pn.oid = p.prsnamespace
 WHERE @user_schema@ AND @no_member:3602:c.oid@
