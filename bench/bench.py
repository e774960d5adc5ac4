"""Inputs, contestants, measurements. Started by run.sh, which brings the server."""

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import schema

# ---------------------------------------------------------------- inputs


def statements(n):
    return (
        f"CREATE TABLE bench_{n:05} (id bigint PRIMARY KEY, name text NOT NULL, kind integer, "
        f"amount numeric(12,2), created_at timestamptz NOT NULL DEFAULT now());",
        f"CREATE INDEX bench_{n:05}_name ON bench_{n:05} (name);",
    )


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def sql(n):
    return "\n".join(statements(n)) + "\n"


def for_surefoot(to, count, rollbacks=False):
    for n in range(1, count + 1):
        write(to / f"migrations/{n:05}_create_bench_{n:05}.sql", sql(n))
        if rollbacks:
            write(to / f"migrations/rollback/{n:05}_rollback.sql", f"DROP TABLE bench_{n:05};\n")
    write(to / "surefoot.toml", '[project]\nname = "bench"\n[migrations]\ndir = "migrations"\n')


def for_psql(to, count, ledger):
    parts = []
    if ledger:
        parts.append("CREATE TABLE ledger (version text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());\n")
    for n in range(1, count + 1):
        row = f"INSERT INTO ledger (version) VALUES ('{n:05}');\n" if ledger else ""
        parts.append(f"BEGIN;\n{sql(n)}{row}COMMIT;\n")
    write(to / "all.sql", "".join(parts))


def for_dbmate(to, count):
    for n in range(1, count + 1):
        write(to / f"m/{n:05}_create_bench_{n:05}.sql", f"-- migrate:up\n{sql(n)}\n-- migrate:down\n")


def for_sqlx(to, count):
    for n in range(1, count + 1):
        write(to / f"m/{n:05}_create_bench_{n:05}.sql", sql(n))


def for_refinery(to, count):
    for n in range(1, count + 1):
        write(to / f"m/V{n}__create_bench_{n:05}.sql", sql(n))


def for_diesel(to, count):
    for n in range(1, count + 1):
        write(to / f"m/{n:05}_create_bench_{n:05}/up.sql", sql(n))
    write(to / "diesel.toml", "")


def for_migrate(to, count):
    for n in range(1, count + 1):
        write(to / f"m/{n:05}_create_bench_{n:05}.up.sql", f"BEGIN;\n{sql(n)}COMMIT;\n")


def for_goose(to, count):
    for n in range(1, count + 1):
        write(to / f"m/{n:05}_create_bench_{n:05}.sql", f"-- +goose Up\n{sql(n)}")


def for_alembic(to, count):
    before = "None"
    for n in range(1, count + 1):
        body = "".join(f"    op.execute({s!r})\n" for s in statements(n))
        write(
            to / f"a/versions/v{n:05}.py",
            f"from alembic import op\nrevision = 'v{n:05}'\ndown_revision = {before}\n\n\ndef upgrade():\n{body}",
        )
        before = f"'v{n:05}'"
    write(
        to / "a/env.py",
        "import os\nfrom alembic import context\nfrom sqlalchemy import create_engine\n"
        "with create_engine(os.environ['BENCH_URL']).connect() as connection:\n"
        "    context.configure(connection=connection, transaction_per_migration=True)\n"
        "    with context.begin_transaction():\n        context.run_migrations()\n",
    )
    write(to / "alembic.ini", "[alembic]\nscript_location = a\n")


# ---------------------------------------------------------------- measuring


