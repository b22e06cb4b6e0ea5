#include "serve/serve_priv.h"

#include <sys/socket.h>

/* A body up to this may share the small arena with what the handler makes of it. */
enum { INTAKE_SMALL = 65536 };

static struct span
bytes_there(const struct conn *conn)
{
    return span_of(conn->in + conn->in_at, conn->in_end - conn->in_at);
}

static void
conn_join(struct conn *conn, struct job *job)
{
    job->conn = conn;
    if (conn->last == NULL)
        conn->first = job;
    else
        conn->last->next = job;
    conn->last = job;
    conn->job_count++;
}

/* The job has its reply, or gets it in the turn. */
static void
job_start(struct serve *serve, struct conn *conn, struct job *job)
{
    conn_join(conn, job);
    conn->closing = conn->closing || job->close;
    conn_phase_set(serve, conn, CONN_BUSY, -1);
    if (job->req.reply.status == 0 && !job->req.route->free_of_turn) {
        turn_join(&serve->turn, job);
        return;
    }
    if (job->req.reply.status == 0)
        turn_free_run(&serve->options.hooks, job);
    send_ready(serve, job);
}

static void
job_begin(struct serve *serve, struct conn *conn, struct job *job)
{
    job->req.local = conn->local;
    job->req.loopback = conn->loopback;
    job->began_us = serve->now_us;
    request_id_make(job->req.id);
}

void
intake_refuse(struct serve *serve, struct conn *conn, struct job *job, const struct err *err)
{
    if (job == NULL)
        job = job_take(&serve->jobs);
    if (job == NULL) {
        conn_close(serve, conn);
        return;
    }
    serve->figures.bad_requests++;
    conn->awaiting = false;
    conn->closing = true;
    conn->linger = true;
    job->close = true;
    job->req.route = NULL;
    job_begin(serve, conn, job);
    reply_problem(&job->req, err);
    job_start(serve, conn, job);
    send_flush(serve, conn);
}

/* No job is free: says so without one. */
static void
intake_busy(struct serve *serve, struct conn *conn)
{
    serve->figures.replies_5xx++;
    struct span busy = span_str(reply_busy);
    if (conn->tls != NULL)
        (void)tls_write(conn->tls, busy);
    else
        (void)send(conn->fd, busy.p, busy.n, MSG_NOSIGNAL);
    conn->closing = true;
    conn->linger = true;
    if (shutdown(conn->fd, SHUT_WR) != 0)
        conn_close(serve, conn);
    else
        conn_phase_set(serve, conn, CONN_LINGER, serve->bounds.linger_ms);
}

static bool
host_known(const struct serve *serve, struct span host)
{
    if (serve->host_count == 0)
        return true;
    /* Without the port; the parser has checked the form. */
    size_t end = host.n > 0 && host.p[0] == '[' ? span_find(host, ']') + 1 : span_find(host, ':');
    host = span_sub(host, 0, end);
    for (size_t i = 0; i < serve->host_count; i++)
        if (span_ieq(serve->hosts[i], host))
            return true;
    return false;
}

/* Finds the route, or sets the reply that says why there is none. */
static void
job_route(struct serve *serve, struct conn *conn, struct job *job)
{
    struct err err;
    struct request *req = &job->req;
    const struct http_head *head = &job->head;
    unsigned allowed;
    if (!conn->local && !host_known(serve, head->host)) {
        err_set(&err, ERR_BAD_HOST, "the Host field names another server");
        reply_problem(req, &err);
        return;
    }
    req->route = router_find(serve->router, head->method, head->path, req->params,
                             &req->param_count, &allowed);
    if (req->route == NULL && allowed != 0) {
        reply_not_allowed(req, allowed);
    } else if (req->route == NULL) {
        err_set(&err, ERR_NOT_FOUND, "no such address");
        reply_problem(req, &err);
    } else if (head->body == HTTP_BODY_LENGTH && head->length > req->route->body_max) {
        err_set(&err, ERR_TOO_LARGE, "the body may have at most %u bytes", req->route->body_max);
        reply_problem(req, &err);
    }
}

