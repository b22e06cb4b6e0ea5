/* One session: how it is opened, what is set on it, and how an answer is waited for, never for ever. */
#include "store/pg_priv.h"

#include "base/clock.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

/* Set on every connection. A parameter never reaches the server's log with these; the first two need a right
 * (docs/operators.md), and are left out without it. synchronous_commit may be stronger, not weaker. */
static const char *const session =
    "SELECT set_config(n, v, false) FROM (VALUES ('log_parameter_max_length', '0'), "
    "('log_min_error_statement', 'panic'), ('log_error_verbosity', 'terse')) AS s (n, v) "
    "WHERE has_parameter_privilege(n, 'SET');"
    "SET log_parameter_max_length_on_error = 0;"
    "SET search_path = public, pg_temp;"
    "SET client_min_messages = warning;"
    "SET default_transaction_isolation = 'read committed';"
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') IN ('off', 'local');";

/* The server's warnings hold values as its errors do. That there was one matters to a commit. */
static void
on_notice(void *ctx, const PGresult *result)
{
    (void)result;
    ((struct pg_conn *)ctx)->warned = true;
}

/* Waits until the socket is ready for what is asked, at most to end_ms. */
static bool
socket_wait(PGconn *pq, short events, int64_t end_ms)
{
    for (;;) {
        int64_t left = end_ms - clock_mono_ms();
        if (left <= 0)
            return false;
        struct pollfd fd = {.fd = PQsocket(pq), .events = events};
        int n = poll(&fd, 1, (int)left);
        if (n > 0)
            return true;
        if (n == 0)
            return false;
    }
}

PGresult *
pg_conn_next(struct pg_conn *conn, int64_t end_ms)
{
    PGconn *pq = conn->pq;
    while (!conn->lost) {
        int rest = PQflush(pq);
        if (rest < 0)
            conn->lost = true;
        else if (PQisBusy(pq) == 0)
            break;
        else if (!socket_wait(pq, (short)(rest > 0 ? POLLIN | POLLOUT : POLLIN), end_ms) ||
                 PQconsumeInput(pq) == 0)
            conn->lost = true;
    }
    PGresult *result = conn->lost ? NULL : PQgetResult(pq);
    if (PQstatus(pq) == CONNECTION_BAD)
        conn->lost = true;
    return result;
}

bool
pg_conn_ask(struct pg_conn *conn, const char *text, int64_t most_ms, PGresult **ret, struct err *err)
{
    int64_t end_ms = clock_mono_ms() + most_ms;
    char state[6] = "";
    bool ok = PQsendQuery(conn->pq, text) == 1;
    PGresult *last = NULL;
    if (!ok)
        conn->lost = true;
    for (PGresult *r = NULL; !conn->lost && (r = pg_conn_next(conn, end_ms)) != NULL;) {
        ExecStatusType status = PQresultStatus(r);
        const char *said = PQresultErrorField(r, PG_DIAG_SQLSTATE);
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
            ok = false;
            (void)span_copy(span_str(said == NULL ? "" : said), state, sizeof state);
        }
        PQclear(last);
        last = r;
    }
    ok = ok && !conn->lost;
    if (ok && ret != NULL)
        *ret = last;
    else
        PQclear(last);
    return ok || pg_say(conn->lost ? "" : state, "set-up of the store", err);
}

bool
pg_conn_number(struct pg_conn *conn, const char *text, int64_t *ret, struct err *err)
{
    PGresult *result = NULL;
    if (!pg_conn_ask(conn, text, LIMIT_PG_ANSWER_MS, &result, err))
        return false;
    bool ok = PQntuples(result) == 1 && PQnfields(result) == 1;
    const char *value = ok ? PQgetvalue(result, 0, 0) : "";
    if (ok)
        *ret = value[0] == 't' ? 1 : value[0] == 'f' || value[0] == '\0' ? 0 : strtoll(value, NULL, 10);
    PQclear(result);
    return ok || err_set(err, ERR_INTERNAL, "set-up of the store: no number");
}

