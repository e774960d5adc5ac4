-- A member belongs to the class that it was made with, or to the family.
WITH member AS (
    SELECT m.oid, 2602 AS classid, m.amopfamily AS family,
           json_build_object('sort', 'OPERATOR', 'number', m.amopstrategy,
               'types', json_build_array(format_type(m.amoplefttype, NULL), format_type(m.amoprighttype, NULL)),
               'what', m.amopopr::regoperator || COALESCE(' FOR ORDER BY ' || quote_ident(n.nspname) || '.' || quote_ident(f.opfname), '')) AS body,
           'OPERATOR' AS sort, m.amopstrategy AS number, format_type(m.amoplefttype, NULL) AS l, format_type(m.amoprighttype, NULL) AS r
      FROM pg_amop m
      LEFT JOIN pg_opfamily f ON f.oid = m.amopsortfamily
      LEFT JOIN pg_namespace n ON n.oid = f.opfnamespace
     WHERE m.oid >= 16384
    UNION ALL
    SELECT m.oid, 2603, m.amprocfamily,
           json_build_object('sort', 'FUNCTION', 'number', m.amprocnum,
               'types', json_build_array(format_type(m.amproclefttype, NULL), format_type(m.amprocrighttype, NULL)),
               'what', m.amproc::oid::regprocedure::text),
           'FUNCTION', m.amprocnum, format_type(m.amproclefttype, NULL), format_type(m.amprocrighttype, NULL)
      FROM pg_amproc m
     WHERE m.oid >= 16384
),
owned AS MATERIALIZED (
    SELECT m.*, d.refobjid AS class
      FROM member m
      LEFT JOIN pg_depend d ON d.classid = m.classid AND d.objid = m.oid AND d.refclassid = 2616
)
SELECT 'operator_class', 2616, c.oid, 0, n.nspname, c.opcname, am.amname, pg_get_userbyid(c.opcowner), NULL,
       json_build_object('operator_class', json_build_object(
           'default', c.opcdefault,
           'data_type', format_type(c.opcintype, NULL),
           'family', quote_ident(fn.nspname) || '.' || quote_ident(f.opfname),
           'storage', CASE WHEN c.opckeytype <> 0 THEN format_type(c.opckeytype, NULL) END,
           'members', COALESCE((SELECT json_agg(w.body ORDER BY w.sort DESC, w.number, w.l COLLATE "C", w.r COLLATE "C")
                                  FROM owned w WHERE w.class = c.oid), '[]')))
  FROM pg_opclass c
  JOIN pg_namespace n ON n.oid = c.opcnamespace
  JOIN pg_am am ON am.oid = c.opcmethod
  JOIN pg_opfamily f ON f.oid = c.opcfamily
  JOIN pg_namespace fn ON fn.oid = f.opfnamespace
 WHERE @user_schema@ AND @no_member:2616:c.oid@
UNION ALL
SELECT 'operator_family', 2753, f.oid, 0, n.nspname, f.opfname, am.amname, pg_get_userbyid(f.opfowner), NULL,
       json_build_object('operator_family', json_build_object(
           'members', COALESCE((SELECT json_agg(w.body ORDER BY w.sort DESC, w.number, w.l COLLATE "C", w.r COLLATE "C")
                                  FROM owned w WHERE w.family = f.oid AND w.class IS NULL), '[]')))
  FROM pg_opfamily f
  JOIN pg_namespace n ON n.oid = f.opfnamespace
  JOIN pg_am am ON am.oid = f.opfmethod
 WHERE @user_schema@ AND @no_member:2753:f.oid@
