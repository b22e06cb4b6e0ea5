#include "base/clock.h"

#include <time.h>
#ifdef TROTH_TEST_CLOCK
#include <stdio.h>
#include <stdlib.h>
#endif

static const int64_t clock_least_us = INT64_C(1704067200) * CLOCK_US_PER_S; /* 2024-01-01 */

#ifdef TROTH_TEST_CLOCK
static int64_t
clock_shift_us(void)
{
    const char *path = getenv("TROTH_TEST_CLOCK_FILE");
    if (path == NULL)
        return 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    long long seconds = 0;
    if (fscanf(file, "%lld", &seconds) != 1)
        seconds = 0;
    (void)fclose(file);
    return (int64_t)seconds * CLOCK_US_PER_S;
}
#else
static int64_t
clock_shift_us(void)
{
    return 0;
}
#endif

int64_t
clock_now_us(void)
{
    struct timespec ts;
    if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
        return 0;
    int64_t now = (int64_t)ts.tv_sec * CLOCK_US_PER_S + ts.tv_nsec / 1000 + clock_shift_us();
    return now < clock_least_us ? 0 : now;
}

int64_t
clock_mono_us(void)
{
    struct timespec ts;
    if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
        return 0;
    return (int64_t)ts.tv_sec * CLOCK_US_PER_S + ts.tv_nsec / 1000;
}

int64_t
clock_mono_ms(void)
{
    return clock_mono_us() / 1000;
}

bool
clock_is_movable(void)
{
#ifdef TROTH_TEST_CLOCK
    return true;
#else
    return false;
#endif
}
