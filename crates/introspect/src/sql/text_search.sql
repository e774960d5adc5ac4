SELECT o.kind, o.identity, o.part_of,
       'START = ' || p.prsstart::oid::regprocedure || E'\nGETTOKEN = ' || p.prstoken::oid::regprocedure
           || E'\nEND = ' || p.prsend::oid::regprocedure || E'\nLEXTYPES = ' || p.prslextype::oid::regprocedure
           || coalesce(E'\nHEADLINE = ' || NULLIF(p.prsheadline::oid, 0)::regprocedure, '')
  FROM object o
  JOIN pg_ts_parser p ON p.oid = o.objid
 WHERE o.classid = 'pg_ts_parser'::regclass
UNION ALL
SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n', 'INIT = ' || NULLIF(t.tmplinit::oid, 0)::regprocedure, 'LEXIZE = ' || t.tmpllexize::oid::regprocedure)
  FROM object o
  JOIN pg_ts_template t ON t.oid = o.objid
 WHERE o.classid = 'pg_ts_template'::regclass
UNION ALL
SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           'TEMPLATE ' || quote_ident(n.nspname) || '.' || quote_ident(t.tmplname),
           'OPTIONS (' || d.dictinitoption || ')',
           'OWNER TO ' || quote_ident(pg_get_userbyid(d.dictowner)))
  FROM object o
  JOIN pg_ts_dict d ON d.oid = o.objid
  JOIN pg_ts_template t ON t.oid = d.dicttemplate
  JOIN pg_namespace n ON n.oid = t.tmplnamespace
 WHERE o.classid = 'pg_ts_dict'::regclass
UNION ALL
SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           'PARSER ' || quote_ident(n.nspname) || '.' || quote_ident(p.prsname),
           (SELECT string_agg('MAPPING FOR ' || m.alias || ' WITH ' || m.list, E'\n' ORDER BY m.alias COLLATE "C")
              FROM (SELECT k.alias, string_agg(j.mapdict::regdictionary::text, ', ' ORDER BY j.mapseqno) AS list
                      FROM pg_ts_config_map j
                      JOIN ts_token_type(c.cfgparser) k ON k.tokid = j.maptokentype
                     WHERE j.mapcfg = c.oid
                     GROUP BY k.alias) m),
           'OWNER TO ' || quote_ident(pg_get_userbyid(c.cfgowner)))
  FROM object o
  JOIN pg_ts_config c ON c.oid = o.objid
  JOIN pg_ts_parser p ON p.oid = c.cfgparser
  JOIN pg_namespace n ON n.oid = p.prsnamespace
 WHERE o.classid = 'pg_ts_config'::regclass
