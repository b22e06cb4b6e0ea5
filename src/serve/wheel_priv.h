/*
 * serve/wheel_priv.h - the deadlines of all connections, found without looking at each of them.
 *
 * A ring of lists, one for every 64 ms. Moving a deadline away (what every
 * request does) only writes a number: the item stays in its old list and is
 * moved when that list's turn comes. So a deadline costs next to nothing until
 * it is near.
 *
 * Threads: the loop's.
 * Memory:  items belong to the caller and must be cleared before they go.
 */
#ifndef TROTH_SERVE_WHEEL_PRIV_H
#define TROTH_SERVE_WHEEL_PRIV_H

#include "base/err.h"

#include <stdint.h>

enum { WHEEL_SLOTS = 1024, WHEEL_TICK_BITS = 6 };

struct wheel_item {
    struct wheel_item *next;
    struct wheel_item *prev;
    int64_t due_ms; /* INT64_MAX: never */
    int64_t tick;   /* of the list it is in */
};

struct wheel {
    struct wheel_item slots[WHEEL_SLOTS]; /* heads of the lists */
    uint64_t used[WHEEL_SLOTS / 64];      /* may be set for an empty list, never unset for a full one */
    int64_t tick;                         /* all lists before this one were looked at */
};

void wheel_init(struct wheel *wheel, int64_t now_ms);

/* The item is due at due_ms (or up to one tick later), instead of what was said before. */
void wheel_set(struct wheel *wheel, struct wheel_item *item, int64_t due_ms);

/* Out of the wheel for good. */
void wheel_clear(struct wheel_item *item);

/* Calls due for each item whose time has come, after taking it out. */
void wheel_turn(struct wheel *wheel, int64_t now_ms,
                void (*due)(void *ctx, struct wheel_item *item), void *ctx);

/* How long the loop may sleep: ms until a list must be looked at; -1 when there is none. */
int64_t wheel_next_ms(const struct wheel *wheel, int64_t now_ms);

#endif