class Bench:
    def __init__(self, args):
        self.args = args
        self.work = Path(args.work)
        self.names = 0
        data = [Path(args.data), Path(args.data).with_name("other")]
        pids = [path / "postmaster.pid" for path in data]
        self.postmasters = [int(pid.read_text().split()[0]) for pid in pids if pid.exists()]
        self.log = open(self.work / "output", "wb")

    def url(self, db, extra="?sslmode=disable", port=None):
        return f"postgres://bench@127.0.0.1:{port or self.args.port}/{db}{extra}"

    def psql(self, db, text, port=None):
        return subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url(db, port=port), "-c", text],
            check=True, capture_output=True, text=True,
        ).stdout.strip()

    def fresh(self, port=None):
        """An empty database; what earlier measurements left unwritten is written now.

        None is dropped before the end: ext4 skips recently freed inodes one by one, for minutes, so that creating
        tables after dropping a database costs the server several times as much.
        """
        self.names += 1
        name = f"b{self.names}"
        self.psql("postgres", f"CREATE DATABASE {name} TEMPLATE template0", port)
        self.psql("postgres", "CHECKPOINT", port)
        return name

    def server_cpu(self):
        """User and system seconds of the servers and of every backend that has ended; None where there is no /proc."""
        ticks = 0
        for pid in self.postmasters:
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                return None
            ticks += sum(int(f) for f in fields[11:15])
        return ticks / os.sysconf("SC_CLK_TCK")

    def run(self, command, cwd=None, env=None, ok=(0,)):
        """Wall seconds, client CPU seconds, server CPU seconds."""
        server = self.server_cpu()
        began = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in ok:
            self.log.flush()
            tail = (self.work / "output").read_bytes()[-2000:].decode(errors="replace")
            raise SystemExit(f"{command[0]} ended with {child.returncode}:\n{tail}")
        if server is not None:
            time.sleep(0.02)  # until the postmaster has reaped the backend
            server = self.server_cpu() - server
        return {"wall": wall, "client": usage.ru_utime + usage.ru_stime, "server": server}

    def peak_rss(self, command, cwd=None, env=None, ok=(0,)):
        """MiB. Under GNU time: a child of this program would count this program's own memory."""
        timer = shutil.which("time")
        if not timer or subprocess.run([timer, "-f", "%M", "true"], capture_output=True).returncode:
            return None
        out = self.work / "rss"
        done = subprocess.run(
            [timer, "-q", "-f", "%M", "-o", str(out), *command], cwd=cwd, env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )
        if done.returncode not in ok:
            raise SystemExit(f"{command[0]} ended with {done.returncode}")
        return int(out.read_text().split()[-1]) / 1024


    def middle(self, samples):
        return middle(samples)

    def spread(self, samples):
        return spread(samples)

    def number(self, value, digits=2):
        return number(value, digits)

    def table(self, title, head, rows):
        table(title, head, rows)

    def note(self, text):
        note(text)


def median(values):
    values = [v for v in values if v is not None]
    return statistics.median(values) if values else None


def middle(samples):
    """Medians; of the server's time the mean, because it is counted in ticks of 10 ms."""
    out = {key: median([s[key] for s in samples]) for key in samples[0]}
    if out["server"] is not None:
        out["server"] = statistics.mean(s["server"] for s in samples)
    return out


def spread(samples):
    walls = [s["wall"] for s in samples]
    return f"{min(walls):.2f} to {max(walls):.2f}"


def number(value, digits=2):
    return "" if value is None else f"{value:.{digits}f}"


# ---------------------------------------------------------------- contestants


class Contestant:
    """A way to apply the migrations. `command` takes a database and gives (command, environment)."""

    def __init__(self, name, program, write_inputs, command, version=("--version",)):
        self.name, self.program, self.write_inputs, self.command = name, program, write_inputs, command
        self.version_arguments = version

    def version(self):
        out = subprocess.run([self.program, *self.version_arguments], capture_output=True, text=True)
        lines = (out.stdout + out.stderr).strip().splitlines()
        return lines[0] if lines else ""


