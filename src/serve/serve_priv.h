/*
 * serve/serve_priv.h - all the server has, in one place.
 *
 * Threads: the loop's, but for stop and reload.
 */
#ifndef TROTH_SERVE_SERVE_PRIV_H
#define TROTH_SERVE_SERVE_PRIV_H

#include "serve/conn_priv.h"
#include "serve/reply_priv.h"
#include "serve/router_priv.h"
#include "serve/turn_priv.h"

#include <stdatomic.h>

enum { LISTENERS_MAX = 16, HOSTS_MAX = 64 };

struct listener {
    int fd;
    int port;
    bool local;
    bool loopback;
};

struct serve {
    struct serve_options options;
    struct serve_bounds bounds; /* all filled in */
    struct router *router;
    struct tls *tls;
    struct listener listeners[LISTENERS_MAX];
    size_t listener_count;
    struct span hosts[HOSTS_MAX];
    size_t host_count;
    struct conns conns;
    struct peers peers;
    struct jobs jobs;
    struct slow *slow;
    struct turn turn;
    struct wheel wheel;
    struct reply_date date;
    struct serve_figures figures;
    struct conn *ready_first, *ready_last;
    struct job *resume_first, *resume_last; /* for the next turn: slow work done, or a piece to make */
    struct conn *flushes[LIMIT_TURN_REQUESTS];
    size_t flush_count;
    int64_t now_us; /* monotonic, of this round of the loop */
    int64_t idle_due_us; /* when the idle hook is due; INT64_MAX: after the next turn */
    int64_t stop_due_us;
    int epoll_fd;
    int wake_fd;
    int spare_fd; /* given up for a moment to be able to refuse when no fd is left */
    bool local_bound; /* the socket file is ours to remove */
    bool stopping;
    atomic_bool stop;
    atomic_bool reload;
};

static inline int64_t
serve_now_ms(const struct serve *serve)
{
    return serve->now_us / 1000;
}

/* listen.c */
MUST_USE bool listen_open(struct serve *serve, struct err *err);
void listen_close(struct serve *serve);
/* Takes what waits, up to a batch. */
void listen_accept(struct serve *serve, const struct listener *listener);

/* loop.c */
MUST_USE bool loop_run(struct serve *serve, struct err *err);
void loop_resume_put(struct serve *serve, struct job *job);

/* What epoll gives back: a connection's place and generation, or one of these with generation 0. */
enum { TAG_WAKE = 0, TAG_LISTENER = 1 };
MUST_USE bool loop_watch(struct serve *serve, int fd, uint32_t events, uint64_t tag);

#endif
