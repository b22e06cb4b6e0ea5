#include "wire/text.h"

static const char standard_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t
base64_size(size_t n)
{
    return (n + 2) / 3 * 4;
}

static void
put_digits(struct buf *buf, const uint8_t *p, size_t n, const char *digits, bool padded)
{
    size_t size = padded ? base64_size(n) : n / 3 * 4 + (n % 3 == 0 ? 0 : n % 3 + 1);
    char *to = buf_room(buf, size);
    if (to == NULL)
        return;
    for (; n >= 3; n -= 3, p += 3) {
        *to++ = digits[p[0] >> 2];
        *to++ = digits[(p[0] & 3) << 4 | p[1] >> 4];
        *to++ = digits[(p[1] & 15) << 2 | p[2] >> 6];
        *to++ = digits[p[2] & 63];
    }
    if (n == 0)
        return;
    uint8_t second = n == 2 ? p[1] : 0;
    *to++ = digits[p[0] >> 2];
    *to++ = digits[(p[0] & 3) << 4 | second >> 4];
    if (n == 2)
        *to++ = digits[(second & 15) << 2];
    if (padded && n == 1)
        *to++ = '=';
    if (padded)
        *to = '=';
}

void
base64_put(struct buf *buf, const void *p, size_t n)
{
    put_digits(buf, p, n, standard_digits, true);
}

void
base64url_put(struct buf *buf, const void *p, size_t n)
{
    put_digits(buf, p, n, url_digits, false);
}

static int
digit_value(char c, bool url)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == (url ? '-' : '+'))
        return 62;
    return c == (url ? '_' : '/') ? 63 : -1;
}

/* s: digits only, no padding. */
static struct span
get_digits(struct arena *arena, struct span s, bool url)
{
    if (s.n % 4 == 1)
        return SPAN_NONE;
    for (size_t i = 0; i < s.n; i++)
        if (digit_value(s.p[i], url) < 0)
            return SPAN_NONE;
    /* The last digit's bits that stand for nothing must be zero, or one text had several codings.
     */
    unsigned spare = s.n % 4 == 2 ? 15 : s.n % 4 == 3 ? 3 : 0;
    if (spare != 0 && ((unsigned)digit_value(s.p[s.n - 1], url) & spare) != 0)
        return SPAN_NONE;
    uint8_t *to = arena_take(arena, s.n / 4 * 3 + 3);
    if (to == NULL)
        return SPAN_NONE;
    size_t used = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < s.n; i++) {
        bits = bits << 6 | (uint32_t)digit_value(s.p[i], url);
        if (i % 4 != 0)
            to[used++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    return span_of(to, used);
}

struct span
base64_get(struct arena *arena, struct span s)
{
    if (s.n % 4 != 0)
        return SPAN_NONE;
    for (int i = 0; i < 2 && s.n > 0 && s.p[s.n - 1] == '='; i++)
        s.n--;
    return get_digits(arena, s, false);
}

struct span
base64url_get(struct arena *arena, struct span s)
{
    return get_digits(arena, s, true);
}
