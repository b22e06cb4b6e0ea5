#include "wire/json_priv.h"

#include "wire/utf8_priv.h"

/* The four digits at p; -1 when they are not there. */
static int
hex4(const uint8_t *p, const uint8_t *end)
{
    if (end - p < 4)
        return -1;
    int v = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(p[i]);
        if (digit < 0)
            return -1;
        v = v << 4 | digit;
    }
    return v;
}

static bool
is_high(int c)
{
    return c >= 0xd800 && c <= 0xdbff;
}

static bool
is_low(int c)
{
    return c >= 0xdc00 && c <= 0xdfff;
}

/* The code point of the \u escape whose digits begin at p; *ret_n bytes behind the u. -1: none. */
static int
unicode_escape(const uint8_t *p, const uint8_t *end, size_t *ret_n)
{
    int c = hex4(p, end);
    *ret_n = 4;
    if (c <= 0 || is_low(c))
        return -1; /* no digits, NUL, or half a pair */
    if (!is_high(c))
        return c;
    if (end - p < 6 || p[4] != '\\' || p[5] != 'u')
        return -1;
    int low = hex4(p + 6, end);
    if (!is_low(low))
        return -1;
    *ret_n = 10;
    return 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
}

/* Why unicode_escape took nothing there. */
static const char *
unicode_fault(const uint8_t *p, const uint8_t *end)
{
    int c = hex4(p, end);
    if (c < 0)
        return "a \\u escape without four hexadecimal digits";
    return c == 0 ? "the character NUL (\\u0000), which no text here may hold"
                  : "half of a surrogate pair";
}

static char
short_escape(uint8_t c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return (char)c;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return '\0';
    }
}

static size_t
coded_size(int c)
{
    return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

/* Checks the escape at r->p (a backslash), moves behind it; *saved grows by what decoding will
 * save. */
static bool
escape_check(struct json_reader *r, size_t *saved)
{
    const uint8_t *p = r->p + 1;
    if (p == r->end)
        return json_fault(r, "the string does not end");
    if (short_escape(*p) != '\0') {
        r->p += 2;
        *saved += 1;
        return true;
    }
    if (*p != 'u')
        return json_fault(r, "an escape that JSON does not know");
    size_t n;
    int c = unicode_escape(p + 1, r->end, &n);
    if (c < 0)
        return json_fault(r, unicode_fault(p + 1, r->end));
    r->p += 2 + n;
    *saved += 2 + n - coded_size(c);
    return true;
}

/* Writes the checked text [p, end) without its escapes. */
static void
unescape(const uint8_t *p, const uint8_t *end, uint8_t *to)
{
    while (p < end) {
        const uint8_t *slash = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((slash == NULL ? end : slash) - p);
        memcpy(to, p, plain);
        to += plain;
        if (slash == NULL)
            return;
        if (slash[1] != 'u') {
            *to++ = (uint8_t)short_escape(slash[1]);
            p = slash + 2;
            continue;
        }
        size_t n;
        to += utf8_write(to, (uint32_t)unicode_escape(slash + 2, end, &n));
        p = slash + 2 + n;
    }
}

bool
json_string_read(struct json_reader *r, struct span *ret)
{
    const uint8_t *from = ++r->p;
    size_t saved = 0;
    for (;;) {
        r->p = json_skip(r->p, r->end);
        if (r->p == r->end)
            return json_fault(r, "the string does not end");
        uint8_t c = *r->p;
        if (c == '"')
            break;
        if (c == '\\') {
            if (!escape_check(r, &saved))
                return false;
        } else if (c < 0x20) {
            return json_fault(r, "a control character in a string must be escaped");
        } else {
            size_t n = utf8_step(r->p, r->end);
            if (n == 0)
                return json_fault(r, "not valid UTF-8");
            r->p += n;
        }
    }
    size_t raw = (size_t)(r->p - from), n = raw - saved;
    if (n > LIMIT_JSON_STRING)
        return json_excess(r, "a string is too long");
    if (saved == 0) {
        *ret = span_of(from, n);
    } else {
        uint8_t *to = arena_take(r->arena, n);
        if (to == NULL)
            return json_excess(r, "the text does not fit into memory");
        unescape(from, r->p, to);
        *ret = span_of(to, n);
    }
    r->p++;
    return true;
}
