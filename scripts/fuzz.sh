#!/bin/sh
# Builds every fuzz target with clang, libFuzzer, ASan and UBSan in build-fuzz and runs each for SECONDS.
# usage: scripts/fuzz.sh [SECONDS [NOUN…]]   60 seconds and all nouns when not said
# What is found lies in build-fuzz/found/; exits non-zero then. New inputs stay in build-fuzz/corpus/.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -eq 0 ] || shift

if [ ! -f build-fuzz/build.ninja ]; then
    CC=clang meson setup build-fuzz -Dfuzz=true --buildtype=debugoptimized -Db_sanitize=address,undefined \
        -Db_lundef=false -Dwerror=false -Dc_args=-fsanitize=fuzzer-no-link >/dev/null
fi
ninja -C build-fuzz fuzzers

nouns=${*:-$(ls tests/fuzz/fuzz_*.c | sed 's|.*/fuzz_||; s|\.c$||')}
mkdir -p build-fuzz/found
failed=
for noun in $nouns; do
    mkdir -p "build-fuzz/corpus/$noun"
    printf '%-16s ' "$noun"
    if build-fuzz/tests/fuzz/fuzz_"$noun" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
        -artifact_prefix="build-fuzz/found/$noun-" "build-fuzz/corpus/$noun" "tests/fuzz/corpus/$noun" \
        >"build-fuzz/found/$noun.log" 2>&1; then
        grep -o 'Done [0-9]* runs.*' "build-fuzz/found/$noun.log" || echo done
    else
        echo "FOUND something, see build-fuzz/found/$noun.log"
        failed="$failed $noun"
    fi
done
[ -z "$failed" ] || { echo "findings:$failed" >&2; exit 1; }
