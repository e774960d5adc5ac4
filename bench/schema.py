"""Reading and comparing schemas of thousands of tables: the parts `inspect`, `diff` and `growth`."""

import shutil
import subprocess
from pathlib import Path

# Tables with 10 columns, a primary key, two indexes and a foreign key; for every tenth a view and a function.
TABLE = """CREATE TABLE t{n:05} (
    id bigint PRIMARY KEY, parent_id bigint NOT NULL, name text NOT NULL, code character varying(40),
    kind integer DEFAULT 0 NOT NULL, amount numeric(12,2), active boolean DEFAULT true NOT NULL, note text,
    created_at timestamp with time zone DEFAULT now() NOT NULL, data jsonb);
CREATE INDEX t{n:05}_name ON t{n:05} (name);
CREATE UNIQUE INDEX t{n:05}_code ON t{n:05} (code, kind);
ALTER TABLE t{n:05} ADD CONSTRAINT t{n:05}_parent FOREIGN KEY (parent_id) REFERENCES t{parent:05} (id) ON DELETE CASCADE;
"""
OTHERS = """CREATE VIEW v{n:05} AS SELECT a.id, a.name, b.amount, b.created_at
    FROM t{n:05} a JOIN t{parent:05} b ON b.id = a.parent_id WHERE a.active;
CREATE FUNCTION f{n:05}(bigint) RETURNS text LANGUAGE sql STABLE AS 'SELECT name FROM t{n:05} WHERE id = $1';
"""
# Twenty, of as many kinds; none is what a tool would take for a rename.
CHANGES = """ALTER TABLE t00010 ADD COLUMN extra text;
ALTER TABLE t00020 DROP COLUMN note;
ALTER TABLE t00031 ALTER COLUMN name TYPE character varying(200);
ALTER TABLE t00040 ALTER COLUMN kind SET DEFAULT 5;
ALTER TABLE t00050 ALTER COLUMN amount SET NOT NULL;
CREATE INDEX t00060_created ON t00060 (created_at);
DROP INDEX t00070_name;
ALTER TABLE t00080 DROP CONSTRAINT t00080_parent;
ALTER TABLE t00090 ADD CONSTRAINT t00090_amount CHECK (amount >= 0);
CREATE TABLE brand_new (id bigint PRIMARY KEY, t bigint REFERENCES t00100 (id));
DROP TABLE t00199 CASCADE;
CREATE OR REPLACE VIEW v00110 AS SELECT a.id, a.name, b.amount, b.created_at
    FROM t00110 a JOIN t00055 b ON b.id = a.parent_id WHERE NOT a.active;
CREATE OR REPLACE FUNCTION f00120(bigint) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper(name) FROM t00120 WHERE id = $1';
CREATE VIEW another AS SELECT id FROM t00130;
DROP VIEW v00140;
COMMENT ON TABLE t00150 IS 'changed';
CREATE TYPE mood AS ENUM ('sad', 'happy');
ALTER TABLE t00160 ENABLE ROW LEVEL SECURITY;
CREATE SEQUENCE numbers;
ALTER TABLE t00170 ALTER COLUMN active DROP NOT NULL;
"""


