/*
 * wire/utf8_priv.h - one step through UTF-8, and quick skipping of plain bytes.
 *
 * Shared by the readers of this room. Nothing here reads at or past end.
 */
#ifndef TROTH_WIRE_UTF8_PRIV_H
#define TROTH_WIRE_UTF8_PRIV_H

#include "base/span.h"

#define EACH_BYTE(v) (UINT64_C(0x0101010101010101) * (v))

/* Length of the well-formed sequence at p (Unicode, table 3-7), 0 when there is none. p < end. */
static inline size_t
utf8_step(const uint8_t *p, const uint8_t *end)
{
    size_t left = (size_t)(end - p);
    uint8_t b = p[0];
    if (b < 0x80)
        return 1;
    if (b < 0xc2 || b > 0xf4 || left < 2)
        return 0;
    uint8_t least = b == 0xe0 ? 0xa0 : b == 0xf0 ? 0x90 : 0x80;
    uint8_t most = b == 0xed ? 0x9f : b == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < least || p[1] > most)
        return 0;
    if (b < 0xe0)
        return 2;
    if (left < 3 || (p[2] & 0xc0) != 0x80)
        return 0;
    if (b < 0xf0)
        return 3;
    return left < 4 || (p[3] & 0xc0) != 0x80 ? 0 : 4;
}

static inline uint64_t
load_word(const uint8_t *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

/* Past all whole words of ASCII. */
static inline const uint8_t *
ascii_skip(const uint8_t *p, const uint8_t *end)
{
    while (end - p >= 8 && (load_word(p) & EACH_BYTE(0x80)) == 0)
        p += 8;
    return p;
}

/*
 * High bits set where a byte of w is not plain in a JSON string: below 0x20, at
 * or above 0x80, a quote or a backslash. The lowest mark is exact; marks above it
 * may be false, because the subtractions borrow upwards.
 */
static inline uint64_t
json_marks(uint64_t w)
{
    uint64_t quote = w ^ EACH_BYTE(0x22), back = w ^ EACH_BYTE(0x5c);
    return (w | (w - EACH_BYTE(0x20)) | (quote - EACH_BYTE(1)) | (back - EACH_BYTE(1))) &
           EACH_BYTE(0x80);
}

/* Past all plain bytes of a JSON string. */
static inline const uint8_t *
json_skip(const uint8_t *p, const uint8_t *end)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    while (end - p >= 8) {
        uint64_t marks = json_marks(load_word(p));
        if (marks != 0)
            return p + __builtin_ctzll(marks) / 8;
        p += 8;
    }
#endif
    while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
        p++;
    return p;
}

/* Writes one code point; to has 4 bytes of room. Returns its length. */
static inline size_t
utf8_write(uint8_t *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (uint8_t)(0xc0 | c >> 6);
        to[1] = (uint8_t)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (uint8_t)(0xe0 | c >> 12);
        to[1] = (uint8_t)(0x80 | (c >> 6 & 63));
        to[2] = (uint8_t)(0x80 | (c & 63));
        return 3;
    }
    to[0] = (uint8_t)(0xf0 | c >> 18);
    to[1] = (uint8_t)(0x80 | (c >> 12 & 63));
    to[2] = (uint8_t)(0x80 | (c >> 6 & 63));
    to[3] = (uint8_t)(0x80 | (c & 63));
    return 4;
}

/* 0–15, or -1. */
static inline int
hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
