SELECT 'aggregate', a.view_schema::text, a.view_name::text, 'continuous aggregate',
       quote_ident(a.view_schema) || '.' || quote_ident(a.view_name),
       'over ' || quote_ident(a.hypertable_schema) || '.' || quote_ident(a.hypertable_name)
       || CASE WHEN a.materialized_only THEN ', materialized only' ELSE '' END
  FROM timescaledb_information.continuous_aggregates a
