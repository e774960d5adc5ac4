-- A shell, and a type whose functions are there.
SELECT 'base_type', 1247, t.oid, 0, n.nspname, t.typname, '', pg_get_userbyid(t.typowner), t.typacl::text,
       json_build_object('base_type', CASE WHEN NOT t.typisdefined THEN '{}'::json ELSE json_strip_nulls(json_build_object(
           'input', t.typinput::oid::regproc::text,
           'output', t.typoutput::oid::regproc::text,
           'receive', CASE WHEN t.typreceive <> 0 THEN t.typreceive::oid::regproc::text END,
           'send', CASE WHEN t.typsend <> 0 THEN t.typsend::oid::regproc::text END,
           'typmod_in', CASE WHEN t.typmodin <> 0 THEN t.typmodin::oid::regproc::text END,
           'typmod_out', CASE WHEN t.typmodout <> 0 THEN t.typmodout::oid::regproc::text END,
           'analyze', CASE WHEN t.typanalyze <> 0 THEN t.typanalyze::oid::regproc::text END,
           'subscript', CASE WHEN t.typsubscript <> 0 THEN t.typsubscript::oid::regproc::text END, --@14+
           'internallength', CASE WHEN t.typlen < 0 THEN 'VARIABLE' ELSE t.typlen::text END,
           'passedbyvalue', CASE WHEN t.typbyval THEN 'true' END,
           'alignment', CASE t.typalign WHEN 'c' THEN 'char' WHEN 's' THEN 'int2' WHEN 'i' THEN 'int4' ELSE 'double' END,
           'storage', CASE t.typstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END,
           'category', quote_literal(t.typcategory::text),
           'preferred', CASE WHEN t.typispreferred THEN 'true' END,
           'default', quote_literal(t.typdefault),
           'element', CASE WHEN t.typelem <> 0 THEN format_type(t.typelem, NULL) END,
           'delimiter', quote_literal(t.typdelim::text),
           'collatable', CASE WHEN t.typcollation <> 0 THEN 'true' END)) END)
  FROM pg_type t
  JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE (t.typtype = 'b' OR (t.typtype = 'p' AND NOT t.typisdefined)) AND @user_schema@ AND @no_member:1247:t.oid@
   -- Array types come and go with their elements.
   AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
