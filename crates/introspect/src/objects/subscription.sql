-- Reading the connection string without the privilege is an error, so it is read by a query that is only run with it.
SELECT 'subscription', 6100, s.oid, 0, '', s.subname, '', pg_get_userbyid(s.subowner), NULL,
       json_build_object('subscription', json_build_object(
           'connection', CASE WHEN has_column_privilege('pg_subscription', 'subconninfo', 'SELECT') THEN
               regexp_replace(regexp_replace(convert_from(decode((regexp_match(
                   query_to_xml(format('SELECT encode(convert_to(subconninfo, ''UTF8''), ''hex'') AS c FROM pg_subscription WHERE oid = %s', s.oid),
                                true, true, '')::text, '<c>([0-9a-f]*)</c>'))[1], 'hex'), 'UTF8'),
                   $$(pass\w*\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s']+)$$, '\1(hidden)', 'g'),
                   '^(postgres(?:ql)?://[^:/@]*):[^@/]*@', '\1:(hidden)@') END,
           'publications', @sorted:s.subpublications@,
           'enabled', s.subenabled,
           'slot', s.subslotname,
           'options', json_strip_nulls(json_build_object(
               'binary', CASE WHEN s.subbinary THEN 'true' END, --@14+
               'streaming', CASE WHEN s.substream THEN 'true' END, --@14..15
               'streaming', CASE s.substream WHEN 't' THEN 'on' WHEN 'p' THEN 'parallel' END, --@16..17
               'streaming', CASE s.substream WHEN 't' THEN 'on' WHEN 'f' THEN 'off' END, --@18+
               'two_phase', CASE WHEN s.subtwophasestate <> 'd' THEN 'true' END, --@15+
               'disable_on_error', CASE WHEN s.subdisableonerr THEN 'true' END, --@15+
               'password_required', CASE WHEN NOT s.subpasswordrequired THEN 'false' END, --@16+
               'run_as_owner', CASE WHEN s.subrunasowner THEN 'true' END, --@16+
               'origin', CASE WHEN s.suborigin <> 'any' THEN quote_literal(s.suborigin) END, --@16+
               'failover', CASE WHEN s.subfailover THEN 'true' END, --@17+
               'synchronous_commit', CASE WHEN s.subsynccommit <> 'off' THEN quote_literal(s.subsynccommit) END))))
  FROM pg_subscription s
 WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