/* How much of an unwanted body is here to be skipped. HTTP_BAD: it breaks the rules, which matters more than
 * why it is unwanted. */
static enum http_got
body_skip(const struct job *job, struct span there, size_t *ret_n, struct err *err)
{
    const struct http_head *head = &job->head;
    *ret_n = 0;
    if (head->body == HTTP_BODY_LENGTH) {
        *ret_n = (size_t)head->length;
        return head->length <= there.n ? HTTP_DONE : HTTP_MORE;
    }
    if (head->body == HTTP_BODY_NONE)
        return HTTP_DONE;
    struct http_chunks chunks;
    struct span in = there;
    struct buf nowhere = arena_buf(job->req.arena, there.n > 0 ? there.n : 1);
    http_chunks_init(&chunks);
    enum http_got got = http_chunks_read(&chunks, &in, &nowhere, err);
    *ret_n = there.n - in.n;
    return got;
}

/* A request that is answered without its body: the connection goes on only when that is here to be skipped. */
static void
job_decline(struct serve *serve, struct conn *conn, struct job *job, size_t head_n)
{
    struct err err;
    size_t body_n;
    struct span there = bytes_there(conn);
    enum http_got got = body_skip(job, span_sub(there, head_n, there.n), &body_n, &err);
    if (got == HTTP_BAD) {
        serve->figures.bad_requests++;
        reply_problem(&job->req, &err);
    }
    if (got == HTTP_DONE) {
        conn->in_at += head_n + body_n;
    } else {
        conn->in_at = conn->in_end;
        conn->closing = true;
        conn->linger = true;
        job->close = true;
    }
    job_start(serve, conn, job);
}

/* The body is there: in the buffer at body, or in the arena. */
static void
job_accept(struct serve *serve, struct conn *conn, struct job *job, struct span body)
{
    struct request *req = &job->req;
    req->body = body;
    bool wide = body.n > INTAKE_SMALL || req->route->arena_bytes > LIMIT_HTTP_ARENA - INTAKE_SMALL;
    if (wide && !job_widen(&serve->jobs, job)) {
        struct err err;
        err_set(&err, ERR_UNAVAILABLE, "no room for another large request");
        reply_problem(req, &err);
    }
    job_start(serve, conn, job);
}

/* The client waits for a word before it sends the body (RFC 9110 section 10.1.1). */
static void
say_continue(struct serve *serve, struct conn *conn)
{
    struct span word = SPAN("HTTP/1.1 100 Continue\r\n\r\n");
    ssize_t put = conn->tls != NULL ? tls_write(conn->tls, word)
                                    : send(conn->fd, word.p, word.n, MSG_NOSIGNAL);
    if (put != (ssize_t)word.n) /* nothing else is under way, so there was room, or nobody is there */
        conn_close(serve, conn);
}

static void
body_await(struct serve *serve, struct conn *conn, const struct job *job, size_t head_n)
{
    conn->awaiting = true;
    conn->head_n = head_n;
    conn->body_n = (size_t)job->head.length;
    conn->body_got = conn->in_end - conn->in_at - head_n;
    conn->body_since_ms = serve_now_ms(serve);
    conn_phase_set(serve, conn, CONN_BODY, serve->bounds.body_ms);
    if (job->head.expect_continue && conn->body_got == 0)
        say_continue(serve, conn);
}

/* What has come of a chunked body is looked through once, and kept as it was sent. */
static enum http_got
chunks_await(struct conn *conn, struct err *err)
{
    static char nowhere[LIMIT_HTTP_BUFFER]; /* decoding comes later; only the loop's thread is here */
    struct span there = bytes_there(conn);
    struct span in = span_sub(there, conn->head_n + conn->chunks_at, there.n);
    size_t left = conn->body_max - (size_t)conn->chunks.total;
    struct buf body;
    buf_init(&body, nowhere, left < sizeof nowhere ? left : sizeof nowhere);
    body.cap = left; /* a buffer's bytes fit into nowhere whatever the limit is */
    enum http_got got = http_chunks_read(&conn->chunks, &in, &body, err);
    conn->chunks_at = there.n - conn->head_n - in.n;
    memset(nowhere, 0, body.n);
    __asm__ volatile("" : : "r"(nowhere) : "memory");
    return got;
}

