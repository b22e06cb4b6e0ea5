#!/bin/sh
# scripts/scale.sh [sqlite] [postgresql] - builds as the product is built into build-bench and prints the tables of
# bench/scale.mjs, one engine after the other. The stores lie below TROTH_TMP (default /tmp) and go with the run;
# 10 million people are about 20 GB on files and 40 on PostgreSQL. SCALE_SIZES=10000,1000000 for a shorter one.
set -eu
cd "$(dirname "$0")/.."
build=build-bench
[ -f "$build/build.ninja" ] || meson setup "$build" --buildtype=debugoptimized >/dev/null
ninja -C "$build" --quiet
ninja -C "$build" --quiet bench/bench-fill
export TROTH_BUILD=$build
[ $# -gt 0 ] || set -- sqlite postgresql
for engine in "$@"; do
    if [ "$engine" = postgresql ] && [ -n "${TROTH_PG:-}" ]; then # a cluster that is there and stays
        TROTH_TEST_STORE=postgresql node bench/scale.mjs
    elif [ "$engine" = postgresql ]; then
        pg=$(mktemp -d "${TROTH_TMP:-/tmp}/troth-pg-XXXXXX")
        trap 'scripts/pg.sh stop "$pg"' EXIT
        trap 'exit 130' INT TERM
        TROTH_PG_CONF=bench/postgresql.conf TROTH_PG_SECONDS=43200 scripts/pg.sh start "$pg"
        TROTH_PG=$pg TROTH_TEST_STORE=postgresql node bench/scale.mjs
    else
        env -u TROTH_TEST_STORE node bench/scale.mjs
    fi
done
