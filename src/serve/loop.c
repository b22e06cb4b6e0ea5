#include "serve/serve_priv.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { LOOP_EVENTS = 256, LOOP_SLEEP_MAX_MS = 60000 };

bool
loop_watch(struct serve *serve, int fd, uint32_t events, uint64_t tag)
{
    struct epoll_event event = {.events = events, .data.u64 = tag};
    return epoll_ctl(serve->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

void
loop_resume_put(struct serve *serve, struct job *job)
{
    job->queue_next = NULL;
    if (serve->resume_last == NULL)
        serve->resume_first = job;
    else
        serve->resume_last->queue_next = job;
    serve->resume_last = job;
}

static void
loop_wake(struct serve *serve)
{
    uint64_t count;
    ssize_t got = read(serve->wake_fd, &count, sizeof count);
    (void)got; /* it only says: look */
    for (struct job *job = slow_get(serve->slow), *next; job != NULL; job = next) {
        next = job->queue_next;
        job->stage = JOB_RESUMED;
        loop_resume_put(serve, job);
    }
}

static void
loop_event(struct serve *serve, const struct epoll_event *event)
{
    uint64_t tag = event->data.u64;
    uint32_t generation = (uint32_t)(tag >> 32);
    size_t place = (size_t)(tag & UINT32_MAX);
    if (generation == 0) {
        if (place == TAG_WAKE)
            loop_wake(serve);
        else
            listen_accept(serve, &serve->listeners[place - TAG_LISTENER]);
        return;
    }
    struct conn *conn = &serve->conns.all[place];
    if (conn->generation == generation && conn->phase != CONN_FREE && conn->phase != CONN_DEAD)
        conn_event(serve, conn, event->events);
}

/* Those that were ready when this began; who becomes ready by it waits for the next round. */
static void
loop_ready(struct serve *serve)
{
    struct conn *last = serve->ready_last;
    bool more = last != NULL;
    while (more && serve->ready_first != NULL) {
        struct conn *conn = serve->ready_first;
        more = conn != last;
        serve->ready_first = conn->next;
        *(conn->next == NULL ? &serve->ready_last : &conn->next->prev) = NULL;
        conn->ready = false;
        conn_work(serve, conn);
    }
}

static void
loop_resume(struct serve *serve)
{
    while (serve->resume_first != NULL && !turn_full(&serve->turn)) {
        struct job *job = serve->resume_first;
        serve->resume_first = job->queue_next;
        if (serve->resume_first == NULL)
            serve->resume_last = NULL;
        struct conn *conn = job->conn;
        if (conn->phase != CONN_DEAD) {
            turn_join(&serve->turn, job);
            continue;
        }
        send_done(serve, job);
        conn_reap(serve, conn);
    }
}

/* Takes what has arrived; returns whether there may be more at once. */
static bool
loop_gather(struct serve *serve, int timeout_ms, struct err *err, bool *ret_good)
{
    struct epoll_event events[LOOP_EVENTS];
    int n = epoll_wait(serve->epoll_fd, events, LOOP_EVENTS, timeout_ms);
    if (n < 0 && errno != EINTR) {
        err_sys(err, ERR_UNAVAILABLE, errno, "epoll");
        *ret_good = false;
        return false;
    }
    serve->now_us = clock_mono_us();
    for (int i = 0; i < n; i++)
        loop_event(serve, &events[i]);
    loop_ready(serve);
    loop_resume(serve);
    return n > 0;
}

/* The jobs of an ended turn go their ways: replies out, slow work to the pool. */
static void
turn_dispatch(struct serve *serve)
{
    struct turn *turn = &serve->turn;
    for (size_t i = 0; i < turn->count; i++) {
        struct job *job = turn->jobs[i];
        struct conn *conn = job->conn;
        if (job->stage == JOB_LEAVING && conn->phase != CONN_DEAD) {
            job->stage = JOB_SLOW;
            slow_put(serve->slow, job);
            continue;
        }
        if (conn->phase != CONN_DEAD && !conn->flush) {
            conn->flush = true;
            serve->flushes[serve->flush_count++] = conn;
        }
        send_ready(serve, job);
    }
    turn_init(turn, &serve->options.hooks, serve->slow);
    for (size_t i = 0; i < serve->flush_count; i++) {
        struct conn *conn = serve->flushes[i];
        conn->flush = false;
        if (conn->phase == CONN_DEAD)
            conn_reap(serve, conn);
        else
            send_flush(serve, conn);
    }
    serve->flush_count = 0;
}

static void
loop_turn(struct serve *serve)
{
    struct turn *turn = &serve->turn;
    if (turn->count == 0)
        return;
    int64_t from_us = serve->now_us;
    turn_end(turn);
    serve->now_us = clock_mono_us();
    serve->figures.turns++;
    serve->figures.turn_us_sum += (uint64_t)(serve->now_us - from_us);
    if (turn->count > serve->figures.turn_requests_max)
        serve->figures.turn_requests_max = turn->count;
    turn_dispatch(serve);
    if (serve->idle_due_us == INT64_MAX)
        serve->idle_due_us = serve->now_us;
}

static void
loop_idle(struct serve *serve)
{
    const struct serve_hooks *hooks = &serve->options.hooks;
    if (hooks->idle == NULL || serve->now_us < serve->idle_due_us)
        return;
    int64_t ms = hooks->idle(hooks->app, serve_now_ms(serve));
    serve->idle_due_us = ms < 0 ? INT64_MAX : serve->now_us + ms * 1000;
}

static int
loop_timeout(const struct serve *serve)
{
    if (serve->ready_first != NULL || serve->resume_first != NULL)
        return 0;
    int64_t ms = wheel_next_ms(&serve->wheel, serve_now_ms(serve));
    if (ms < 0 || ms > LOOP_SLEEP_MAX_MS)
        ms = LOOP_SLEEP_MAX_MS;
    int64_t due_us = serve->options.hooks.idle == NULL ? INT64_MAX : serve->idle_due_us;
    if (serve->stopping && serve->stop_due_us < due_us)
        due_us = serve->stop_due_us;
    if (due_us != INT64_MAX) {
        int64_t due_ms = (due_us - serve->now_us + 999) / 1000;
        ms = due_ms < 0 ? 0 : due_ms < ms ? due_ms : ms;
    }
    return (int)ms;
}

static void
loop_due(void *ctx, struct wheel_item *item)
{
    conn_expired(ctx, (struct conn *)(void *)item);
}

static void
loop_reload(struct serve *serve)
{
    struct err err;
    struct tls *fresh;
    if (serve->tls == NULL)
        return;
    if (!tls_open(serve->options.cert_file, serve->options.key_file, &fresh, &err)) {
        (void)err_prefix(&err, "the certificate in use stays");
        log_err(LOG_ERROR, "reload", &err);
        return;
    }
    tls_close(&serve->tls);
    serve->tls = fresh;
    LOG(LOG_INFO, "reload");
}

/* No new connections; those without a request in hand end now. */
static void
loop_stop(struct serve *serve)
{
    serve->stopping = true;
    serve->stop_due_us = serve->now_us + serve->bounds.stop_ms * 1000;
    listen_close(serve);
    for (size_t i = 0; i < serve->conns.count; i++) {
        struct conn *conn = &serve->conns.all[i];
        if (conn->phase != CONN_FREE && conn->phase != CONN_DEAD && conn->first == NULL &&
            conn->reading == NULL)
            conn_close(serve, conn);
    }
}

bool
loop_run(struct serve *serve, struct err *err)
{
    bool good = true;
    serve->now_us = clock_mono_us();
    wheel_init(&serve->wheel, serve_now_ms(serve));
    while (good) {
        /* Drain, then commit: whatever is ready joins the turn; nobody is waited for. */
        bool more = loop_gather(serve, loop_timeout(serve), err, &good);
        while (more && serve->turn.count > 0 && !turn_full(&serve->turn))
            more = loop_gather(serve, 0, err, &good);
        loop_turn(serve);
        wheel_turn(&serve->wheel, serve_now_ms(serve), loop_due, serve);
        loop_idle(serve);
        if (atomic_exchange(&serve->reload, false))
            loop_reload(serve);
        if (!serve->stopping && atomic_load(&serve->stop))
            loop_stop(serve);
        if (serve->stopping && (serve->conns.open == 0 || serve->now_us >= serve->stop_due_us))
            break;
    }
    return good;
}
