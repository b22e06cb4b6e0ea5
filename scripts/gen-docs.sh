#!/bin/sh
# scripts/gen-docs.sh [--check] - writes the program's own tables into the documents.
#
# Each stands between two marks, <!-- NAME --> and <!-- /NAME -->:
#
#   settings  docs/operators.md  what `troth docs settings` prints
#   errors    docs/api.md        src/base/err_codes.def, what HTTP may answer
#   limits    docs/api.md        src/base/limits.def, what a client may meet
#
# --check writes nothing and ends with 1 when a document says something else. TROTH names
# the program.
set -eu
cd "$(dirname "$0")/.."
troth=${TROTH:-build/troth}
check=
if [ "${1:-}" = --check ]; then check=yes; fi

table=$(mktemp) && made=$(mktemp)
trap 'rm -f "$table" "$made"' EXIT
differ=

# fill NAME FILE - puts $table between the marks, or compares.
fill() {
    [ -s "$table" ] || { echo "gen-docs: there is nothing for the table $1" >&2; exit 1; }
    awk -v table="$table" -v from="<!-- $1 -->" -v to="<!-- /$1 -->" '
        $0 == to { inside = 0; ended = 1 }
        !inside { print }
        $0 == from {
            inside = 1
            while ((getline line < table) > 0) print line
        }
        END { if (!ended) exit 3 }' "$2" >"$made" || {
        echo "gen-docs: $2 has no marks <!-- $1 --> and <!-- /$1 -->" >&2
        exit 1
    }
    if [ -z "$check" ]; then
        cat "$made" >"$2"
    else
        diff -u "$2" "$made" || differ=yes
    fi
}

"$troth" docs settings >"$table"
fill settings docs/operators.md

{
    printf '| status | code | exit | title |\n|---|---|---|---|\n'
    sed -n 's/^ERR([A-Z_]*, \([0-9]*\), \([0-9]*\), "\([a-z-]*\)", "\(.*\)")$/| \1 | `\3` | \2 | \4 |/p' \
        src/base/err_codes.def | awk '$2 >= 400' | sort -s -n -k 2,2
} >"$table"
fill errors docs/api.md

{
    printf '| limit | value | what it bounds |\n|---|---|---|\n'
    sed -n 's/^LIMIT(\([A-Z_]*\), \([0-9]*\), "\([^"]*\)", "\(.*\)")$/| `\1` | \2 \3 | \4 |/p' src/base/limits.def |
        grep -E '`(HTTP_(REQUEST_LINE|HEAD|HEADER_LINE|FIELDS|BODY|PIPELINE|CONNECTIONS|CONNECTIONS_IP|JOBS|[A-Z]*_MS)|SLOW_JOBS|JSON_[A-Z]*|FIELD_TEXT|RECORD|TASK|IDEM_[A-Z]*|LIST_PAGE)`'
} >"$table"
fill limits docs/api.md

[ -z "$differ" ] || { echo "gen-docs: run scripts/gen-docs.sh" >&2; exit 1; }
