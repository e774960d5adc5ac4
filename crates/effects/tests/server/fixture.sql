-- What the statements of statements.md run against.
CREATE ROLE joe;
CREATE TABLE p (id int PRIMARY KEY);
INSERT INTO p SELECT generate_series(1, 20);
CREATE TABLE t (
    a int PRIMARY KEY,
    b int CONSTRAINT fk REFERENCES p,
    c text NOT NULL,
    CONSTRAINT ck CHECK (b > 0) NOT VALID,
    CONSTRAINT uc UNIQUE (c)
);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 20) i;
CREATE INDEX ti ON t (b);
CREATE UNIQUE INDEX tu ON t (b);
CREATE TABLE kid (k int REFERENCES t);
INSERT INTO kid VALUES (1);
CREATE TABLE lone (a int, b text);
INSERT INTO lone SELECT i, 'x' FROM generate_series(1, 20) i;
CREATE TABLE par (a int) PARTITION BY RANGE (a);
CREATE TABLE p0 PARTITION OF par FOR VALUES FROM (0) TO (1);
CREATE TABLE pd PARTITION OF par DEFAULT;
CREATE TABLE single (a int) PARTITION BY RANGE (a);
CREATE TABLE s0 PARTITION OF single FOR VALUES FROM (0) TO (1);
CREATE TABLE p2 (a int);
INSERT INTO p2 VALUES (5);
CREATE INDEX pari ON ONLY par (a);
CREATE INDEX p0i ON p0 (a);
CREATE TABLE base (a int);
CREATE TABLE child () INHERITS (base);
CREATE VIEW v AS SELECT 1 AS a;
CREATE MATERIALIZED VIEW mv AS SELECT a FROM t;
CREATE UNIQUE INDEX mvi ON mv (a);
CREATE SEQUENCE s;
CREATE RULE rr AS ON INSERT TO base DO NOTHING;
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'select 1';
CREATE TRIGGER tg BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tf();
CREATE POLICY pol ON t;
CREATE DOMAIN d AS int;
CREATE DOMAIN dc AS int CHECK (value > 0);
ALTER DOMAIN d ADD CONSTRAINT nv CHECK (value > -5) NOT VALID;
CREATE TABLE ud (x d);
INSERT INTO ud VALUES (1);
CREATE TYPE co AS (x int);
CREATE TYPE en AS ENUM ('a');
CREATE STATISTICS st ON a, b FROM t;
CREATE PUBLICATION pb FOR TABLE p2;
CREATE SUBSCRIPTION sub CONNECTION 'host=/nowhere' PUBLICATION x WITH (connect = false, slot_name = NONE);
CREATE SUBSCRIPTION slotted CONNECTION 'host=/nowhere' PUBLICATION x WITH (connect = false);
CREATE PROCEDURE commits() LANGUAGE plpgsql AS 'begin commit; end';
CREATE PROCEDURE plain() LANGUAGE plpgsql AS 'begin perform 1; end';
CLUSTER t USING t_pkey;
ANALYZE;
CREATE TABLE known AS SELECT oid, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace;
