/*
 * ledger/verify_priv.h - the walk over the whole book that ledger_verify is.
 *
 * verify.c walks the entries in the order of the tree; lanes.c says which number each must have, by the runs, and
 * looks at what waits in the lanes beyond the tree.
 */
#ifndef TROTH_LEDGER_VERIFY_PRIV_H
#define TROTH_LEDGER_VERIFY_PRIV_H

#include "ledger/tree_priv.h"

enum { CHECKPOINT_STEP = 64, RUN_STEP = 256, PROGRESS_STEP = 65536, LANES = LIMIT_PG_LANES + 1 };

struct checkpoint {
    uint64_t size;
    char note[4096];
    size_t note_size;
};

struct run {
    int64_t seq, lane, no, count;
};

/* What was seen of a lane. */
struct lane {
    uint64_t next_no;
    uint64_t last_seq; /* where its newest entry lies in the tree; with `any` */
    int64_t last_us;
    bool any;
};

/* The whole walk: our own tree beside what is stored. */
struct walk {
    struct txn *txn;
    struct arena *arena;
    const char *origin;
    const uint8_t *key;
    struct ledger_report *report;
    struct tree tree;
    struct lane lanes[LANES];
    struct run runs[RUN_STEP];
    size_t run_count, run_at;
    int64_t run_next;        /* where the next run must begin */
    bool run_some;           /* there are runs: numbers are theirs */
    int64_t waits_lane;      /* the lane of the waiting entries at hand */
    struct checkpoint checkpoints[CHECKPOINT_STEP];
    size_t checkpoint_count, checkpoint_at;
    int64_t checkpoint_last; /* size of the last one looked at; before the first INT64_MIN */
    uint64_t good_size;      /* all before it is under a checkpoint that held */
    uint8_t tile[LEDGER_TILE][LEDGER_HASH]; /* the stored level-0 tile of the entries at hand */
    bool has_tile;
};

/* The first fault ends the walk: false with ERR_LEDGER. */
bool walk_bad(struct walk *walk, uint64_t seq, struct err *err, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* The number of the tree's next entry. */
MUST_USE bool walk_number(struct walk *walk, uint64_t *ret, struct err *err);
/* At the end: no run is left over. */
MUST_USE bool walk_runs_end(struct walk *walk, struct err *err);
/* Then: what the lanes hold beyond the tree. */
MUST_USE bool walk_waits(struct walk *walk, struct err *err);

#endif
