/*
 * The pipe: messages go out without waiting, in the order they are given, and their answers come
 * back in the same order. Before each wait goes a Sync, so that after a fault everything is known and
 * the next message is heard again.
 */
#include "store/pg_priv.h"

#include "base/clock.h"

#include <poll.h>

static struct pg_sent *
sent_at(struct pg_conn *conn, size_t i)
{
    return &conn->sent[(conn->first + i) % LIMIT_PG_QUEUE];
}

static void
sent_put(struct pg_conn *conn, enum pg_kind kind, int id, PGresult **to)
{
    TROTH_ASSERT(conn->count < LIMIT_PG_QUEUE);
    *sent_at(conn, conn->count++) = (struct pg_sent){.kind = kind, .id = id, .to = to};
    conn->number++;
}

/* Room for a message and the Sync behind it. */
static bool
room_make(struct pg_conn *conn)
{
    if (conn->pq == NULL || conn->lost)
        return false;
    return conn->count + 2 <= LIMIT_PG_QUEUE || pipe_wait(conn);
}

static bool
sent_ok(struct pg_conn *conn, bool went, enum pg_kind kind, int id, PGresult **to)
{
    if (!went) {
        conn->lost = true;
        return false;
    }
    sent_put(conn, kind, id, to);
    return true;
}

bool
pipe_step(struct pg_conn *conn, const char *text, PGresult **to)
{
    return room_make(conn) &&
           sent_ok(conn, PQsendQueryParams(conn->pq, text, 0, NULL, NULL, NULL, NULL, 1) == 1,
                   PG_STEP, -1, to);
}

bool
pipe_prepare(struct pg_conn *conn, enum sql_id id, const struct pg_stmt *known)
{
    const struct sql_row *row = &sql_rows[id];
    if (conn->prepared[id])
        return true;
    conn->prepared[id] = true; /* until its answer says otherwise */
    return room_make(conn) &&
           sent_ok(conn,
                   PQsendPrepare(conn->pq, row->name, row->text[SQL_ENGINE_POSTGRESQL],
                                 known == NULL ? 0 : (int)row->params,
                                 known == NULL ? NULL : known->param) == 1,
                   PG_PREPARE, (int)id, NULL);
}

bool
pipe_describe(struct pg_conn *conn, enum sql_id id, PGresult **to)
{
    return room_make(conn) &&
           sent_ok(conn, PQsendDescribePrepared(conn->pq, sql_rows[id].name) == 1, PG_QUERY, (int)id, to);
}

bool
pipe_query(struct pg_conn *conn, enum sql_id id, const struct pg_stmt *known,
           const struct pg_packed *packed, PGresult **to)
{
    return pipe_prepare(conn, id, known) && room_make(conn) &&
           sent_ok(conn,
                   PQsendQueryPrepared(conn->pq, sql_rows[id].name, packed->count, packed->values,
                                       packed->lengths, packed->formats, 1) == 1,
                   PG_QUERY, (int)id, to);
}

void
pipe_push(struct pg_conn *conn)
{
    if (conn->pq == NULL || conn->lost || conn->count == 0)
        return;
    if (sent_at(conn, conn->count - 1)->kind != PG_SYNC)
        (void)sent_ok(conn, PQpipelineSync(conn->pq) == 1, PG_SYNC, -1, NULL);
    if (!conn->lost && PQflush(conn->pq) < 0)
        conn->lost = true;
}

static void
fault_note(struct pg_conn *conn, const struct pg_sent *sent, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (conn->fault_number != 0)
        return;
    conn->fault_number = conn->number - conn->count + 1;
    conn->fault_id = sent->id;
    (void)span_copy(span_str(state == NULL ? "" : state), conn->fault_state, sizeof conn->fault_state);
}

/* The oldest message's answer. */
static bool
answer_read(struct pg_conn *conn, int64_t end_ms)
{
    struct pg_sent *sent = sent_at(conn, 0);
    PGresult *answer = NULL;
    conn->warned = false;
    for (;;) {
        PGresult *r = pg_conn_next(conn, end_ms);
        if (r == NULL || conn->lost) {
            PQclear(r);
            break; /* NULL ends a message's results */
        }
        ExecStatusType status = PQresultStatus(r);
        if (status == PGRES_PIPELINE_SYNC) {
            TROTH_ASSERT(sent->kind == PG_SYNC);
            PQclear(r);
            break; /* nothing ends these */
        }
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
            if (sent->kind == PG_PREPARE)
                conn->prepared[sent->id] = false;
            if (status != PGRES_PIPELINE_ABORTED)
                fault_note(conn, sent, r);
        }
        PQclear(answer);
        answer = r;
    }
    if (conn->lost) {
        PQclear(answer);
        return false;
    }
    if (sent->to != NULL && sent->kind == PG_STEP)
        conn->step_warned = conn->warned;
    if (sent->to != NULL)
        *sent->to = answer;
    else
        PQclear(answer);
    conn->first = (conn->first + 1) % LIMIT_PG_QUEUE;
    conn->count--;
    return true;
}

bool
pipe_wait(struct pg_conn *conn)
{
    if (conn->count == 0)
        return !conn->lost;
    pipe_push(conn);
    ++*conn->trips;
    while (conn->count > 0 && !conn->lost)
        (void)answer_read(conn, clock_mono_ms() + LIMIT_PG_ANSWER_MS);
    return !conn->lost;
}

void
pipe_detach(struct pg_conn *conn)
{
    for (size_t i = 0; i < conn->count; i++)
        sent_at(conn, i)->to = NULL;
}

void
pipe_look(struct pg_conn *conn)
{
    if (conn->pq == NULL || conn->lost)
        return;
    /* A server that ends says so and then closes: the second look sees that. */
    for (int i = 0; i < 2 && !conn->lost; i++) {
        struct pollfd fd = {.fd = PQsocket(conn->pq), .events = POLLIN};
        if (poll(&fd, 1, 0) > 0)
            conn->lost = PQconsumeInput(conn->pq) == 0 || PQstatus(conn->pq) == CONNECTION_BAD;
    }
    /* What has come already; nobody is waited for. */
    while (conn->count > 0 && !conn->lost && PQisBusy(conn->pq) == 0)
        (void)answer_read(conn, clock_mono_ms() + LIMIT_PG_ANSWER_MS);
}

void
pipe_forgive(struct pg_conn *conn)
{
    conn->fault_number = 0;
    conn->fault_id = -1;
    conn->fault_state[0] = '\0';
}
