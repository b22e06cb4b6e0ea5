#include "wire/http.h"

#include "wire/text.h"
#include "wire/utf8_priv.h"

/* Every byte printable ASCII and every escape whole (the URL standard's form coding). */
static bool
query_valid(struct span s)
{
    const uint8_t *p = (const uint8_t *)s.p;
    for (size_t i = 0; i < s.n; i++) {
        if (p[i] <= 0x20 || p[i] >= 0x7f)
            return false;
        if (p[i] == '%' && (s.n - i < 3 || hex_value(p[i + 1]) < 0 || hex_value(p[i + 2]) < 0))
            return false;
    }
    return true;
}

/* Whether coded, decoded, is key. Escapes are known to be whole. */
static bool
key_is(struct span coded, struct span key)
{
    const uint8_t *p = (const uint8_t *)coded.p;
    size_t used = 0;
    for (size_t i = 0; i < coded.n; i++, used++) {
        int c = p[i] == '+' ? ' ' : p[i];
        if (c == '%') {
            c = hex_value(p[i + 1]) * 16 + hex_value(p[i + 2]);
            i += 2;
        }
        if (used == key.n || (uint8_t)key.p[used] != c)
            return false;
    }
    return used == key.n;
}

bool
http_query_get(struct arena *arena, struct span query, const char *key, struct span *ret,
               bool *ret_found, struct err *err)
{
    if (!query_valid(query))
        return err_set(err, ERR_BAD_REQUEST, "the query is not well coded");
    struct span wanted = span_str(key), rest = query, pair, value = SPAN_NONE;
    bool found = false;
    while (span_split(&rest, '&', &pair)) {
        size_t equal = span_find(pair, '=');
        if (!key_is(span_sub(pair, 0, equal), wanted))
            continue;
        if (found) {
            err_set(err, ERR_BAD_REQUEST, "\"%s\" is given twice", key);
            return err_place(err, "%s", key);
        }
        found = true;
        value = span_sub(pair, equal + 1, pair.n);
    }
    if (found && !percent_get(arena, value, true, &value)) {
        if (arena->overflow)
            return err_set(err, ERR_TOO_LARGE, "the query does not fit into memory");
        err_set(err, ERR_BAD_REQUEST, "\"%s\" is not well coded text", key);
        return err_place(err, "%s", key);
    }
    if (found)
        *ret = value;
    *ret_found = found;
    return true;
}
