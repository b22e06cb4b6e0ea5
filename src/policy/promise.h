/*
 * policy/promise.h - the promises that tests show kept, as they were when the program was built.
 *
 * The table is made from tests/promises.txt and the names of the tests (scripts/promise-table.py), so that
 * an installed program can say which test shows what.
 */
#ifndef TROTH_POLICY_PROMISE_H
#define TROTH_POLICY_PROMISE_H

#include "base/span.h"

struct promise_test {
    const char *name, *where; /* the file it stands in */
};
struct promise_row {
    const char *id, *says;
    const struct promise_test *tests;
    size_t test_count;
};
/* All, in the order of their ids. */
const struct promise_row *promise_all(size_t *ret_count);
/* NULL: no such promise. */
const struct promise_row *promise_find(struct span id);

#endif
