#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

void
buf_init(struct buf *buf, void *mem, size_t cap)
{
    *buf = (struct buf){.p = mem, .cap = cap};
}

char *
buf_room(struct buf *buf, size_t n)
{
    if (buf->overflow || n > buf->cap - buf->n) {
        buf->overflow = true;
        return NULL;
    }
    char *room = buf->p + buf->n;
    buf->n += n;
    return room;
}

void
buf_put(struct buf *buf, struct span s)
{
    if (s.n == 0)
        return;
    char *room = buf_room(buf, s.n);
    if (room != NULL)
        memcpy(room, s.p, s.n);
}

void
buf_str(struct buf *buf, const char *s)
{
    buf_put(buf, span_str(s));
}

void
buf_char(struct buf *buf, char c)
{
    char *room = buf_room(buf, 1);
    if (room != NULL)
        *room = c;
}

void
buf_u64(struct buf *buf, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    buf_put(buf, span_of(digits + at, sizeof digits - at));
}

void
buf_hex(struct buf *buf, const void *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    char *room = buf_room(buf, 2 * n);
    if (room == NULL)
        return;
    const uint8_t *bytes = p;
    for (size_t i = 0; i < n; i++) {
        room[2 * i] = digits[bytes[i] >> 4];
        room[2 * i + 1] = digits[bytes[i] & 15];
    }
}

void
buf_fmt(struct buf *buf, const char *fmt, ...)
{
    if (buf->overflow)
        return;
    size_t left = buf->cap - buf->n;
    va_list args;
    va_start(args, fmt);
    /* One byte of the room is lost to the NUL; a text that needs it counts as overflow. */
    int used = vsnprintf(buf->p + buf->n, left, fmt, args);
    va_end(args);
    if (used < 0 || (size_t)used >= left)
        buf->overflow = true;
    else
        buf->n += (size_t)used;
}