/* libpq's own words about a connection that was refused name host, role and database, and no password. */
static bool
refused(const struct pg_conn *conn, struct err *err)
{
    const char *why = PQerrorMessage(conn->pq);
    char line[200];
    size_t n = 0;
    for (; why[n] != '\0' && why[n] != '\n' && n + 1 < sizeof line; n++)
        line[n] = (unsigned char)why[n] < ' ' ? ' ' : why[n];
    line[n] = '\0';
    return err_set(err, ERR_UNAVAILABLE, "PostgreSQL cannot be reached: %s",
                   n == 0 ? "no answer in time" : line);
}

static bool
connect_poll(struct pg_conn *conn, int64_t end_ms, struct err *err)
{
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    while (status != PGRES_POLLING_OK) {
        if (status == PGRES_POLLING_FAILED)
            return refused(conn, err);
        if (!socket_wait(conn->pq, status == PGRES_POLLING_READING ? POLLIN : POLLOUT, end_ms))
            return err_set(err, ERR_UNAVAILABLE, "PostgreSQL cannot be reached: no answer in time");
        status = PQconnectPoll(conn->pq);
    }
    return true;
}

static bool
session_set(struct pg_conn *conn, struct err *err)
{
    char times[256];
    (void)snprintf(times, sizeof times,
                   "SET statement_timeout = %d; SET lock_timeout = %d; "
                   "SET idle_in_transaction_session_timeout = %d",
                   LIMIT_PG_STATEMENT_MS, LIMIT_PG_LOCK_MS, LIMIT_PG_IDLE_MS);
    return pg_conn_ask(conn, session, LIMIT_PG_ANSWER_MS, NULL, err) &&
           pg_conn_ask(conn, times, LIMIT_PG_ANSWER_MS, NULL, err);
}

bool
pg_conn_open(const struct pg_place *place, enum store_db db, struct pg_conn *conn, struct err *err)
{
    uint64_t *trips = conn->trips;
    *conn = (struct pg_conn){.db = db, .trips = trips};
    const char *words[PG_WORDS_MAX + 2], *values[PG_WORDS_MAX + 2];
    memcpy(words, place->words, sizeof place->words);
    memcpy(values, place->values, sizeof place->values);
    size_t n = 0;
    while (words[n] != NULL)
        n++;
    if (place->dbname[0] != '\0') {
        words[n] = "dbname";
        values[n++] = place->dbname;
    }
    words[n] = values[n] = NULL;
    conn->pq = PQconnectStartParams(words, values, 0);
    if (conn->pq == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for a connection");
    bool ok = PQstatus(conn->pq) == CONNECTION_BAD
                  ? refused(conn, err)
                  : connect_poll(conn, clock_mono_ms() + LIMIT_PG_CONNECT_MS, err);
    (void)PQsetNoticeReceiver(conn->pq, on_notice, conn);
    if (ok && PQsetnonblocking(conn->pq, 1) != 0)
        ok = err_set(err, ERR_INTERNAL, "a connection cannot be made non-blocking");
    if (ok && PQserverVersion(conn->pq) < 150000)
        ok = err_set(err, ERR_CONFIG, "the store needs PostgreSQL 15 or later");
    ok = ok && session_set(conn, err);
    if (!ok)
        pg_conn_close(conn);
    return ok;
}

bool
pg_conn_pipe(struct pg_conn *conn, struct err *err)
{
    conn->piped = PQenterPipelineMode(conn->pq) == 1;
    return conn->piped || err_set(err, ERR_INTERNAL, "PostgreSQL's pipeline cannot be begun");
}

void
pg_conn_close(struct pg_conn *conn)
{
    pipe_detach(conn);
    if (conn->pq != NULL && conn->piped && !conn->lost)
        (void)pipe_wait(conn); /* else the server's log tells of a client that was lost */
    if (conn->pq != NULL)
        PQfinish(conn->pq);
    *conn = (struct pg_conn){.db = conn->db, .trips = conn->trips};
}
