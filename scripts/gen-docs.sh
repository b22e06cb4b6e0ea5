#!/bin/sh
# scripts/gen-docs.sh [--check] - writes the tables that the program prints into the documents.
#
# docs/operators.md holds the table of settings between two marks. --check writes nothing and
# ends with 1 when the document says something else than the program. TROTH names the program.
set -eu
cd "$(dirname "$0")/.."
troth=${TROTH:-build/troth}
file=docs/operators.md

made=$(mktemp) && table=$(mktemp)
trap 'rm -f "$made" "$table"' EXIT
"$troth" docs settings >"$table"
[ -s "$table" ] || { echo "gen-docs: $troth docs settings says nothing" >&2; exit 1; }
awk -v table="$table" '
    /^<!-- \/settings -->$/ { inside = 0; ended = 1 }
    !inside { print }
    /^<!-- settings -->$/ {
        inside = 1
        while ((getline line < table) > 0) print line
    }
    END { if (!ended) exit 3 }' "$file" >"$made" || {
    echo "gen-docs: $file has no marks <!-- settings --> and <!-- /settings -->" >&2
    exit 1
}
if [ "${1:-}" = --check ]; then
    diff -u "$file" "$made" || { echo "gen-docs: run scripts/gen-docs.sh" >&2; exit 1; }
else
    cat "$made" >"$file"
fi
