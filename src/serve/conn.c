#include "serve/serve_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER_KEEP = 8192 }; /* of an input buffer between two requests; the rest goes back */

bool
conns_open(struct conns *conns, struct err *err)
{
    *conns = (struct conns){.count = LIMIT_HTTP_CONNECTIONS + LIMIT_HTTP_REFUSALS};
    size_t size = conns->count * LIMIT_HTTP_BUFFER;
    conns->all = calloc(conns->count, sizeof *conns->all);
    void *buffers = mmap(NULL, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (conns->all == NULL || buffers == MAP_FAILED) {
        conns_close(conns);
        return err_set(err, ERR_UNAVAILABLE, "no memory for %zu connections", conns->count);
    }
    conns->buffers = buffers;
    (void)madvise(buffers, size, MADV_NOHUGEPAGE);
    (void)madvise(buffers, size, MADV_DONTDUMP);
    for (size_t i = conns->count; i-- > 0;) {
        conns->all[i].in = conns->buffers + i * LIMIT_HTTP_BUFFER;
        conns->all[i].fd = -1;
        conns->all[i].generation = 1;
        conns->all[i].next = conns->free;
        conns->free = &conns->all[i];
    }
    return true;
}

void
conns_close(struct conns *conns)
{
    if (conns->buffers != NULL)
        (void)munmap(conns->buffers, conns->count * LIMIT_HTTP_BUFFER);
    free(conns->all);
    *conns = (struct conns){0};
}

void
conn_phase_set(struct serve *serve, struct conn *conn, enum conn_phase phase, int64_t ms)
{
    conn->phase = (uint8_t)phase;
    wheel_set(&serve->wheel, &conn->timer, ms < 0 ? INT64_MAX : serve_now_ms(serve) + ms);
}

void
conn_ready(struct serve *serve, struct conn *conn)
{
    if (conn->ready)
        return;
    conn->ready = true;
    conn->next = NULL;
    conn->prev = serve->ready_last;
    if (serve->ready_last == NULL)
        serve->ready_first = conn;
    else
        serve->ready_last->next = conn;
    serve->ready_last = conn;
}

static void
conn_unready(struct serve *serve, struct conn *conn)
{
    if (!conn->ready)
        return;
    conn->ready = false;
    *(conn->prev == NULL ? &serve->ready_first : &conn->prev->next) = conn->next;
    *(conn->next == NULL ? &serve->ready_last : &conn->next->prev) = conn->prev;
}

static void
conn_wipe(struct conn *conn, size_t from)
{
    if (conn->in_high > BUFFER_KEEP && from == 0)
        (void)madvise(conn->in, LIMIT_HTTP_BUFFER, MADV_DONTNEED);
    else if (conn->in_high > from)
        memset(conn->in + from, 0, conn->in_high - from);
    __asm__ volatile("" : : "r"(conn->in) : "memory");
    conn->in_high = from;
}

static struct conn *
conn_take(struct serve *serve, int fd)
{
    struct conn *conn = serve->conns.free;
    if (conn == NULL)
        return NULL;
    serve->conns.free = conn->next;
    serve->conns.open++;
    struct conn clean = {.in = conn->in, .generation = conn->generation, .fd = fd};
    *conn = clean;
    conn->timer.due_ms = INT64_MAX;
    return conn;
}

static void
conn_give(struct serve *serve, struct conn *conn)
{
    TROTH_ASSERT(conn->first == NULL && conn->reading == NULL && !conn->ready);
    conn_wipe(conn, 0);
    conn->phase = CONN_FREE;
    conn->generation = conn->generation == UINT32_MAX ? 1 : conn->generation + 1;
    conn->next = serve->conns.free;
    serve->conns.free = conn;
    serve->conns.open--;
}

void
conn_close(struct serve *serve, struct conn *conn)
{
    if (conn->phase == CONN_DEAD || conn->phase == CONN_FREE)
        return;
    tls_conn_close(&conn->tls);
    (void)close(conn->fd); /* takes it out of epoll as well */
    conn->fd = -1;
    wheel_clear(&conn->timer);
    conn_unready(serve, conn);
    if (conn->peer != NULL)
        peers_give(&serve->peers, conn->peer);
    conn->peer = NULL;
    conn->phase = CONN_DEAD;
    serve->figures.connections_open -= conn->counted;
    if (conn->reading != NULL)
        job_give(&serve->jobs, conn->reading);
    conn->reading = NULL;
    /* What was being sent never will be; what runs or waits to run comes to its end by itself. */
    for (struct job *job = conn->first, *next; job != NULL; job = next) {
        next = job->next;
        if (job->stage == JOB_SENDING)
            send_done(serve, job);
    }
    conn_reap(serve, conn);
}

void
conn_reap(struct serve *serve, struct conn *conn)
{
    if (conn->phase == CONN_DEAD && conn->first == NULL && !conn->flush)
        conn_give(serve, conn);
}

/* Full: says so and waits a little for the client to read it, as far as there is room for that. */
static void
conn_refuse(struct serve *serve, int fd, const struct listener *listener)
{
    serve->figures.connections_refused++;
    bool plain = serve->tls == NULL || listener->local;
    struct span busy = span_str(reply_busy);
    if (!plain || send(fd, busy.p, busy.n, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)busy.n) {
        (void)close(fd);
        return;
    }
    struct conn *conn = conn_take(serve, fd);
    size_t place = conn == NULL ? 0 : (size_t)(conn - serve->conns.all);
    if (conn == NULL) {
        (void)close(fd);
        return;
    }
    (void)shutdown(fd, SHUT_WR);
    conn_phase_set(serve, conn, CONN_LINGER, serve->bounds.linger_ms);
    if (!loop_watch(serve, fd, EPOLLIN | EPOLLRDHUP | EPOLLET,
                    (uint64_t)conn->generation << 32 | place))
        conn_close(serve, conn);
}

void
conn_open(struct serve *serve, int fd, const struct listener *listener,
          const struct sockaddr_storage *addr)
{
    bool loopback = listener->local || peers_loopback(addr);
    bool limited = !loopback || (serve->bounds.count_loopback && !listener->local);
    struct peer *peer = NULL;
    struct conn *conn = NULL;
    if (limited)
        peer = peers_take(&serve->peers, addr, serve->bounds.connections_ip);
    if ((peer != NULL || !limited) && serve->figures.connections_open < serve->bounds.connections)
        conn = conn_take(serve, fd);
    if (conn == NULL) {
        if (peer != NULL)
            peers_give(&serve->peers, peer);
        conn_refuse(serve, fd, listener);
        return;
    }
    conn->counted = true;
    conn->peer = peer;
    conn->local = listener->local;
    conn->loopback = loopback;
    serve->figures.connections_open++;
    conn_phase_set(serve, conn, CONN_IDLE, serve->bounds.idle_ms);
    if (serve->tls != NULL && !listener->local) {
        conn->tls = tls_conn_open(serve->tls, fd);
        conn_phase_set(serve, conn, CONN_TLS, serve->bounds.tls_ms);
    }
    size_t place = (size_t)(conn - serve->conns.all);
    if ((conn->phase == CONN_TLS && conn->tls == NULL) ||
        !loop_watch(serve, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                    (uint64_t)conn->generation << 32 | place))
        conn_close(serve, conn);
}

void
conn_rest(struct serve *serve, struct conn *conn)
{
    size_t left = conn->in_end - conn->in_at;
    if (conn->in_at > 0 && left > 0)
        memmove(conn->in, conn->in + conn->in_at, left);
    conn->in_at = 0;
    conn->in_end = left;
    conn_wipe(conn, left);
    conn_phase_set(serve, conn, CONN_IDLE, serve->bounds.idle_ms);
    /* What came meanwhile, or its end, must not wait for another edge. */
    if (left > 0 || conn->readable || conn->ended)
        conn_ready(serve, conn);
}

ssize_t
conn_recv(struct conn *conn, void *to, size_t n)
{
    if (conn->tls != NULL)
        return tls_read(conn->tls, to, n);
    for (;;) {
        ssize_t got = recv(conn->fd, to, n, 0);
        if (got >= 0)
            return got;
        if (errno != EINTR)
            return errno == EAGAIN ? TLS_AGAIN : TLS_BROKEN;
    }
}

/* Reads once; false when there is nothing to go on with. */
static bool
conn_fill(struct serve *serve, struct conn *conn)
{
    struct job *job = conn->reading;
    bool direct = job != NULL && !conn->chunked;
    if (!direct && conn->in_at > 0 && conn->first == NULL && job == NULL) {
        memmove(conn->in, conn->in + conn->in_at, conn->in_end - conn->in_at);
        conn->in_end -= conn->in_at;
        conn->in_at = 0;
    }
    char *to = direct ? job->body.p + job->body.n : conn->in + conn->in_end;
    size_t room = direct ? job->body_left : LIMIT_HTTP_BUFFER - conn->in_end;
    if (room == 0)
        return true;
    ssize_t got = conn_recv(conn, to, room);
    if (got < 0) {
        conn->readable = false;
        if (got == TLS_BROKEN)
            conn_close(serve, conn);
        return false;
    }
    if (got == 0) {
        conn->ended = true;
        conn->readable = false;
        return true;
    }
    /* A short read has emptied a plain socket; another edge will come. The end may hide behind it. */
    if ((size_t)got < room && conn->tls == NULL)
        conn->readable = conn->hangup;
    serve->figures.bytes_in += (uint64_t)got;
    conn->body_got += (uint64_t)got;
    if (direct) {
        job->body.n += (size_t)got;
        job->body_left -= (size_t)got;
    } else {
        conn->in_end += (size_t)got;
        if (conn->in_end > conn->in_high)
            conn->in_high = conn->in_end;
    }
    return true;
}

static void
conn_throw(struct serve *serve, struct conn *conn)
{
    while (conn->readable) {
        ssize_t got = recv(conn->fd, conn->in, LIMIT_HTTP_BUFFER, 0);
        if (got > 0 && conn->in_high < (size_t)got)
            conn->in_high = (size_t)got;
        if (got > 0)
            conn->thrown += (uint64_t)got;
        if (got < 0 && errno == EAGAIN)
            conn->readable = false;
        else if (got == 0 || (got < 0 && errno != EINTR) || conn->thrown > LIMIT_HTTP_LINGER) {
            conn_close(serve, conn);
            return;
        }
    }
}

void
conn_work(struct serve *serve, struct conn *conn)
{
    if (conn->phase == CONN_TLS) {
        ssize_t shook = tls_shake(conn->tls);
        if (shook == TLS_BROKEN)
            conn_close(serve, conn);
        if (shook != 1)
            return;
        conn->readable = true;
        conn_phase_set(serve, conn, CONN_IDLE, serve->bounds.idle_ms);
    }
    if (conn->phase == CONN_LINGER) {
        conn_throw(serve, conn);
        return;
    }
    /* With requests in hand nothing more is read: TCP holds the client back. */
    if (conn->phase == CONN_FREE || conn->phase == CONN_DEAD || conn->first != NULL)
        return;
    if (conn->readable && !conn_fill(serve, conn) && conn->phase == CONN_DEAD)
        return;
    if (conn->phase == CONN_FREE)
        return;
    if (conn->in_end > conn->in_at || conn->reading != NULL)
        intake(serve, conn);
    if (conn->phase == CONN_FREE || conn->phase == CONN_DEAD || conn->phase == CONN_LINGER ||
        conn->first != NULL)
        return;
    if (conn->ended && !conn->ready)
        conn_close(serve, conn);
    else if (conn->readable)
        conn_ready(serve, conn);
}

void
conn_event(struct serve *serve, struct conn *conn, uint32_t events)
{
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        conn_close(serve, conn);
        return;
    }
    if ((events & (EPOLLIN | EPOLLRDHUP)) != 0)
        conn->readable = true;
    if ((events & EPOLLRDHUP) != 0)
        conn->hangup = true; /* behind the bytes that may still be there */
    if (conn->phase == CONN_WRITE)
        send_flush(serve, conn);
    conn_work(serve, conn);
}

void
conn_expired(struct serve *serve, struct conn *conn)
{
    struct err err;
    if (conn->phase != CONN_HEAD && conn->phase != CONN_BODY) {
        conn_close(serve, conn);
        return;
    }
    if (conn->phase == CONN_BODY) {
        /* Five seconds, and one more for each KiB that came: slower than that is no upload. */
        int64_t due = conn->body_since_ms + serve->bounds.body_ms + (int64_t)(conn->body_got / 1024) * 1000;
        int64_t now = serve_now_ms(serve);
        if (due > now) {
            conn_phase_set(serve, conn, CONN_BODY, due - now);
            return;
        }
    }
    err_set(&err, ERR_TIMEOUT, "the %s did not come in time", conn->phase == CONN_HEAD ? "head" : "body");
    struct job *job = conn->reading;
    conn->reading = NULL;
    intake_refuse(serve, conn, job, &err);
}
