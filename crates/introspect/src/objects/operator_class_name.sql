-- What the columns of a usual index may be sorted by.
SELECT '#class', 2616, o.oid, 0, o.opcmethod, o.opcintype, o.opcdefault, CASE WHEN o.opcnamespace = 11 THEN o.opcname END
  FROM pg_opclass o
