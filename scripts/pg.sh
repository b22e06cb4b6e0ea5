#!/bin/sh
# scripts/pg.sh start FOLDER | stop FOLDER - a throw-away PostgreSQL for one run of the tests.
#
# The cluster lies in FOLDER (made, and emptied by stop), is reached by a socket there
# and by nothing else, syncs like a real one, logs every statement as a curious
# operator would, and ends by itself after an hour whoever forgets it. Root
# cannot run PostgreSQL: then it runs as postgres, or nobody.
# Roles: troth_owner makes databases and tables, troth_service may do what the server needs.
set -eu

say() { echo "pg: $*" >&2; }
if [ $# != 2 ]; then
    say "usage: scripts/pg.sh start|stop FOLDER"
    exit 2
fi
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

case $1 in
start)
    mkdir -p "$folder"
    [ -n "$as" ] && chown "$user" "$folder"
    # What it writes is private; the folder itself lets others come to the socket.
    chmod 711 "$folder"
    mkdir "$folder/log"
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
    # shellcheck disable=SC2086 # a list of words
    (cd / && exec $as timeout --signal=INT 3600 "$bin/postgres" -D "$folder/data" </dev/null >/dev/null 2>"$folder/log/server") &
    tries=0
    until $as "$bin/pg_isready" -q -h "$folder"; do
        tries=$((tries + 1))
        if [ $tries -gt 150 ]; then
            say "it does not come up:"
            tail -5 "$folder/log/server" >&2
            exit 1
        fi
        sleep 0.1
    done
    "$bin/psql" -q -h "$folder" -U postgres -d postgres -v ON_ERROR_STOP=1 <<'SQL'
CREATE ROLE troth_service LOGIN;
CREATE ROLE troth_owner LOGIN CREATEDB;
GRANT SET ON PARAMETER log_parameter_max_length, log_min_error_statement, log_error_verbosity TO troth_service;
SQL
    ;;
stop)
    pid=$(head -1 "$folder/data/postmaster.pid" 2>/dev/null || true)
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
    say "'$1' is neither start nor stop"
    exit 2
    ;;
esac
