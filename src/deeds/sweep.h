/*
 * deeds/sweep.h - what the policy's keep rules say is over, ends.
 *
 * Runs by itself between turns and on demand; a bounded number of records at a
 * time. Nothing under a legal minimum is touched. Also takes away the
 * unreadable rows that erasure left, and old idempotency keys.
 */
#ifndef TROTH_DEEDS_SWEEP_H
#define TROTH_DEEDS_SWEEP_H

#include "deeds/deed.h"

struct sweep {
    struct deed deed;
    /* reply */
    uint64_t erased, depersonalised, purged;
    bool more;
};
/* One step, inside a turn. */
enum deed_end sweep_run(struct sweep *ask, struct err *err);

#endif
