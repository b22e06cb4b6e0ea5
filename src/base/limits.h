/*
 * base/limits.h - the limit table as constants (LIMIT_…) and as rows to print.
 */
#ifndef TROTH_BASE_LIMITS_H
#define TROTH_BASE_LIMITS_H

#include <stddef.h>

enum limit {
#define LIMIT(name, value, unit, what) LIMIT_##name = (value),
#include "base/limits.def"
#undef LIMIT
};

struct limit_row {
    const char *name;
    long value;
    const char *unit;
    const char *what;
};

/* All rows; *ret_count is their number. */
const struct limit_row *limits_all(size_t *ret_count);

#endif
