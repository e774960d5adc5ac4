SELECT 'hypertable', h.hypertable_schema::text, h.hypertable_name::text, 'hypertable',
       quote_ident(h.hypertable_schema) || '.' || quote_ident(h.hypertable_name),
       'by ' || COALESCE((SELECT string_agg(d.column_name::text, ', ' ORDER BY d.dimension_number)
                            FROM timescaledb_information.dimensions d
                           WHERE d.hypertable_schema = h.hypertable_schema AND d.hypertable_name = h.hypertable_name), '?')
       || ', ' || h.num_chunks || CASE h.num_chunks WHEN 1 THEN ' chunk' ELSE ' chunks' END
       || CASE WHEN h.compression_enabled THEN ', compressed' ELSE '' END
  FROM timescaledb_information.hypertables h
