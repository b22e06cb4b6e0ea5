#!/bin/sh
# scripts/bench.sh - builds as the product is built into build-bench and prints the table of bench/run.mjs.
# BENCH_SHORT=1 for a quick look.
set -eu
cd "$(dirname "$0")/.."
build=build-bench
[ -f "$build/build.ninja" ] || meson setup "$build" --buildtype=debugoptimized >/dev/null
ninja -C "$build" --quiet
ninja -C "$build" --quiet bench/bench-decide bench/bench-unrecorded
TROTH_BUILD=$build exec node bench/run.mjs