def contestants(bench):
    a = bench.args
    url = bench.url
    psql = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "all.sql", "-d"]
    all_of_them = [
        Contestant("psql, a transaction each", "psql", lambda t, n: for_psql(t, n, False),
                   lambda db: ([*psql, url(db)], {})),
        Contestant("psql, with a ledger row each", "psql", lambda t, n: for_psql(t, n, True),
                   lambda db: ([*psql, url(db)], {})),
        Contestant("surefoot", a.surefoot, for_surefoot,
                   lambda db: ([a.surefoot, "up", "--url", url(db)], {})),
        Contestant("sqlx-cli", "sqlx", for_sqlx,
                   lambda db: (["sqlx", "migrate", "run", "--source", "m", "--database-url", url(db)], {})),
        Contestant("refinery_cli", "refinery", for_refinery,
                   lambda db: (["refinery", "migrate", "-e", "BENCH_URL", "-p", "m"], {"BENCH_URL": url(db, "")})),
        Contestant("diesel_cli", "diesel", for_diesel,
                   lambda db: (["diesel", "migration", "run", "--migration-dir", "m", "--locked-schema",
                                "--database-url", url(db)], {})),
        Contestant("dbmate", "dbmate", for_dbmate,
                   lambda db: (["dbmate", "--url", url(db), "-d", "m", "--no-dump-schema", "migrate"], {})),
        Contestant("golang-migrate", "migrate", for_migrate,
                   lambda db: (["migrate", "-path", "m", "-database", url(db), "up"], {})),
        Contestant("goose", "goose", for_goose,
                   lambda db: (["goose", "-dir", "m", "postgres", url(db), "up"], {})),
        Contestant("Alembic, a transaction each", "alembic", for_alembic,
                   lambda db: (["alembic", "-q", "upgrade", "head"],
                               {"BENCH_URL": url(db, "").replace("postgres:", "postgresql+psycopg2:")})),
    ]
    there = [c for c in all_of_them if shutil.which(c.program)]
    missing = [c.name for c in all_of_them if c not in there]
    return there, missing


# ---------------------------------------------------------------- the parts


def inputs(bench, contestant, count):
    to = bench.work / re.sub(r"\W+", "-", f"{contestant.name}-{count}")
    if not to.exists():
        contestant.write_inputs(to, count)
    return to


def apply(bench, there):
    count = bench.args.count
    samples = {c.name: [] for c in there}
    for c in there:
        inputs(bench, c, count)
    for turn in range(bench.args.reps):
        # Each turn begins with another one, so that nobody always follows the same neighbour.
        for c in there[turn % len(there):] + there[: turn % len(there)]:
            db = bench.fresh()
            command, env = c.command(db)
            samples[c.name].append(bench.run(command, inputs(bench, c, count), env))
            tables = int(bench.psql(db, "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'bench\\_%'"))
            if tables != count:
                raise SystemExit(f"{c.name} made {tables} tables of {count}")
            note(f"apply {count}: {c.name}, turn {turn + 1}: {samples[c.name][-1]['wall']:.2f} s")
    floor = middle(samples[there[0].name])
    rows = []
    for c in there:
        m = middle(samples[c.name])
        to_floor = median([s["wall"] / f["wall"] for s, f in zip(samples[c.name], samples[there[0].name])])
        rss = None
        if not bench.args.no_rss:
            db = bench.fresh()
            command, env = c.command(db)
            rss = bench.peak_rss(command, inputs(bench, c, count), env)
        rows.append([c.name, number(m["wall"]), spread(samples[c.name]), number(m["wall"] / floor["wall"]),
                     number(to_floor), number(m["client"]), number(m["server"]), number(rss, 0)])
    table(f"Apply {count:,} migrations, each in its own durable transaction (fsync on), medians of {bench.args.reps}",
          ["", "wall s", "from to", "to psql", "to psql, turn by turn", "client CPU s", "server CPU s", "RSS MiB"], rows)


