-- One of every kind the snapshot knows. Needs a superuser and the roles of database.rs; a line tagged --@14+ needs that major.
CREATE SCHEMA shop AUTHORIZATION sf_owner;
CREATE SCHEMA "Odd ""Names""";
GRANT USAGE ON SCHEMA shop TO sf_app WITH GRANT OPTION;
COMMENT ON SCHEMA shop IS 'what we sell';

CREATE TYPE shop.mood AS ENUM ('sad', 'ok', 'it''s fine');
CREATE TYPE shop.address AS (street text, city varchar(40) COLLATE "C");
COMMENT ON COLUMN shop.address.city IS 'town';
CREATE DOMAIN shop.email AS text COLLATE "C" DEFAULT 'a@b' NOT NULL CONSTRAINT has_at CHECK (VALUE LIKE '%@%');
COMMENT ON CONSTRAINT has_at ON DOMAIN shop.email IS 'one sign is enough';
CREATE FUNCTION shop.span(double precision, double precision) RETURNS double precision LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2';
CREATE TYPE shop.floatrange AS RANGE (subtype = float8, subtype_diff = shop.span);
CREATE TYPE shop.shell;
CREATE TYPE shop.raw;
CREATE FUNCTION shop.raw_in(cstring) RETURNS shop.raw LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION shop.raw_out(shop.raw) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE shop.raw (INPUT = shop.raw_in, OUTPUT = shop.raw_out, LIKE = text, CATEGORY = 'U', DEFAULT = 'x');
GRANT USAGE ON TYPE shop.mood TO "sf Reader";
REVOKE USAGE ON TYPE shop.email FROM PUBLIC;

CREATE COLLATION shop.german (provider = libc, locale = 'C');
CREATE CONVERSION shop.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;

CREATE SEQUENCE shop.ticket AS integer START 5 INCREMENT 2 MAXVALUE 1000 CACHE 3 CYCLE;
GRANT USAGE ON SEQUENCE shop.ticket TO sf_app;

CREATE TABLE shop.customer (
    id bigint GENERATED ALWAYS AS IDENTITY (START 10) PRIMARY KEY,
    dropped_one text,
    name text COLLATE "C" NOT NULL,
    mail shop.email,
    mood shop.mood DEFAULT 'ok',
    home shop.address,
    born date,
    doc jsonb DEFAULT '{"a": 1}',
    upper_name text GENERATED ALWAYS AS (upper(name)) STORED,
    price numeric(12,2) DEFAULT 0.00 NOT NULL,
    seen timestamptz DEFAULT now(),
    "Weird Col" integer,
    CONSTRAINT positive CHECK (price >= 0),
    CONSTRAINT mail_once UNIQUE (mail) DEFERRABLE INITIALLY DEFERRED
) WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
ALTER TABLE shop.customer DROP COLUMN dropped_one;
ALTER TABLE shop.customer OWNER TO sf_owner;
ALTER TABLE shop.customer ALTER COLUMN name SET STATISTICS 250;
ALTER TABLE shop.customer ALTER COLUMN name SET (n_distinct = -0.5);
ALTER TABLE shop.customer ALTER COLUMN doc SET STORAGE EXTERNAL;
ALTER TABLE shop.customer ALTER COLUMN doc SET COMPRESSION pglz; --@14+
ALTER TABLE shop.customer ADD COLUMN total numeric GENERATED ALWAYS AS (price * 2) VIRTUAL; --@18+
ALTER TABLE shop.customer ADD CONSTRAINT born_known NOT NULL born NOT VALID; --@18+
ALTER TABLE shop.customer ADD CONSTRAINT soft CHECK (price < 100000) NOT ENFORCED; --@18+
ALTER TABLE shop.customer ADD CONSTRAINT later CHECK (born > '1900-01-01') NOT VALID;
ALTER TABLE shop.customer ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.customer FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE shop.customer IS 'who buys';
COMMENT ON COLUMN shop.customer.name IS E'line one\nline two';
COMMENT ON CONSTRAINT positive ON shop.customer IS 'no refunds';
GRANT SELECT ON shop.customer TO sf_app;
GRANT UPDATE (name, price) ON shop.customer TO "sf Reader";
REVOKE TRUNCATE ON shop.customer FROM sf_owner;
CREATE INDEX customer_name ON shop.customer (lower(name) text_pattern_ops DESC, born) INCLUDE (price) WHERE price > 0;
ALTER INDEX shop.customer_name ALTER COLUMN 1 SET STATISTICS 500;
COMMENT ON INDEX shop.customer_name IS 'search';
CREATE INDEX customer_born ON shop.customer (born) WITH (fillfactor = 60);
ALTER TABLE shop.customer CLUSTER ON customer_born;
CREATE UNIQUE INDEX customer_ri ON shop.customer (price);
ALTER TABLE shop.customer REPLICA IDENTITY USING INDEX customer_ri;
CREATE STATISTICS shop.stat (dependencies, mcv) ON born, price FROM shop.customer;
ALTER STATISTICS shop.stat SET STATISTICS 77;
COMMENT ON STATISTICS shop.stat IS 'they go together';
CREATE POLICY mine ON shop.customer AS RESTRICTIVE FOR UPDATE TO sf_app, "sf Reader" USING (name = CURRENT_USER) WITH CHECK (price < 10);
COMMENT ON POLICY mine ON shop.customer IS 'keep out';

