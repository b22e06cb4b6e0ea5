/*
 * tests/unit/wire/wire_test.h - what every test of this room begins with.
 */
#ifndef TROTH_TEST_WIRE_H
#define TROTH_TEST_WIRE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/arena.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
/* A span of a literal with any bytes in it. */
#define BYTES(literal)                                                                             \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

/* One arena for the whole program; arena_reset before each row. */
static struct arena arena;

static inline int
arena_setup(void **state)
{
    struct err err;
    (void)state;
    return arena_open(&arena, 16 * 1024 * 1024, &err) ? 0 : -1;
}

static inline int
arena_teardown(void **state)
{
    (void)state;
    arena_close(&arena);
    return 0;
}

/* Says which row failed before the assertion stops the test. */
#define ROW_ASSERT(cond, name)                                                                     \
    do {                                                                                           \
        if (!(cond))                                                                               \
            fail_msg("row \"%s\": %s", (name), #cond);                                             \
    } while (0)

/* A small generator, the same in every run. */
static inline uint64_t
dice_roll(uint64_t *dice)
{
    *dice ^= *dice << 13;
    *dice ^= *dice >> 7;
    *dice ^= *dice << 17;
    return *dice;
}

#endif
