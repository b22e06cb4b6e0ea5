#!/bin/sh
# scripts/pg.sh WORD FOLDER - a throw-away PostgreSQL for one run of the tests.
#
#   start FOLDER            makes a cluster and runs it
#   stop FOLDER             ends it and takes everything away
#   kill FOLDER             kill -9 of its first process, as a machine that falls
#   again FOLDER            runs one that was killed
#   standby FOLDER PRIMARY  a copy of the running PRIMARY that follows it; PRIMARY's commits wait for it from then on
#   promote FOLDER          the standby becomes a primary (and waits for nobody)
#
# The cluster lies in FOLDER (made, and emptied by stop), is reached by a socket there
# and by nothing else, syncs like a real one, logs every statement as a curious
# operator would, and ends by itself after an hour (TROTH_PG_SECONDS) whoever forgets it. Root
# cannot run PostgreSQL: then it runs as postgres, or nobody.
# Roles: troth_owner makes databases and tables, troth_service may do what the server needs.
# TROTH_PG_CONF and TROTH_PG_HBA: files whose lines are added to its two of that kind at the start (the last line of a
# setting counts; bench/postgresql.conf is for measuring).
set -eu

say() { echo "pg: $*" >&2; }
usage() {
    say "usage: scripts/pg.sh start|stop|kill|again|promote FOLDER, or standby FOLDER PRIMARY"
    exit 2
}
[ $# -ge 2 ] || usage
folder=$2

bin=
for version in 17 16 15; do
    [ -x "/usr/lib/postgresql/$version/bin/postgres" ] && bin=/usr/lib/postgresql/$version/bin
done
[ -z "$bin" ] && command -v postgres >/dev/null 2>&1 && bin=$(dirname "$(command -v postgres)")
if [ -z "$bin" ]; then
    say "there is no PostgreSQL here; scripts/setup.sh test installs it"
    exit 3
fi

as=
if [ "$(id -u)" = 0 ]; then
    user=nobody
    id postgres >/dev/null 2>&1 && user=postgres
    as="setpriv --reuid=$user --regid=$(id -g "$user") --clear-groups"
fi

# The cluster's first process, by the file it leaves.
first_pid() { head -1 "$folder/data/postmaster.pid" 2>/dev/null || true; }

place() {
    mkdir -p "$folder"
    [ -n "$as" ] && chown "$user" "$folder"
    # What it writes is private; the folder itself lets others come to the socket.
    chmod 711 "$folder"
    mkdir -p "$folder/log"
}

sql() { "$bin/psql" -X -q -A -t -h "$1" -U postgres -d postgres -v ON_ERROR_STOP=1; }

launch() {
    # shellcheck disable=SC2086 # a list of words
    (cd / && exec $as timeout --signal=INT "${TROTH_PG_SECONDS:-3600}" "$bin/postgres" -D "$folder/data" </dev/null >/dev/null 2>>"$folder/log/server") &
}

# Runs what lies in data, and waits until it takes connections. It refuses to start while children of one that was
# killed still end: then it is tried again.
run() {
    launch
    tries=0
    until $as "$bin/pg_isready" -q -h "$folder"; do
        tries=$((tries + 1))
        kill -0 $! 2>/dev/null || launch
        if [ $tries -gt 300 ]; then
            say "it does not come up:"
            tail -5 "$folder/log/server" >&2
            exit 1
        fi
        sleep 0.1
    done
}

case $1 in
start)
    place
    $as "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C >"$folder.initdb" 2>&1 || {
        cat "$folder.initdb" >&2
        exit 1
    }
    rm -f "$folder.initdb"
    cat >>"$folder/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$folder'
max_connections = 90
shared_buffers = 32MB
min_wal_size = 32MB
log_statement = all
log_destination = stderr
jit = off
CONF
    [ -z "${TROTH_PG_CONF:-}" ] || cat "$TROTH_PG_CONF" >>"$folder/data/postgresql.conf"
    [ -z "${TROTH_PG_HBA:-}" ] || cat "$TROTH_PG_HBA" >>"$folder/data/pg_hba.conf"
    run
    sql "$folder" <<'SQL'
CREATE ROLE troth_service LOGIN;
CREATE ROLE troth_owner LOGIN CREATEDB;
GRANT SET ON PARAMETER log_parameter_max_length, log_min_error_statement, log_error_verbosity TO troth_service;
SQL
    ;;
standby)
    [ $# = 3 ] || usage
    place
    rm -rf "$folder/data"
    name=$(basename "$folder" | tr -c 'a-z0-9\n' _)
    echo "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '$name'" | sql "$3" >/dev/null
    # shellcheck disable=SC2086
    (cd / && $as "$bin/pg_basebackup" -h "$3" -U postgres -D "$folder/data" -X stream -c fast -C -S "$name" -R \
        -d "application_name=$name")
    cat >>"$folder/data/postgresql.auto.conf" <<CONF
unix_socket_directories = '$folder'
synchronous_standby_names = ''
CONF
    run
    sql "$3" <<SQL
ALTER SYSTEM SET synchronous_standby_names = '$name';
SELECT pg_reload_conf() \g /dev/null
SQL
    tries=0
    until [ "$(echo "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'" | sql "$3")" = 1 ]; do
        tries=$((tries + 1))
        if [ $tries -gt 150 ]; then
            say "the standby does not follow"
            exit 1
        fi
        sleep 0.1
    done
    ;;
promote)
    (cd / && $as "$bin/pg_ctl" promote -s -w -D "$folder/data")
    ;;
kill)
    pid=$(first_pid)
    [ -z "$pid" ] || kill -KILL "$pid"
    ;;
again)
    run
    ;;
stop)
    pid=$(first_pid)
    if [ -n "$pid" ]; then
        kill -INT "$pid" 2>/dev/null || true
        tries=0
        while kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do
            tries=$((tries + 1))
            sleep 0.1
        done
        kill -QUIT "$pid" 2>/dev/null || true
    fi
    rm -rf "$folder"
    ;;
*)
    usage
    ;;
esac
