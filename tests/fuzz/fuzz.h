/*
 * tests/fuzz/fuzz.h - what every fuzz target begins with.
 *
 * A target reads hostile bytes and says what must hold of the answer; whatever does
 * not hold ends the process, which is what the fuzzer and the replay look for.
 */
#ifndef TROTH_FUZZ_H
#define TROTH_FUZZ_H

#include "base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST_HOLD(cond) TROTH_ASSERT(cond)

/* One arena for the process, empty at each call. */
static inline struct arena *
fuzz_arena(void)
{
    static struct arena arena;
    struct err err;
    if (arena.p == NULL)
        MUST_HOLD(arena_open(&arena, 8 * 1024 * 1024, &err));
    arena_reset(&arena);
    return &arena;
}

/* part lies whole inside whole. */
static inline bool
fuzz_inside(struct span part, struct span whole)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

#endif