CREATE TABLE shop.orders (
    id serial PRIMARY KEY,
    customer_id bigint REFERENCES shop.customer ON DELETE CASCADE DEFERRABLE,
    during tstzrange,
    body tsvector,
    EXCLUDE USING gist (during WITH &&)
);
CREATE UNLOGGED TABLE shop.scratch (a integer);
CREATE TABLE shop.typed OF shop.address (street NOT NULL);
CREATE TABLE shop.parent (a integer DEFAULT 1, b text CHECK (b <> ''));
CREATE TABLE shop.child (a integer DEFAULT 2, c text) INHERITS (shop.parent);
CREATE TABLE "Odd ""Names"""."Table.With.Dots" ("Col,With, Comma" integer, "and ""quote""" text);

CREATE TABLE shop.event (at timestamptz NOT NULL, id bigint, kind text, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
CREATE TABLE shop.event_2024 PARTITION OF shop.event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE shop.event_rest PARTITION OF shop.event DEFAULT;
CREATE INDEX event_kind ON shop.event (kind);
CREATE TABLE shop.event_note (at timestamptz, id bigint, FOREIGN KEY (at, id) REFERENCES shop.event);

CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    NEW.price := coalesce(NEW.price, 0);
    RETURN NEW;
END $$;
COMMENT ON FUNCTION shop.touch() IS 'tidy';
REVOKE EXECUTE ON FUNCTION shop.touch() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.touch() TO sf_app;
CREATE FUNCTION shop.touch_event() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE INSERT OR UPDATE OF price ON shop.customer FOR EACH ROW WHEN (NEW.price > 1) EXECUTE FUNCTION shop.touch();
COMMENT ON TRIGGER touch ON shop.customer IS 'before';
CREATE TRIGGER part_touch AFTER INSERT ON shop.event FOR EACH ROW EXECUTE FUNCTION shop.touch_event();
ALTER TABLE shop.event_2024 DISABLE TRIGGER part_touch;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON shop.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION shop.touch_event();
ALTER TABLE shop.orders ENABLE ALWAYS TRIGGER late;
CREATE PROCEDURE shop.sweep(INOUT n integer) LANGUAGE plpgsql AS 'BEGIN n := 1; END';
CREATE FUNCTION shop.body(a integer DEFAULT 3) RETURNS integer LANGUAGE sql STABLE COST 7 BEGIN ATOMIC SELECT a + 1; END; --@14+
CREATE AGGREGATE shop.total(numeric) (SFUNC = numeric_add, STYPE = numeric, INITCOND = '0', COMBINEFUNC = numeric_add, PARALLEL = SAFE);
CREATE AGGREGATE shop.pct(double precision ORDER BY double precision) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_cont_float8_final);
COMMENT ON AGGREGATE shop.total(numeric) IS 'sum';

CREATE VIEW shop.rich WITH (security_barrier = true) AS SELECT id, name, price FROM shop.customer WHERE price > 10 WITH LOCAL CHECK OPTION;
ALTER VIEW shop.rich ALTER COLUMN price SET DEFAULT 11;
COMMENT ON VIEW shop.rich IS 'a view';
COMMENT ON COLUMN shop.rich.name IS 'a view column';
GRANT SELECT (name) ON shop.rich TO sf_app;
CREATE MATERIALIZED VIEW shop.daily AS SELECT born, count(*) AS n FROM shop.customer GROUP BY born WITH NO DATA;
CREATE UNIQUE INDEX daily_born ON shop.daily (born);
ALTER MATERIALIZED VIEW shop.daily ALTER COLUMN n SET STATISTICS 9;
CREATE RULE quiet AS ON INSERT TO shop.scratch WHERE NEW.a < 0 DO INSTEAD NOTHING;
COMMENT ON RULE quiet ON shop.scratch IS 'shh';

