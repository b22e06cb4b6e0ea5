/*
 * deeds/epoch.h - which epoch the nodes of a store wrap new data keys under.
 *
 * The store says it, so that all nodes agree: number and mark of one epoch. A
 * node whose keyring has not that very key does not start; so whatever lies in
 * the store can be opened by every node that works on it. To keep this true when
 * the epoch changes, each node notes at its start, and whenever its session was
 * made anew, the newest epoch it holds, and the change is refused unless every
 * node that is there noted the new one. A node is there as long as its session
 * holds the lock of its lane: that does not depend on clocks or on patience, and
 * one that was cut off asks again before it does anything else. Whoever notes
 * and whoever changes lock one row first, so one comes wholly after the other.
 *
 * Threads: the writer's; epoch_look and epoch_activate are for the command line, beside running servers (PostgreSQL)
 * or without one (files).
 */
#ifndef TROTH_DEEDS_EPOCH_H
#define TROTH_DEEDS_EPOCH_H

#include "deeds/instance.h"

/* Where, and whose keyring asks. */
struct epoch_ask {
    const char *dir, *store, *store_keys; /* as in struct instance_options */
    const uint8_t *vault;                 /* 16 bytes; ERR_KEYS when the store is another vault's */
};

enum { EPOCH_HOST_MAX = 63 };
struct epoch_node {
    int lane;
    bool noted;                     /* false: it starts just now, or is of a version that notes nothing */
    struct epoch_mark newest;
    char host[EPOCH_HOST_MAX + 1];
};
struct epoch_view {
    bool known;                     /* false: no server has started on this store yet */
    struct epoch_mark used;
    size_t count;
    struct epoch_node nodes[LIMIT_PG_LANES]; /* PostgreSQL only: those that are there */
};
MUST_USE bool epoch_look(const struct epoch_ask *ask, struct epoch_view *ret, struct err *err);

/* From its commit on mark is the epoch of the store; running nodes follow within seconds, and may take their
 * time. *ret_was: it was already. ERR_CONFLICT names the first node that has not noted it. */
MUST_USE bool epoch_activate(const struct epoch_ask *ask, const struct epoch_mark *mark,
                             bool *ret_was, struct err *err);

#endif