def load(bench, size, port=None, changes=""):
    """A database with the schema. Its catalogs are vacuumed, as autovacuum, which is off here, would have done."""
    db = bench.fresh(port)
    script = bench.work / "schema.sql"
    with open(script, "w") as out:
        for n in range(1, size + 1):
            out.write("BEGIN;\n" if n % 100 == 1 else "")
            out.write(TABLE.format(n=n, parent=n // 2 or 1))
            out.write(OTHERS.format(n=n, parent=n // 2 or 1) if n % 10 == 0 else "")
            out.write("COMMIT;\n" if n % 100 == 0 or n == size else "")
        out.write(changes)
        for name in ("pg_class", "pg_attribute", "pg_index", "pg_constraint", "pg_depend", "pg_type", "pg_attrdef",
                     "pg_rewrite", "pg_proc", "pg_trigger", "pg_description"):
            out.write(f"VACUUM ANALYZE pg_catalog.{name};\n")
    command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", bench.url(db, port=port), "-f", str(script)]
    subprocess.run(["env", "PGOPTIONS=-c synchronous_commit=off", *command], check=True, stdout=bench.log, stderr=bench.log)
    bench.psql(db, "CHECKPOINT", port)
    return db


def readers(bench, db):
    """Ways to read a schema: name, command, exit codes that mean success."""
    url, surefoot = bench.url(db), bench.args.surefoot
    runs = [("pg_dump -s", [bench.args.pg_dump, "-s", "-f", "/dev/null", "-d", url], (0,)),
            ("surefoot inspect", [surefoot, "inspect", url], (0,)),
            ("surefoot inspect --format sql", [surefoot, "inspect", url, "--format", "sql"], (0,)),
            ("surefoot inspect --format json", [surefoot, "inspect", url, "--format", "json"], (0,)),
            ("atlas schema inspect", ["atlas", "schema", "inspect", "-u", url, "--format", "{{ sql . }}"], (0,)),
            ("pgschema dump", ["pgschema", "dump", "--host", "127.0.0.1", "--port", str(bench.args.port), "--db", db,
                               "--user", "bench"], (0,)),
            ("prisma db pull", ["prisma", "db", "pull", "--print", "--url", url], (0,))]
    return [run for run in runs if run[1][0] == surefoot or wanted(bench, run[1][0])]


def comparers(bench, a, b):
    """Ways to compare two databases on two servers."""
    one, two, surefoot = bench.url(a), bench.url(b, port=bench.args.other_port), bench.args.surefoot
    plain = [url.replace("postgres://", "postgresql://") for url in (one, two)]
    runs = [("surefoot inspect, the first", [surefoot, "inspect", one], (0,)),
            ("surefoot inspect, the second", [surefoot, "inspect", two], (0,)),
            ("surefoot diff", [surefoot, "diff", one, two], (2,)),
            ("migra", ["migra", "--unsafe", *plain], (2,)),
            ("atlas schema diff", ["atlas", "schema", "diff", "--from", one, "--to", two, "--dev-url", one], (0,)),
            ("pgmold diff", ["pgmold", "diff", "--from", f"db:{one}", "--to", f"db:{two}"], (0,)),
            ("prisma migrate diff", ["prisma", "migrate", "diff", "--from-url", one, "--to-url", two, "--script"], (0, 2))]
    return [run for run in runs if run[1][0] == surefoot or wanted(bench, run[1][0])]


def wanted(bench, program):
    named = bench.args.peers is None or Path(program).name in [*bench.args.peers.split(","), "pg_dump"]
    return named and shutil.which(program)


def in_turns(bench, runs, reps):
    """Samples of each, in turns that begin with another one each time; one run before to warm the caches."""
    samples = {name: [] for name, *_ in runs}
    for turn in range(reps + 1):
        at = turn % len(runs)
        for name, command, ok in runs[at:] + runs[:at]:
            sample = bench.run(command, bench.work, {}, ok)
            if turn:
                samples[name].append(sample)
                bench.note(f"{name}, turn {turn}: {sample['wall']:.2f} s")
    return samples


def ratio(samples, name, base):
    """The median over the turns of one's time in another's."""
    return bench_median([a["wall"] / b["wall"] for a, b in zip(samples[name], samples[base])])


def bench_median(values):
    values = sorted(values)
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def inspect(bench, _):
    size, reps = bench.args.tables, bench.args.reps
    db = load(bench, size)
    runs = readers(bench, db)
    samples = in_turns(bench, runs, reps)
    rows = []
    for name, command, ok in runs:
        m = bench.middle(samples[name])
        rss = bench.peak_rss(command, bench.work, {}, ok)
        rows.append([name, bench.number(m["wall"]), bench.spread(samples[name]),
                     bench.number(ratio(samples, name, "pg_dump -s")), bench.number(m["client"]),
                     bench.number(m["server"]), bench.number(rss, 0)])
    bench.table(f"Reading {size:,} tables, medians of {reps}",
                ["", "wall s", "from, to", "to pg_dump, turn by turn", "client CPU s", "server CPU s", "RSS MiB"], rows)


def diff(bench, _):
    size, reps = bench.args.tables, bench.args.reps
    a = load(bench, size)
    b = load(bench, size, bench.args.other_port, CHANGES)
    runs = comparers(bench, a, b)
    samples = in_turns(bench, runs, reps)
    both = [x["wall"] + y["wall"] for x, y in zip(samples[runs[0][0]], samples[runs[1][0]])]
    rows = []
    for name, command, ok in runs:
        m = bench.middle(samples[name])
        to_both = bench_median([s["wall"] / two for s, two in zip(samples[name], both)])
        rss = bench.peak_rss(command, bench.work, {}, ok)
        rows.append([name, bench.number(m["wall"]), bench.spread(samples[name]), bench.number(to_both),
                     bench.number(m["client"]), bench.number(m["server"]), bench.number(rss, 0)])
    bench.table(f"Comparing two servers with {size:,} tables and 20 changes, medians of {reps}",
                ["", "wall s", "from, to", "to two inspections", "client CPU s", "server CPU s", "RSS MiB"], rows)


def growth(bench, _):
    rows = []
    for size in (bench.args.tables * step // 4 for step in (1, 2, 4, 8, 16)):
        db = load(bench, size)
        other = load(bench, size, bench.args.other_port, CHANGES)
        surefoot, url = bench.args.surefoot, bench.url(db)
        runs = [("pg_dump", [bench.args.pg_dump, "-s", "-f", "/dev/null", "-d", url], (0,)),
                ("inspect", [surefoot, "inspect", url], (0,)),
                ("sql", [surefoot, "inspect", url, "--format", "sql"], (0,)),
                ("diff", [surefoot, "diff", url, bench.url(other, port=bench.args.other_port)], (2,))]
        samples = in_turns(bench, runs, 3)
        row = [f"{size:,}"]
        for name, command, ok in runs:
            m = bench.middle(samples[name])
            each = (m["client"] + (m["server"] or 0)) / size * 1e6
            row += [bench.number(m["wall"]), bench.number(each, 0)]
            if name in ("inspect", "diff"):
                row.append(bench.number(bench.peak_rss(command, bench.work, {}, ok), 0))
        rows.append(row)
    bench.table("Growth, medians of 3; CPU of both sides for each table in microseconds",
                ["tables", "pg_dump s", "µs", "inspect s", "µs", "RSS MiB", "--format sql s", "µs", "diff s", "µs",
                 "RSS MiB"], rows)
