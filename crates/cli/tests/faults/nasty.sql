CREATE SCHEMA "Odd schema"; 
CREATE TYPE mood AS ENUM ('ok','it''s bad'); CREATE DOMAIN pos AS int CHECK (VALUE > 0);
CREATE TYPE pt AS (x int, y text); CREATE TYPE fr AS RANGE (subtype = float8);
CREATE TABLE nasty (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t text, b bytea, a text[], m mood, p pos, c pt, ca pt[], r int4range, f fr, d float8, n numeric, ts timestamptz, dt date, iv interval, j jsonb, x xml, bits varbit, u uuid, g int GENERATED ALWAYS AS (p*2) STORED, inet inet, pnt point, tsv tsvector, mo money, h "char");
INSERT INTO nasty(t,b,a,m,p,c,ca,r,f,d,n,ts,dt,iv,j,bits,u,inet,pnt,tsv) VALUES
 ('it''s "q" \ back \n tab	nl
x','\x00ff5c0a','{a,NULL,"NULL","q\"x",""}','it''s bad',5,ROW(1,'a,"b\c'),ARRAY[ROW(1,'x')::pt,ROW(NULL,'')::pt],'[1,5)','[1.5,2)', 'NaN','NaN','infinity','-infinity','1 year -2 days 03:00:00.5','{"a":"\u00e9\\"}',B'101','a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11','10.0.0.1/8','(1,2)','a:1 b:2'),
 ('',NULL,'{}','ok',1,NULL,NULL,'empty',NULL,'Infinity','Infinity','-infinity','infinity',NULL,'null',B'',NULL,NULL,NULL,NULL),
 (NULL,'','{{1,2},{3,4}}',NULL,2,ROW(NULL,NULL),NULL,NULL,NULL,'-Infinity',0.1000,'0044-03-15 00:00:00+00 BC','0044-03-15 BC','-1 mons +3 days',NULL,NULL,NULL,NULL,NULL,NULL),
 ('\.',NULL,NULL,NULL,3,NULL,NULL,NULL,NULL,1e-300,1e100,now(),now(),NULL,NULL,NULL,NULL,NULL,NULL,NULL),
 (repeat('Größe 🐘',200000),NULL,NULL,NULL,7,NULL,NULL,NULL,NULL,0.1+0.2,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE one (t text); INSERT INTO one VALUES ('\.'),(''),(NULL),('\N'),(E'a\rb');
CREATE TABLE zero (); INSERT INTO zero DEFAULT VALUES; INSERT INTO zero DEFAULT VALUES;
CREATE TABLE "Odd schema"."Tab le" ("Col ""q" int PRIMARY KEY, parent int REFERENCES "Odd schema"."Tab le"); INSERT INTO "Odd schema"."Tab le" VALUES (1,2),(2,1);
CREATE TABLE part (k int, v text, PRIMARY KEY (k)) PARTITION BY RANGE (k); CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (10); CREATE TABLE part2 PARTITION OF part DEFAULT;
INSERT INTO part SELECT g, 'v'||g FROM generate_series(1,20) g; CREATE INDEX ON part (v);
CREATE TABLE toof (k int REFERENCES part); INSERT INTO toof VALUES (3),(15);
CREATE TABLE par (a int); CREATE TABLE chi (b int) INHERITS (par); INSERT INTO par VALUES (1); INSERT INTO chi VALUES (2,3);
CREATE MATERIALIZED VIEW counted AS SELECT count(*) c FROM part; CREATE UNIQUE INDEX ON counted (c);
CREATE MATERIALIZED VIEW mv_empty AS SELECT 1 AS x WITH NO DATA;
CREATE FUNCTION has_rows() RETURNS boolean LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM public.one)';
CREATE TABLE chk (a int CHECK (has_rows()), b int); 
INSERT INTO chk VALUES (1,-1); ALTER TABLE chk ADD CONSTRAINT nv CHECK (b > 0) NOT VALID;
CREATE TABLE rls (a int); ALTER TABLE rls ENABLE ROW LEVEL SECURITY; ALTER TABLE rls FORCE ROW LEVEL SECURITY; CREATE POLICY p ON rls USING (a > 1); INSERT INTO rls VALUES (1),(2);
CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'; CREATE TABLE trt (a int); INSERT INTO trt VALUES (1); CREATE TRIGGER t BEFORE INSERT ON trt FOR EACH ROW EXECUTE FUNCTION trg();
CREATE VIEW v AS SELECT id, t FROM nasty GROUP BY id; CREATE RULE r AS ON INSERT TO one DO INSTEAD NOTHING;
CREATE SEQUENCE s START 5 INCREMENT -2 MINVALUE -100 MAXVALUE 10; SELECT nextval('s'),nextval('s'); CREATE SEQUENCE s2;
GRANT SELECT ON nasty TO dump_reader; GRANT UPDATE (t) ON nasty TO dump_reader; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO dump_reader;
CREATE PUBLICATION pub FOR TABLE nasty; COMMENT ON TABLE nasty IS 'x''y'; CREATE STATISTICS st ON a, b FROM chk;
