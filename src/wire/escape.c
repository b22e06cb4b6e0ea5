#include "wire/text.h"

#include "wire/utf8_priv.h"

static const char *
html_entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void
html_put(struct buf *buf, struct span s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *entity = html_entity(s.p[i]);
        if (entity == NULL)
            continue;
        buf_put(buf, span_sub(s, from, i - from));
        buf_str(buf, entity);
        from = i + 1;
    }
    buf_put(buf, span_sub(s, from, s.n - from));
}

static bool
is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void
percent_put(struct buf *buf, struct span s)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.n; i++) {
        if (is_unreserved(s.p[i])) {
            buf_char(buf, s.p[i]);
            continue;
        }
        uint8_t c = (uint8_t)s.p[i];
        const char coded[3] = {'%', digits[c >> 4], digits[c & 15]};
        buf_put(buf, span_of(coded, sizeof coded));
    }
}

bool
percent_get(struct arena *arena, struct span s, bool plus, struct span *ret)
{
    const uint8_t *p = (const uint8_t *)s.p;
    uint8_t *to = arena_take(arena, s.n + 1);
    if (to == NULL)
        return false;
    size_t used = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (p[i] == '+' && plus) {
            to[used++] = ' ';
        } else if (p[i] != '%') {
            to[used++] = p[i];
        } else {
            int high = s.n - i > 2 ? hex_value(p[i + 1]) : -1;
            int low = s.n - i > 2 ? hex_value(p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            to[used++] = (uint8_t)(high * 16 + low);
            i += 2;
        }
    }
    struct span got = span_of(to, used);
    if (memchr(to, '\0', used) != NULL || !utf8_valid(got, NULL))
        return false;
    *ret = got;
    return true;
}
