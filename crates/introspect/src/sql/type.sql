-- Types and domains. The labels of an enum and the attributes of a composite type are entries of their own.
SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           CASE t.typtype
               WHEN 'e' THEN 'ENUM'
               WHEN 'c' THEN 'COMPOSITE'
               WHEN 'p' THEN 'SHELL'
               WHEN 'd' THEN concat_ws(' ',
                   'AS ' || format_type(t.typbasetype, t.typtypmod),
                   CASE WHEN t.typcollation <> bt.typcollation THEN
                       (SELECT 'COLLATE ' || quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
                          FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace
                         WHERE co.oid = t.typcollation) END,
                   CASE WHEN t.typnotnull THEN 'NOT NULL' END,
                   'DEFAULT ' || coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)))
               WHEN 'r' THEN 'RANGE (' || concat_ws(', ',
                   'SUBTYPE = ' || format_type(r.rngsubtype, NULL),
                   (SELECT 'SUBTYPE_OPCLASS = ' || quote_ident(n.nspname) || '.' || quote_ident(c.opcname)
                      FROM pg_opclass c JOIN pg_namespace n ON n.oid = c.opcnamespace WHERE c.oid = r.rngsubopc),
                   (SELECT 'COLLATION = ' || quote_ident(n.nspname) || '.' || quote_ident(c.collname)
                      FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE c.oid = r.rngcollation),
                   'CANONICAL = ' || NULLIF(r.rngcanonical::oid, 0)::regprocedure,
                   'SUBTYPE_DIFF = ' || NULLIF(r.rngsubdiff::oid, 0)::regprocedure,
                   'MULTIRANGE = ' || format_type(r.rngmultitypid, NULL), --@14+
                   NULL) || ')'
               ELSE 'BASE (' || concat_ws(', ',
                   'INPUT = ' || t.typinput::oid::regprocedure,
                   'OUTPUT = ' || t.typoutput::oid::regprocedure,
                   'RECEIVE = ' || NULLIF(t.typreceive::oid, 0)::regprocedure,
                   'SEND = ' || NULLIF(t.typsend::oid, 0)::regprocedure,
                   'TYPMOD_IN = ' || NULLIF(t.typmodin::oid, 0)::regprocedure,
                   'TYPMOD_OUT = ' || NULLIF(t.typmodout::oid, 0)::regprocedure,
                   'ANALYZE = ' || NULLIF(t.typanalyze::oid, 0)::regprocedure,
                   'SUBSCRIPT = ' || NULLIF(t.typsubscript::oid, 0)::regprocedure, --@14+
                   'LENGTH = ' || t.typlen,
                   CASE WHEN t.typbyval THEN 'PASSEDBYVALUE' END,
                   'ALIGNMENT = ' || t.typalign::text,
                   'STORAGE = ' || t.typstorage::text,
                   'CATEGORY = ' || t.typcategory::text,
                   CASE WHEN t.typispreferred THEN 'PREFERRED' END,
                   'DEFAULT = ' || quote_literal(t.typdefault),
                   'ELEMENT = ' || format_type(NULLIF(t.typelem, 0), NULL),
                   'DELIMITER = ' || quote_literal(t.typdelim::text),
                   CASE WHEN t.typcollation <> 0 THEN 'COLLATABLE' END) || ')'
           END,
           'OWNER TO ' || quote_ident(pg_get_userbyid(t.typowner)))
  FROM object o
  JOIN pg_type t ON t.oid = o.objid
  LEFT JOIN pg_type bt ON bt.oid = t.typbasetype AND t.typbasetype <> 0
  LEFT JOIN pg_range r ON r.rngtypid = t.oid
 WHERE o.classid = 'pg_type'::regclass
