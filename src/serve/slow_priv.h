/*
 * serve/slow_priv.h - a few threads for work that would hold the loop up: password hashes and the like.
 *
 * Threads: slow_put and slow_get are the loop's; req->slow runs on a pool thread.
 * Memory:  jobs are queued through themselves; the pool owns none.
 */
#ifndef TROTH_SERVE_SLOW_PRIV_H
#define TROTH_SERVE_SLOW_PRIV_H

#include "serve/job_priv.h"

struct slow;

/* wake_fd (an eventfd) is written when there is something to get. */
MUST_USE bool slow_open(int wake_fd, struct slow **ret, struct err *err);
/* Lets the threads finish what they have in hand, drops what waits; nothing may be in the queue any more
 * that somebody else still waits for. */
void slow_close(struct slow **slow);

/* True when `more` jobs would find room. */
bool slow_has_room(const struct slow *slow, size_t more);
void slow_put(struct slow *slow, struct job *job);
/* All that are ready, linked by queue_next, oldest first; NULL when none is. */
struct job *slow_get(struct slow *slow);
/* Jobs put and not yet got. */
size_t slow_count(const struct slow *slow);

#endif
