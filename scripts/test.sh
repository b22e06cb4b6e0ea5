#!/usr/bin/env bash
# scripts/test.sh [asan] [rooms] [unit] [fuzz] [lib] [story] [fault] [postgresql] [postgresql-all] [FILE…] - build and run the tests.
#
# Without a word: all of them. `asan` builds with the address and undefined
# behaviour sanitizers into build-asan and runs what is asked for there. Files
# (tests/story/x.test.mjs) run alone; with TROTH_TEST_STORE=postgresql over PostgreSQL. For that, and for the
# part postgresql (its unit tests and most stories; postgresql-all: all that can), a cluster of
# its own is started (scripts/pg.sh) and ended with the run. Everything lands in $build/results/*.jsonl,
# one line for each test; the last line printed is "N passed, N failed".
set -u
cd "$(dirname "$0")/.."

build=build
asan=
parts=()
files=()
for word in "$@"; do
    case $word in
    asan) asan=yes build=build-asan ;;
    rooms | unit | fuzz | lib | story | fault | postgresql | postgresql-all) parts+=("$word") ;;
    *.mjs) files+=("$word") ;;
    *)
        echo "test: '$word' is none of: asan rooms unit fuzz lib story fault postgresql postgresql-all FILE.mjs" >&2
        exit 2
        ;;
    esac
done
if [ ${#parts[@]} = 0 ] && [ ${#files[@]} = 0 ]; then
    parts=(rooms unit fuzz lib story fault postgresql)
fi

asked=${TROTH_TEST_STORE:-}
unset TROTH_TEST_STORE TROTH_STORE
export TROTH_BUILD=$build
export TROTH_RESULTS=$PWD/$build/results
mkdir -p "$TROTH_RESULTS"
rm -f "$TROTH_RESULTS"/*.jsonl
begun=$SECONDS

say() { printf '\n== %s  (%d s)\n' "$1" $((SECONDS - begun)); }
record() { python3 scripts/results.py record "$@"; }
note() { python3 scripts/results.py note "$@"; }
wants() { [[ " ${parts[*]-} " == *" $1 "* ]]; }

pg=
# The throw-away cluster; TROTH_PG says where it is. It ends with this run.
pg_start() {
    [ -n "$pg" ] && return 0
    pg=$(mktemp -d "${TMPDIR:-/tmp}/troth-pg-XXXXXX")
    trap 'scripts/pg.sh stop "$pg"' EXIT
    trap 'exit 130' INT TERM
    export TROTH_PG=$pg
    scripts/pg.sh start "$pg"
}

rooms() {
    say "rooms: who may include whom, and what the documents point at"
    record rooms "check-rooms finds each kind of mistake" -- python3 scripts/check-rooms.py --self-test
    record rooms "every include in src keeps to src/ROOMS" -- python3 scripts/check-rooms.py
    record rooms "check-docs finds each kind of mistake" -- python3 scripts/check-docs.py --self-test
    record rooms "what the documents point at is there" -- python3 scripts/check-docs.py
    record rooms "check-openapi finds each kind of drift" -- python3 scripts/check-openapi.py --self-test
    record rooms "check-schema finds each kind of drift" -- python3 scripts/check-schema.py --self-test
    record rooms "docs/policy.schema.json has the keys the reader has" -- python3 scripts/check-schema.py
    record rooms "sentences finds each kind of mistake" -- python3 scripts/sentences.py check --self-test
    record rooms "every sentence of the page is there in each language" -- python3 scripts/sentences.py check
    record rooms "every promise a test names has a sentence" -- python3 scripts/promise-table.py --check
    record rooms "check-promises finds each kind of slip" -- python3 scripts/check-promises.py --self-test
    record rooms "each promise of the table stands in one example, where it says" -- python3 scripts/check-promises.py
    record rooms "docs/openapi.yaml says what the code's tables say" -- python3 scripts/check-openapi.py
}

# What the documents print of the program's own tables; needs the program.
tables() {
    say "rooms: tables in the documents"
    record rooms "the tables in docs/ are the program's" -- env TROTH="$build/troth" scripts/gen-docs.sh --check
}

compile() {
    say "building into $build"
    if [ ! -f "$build/build.ninja" ]; then
        local options=(--buildtype=debugoptimized)
        [ -n "$asan" ] && options=(--buildtype=debug -Db_sanitize=address,undefined -Db_lundef=false)
        meson setup "$build" "${options[@]}" >"$TROTH_RESULTS/setup.log" 2>&1 || {
            cat "$TROTH_RESULTS/setup.log"
            return 1
        }
    fi
    # Set up before the test library was there? Then its tests were left out: look again.
    if ! grep -q '"unit"\|:unit"' "$build/meson-info/intro-tests.json" 2>/dev/null; then
        meson setup --reconfigure "$build" >"$TROTH_RESULTS/setup.log" 2>&1 || {
            cat "$TROTH_RESULTS/setup.log"
            return 1
        }
    fi
    ninja -C "$build" --quiet
}

# meson_suite NAME TIMES - the compiled tests of one suite; each cmocka case counts.
meson_suite() {
    say "$1: compiled tests"
    rm -f "$build/meson-logs/testlog.json"
    meson test -C "$build" --no-rebuild --suite "$1" --timeout-multiplier "$2" --print-errorlogs \
        </dev/null
    python3 scripts/results.py meson "$1" "$build/meson-logs/testlog.json"
}

node_files() {
    local suite=$1 file
    shift
    for file in "$@"; do
        [ -e "$file" ] || continue
        say "$suite: ${file#tests/}"
        python3 scripts/results.py node "$suite" "$file"
    done
}

if wants rooms; then rooms; fi
if compile; then
    note build "the program and its tests compile" pass
    if wants rooms; then tables; fi
    times=1
    [ -n "$asan" ] && times=4
    if wants unit; then meson_suite unit $times; fi
    if wants fuzz; then meson_suite fuzz $times; fi
    if wants lib; then node_files lib tests/lib/*.test.mjs; fi
    if wants story; then node_files story tests/story/*.test.mjs; fi
    if wants fault; then node_files fault tests/fault/*.test.mjs; fi
    if wants postgresql || wants postgresql-all || [ "$asked" = postgresql ]; then
        if pg_start; then
            note postgresql "a throw-away PostgreSQL starts" pass
            if wants postgresql || wants postgresql-all; then meson_suite postgresql $times; fi
            export TROTH_TEST_STORE=postgresql
            if wants postgresql-all; then
                node_files postgresql tests/postgresql/*.test.mjs tests/story/*.test.mjs tests/fault/kill.test.mjs
            elif wants postgresql && [ -z "$asan" ]; then
                node_files postgresql tests/postgresql/*.test.mjs tests/story/[bcfghlnoqs]-*.test.mjs
            fi
        else
            note postgresql "a throw-away PostgreSQL starts" fail
        fi
    fi
    if [ "$asked" = postgresql ]; then export TROTH_TEST_STORE=postgresql; else unset TROTH_TEST_STORE; fi
    for file in ${files[@]+"${files[@]}"}; do node_files story "$file"; done
else
    note build "the program and its tests compile" fail
fi

python3 scripts/promises.py "$TROTH_RESULTS"
say "done"
python3 scripts/results.py sum "$TROTH_RESULTS"
