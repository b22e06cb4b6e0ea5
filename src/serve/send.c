#include "serve/serve_priv.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { SEND_PARTS = 2 * LIMIT_HTTP_PIPELINE };

static void
figures_note(struct serve *serve, const struct job *job, int64_t us)
{
    static const int64_t buckets_us[] = {250,   500,   1000,   2500,   5000,   10000,
                                         25000, 50000, 100000, 250000, 1000000};
    struct serve_figures *figures = &serve->figures;
    int status = job->req.reply.status;
    figures->requests++;
    figures->replies_2xx += status >= 200 && status < 400;
    figures->replies_4xx += status >= 400 && status < 500;
    figures->replies_5xx += status >= 500;
    size_t i = 0;
    while (i < sizeof buckets_us / sizeof buckets_us[0] && us > buckets_us[i])
        i++;
    figures->latency_bucket[i]++;
    figures->latency_us_sum += (uint64_t)us;
}

/* The pattern, never the path: that may hold an id. */
static void
access_note(const struct job *job, int64_t us)
{
    char id[33];
    hex_put(id, job->req.id, sizeof job->req.id);
    const struct route *route = job->req.route;
    LOG(LOG_INFO, "request", LOG_T("route", route == NULL ? "-" : route->path),
        LOG_T("method", route == NULL ? "-" : http_method_name(job->head.method)),
        LOG_N("status", job->req.reply.status), LOG_N("us", us), LOG_T("request", id));
}

void
send_done(struct serve *serve, struct job *job)
{
    struct conn *conn = job->conn;
    struct job *before = NULL;
    for (struct job *at = conn->first; at != job; at = at->next)
        before = at;
    *(before == NULL ? &conn->first : &before->next) = job->next;
    if (conn->last == job)
        conn->last = before;
    conn->job_count--;
    int64_t us = (serve->options.access_log ? clock_mono_us() : serve->now_us) - job->began_us;
    figures_note(serve, job, us);
    if (serve->options.access_log)
        access_note(job, us);
    const struct serve_hooks *hooks = &serve->options.hooks;
    if (job->hooked && hooks->done != NULL)
        hooks->done(hooks->app, &job->req);
    job_give(&serve->jobs, job);
}

void
send_ready(struct serve *serve, struct job *job)
{
    struct conn *conn = job->conn;
    if (conn->phase == CONN_DEAD) {
        send_done(serve, job);
        conn_reap(serve, conn);
        return;
    }
    job->stage = JOB_SENDING;
    if (job->head_out) {
        job->out_at = 0;
        job->out_end = 0;
        return;
    }
    /* While stopping, the last of the connection's replies says that it is the last. */
    bool keep = !job->close && !(serve->stopping && job->next == NULL);
    if (serve->now_us >= serve->date.due_us)
        reply_date_set(&serve->date, serve->now_us);
    reply_render(job, span_of(serve->date.text, serve->date.n), keep, conn->tls != NULL);
    job->head_out = true;
    conn->closing = conn->closing || job->close;
}

static size_t
parts_collect(const struct conn *conn, struct iovec parts[SEND_PARTS])
{
    size_t count = 0;
    for (struct job *job = conn->first; job != NULL && job->stage == JOB_SENDING; job = job->next) {
        if (job->out_end > job->out_at)
            parts[count++] = (struct iovec){job->out + job->out_at, job->out_end - job->out_at};
        if (job->rest.n > 0)
            parts[count++] = (struct iovec){(void *)(uintptr_t)job->rest.p, job->rest.n};
        if (count > SEND_PARTS - 2 || job->streaming || job->close)
            break;
    }
    return count;
}

static ssize_t
parts_send(struct conn *conn, struct iovec *parts, size_t count)
{
    if (conn->tls != NULL)
        return tls_write(conn->tls, span_of(parts[0].iov_base, parts[0].iov_len));
    for (;;) {
        struct msghdr msg = {.msg_iov = parts, .msg_iovlen = count};
        ssize_t put = count == 1
                          ? send(conn->fd, parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL)
                          : sendmsg(conn->fd, &msg, MSG_NOSIGNAL);
        if (put >= 0)
            return put;
        if (errno != EINTR)
            return errno == EAGAIN ? TLS_AGAIN : TLS_BROKEN;
    }
}

static size_t
min_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* put bytes left. What is over with them leaves the connection; false when nothing may follow on it. */
static bool
parts_account(struct serve *serve, struct conn *conn, size_t put)
{
    for (;;) {
        struct job *job = conn->first;
        if (job == NULL || job->stage != JOB_SENDING)
            return true;
        size_t n = min_of(put, job->out_end - job->out_at);
        job->out_at += n;
        put -= n;
        n = min_of(put, job->rest.n);
        job->rest = span_sub(job->rest, n, job->rest.n);
        put -= n;
        if (job->out_at < job->out_end || job->rest.n > 0 || job->cut)
            return true;
        if (job->streaming) {
            job->stage = JOB_PIECE;
            loop_resume_put(serve, job);
            return true;
        }
        bool close = job->close;
        send_done(serve, job);
        if (close)
            return false;
    }
}

/* The last reply is with the kernel. */
static void
conn_end(struct serve *serve, struct conn *conn)
{
    if (conn->tls != NULL)
        tls_bye(conn->tls);
    /* Unread bytes would turn close into a reset, which may overtake the reply (RFC 9112 section 9.6). */
    if (!(conn->linger || conn->readable) || conn->first != NULL || conn->ended ||
        shutdown(conn->fd, SHUT_WR) != 0) {
        conn_close(serve, conn);
        return;
    }
    conn->in_at = 0;
    conn->in_end = 0;
    conn_phase_set(serve, conn, CONN_LINGER, serve->bounds.linger_ms);
    if (conn->readable)
        conn_ready(serve, conn);
}

void
send_flush(struct serve *serve, struct conn *conn)
{
    bool moved = false;
    while (conn->first != NULL && conn->first->stage == JOB_SENDING) {
        struct iovec parts[SEND_PARTS];
        if (conn->first->cut) {
            conn_close(serve, conn);
            return;
        }
        size_t count = parts_collect(conn, parts);
        ssize_t put = count == 0 ? 0 : parts_send(conn, parts, count);
        if (put == TLS_AGAIN) {
            if (moved || conn->phase != CONN_WRITE)
                conn_phase_set(serve, conn, CONN_WRITE, serve->bounds.write_ms);
            return;
        }
        if (put < 0) {
            conn_close(serve, conn);
            return;
        }
        moved = moved || put > 0;
        serve->figures.bytes_out += (uint64_t)put;
        if (!parts_account(serve, conn, (size_t)put)) {
            conn_end(serve, conn);
            return;
        }
    }
    if (conn->first == NULL)
        conn_rest(serve, conn);
    else
        conn_phase_set(serve, conn, CONN_BUSY, -1);
}
