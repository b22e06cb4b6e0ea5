/*
 * base/arena.h - fixed memory for one request, taken in pieces and given back at once.
 *
 * Its size is set at birth. When it is full, arena_take gives NULL and a sticky
 * mark stays until the reset, so that a handler may check once at its end (the
 * edge answers 413). Reset wipes what was used: personal data do not outlive the
 * request. Keys never lie in an arena (crypt/crypt.h).
 *
 * Threads: one at a time.
 * Memory:  owns one mapping; pieces are valid until arena_reset or arena_back.
 */
#ifndef TROTH_BASE_ARENA_H
#define TROTH_BASE_ARENA_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

struct arena {
    char *p;
    size_t used;
    size_t cap;
    bool overflow;
};

/* Maps cap bytes (touched only when used). */
MUST_USE bool arena_open(struct arena *arena, size_t cap, struct err *err);
void arena_close(struct arena *arena);

/* n bytes, zeroed, aligned to 16; NULL when full. */
void *arena_take(struct arena *arena, size_t n);
#define ARENA_NEW(arena, type) ((type *)arena_take((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_take((arena), sizeof(type) * (count)))

/* A copy of s, NUL-terminated besides; {NULL, 0} when full. */
struct span arena_copy(struct arena *arena, struct span s);

/* A buf with room for cap bytes in the arena (an already overflown buf when full). */
struct buf arena_buf(struct arena *arena, size_t cap);

/* Gives back the unused end of the last buf taken with arena_buf. */
void arena_buf_trim(struct arena *arena, struct buf *buf);

static inline size_t
arena_mark(const struct arena *arena)
{
    return arena->used;
}
/* Back to a mark; the pieces taken since are wiped. */
void arena_back(struct arena *arena, size_t mark);
void arena_reset(struct arena *arena);

#endif
