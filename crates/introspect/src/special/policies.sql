SELECT 'policy', NULL, NULL, 'policy',
       j.proc_name || ' on ' || quote_ident(j.hypertable_schema) || '.' || quote_ident(j.hypertable_name),
       'every ' || j.schedule_interval || COALESCE(', ' || j.config::text, '')
  FROM timescaledb_information.jobs j
 WHERE j.hypertable_name IS NOT NULL
