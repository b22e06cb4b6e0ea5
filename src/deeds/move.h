/*
 * deeds/move.h - all rows of a store brought to another engine, and which of the two is the one that counts.
 *
 * Rows travel as they lie: sealed, wrapped, hashed. Nothing is opened and nothing
 * decided, so no key and no policy is needed, as for a backup. A run walks every
 * table of both stores in the order of its key and makes the target equal to the
 * source: it may be cut off anywhere and run again, and what was erased meanwhile
 * goes from the target too. While a server works on the source a run leaves
 * behind what changes behind it; the last one has the source for itself.
 *
 * What must never break: of one ledger there are never two that go on. A target
 * says so ("move-in" in its meta) until it is complete, a source that was moved
 * says so ("move-out"), and no instance opens over either; the source's mark is
 * durable before the target's goes. And no target is complete that holds a key the
 * source has not.
 *
 * Threads: one.
 */
#ifndef TROTH_DEEDS_MOVE_H
#define TROTH_DEEDS_MOVE_H

#include "base/err.h"
#include "base/span.h"

enum { MOVE_TABLES = 19 };

struct move_place {
    const char *dir;            /* files; else NULL */
    const char *url, *keys_url; /* PostgreSQL (store/store.h) */
};

enum move_how {
    MOVE_CHECK,  /* compares, and writes nothing */
    MOVE_COPY,   /* the source may be at work */
    MOVE_FINISH, /* the source is ours alone; with success it has ended, and the target goes on */
    MOVE_UNDO    /* a source that was moved goes on, and the target, which must not have gone on, is a target again */
};

/* Of one table: what the source has, and in how many rows the target differed. */
struct move_table_report {
    const char *name;
    uint64_t rows, added, changed, removed;
};

struct move_report {
    struct move_table_report tables[MOVE_TABLES]; /* the last: the ledger's entries */
    bool equal;                 /* nothing had to be done (MOVE_FINISH: in the end) */
    uint64_t entries, checkpoints, signed_size; /* MOVE_FINISH: of the target's ledger, as verified */
    uint8_t root[32];
    char origin[128];
};

enum move_step { MOVE_STEP_TABLE, MOVE_STEP_AGAIN, MOVE_STEP_VERIFY };
typedef void (*move_progress_fn)(void *ctx, enum move_step step, const struct move_table_report *table);

struct move_ask {
    struct move_place from, to;
    enum move_how how;
    bool without_target;        /* MOVE_UNDO: the target is no more */
    move_progress_fn progress;  /* may be NULL */
    void *ctx;
};

/* ERR_CONFLICT: the two are no pair, or one of them is not in a state for this; ERR_BUSY: a server works where none
 * may. After a failure, and after MOVE_COPY, the target is as it was or nearer to the source, and refused by servers. */
MUST_USE bool move(const struct move_ask *ask, struct move_report *ret, struct err *err);

#endif
