#!/usr/bin/env bash
# scripts/demo.sh - the classroom example on loopback, with a few hundred people who do not exist.
#
# Everything lies in ./demo-data; run it again and it goes on from there, remove the
# folder and it begins anew. DEMO_PORT (8080), DEMO_PEOPLE (300); DEMO_ONCE=1 ends after
# printing what to try.
set -eu
cd "$(dirname "$0")/.."

troth=${TROTH:-build/troth}
place=demo-data
data=$place/data
port=${DEMO_PORT:-8080}
people=${DEMO_PEOPLE:-300}
policy=examples/classroom/served.yaml

umask 077
mkdir -p "$place"
if [ ! -e "$data/keyring.trk" ]; then
    "$troth" keys new --data "$data" --root-key-file "$place/root.key" >/dev/null
fi

"$troth" serve --policy "$policy" --data "$data" --root-key-file "$place/root.key" \
    --listen "127.0.0.1:$port" 2>"$place/log" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true' EXIT
trap 'exit 0' INT TERM

# Ready when it says where it listens (the port may be 0).
for _ in $(seq 200); do
    port=$(sed -n 's/.*"event":"listening".*"port":\([0-9]*\).*/\1/p' "$place/log" | head -n 1)
    [ -n "$port" ] && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.05
done
if [ -z "$port" ]; then
    echo "troth did not start:" >&2
    cat "$place/log" >&2
    exit 1
fi

token() { # ROLE: its token, made once
    if [ ! -s "$place/$1.token" ]; then
        "$troth" token add --data "$data" --role "$1" --name "demo-$1" --days 90 >"$place/$1.token"
    fi
    cat "$place/$1.token"
}
website=$(token website)
helpdesk=$(token helpdesk)

[ -s "$place/people" ] ||
    TROTH_TOKEN=$website python3 scripts/people.py --port "$port" --count "$people" --out "$place/people"
someone=$(head -n 1 "$place/people" | cut -d' ' -f1)

cat <<END

troth serves the classroom policy on http://127.0.0.1:$port with $(wc -l <"$place/people") generated people.

The policy, as people read it:

    http://127.0.0.1:$port/policy

Three things to try in another terminal:

  1. the helpdesk reads an account without saying which ticket: refused, and told by which rule

     curl -s -H "Authorization: Bearer $helpdesk" -H "Troth-Purpose: support" \\
       http://127.0.0.1:$port/v1/subjects/$someone/account

  2. the same with a ticket: allowed, but without what support does not need

     curl -s -H "Authorization: Bearer $helpdesk" -H "Troth-Purpose: support" -H "Troth-Task: ticket/4711" \\
       http://127.0.0.1:$port/v1/subjects/$someone/account

  3. what this person is told about it: every touch, with purpose and rule, the refusal too

     curl -s -H "Authorization: Bearer \$($troth token add --data $data --subject $someone --name me-\$\$)" \\
       http://127.0.0.1:$port/v1/subjects/$someone/deeds

END
if [ -n "${DEMO_ONCE:-}" ]; then
    exit 0
fi
echo "Ctrl-C ends it. The log is in $place/log."
wait "$server"