/* The body outgrows the buffer: from now on it goes into a large arena as it comes. */
static void
body_spill(struct serve *serve, struct conn *conn, struct job *job)
{
    struct err err;
    size_t cap = conn->chunked ? conn->body_max : conn->body_n;
    if (!job_widen(&serve->jobs, job)) {
        err_set(&err, ERR_UNAVAILABLE, "no room for another large request");
        reply_problem(&job->req, &err);
        conn->awaiting = false;
        job_decline(serve, conn, job, conn->head_n);
        return;
    }
    job->body = arena_buf(job->req.arena, cap);
    TROTH_ASSERT(buf_ok(&job->body)); /* a body's limit is far below the arena's */
    job->stage = JOB_READING;
    job->conn = conn;
    conn->reading = job;
    conn->awaiting = false;
    struct span there = bytes_there(conn);
    if (conn->chunked) {
        http_chunks_init(&conn->chunks);
        return; /* read again from the buffer, this time to keep it */
    }
    buf_put(&job->body, span_sub(there, conn->head_n, there.n));
    job->body_left = conn->body_n - job->body.n;
    conn->in_end = conn->in_at + conn->head_n;
}

/* More of a body that goes into the arena. */
static void
reading_go(struct serve *serve, struct conn *conn)
{
    struct job *job = conn->reading;
    struct err err;
    size_t used = conn->head_n;
    if (conn->chunked) {
        struct span there = bytes_there(conn);
        struct span in = span_sub(there, conn->head_n, there.n);
        enum http_got got = http_chunks_read(&conn->chunks, &in, &job->body, &err);
        if (got == HTTP_BAD) {
            conn->reading = NULL;
            intake_refuse(serve, conn, job, &err);
            return;
        }
        used = there.n - in.n;
        if (got == HTTP_MORE) {
            conn->in_end = conn->in_at + conn->head_n;
            return;
        }
    } else if (job->body_left > 0)
        return;
    conn->reading = NULL;
    conn->in_at += used;
    job->stage = JOB_FRESH;
    job_accept(serve, conn, job, buf_span(&job->body));
}

/* The body is not all there. Those before it first: only then can the buffer move. */
static void
body_wait(struct serve *serve, struct conn *conn, struct job *job, size_t head_n)
{
    if (conn->first != NULL) {
        conn->awaiting = false;
        job_give(&serve->jobs, job);
        return;
    }
    if (!conn->awaiting)
        body_await(serve, conn, job, head_n);
    size_t there_n = conn->in_end - conn->in_at;
    bool fits = conn->chunked ? there_n < LIMIT_HTTP_BUFFER
                              : head_n + conn->body_n <= LIMIT_HTTP_BUFFER;
    if (fits || conn->phase != CONN_BODY) {
        job_give(&serve->jobs, job); /* taken again when the body is there: slow senders hold none */
        return;
    }
    body_spill(serve, conn, job);
    if (conn->reading != NULL)
        reading_go(serve, conn);
}

/* Looks whether a chunked body is all there; *ret_n: its bytes as sent. */
static enum http_got
chunks_take(struct conn *conn, const struct job *job, size_t head_n, size_t *ret_n, struct err *err)
{
    if (!conn->awaiting) {
        http_chunks_init(&conn->chunks);
        conn->chunks_at = 0;
    }
    conn->head_n = head_n;
    conn->body_max = job->req.route->body_max;
    enum http_got got = chunks_await(conn, err);
    *ret_n = conn->chunks_at;
    return got;
}

