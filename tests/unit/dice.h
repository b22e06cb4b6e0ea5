/*
 * tests/unit/dice.h - random numbers for tests that play, from one seed that is printed.
 *
 * A run that failed is run again with TROTH_SEED=N in the environment.
 */
#ifndef TROTH_TESTS_DICE_H
#define TROTH_TESTS_DICE_H

#include "base/clock.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct dice {
    uint64_t seed, at;
};

/* SplitMix64 (Steele, Lea, Flood 2014): any seed will do. */
static inline uint64_t
dice_roll(struct dice *dice)
{
    uint64_t z = dice->at += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* 0 … n - 1 */
static inline uint64_t
dice_below(struct dice *dice, uint64_t n)
{
    return dice_roll(dice) % n;
}

static inline void
dice_fill(struct dice *dice, void *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)to)[i] = (uint8_t)dice_roll(dice);
}

static inline struct dice
dice_open(const char *what)
{
    const char *given = getenv("TROTH_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 0)
                                  : (uint64_t)clock_mono_us() * 2654435761u + (uint64_t)getpid();
    (void)printf("# %s: TROTH_SEED=%llu\n", what, (unsigned long long)seed);
    (void)fflush(stdout);
    return (struct dice){.seed = seed, .at = seed};
}

#endif
