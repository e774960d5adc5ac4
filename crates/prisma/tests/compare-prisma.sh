#!/bin/sh
# Compares every tests/cases/*/expected.sql with what Prisma's own engine prints for the schema.
# So does each tests/changes/*/prisma.sql with what it prints for the way from one schema to another.
# Not part of CI: it needs Node.js and the packages of two major versions of Prisma.
#
#   mkdir p6 p7
#   (cd p6 && npm init -y && npm install prisma@6.19.3 \
#       @prisma/schema-engine-wasm@7.1.1-3.c2990dca591cba766e3b7ef5d9e8a84796e47ab7)
#   (cd p7 && npm init -y && npm install prisma@7.10.1 \
#       @prisma/schema-engine-wasm@8.1.0-2.59be4fda12412a79eeb9c2ae727b6aa723593323)
#   crates/prisma/tests/compare-prisma.sh p6 p7            # compare
#   crates/prisma/tests/compare-prisma.sh --write p6 p7    # write what the last one given prints
#
# The engine is the WebAssembly one that `prisma` ships and its command line uses with driver
# adapters, so nothing is downloaded and no database is asked; `@prisma/schema-engine-wasm` only
# gives the JavaScript that loads it, and has to fit the engine. What it is asked is what
# `prisma migrate diff --from-empty --script` asks.
# Cases that are refused here are given to Prisma too, which must refuse them as well, unless they
# have a file `not-refused-by-prisma`. A case may have `differs-from-prisma` with the reason why its
# script is not Prisma's, and `prisma-7` if Prisma 6 cannot read it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
write=
if [ "${1:-}" = --write ]; then
    write=--write
    shift
fi
if [ $# -eq 0 ]; then
    sed -n '2,21s/^# \{0,1\}//p' "$0" >&2
    exit 64
fi
exec node --no-warnings "$here/compare-prisma.mjs" "$here/cases" "$here/changes" "$write" "$@"
