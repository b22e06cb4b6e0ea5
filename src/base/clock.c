#include "base/clock.h"

#include <time.h>
#ifdef TROTH_TEST_CLOCK
#include <stdio.h>
#include <stdlib.h>
#endif

static const int64_t clock_least_us = INT64_C(1704067200) * CLOCK_US_PER_S; /* 2024-01-01 */

#ifdef TROTH_TEST_CLOCK
struct shift {
    int64_t passed_us, wrong_us;
};

static struct shift
clock_shift(void)
{
    const char *path = getenv("TROTH_TEST_CLOCK_FILE");
    FILE *file = path == NULL ? NULL : fopen(path, "re");
    if (file == NULL)
        return (struct shift){0};
    long long passed = 0, wrong = 0;
    if (fscanf(file, "%lld %lld", &passed, &wrong) < 1)
        passed = wrong = 0;
    (void)fclose(file);
    return (struct shift){(int64_t)passed * CLOCK_US_PER_S, (int64_t)wrong * CLOCK_US_PER_S};
}

static int64_t
clock_shift_us(void)
{
    struct shift shift = clock_shift();
    return shift.passed_us + shift.wrong_us;
}

int64_t
clock_passed_us(void)
{
    return clock_shift().passed_us;
}
#else
static int64_t
clock_shift_us(void)
{
    return 0;
}

int64_t
clock_passed_us(void)
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