def nothing(bench, there):
    count, reps = bench.args.count, bench.args.reps_short
    runs = []
    small = bench.work / "surefoot-connect"
    if not small.exists():
        for_surefoot(small, 1)
    empty = bench.fresh()
    runs.append(("psql -c 'select 1'", ["psql", "-X", "-q", "-d", bench.url(empty), "-c", "select 1"], None, {}, (0,)))
    # One migration and no journal: reading a one-file project, connecting, one query.
    runs.append(("surefoot status, one migration, empty database",
                 [bench.args.surefoot, "status", "--url", bench.url(empty)], small, {}, (0, 1, 2, 3, 4, 5)))
    for c in there:
        if c.name.startswith("psql"):
            continue
        db = bench.fresh()
        command, env = c.command(db)
        bench.run(command, inputs(bench, c, count), env)
        runs.append((c.name, command, inputs(bench, c, count), env, (0,)))
    bench.psql("postgres", "CHECKPOINT")
    measured = interleaved(bench, runs, reps)
    floor = measured[0][1]
    rows = [[name, number(m["wall"] * 1000, 1), number((m["wall"] - floor["wall"]) * 1000, 1),
             number(m["client"] * 1000, 1), number(m["server"] * 1000, 1)] for name, m in measured]
    table(f"Nothing to do, {count:,} applied, medians of {reps}",
          ["", "wall ms", "more than psql", "client CPU ms", "server CPU ms"], rows)


def interleaved(bench, runs, reps):
    samples = {name: [] for name, *_ in runs}
    for turn in range(reps + 1):
        for name, command, cwd, env, ok in runs:
            sample = bench.run(command, cwd, env, ok)
            if turn:  # the first warms the caches
                samples[name].append(sample)
    return [(name, middle(samples[name])) for name, *_ in runs]


def status(bench, there):
    count, reps = bench.args.many, bench.args.reps_short
    a = bench.args
    runs = []
    for label, rollbacks in [(f"{count:,} files", False), (f"{count:,} files and as many rollbacks", True)]:
        project = bench.work / f"status-{count}-{rollbacks}"
        for_surefoot(project, count, rollbacks)
        for applied in [False, True]:
            db = bench.fresh()
            if applied:
                quickly(bench, [a.surefoot, "up", "--url", bench.url(db)], project)
            what = "all applied" if applied else "none applied"
            for form, more in [("", []), (", as JSON", ["--json"])]:
                if form and not (applied and not rollbacks):
                    continue
                runs.append((f"surefoot status, {label}, {what}{form}",
                             [a.surefoot, "status", "--url", bench.url(db), *more], project, {}, (0, 1, 2, 3, 4, 5)))
    measured = interleaved(bench, runs, reps)
    rows = []
    for (name, m), (_, command, cwd, env, ok) in zip(measured, runs):
        rss = bench.peak_rss(command, cwd, env, ok)
        rows.append([name, number(m["wall"], 3), number(m["client"], 3), number(m["server"], 3), number(rss, 0)])
    table(f"status, medians of {reps}", ["", "wall s", "client CPU s", "server CPU s", "RSS MiB"], rows)


def version(bench, there):
    reps = bench.args.reps_short * 2
    runs = [("/bin/true", ["true"], None, {}, (0,)), ("surefoot", [bench.args.surefoot, "--version"], None, {}, (0,))]
    seen = {"surefoot"}
    for c in there:
        if c.name not in seen and c.program not in [r[1][0] for r in runs]:
            runs.append((c.program, [c.program, "--version"], None, {}, (0, 1, 2)))
    measured = interleaved(bench, runs, reps)
    rows = [[name, number(m["wall"] * 1000, 1), number(m["client"] * 1000, 1)] for name, m in measured]
    table(f"Start-up (--version), medians of {reps}", ["", "wall ms", "client CPU ms"], rows)


def quickly(bench, command, cwd):
    """With fsync off: for what is preparation, and for the linearity runs, which say so."""
    bench.psql("postgres", "ALTER SYSTEM SET fsync = off")
    bench.psql("postgres", "SELECT pg_reload_conf()")
    time.sleep(0.2)
    sample = bench.run(command, cwd)
    bench.psql("postgres", "ALTER SYSTEM RESET fsync")
    bench.psql("postgres", "SELECT pg_reload_conf()")
    time.sleep(0.2)
    return sample