static struct span
chunks_decode(struct conn *conn, struct job *job, struct span in)
{
    struct err err;
    size_t n = (size_t)conn->chunks.total;
    struct buf decoded = arena_buf(job->req.arena, n > 0 ? n : 1);
    http_chunks_init(&conn->chunks);
    enum http_got got = http_chunks_read(&conn->chunks, &in, &decoded, &err);
    TROTH_ASSERT(got == HTTP_DONE); /* it was read to its end before */
    return buf_span(&decoded);
}

/* The rest of a request whose head is good. False: wait. */
static bool
body_take(struct serve *serve, struct conn *conn, struct job *job, size_t head_n)
{
    const struct http_head *head = &job->head;
    struct span there = bytes_there(conn), body = SPAN_NONE;
    struct err err;
    enum http_got got = HTTP_DONE;
    size_t body_n = 0;
    conn->chunked = head->body == HTTP_BODY_CHUNKED;
    if (head->body == HTTP_BODY_LENGTH) {
        body_n = (size_t)head->length;
        body = span_sub(there, head_n, body_n);
        got = body.n < body_n ? HTTP_MORE : HTTP_DONE;
    } else if (conn->chunked)
        got = chunks_take(conn, job, head_n, &body_n, &err);
    if (got == HTTP_BAD) {
        intake_refuse(serve, conn, job, &err);
        return false;
    }
    if (got == HTTP_MORE) {
        body_wait(serve, conn, job, head_n);
        return false;
    }
    conn->awaiting = false;
    if (conn->chunked)
        body = chunks_decode(conn, job, span_sub(there, head_n, body_n));
    conn->in_at += head_n + body_n;
    job_accept(serve, conn, job, body);
    return true;
}

/* Whether it pays to look at the bytes again. */
static bool
worth(struct conn *conn, struct span there)
{
    if (!conn->awaiting)
        return conn->seen == 0 || http_head_worth(there, conn->seen);
    if (conn->chunked)
        return there.n > conn->head_n + conn->chunks_at;
    return there.n >= conn->head_n + conn->body_n;
}

/* One request from the front of the buffer. False: nothing more can be done now. */
static bool
intake_one(struct serve *serve, struct conn *conn)
{
    struct span there = bytes_there(conn);
    struct err err;
    size_t head_n;
    if (!worth(conn, there)) {
        conn->seen = conn->awaiting ? conn->seen : there.n;
        return false;
    }
    struct job *job = job_take(&serve->jobs);
    if (job == NULL) {
        if (conn->first == NULL)
            intake_busy(serve, conn);
        return false;
    }
    enum http_got got = http_head_read(&job->small, there, &job->head, &head_n, &err);
    if (got == HTTP_MORE) {
        job_give(&serve->jobs, job);
        conn->seen = there.n;
        if (conn->phase == CONN_IDLE)
            conn_phase_set(serve, conn, CONN_HEAD, serve->bounds.head_ms);
        return false;
    }
    conn->seen = 0;
    if (got == HTTP_BAD && err.code != ERR_EXPECT) {
        job->head = (struct http_head){0};
        intake_refuse(serve, conn, job, &err);
        return false;
    }
    job_begin(serve, conn, job);
    job->close = !job->head.keep_alive;
    if (got == HTTP_BAD)
        reply_problem(&job->req, &err);
    else
        job_route(serve, conn, job);
    if (job->req.reply.status == 0)
        return body_take(serve, conn, job, head_n);
    job_decline(serve, conn, job, head_n);
    return true;
}

void
intake(struct serve *serve, struct conn *conn)
{
    if (conn->reading != NULL)
        reading_go(serve, conn);
    while (!conn->closing && conn->reading == NULL && conn->in_end > conn->in_at &&
           conn->phase > CONN_FREE && conn->phase < CONN_WRITE &&
           conn->job_count < LIMIT_HTTP_PIPELINE) {
        if (serve->stopping)
            break;
        if (turn_full(&serve->turn)) {
            conn_ready(serve, conn);
            break;
        }
        if (!intake_one(serve, conn))
            break;
    }
    if (conn->first != NULL && conn->first->stage == JOB_SENDING && conn->phase == CONN_BUSY)
        send_flush(serve, conn);
}