CREATE FUNCTION shop.same(shop.address, shop.address) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.street = $2.street';
CREATE FUNCTION shop.cmp(shop.address, shop.address) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 0';
CREATE OPERATOR shop.=== (LEFTARG = shop.address, RIGHTARG = shop.address, FUNCTION = shop.same, COMMUTATOR = OPERATOR(shop.===), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR shop.=== (shop.address, shop.address) IS 'close enough';
CREATE OPERATOR FAMILY shop.fam USING btree;
CREATE OPERATOR CLASS shop.cls FOR TYPE shop.address USING btree FAMILY shop.fam AS OPERATOR 3 shop.===, FUNCTION 1 shop.cmp(shop.address, shop.address);
CREATE FUNCTION shop.to_text(shop.address) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.street';
CREATE CAST (shop.address AS text) WITH FUNCTION shop.to_text(shop.address) AS ASSIGNMENT;
COMMENT ON CAST (shop.address AS text) IS 'shorter';

CREATE TEXT SEARCH PARSER shop.parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
CREATE TEXT SEARCH TEMPLATE shop.template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY shop.dict (TEMPLATE = pg_catalog.simple, accept = false);
CREATE TEXT SEARCH CONFIGURATION shop.config (PARSER = pg_catalog.default);
ALTER TEXT SEARCH CONFIGURATION shop.config ADD MAPPING FOR word, asciiword WITH shop.dict, pg_catalog.simple;
COMMENT ON TEXT SEARCH CONFIGURATION shop.config IS 'plain';

CREATE FUNCTION shop.call_handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE LANGUAGE shoplang HANDLER shop.call_handler;
CREATE ACCESS METHOD shopheap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE shop.other_am (a integer) USING shopheap;
CREATE TRANSFORM FOR integer LANGUAGE shoplang (FROM SQL WITH FUNCTION prsd_lextype(internal));
CREATE FUNCTION shop.ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('DROP TABLE', 'CREATE TABLE') EXECUTE FUNCTION shop.ddl();
ALTER EVENT TRIGGER watch DISABLE;
CREATE PUBLICATION pub FOR TABLE shop.orders WITH (publish = 'insert, update');
ALTER PUBLICATION pub ADD TABLE shop.parent (a) WHERE (a > 0); --@15+
CREATE PUBLICATION pub_schema FOR TABLES IN SCHEMA "Odd ""Names"""; --@15+
CREATE SUBSCRIPTION sub CONNECTION 'dbname=nowhere password=hunter2' PUBLICATION pub WITH (connect = false, slot_name = NONE);
CREATE FOREIGN DATA WRAPPER shopfdw OPTIONS (debug 'true');
CREATE SERVER far TYPE 'pg' VERSION '1' FOREIGN DATA WRAPPER shopfdw OPTIONS (host 'h', password 'hunter2');
CREATE USER MAPPING FOR sf_app SERVER far OPTIONS (user 'u', password 'hunter2');
CREATE FOREIGN TABLE shop.remote (a integer OPTIONS (column_name 'x') NOT NULL, b text) SERVER far OPTIONS (table_name 't');
GRANT USAGE ON FOREIGN SERVER far TO sf_app;
GRANT USAGE ON FOREIGN DATA WRAPPER shopfdw TO sf_app;

ALTER DEFAULT PRIVILEGES FOR ROLE sf_owner IN SCHEMA shop GRANT SELECT ON TABLES TO sf_app;
ALTER DEFAULT PRIVILEGES FOR ROLE sf_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''5MB''', current_database()); END $$;
CREATE EXTENSION pg_trgm SCHEMA "Odd ""Names""";

-- Out of scope, all of it.
CREATE SCHEMA surefoot;
CREATE TABLE surefoot.journal (id bigint PRIMARY KEY, note text);
COMMENT ON TABLE surefoot.journal IS 'ours';
CREATE SCHEMA _timescaledb_internal;
CREATE TABLE _timescaledb_internal.chunk (id bigint PRIMARY KEY);
CREATE TEMPORARY TABLE passing (a integer);