def linear(bench, there):
    rows = []
    sizes = [n for n in (1_000, 2_000, 5_000, 10_000) if n <= bench.args.many]
    psql = there[0]
    for size in sizes:
        project = bench.work / f"linear-{size}"
        for_surefoot(project, size)
        db = bench.fresh()
        ours = quickly(bench, [bench.args.surefoot, "up", "--url", bench.url(db)], project)
        # One more at the end of a long history.
        write(project / f"migrations/{size + 1:05}_create_bench_{size + 1:05}.sql", sql(size + 1))
        one = bench.run([bench.args.surefoot, "up", "--url", bench.url(db)], project)
        db = bench.fresh()
        command, env = psql.command(db)
        floor = quickly(bench, command, inputs(bench, psql, size))
        rows.append([f"{size:,}", number(ours["wall"]), number(ours["wall"] / size * 1000), number(ours["client"]),
                     number(ours["server"]), number(floor["wall"]), number(floor["wall"] / size * 1000),
                     number(one["wall"] * 1000, 0)])
        note(f"linear {size}: {ours['wall']:.2f} s, psql {floor['wall']:.2f} s")
    table("Growth, fsync off to keep it short, one run each",
          ["migrations", "surefoot s", "ms each", "client CPU s", "server CPU s", "psql s", "ms each", "one more, ms"], rows)


# ---------------------------------------------------------------- reporting


def note(text):
    print(text, file=sys.stderr, flush=True)


def table(title, head, rows):
    print(f"\n**{title}**\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    sys.stdout.flush()


def main():
    p = argparse.ArgumentParser(prog="bench/run.sh")
    for hidden in ("--surefoot", "--port", "--other-port", "--work", "--data", "--pg-dump"):
        p.add_argument(hidden, required=True, help=argparse.SUPPRESS)
    names = ["apply", "nothing", "status", "version", "linear", "inspect", "diff", "growth"]
    p.add_argument("--only", choices=names, action="append")
    p.add_argument("--reps", type=int, help="repetitions of apply, 5")
    p.add_argument("--reps-short", type=int, help="repetitions of the short commands, 21")
    p.add_argument("--count", type=int, help="migrations to apply, 1,000")
    p.add_argument("--many", type=int, help="migrations for status and growth, 10,000")
    p.add_argument("--tables", type=int, help="tables of the schemas, 5,000; growth goes to four times as many")
    p.add_argument("--peers", help="only these programs, separated by commas")
    p.add_argument("--no-rss", action="store_true", help="no extra run for memory")
    p.add_argument("--quick", action="store_true", help="200 and 1,000 migrations, 500 tables, 3 repetitions")
    args = p.parse_args()
    defaults = (3, 7, 200, 1_000, 500) if args.quick else (5, 21, 1_000, 10_000, 5_000)
    for name, value in zip(("reps", "reps_short", "count", "many", "tables"), defaults):
        if getattr(args, name) is None:
            setattr(args, name, value)
    args.surefoot = os.path.abspath(args.surefoot)
    bench = Bench(args)
    there, missing = contestants(bench)
    if args.peers is not None:
        wanted = ["psql", args.surefoot, *args.peers.split(",")]
        there = [c for c in there if c.program in wanted]
    server = bench.psql("postgres", "SHOW server_version")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"PostgreSQL {server}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, load {load:.1f} before")
    for c in there:
        print(f"- {c.name}: {c.version()}")
    if missing:
        print(f"\nNot on PATH, not measured: {', '.join(missing)}")
    sys.stdout.flush()
    parts = {"version": version, "nothing": nothing, "status": status, "apply": apply, "linear": linear,
             "inspect": schema.inspect, "diff": schema.diff, "growth": schema.growth}
    for name, part in parts.items():
        if not args.only or name in args.only:
            part(bench, there)
    if hasattr(os, "getloadavg"):
        print(f"\nload {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
