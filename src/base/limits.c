#include "base/limits.h"

static const struct limit_row limit_rows[] = {
#define LIMIT(name, value, unit, what) {#name, (value), unit, what},
#include "base/limits.def"
#undef LIMIT
};

const struct limit_row *
limits_all(size_t *ret_count)
{
    *ret_count = sizeof limit_rows / sizeof limit_rows[0];
    return limit_rows;
}
