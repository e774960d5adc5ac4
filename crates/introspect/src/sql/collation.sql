-- The version of a collation belongs to the machine and is left out; so is that of the library.
SELECT o.kind, o.identity, o.part_of,
       concat_ws(E'\n',
           'PROVIDER ' || CASE c.collprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'default' END,
           'LOCALE ' || quote_literal(c.colllocale), --@17+
           'LOCALE ' || quote_literal(c.colliculocale), --@15..16
           'LOCALE ' || CASE c.collprovider WHEN 'i' THEN quote_literal(c.collcollate) END, --@..14
           'LC_COLLATE ' || CASE WHEN c.collprovider <> 'i' THEN quote_literal(c.collcollate) END,
           'LC_CTYPE ' || CASE WHEN c.collprovider <> 'i' THEN quote_literal(c.collctype) END,
           'RULES ' || quote_literal(c.collicurules), --@16+
           CASE WHEN NOT c.collisdeterministic THEN 'DETERMINISTIC = false' END,
           'OWNER TO ' || quote_ident(pg_get_userbyid(c.collowner)))
  FROM object o
  JOIN pg_collation c ON c.oid = o.objid
 WHERE o.classid = 'pg_collation'::regclass
