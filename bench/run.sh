#!/bin/sh
# Measures surefoot beside other migration runners, on a PostgreSQL cluster of
# its own that is thrown away afterwards. See docs/benchmarks.md.
#
#   bench/run.sh                  everything (about forty minutes)
#   bench/run.sh --quick          fewer repetitions, fewer migrations
#   bench/run.sh --only nothing   one part: apply, nothing, status, version, linear, inspect, diff, growth
#
# Needs python3 and the programs of a PostgreSQL server (initdb, pg_ctl), found on
# PATH, in PG_BIN, or where Debian, Red Hat and Homebrew put them. Peers are those
# on PATH; what is missing is said.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")

find_pg() {
    for dir in "${PG_BIN:-}" "$(dirname -- "$(command -v pg_ctl 2>/dev/null || echo /)")" \
        $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin 2>/dev/null | sort -rV); do
        if [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ]; then
            echo "$dir"
            return
        fi
    done
    echo "bench/run.sh: no initdb and pg_ctl found; install a PostgreSQL server or set PG_BIN" >&2
    exit 1
}

command -v python3 >/dev/null || { echo "bench/run.sh: python3 is needed" >&2; exit 1; }
command -v psql >/dev/null || { echo "bench/run.sh: psql is needed" >&2; exit 1; }
pg=$(find_pg)

surefoot=${SUREFOOT:-$root/target/release/surefoot}
if [ ! -x "$surefoot" ]; then
    echo "bench/run.sh: building surefoot (set SUREFOOT to use another one)" >&2
    (cd "$root" && cargo build --release -p surefoot-cli)
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/surefoot-bench.XXXXXX")
# PostgreSQL refuses to run as root.
as=""
if [ "$(id -u)" = 0 ]; then
    owner=${BENCH_USER:-$(id -un postgres 2>/dev/null || echo nobody)}
    as="setpriv --reuid=$(id -u "$owner") --regid=$(id -g "$owner") --clear-groups"
    chmod 755 "$work"
    mkdir "$work/pg" && chown "$owner" "$work/pg"
else
    mkdir "$work/pg"
fi
as_owner() { (cd "$work/pg" && $as "$@"); }

cleanup() {
    for cluster in data other; do
        as_owner "$pg/pg_ctl" -D "$work/pg/$cluster" -m immediate -w stop >/dev/null 2>&1 || true
    done
    if [ -n "${BENCH_KEEP:-}" ]; then echo "kept: $work" >&2; else rm -rf "$work"; fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

start() {
    as_owner "$pg/initdb" -D "$work/pg/$1" -U bench -A trust -E UTF8 --locale=C >/dev/null
    # fsync is on, as it is by default; each linearity run that turns it off says so. Autovacuum wakes at its own times
    # and would be a part of one measurement and not of the next. pg_dump locks every table.
    cat >>"$work/pg/$1/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $2
unix_socket_directories = '$work/pg'
fsync = on
synchronous_commit = on
full_page_writes = on
autovacuum = off
max_wal_size = 4GB
checkpoint_timeout = 30min
max_locks_per_transaction = 1000
log_min_messages = fatal
CONF
    as_owner "$pg/pg_ctl" -D "$work/pg/$1" -l "$work/pg/$1.log" -w start >/dev/null
}

port=$(free_port)
start data "$port"
# Two schemas are compared between two servers.
other=$(free_port)
case " $* " in
    *" --only diff "* | *" --only growth "*) start other "$other" ;;
    *" --only "*) ;;
    *) start other "$other" ;;
esac

pg_dump=$pg/pg_dump
[ -x "$pg_dump" ] || pg_dump=$(command -v pg_dump || echo pg_dump)

python3 "$here/bench.py" --surefoot "$surefoot" --port "$port" --other-port "$other" --work "$work" \
    --data "$work/pg/data" --pg-dump "$pg_dump" "$@"
