/*
 * base/span.h - borrowed text: a pointer and a length, never owned, never NUL-terminated.
 *
 * A span is valid as long as what it points into. All reading of outside input
 * goes through spans, so that no code beyond this room walks a bare pointer.
 */
#ifndef TROTH_BASE_SPAN_H
#define TROTH_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *p;
    size_t n;
};

#define SPAN(literal) ((struct span){"" literal, sizeof(literal) - 1})
#define SPAN_NONE ((struct span){NULL, 0})
#define SPAN_FMT(s) (int)(s).n, (s).p == NULL ? "" : (s).p /* for "%.*s" */

static inline struct span
span_of(const void *p, size_t n)
{
    return (struct span){(const char *)p, n};
}

static inline struct span
span_str(const char *s)
{
    return (struct span){s, s == NULL ? 0 : strlen(s)};
}

static inline bool
span_eq(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
span_is(struct span a, const char *s)
{
    return span_eq(a, span_str(s));
}

/* ASCII letters only are folded. */
bool span_ieq(struct span a, struct span b);

bool span_starts(struct span s, struct span prefix);
bool span_ends(struct span s, struct span suffix);

/* The part from `from` (cut to the end) of at most n bytes. */
struct span span_sub(struct span s, size_t from, size_t n);

/* Index of the first c, or s.n. */
size_t span_find(struct span s, char c);

/* Without leading and trailing spaces and tabs. */
struct span span_trim(struct span s);

/* Takes the part before the first c off *s (and the c); false when *s is used up (p is NULL). */
bool span_split(struct span *s, char c, struct span *ret_part);

/* Decimal digits only, no sign, no leading +, at most `most`; false otherwise. */
bool span_u64(struct span s, uint64_t most, uint64_t *ret);

/* Copies into a fixed char array with NUL; false when it does not fit (nothing copied then). */
bool span_copy(struct span s, char *to, size_t to_size);

/* FNV-1a, for tables in memory; not for anything an enemy may steer. */
uint32_t span_hash(struct span s);

/* Byte order helpers: all integers troth writes are big-endian. */
static inline void
put_be16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static inline void
put_be32(uint8_t *p, uint32_t v)
{
    put_be16(p, (uint16_t)(v >> 16));
    put_be16(p + 2, (uint16_t)v);
}
static inline void
put_be64(uint8_t *p, uint64_t v)
{
    put_be32(p, (uint32_t)(v >> 32));
    put_be32(p + 4, (uint32_t)v);
}
static inline uint16_t
get_be16(const uint8_t *p)
{
    return (uint16_t)((p[0] << 8) | p[1]);
}
static inline uint32_t
get_be32(const uint8_t *p)
{
    return ((uint32_t)get_be16(p) << 16) | get_be16(p + 2);
}
static inline uint64_t
get_be64(const uint8_t *p)
{
    return ((uint64_t)get_be32(p) << 32) | get_be32(p + 4);
}

/* Lower-case hex of n bytes into to (2n + 1 chars, NUL-terminated). */
void hex_put(char *to, const void *p, size_t n);

/* Reads exactly 2n hex digits (either case); false otherwise, to untouched. */
bool hex_get(struct span s, void *to, size_t n);

#endif
