/*
 * serve/turn_priv.h - requests that run and are made durable together.
 *
 * Jobs join one by one (authorise, take, need), run in rounds (prefetch, run),
 * and the turn ends with one commit. Until then no reply leaves. This part knows
 * no sockets: the loop and serve_once use it alike.
 *
 * Threads: the loop's.
 * Memory:  borrows the jobs.
 */
#ifndef TROTH_SERVE_TURN_PRIV_H
#define TROTH_SERVE_TURN_PRIV_H

#include "serve/slow_priv.h"

struct turn {
    const struct serve_hooks *hooks;
    const struct slow *slow; /* to ask for room; NULL: there is always room */
    struct job *jobs[LIMIT_TURN_REQUESTS];
    size_t count;
    size_t ran;     /* the jobs before this one had their round */
    size_t leaving; /* for the slow pool */
    bool open;
    bool failed;    /* did not begin: err says why */
    struct err err;
};

void turn_init(struct turn *turn, const struct serve_hooks *hooks, const struct slow *slow);

static inline bool
turn_full(const struct turn *turn)
{
    return turn->count == LIMIT_TURN_REQUESTS;
}

/* The job (FRESH, RESUMED or PIECE) becomes part of the turn; the first one opens it. */
void turn_join(struct turn *turn, struct job *job);

/* Runs those that joined since the last round. */
void turn_run(struct turn *turn);

/*
 * Commits. Afterwards each job is ANSWERED (its reply is final; a piece made before lies in rest; or cut) or
 * LEAVING for the slow pool. The caller takes them from turn->jobs and calls turn_init again.
 */
void turn_end(struct turn *turn);

/* A request outside of any turn. */
void turn_free_run(const struct serve_hooks *hooks, struct job *job);

/* turn.c's, stream.c's: makes the next piece in job->out and sets rest, streaming, cut. */
void stream_step(void *app, struct job *job, bool first);

#endif
