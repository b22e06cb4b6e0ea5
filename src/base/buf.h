/*
 * base/buf.h - text written into fixed memory, with a sticky overflow mark.
 *
 * Writers append without looking; whoever finishes the text checks buf_ok once.
 * After an overflow nothing more is written, so a buf never holds a text with a hole.
 *
 * Memory: borrows the bytes it was given; never allocates.
 */
#ifndef TROTH_BASE_BUF_H
#define TROTH_BASE_BUF_H

#include "base/err.h"
#include "base/span.h"

struct buf {
    char *p;
    size_t n;
    size_t cap;
    bool overflow;
};

void buf_init(struct buf *buf, void *mem, size_t cap);
void buf_put(struct buf *buf, struct span s);
void buf_str(struct buf *buf, const char *s);
void buf_char(struct buf *buf, char c);
void buf_u64(struct buf *buf, uint64_t v);
void buf_hex(struct buf *buf, const void *p, size_t n);
void buf_fmt(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Room for n bytes to be filled by the caller, or NULL (and overflow). */
char *buf_room(struct buf *buf, size_t n);

static inline bool
buf_ok(const struct buf *buf)
{
    return !buf->overflow;
}

static inline struct span
buf_span(const struct buf *buf)
{
    return (struct span){buf->p, buf->n};
}

static inline void
buf_reset(struct buf *buf)
{
    buf->n = 0;
    buf->overflow = false;
}

#endif
