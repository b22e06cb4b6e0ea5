#include "wire/text.h"

#include "wire/utf8_priv.h"

bool
utf8_valid(struct span s, size_t *ret_at)
{
    if (s.n == 0)
        return true;
    const uint8_t *start = (const uint8_t *)s.p, *p = start, *end = p + s.n;
    while (p < end) {
        p = ascii_skip(p, end);
        if (p == end)
            break;
        size_t n = utf8_step(p, end);
        if (n == 0) {
            if (ret_at != NULL)
                *ret_at = (size_t)(p - start);
            return false;
        }
        p += n;
    }
    return true;
}

size_t
utf8_length(struct span s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++)
        count += ((uint8_t)s.p[i] & 0xc0) != 0x80;
    return count;
}

uint32_t
utf8_next(struct span s, size_t *at)
{
    const uint8_t *p = (const uint8_t *)s.p + *at;
    size_t n = utf8_step(p, (const uint8_t *)s.p + s.n);
    TROTH_ASSERT(n != 0); /* the caller promised valid text */
    *at += n;
    switch (n) {
    case 1:
        return p[0];
    case 2:
        return (uint32_t)(p[0] & 31) << 6 | (p[1] & 63);
    case 3:
        return (uint32_t)(p[0] & 15) << 12 | (uint32_t)(p[1] & 63) << 6 | (p[2] & 63);
    default:
        return (uint32_t)(p[0] & 7) << 18 | (uint32_t)(p[1] & 63) << 12 |
               (uint32_t)(p[2] & 63) << 6 | (p[3] & 63);
    }
}

static bool
is_clean(uint32_t c, bool lines)
{
    if (c < 0x20)
        return lines && (c == '\n' || c == '\t');
    if (c < 0x7f)
        return true;
    if (c < 0xa0)
        return false; /* DEL and C1 */
    if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff)
        return false;
    return (c < 0xfdd0 || c > 0xfdef) && (c & 0xfffe) != 0xfffe;
}

bool
utf8_clean(struct span s, bool lines, size_t *ret_at)
{
    for (size_t at = 0; at < s.n;) {
        size_t here = at;
        if (!is_clean(utf8_next(s, &at), lines)) {
            if (ret_at != NULL)
                *ret_at = here;
            return false;
        }
    }
    return true;
}

/* Simple case folding (Unicode CaseFolding.txt, status C and S) of the scripts an address may use.
 */
struct fold_row {
    uint16_t first, last;
    int16_t add;   /* to every code point of the row … */
    bool in_pairs; /* … or, when they alternate capital and small, to every second from first */
};

static const struct fold_row fold_rows[] = {
    {'A', 'Z', 32, false},       {0x00b5, 0x00b5, 775, false},   {0x00c0, 0x00d6, 32, false},
    {0x00d8, 0x00de, 32, false}, {0x0100, 0x012e, 1, true},      {0x0132, 0x0136, 1, true},
    {0x0139, 0x0147, 1, true},   {0x014a, 0x0176, 1, true},      {0x0178, 0x0178, -121, false},
    {0x0179, 0x017d, 1, true},   {0x017f, 0x017f, -268, false},  {0x0218, 0x021e, 1, true},
    {0x0386, 0x0386, 38, false}, {0x0388, 0x038a, 37, false},    {0x038c, 0x038c, 64, false},
    {0x038e, 0x038f, 63, false}, {0x0391, 0x03a1, 32, false},    {0x03a3, 0x03ab, 32, false},
    {0x03c2, 0x03c2, 1, false},  {0x0400, 0x040f, 80, false},    {0x0410, 0x042f, 32, false},
    {0x0460, 0x0480, 1, true},   {0x048a, 0x04be, 1, true},      {0x04c0, 0x04c0, 15, false},
    {0x04c1, 0x04cd, 1, true},   {0x04d0, 0x052e, 1, true},      {0x0531, 0x0556, 48, false},
    {0x1e00, 0x1e94, 1, true},   {0x1e9e, 0x1e9e, -7615, false}, {0x1ea0, 0x1efe, 1, true},
};

static uint32_t
fold_point(uint32_t c)
{
    for (size_t i = 0; i < sizeof fold_rows / sizeof fold_rows[0]; i++) {
        const struct fold_row *row = &fold_rows[i];
        if (c < row->first)
            return c;
        if (c <= row->last)
            return row->in_pairs && (c - row->first) % 2 != 0 ? c
                                                              : (uint32_t)((int32_t)c + row->add);
    }
    return c;
}

struct span
utf8_fold(struct arena *arena, struct span s)
{
    /* No row makes a code point longer, so the same room will do. */
    uint8_t *to = arena_take(arena, s.n + 1);
    if (to == NULL)
        return SPAN_NONE;
    size_t used = 0;
    for (size_t at = 0; at < s.n;)
        used += utf8_write(to + used, fold_point(utf8_next(s, &at)));
    return span_of(to, used);
}
