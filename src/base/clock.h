/*
 * base/clock.h - what time it is, from one place.
 *
 * Wall time is microseconds since 1970 UTC; deadlines use monotonic
 * milliseconds. The product's clock cannot be moved. Test builds (troth-test)
 * link the same file with TROTH_TEST_CLOCK: then the environment variable
 * TROTH_TEST_CLOCK_FILE names a file that holds a signed number of seconds,
 * read at each call and added to the wall time, and perhaps a second one, by
 * which this machine's clock is wrong besides.
 */
#ifndef TROTH_BASE_CLOCK_H
#define TROTH_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_US_PER_S INT64_C(1000000)
#define CLOCK_US_PER_DAY (INT64_C(86400) * CLOCK_US_PER_S)

/* Microseconds since 1970-01-01T00:00:00Z; 0 when the clock is unreadable or before 2024 (silence means no). */
int64_t clock_now_us(void);

/* What a test has let pass; to be added to the time of another machine. 0 in the product. */
int64_t clock_passed_us(void);

/* Milliseconds and microseconds since some fixed point, never going back. */
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);

/* True in test builds only. */
bool clock_is_movable(void);

#endif
