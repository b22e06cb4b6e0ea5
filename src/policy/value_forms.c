#include "policy/value_priv.h"

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Takes leading digits off *s; how many. */
static size_t
digits_take(struct span *s)
{
    size_t n = 0;
    while (n < s->n && is_digit(s->p[n]))
        n++;
    *s = span_sub(*s, n, s->n);
    return n;
}

/* Reads [-]digits[.digits]; false when it is no such number. */
static bool
decimal_read(struct span s, size_t whole_most, size_t *ret_fraction)
{
    if (s.n > 0 && s.p[0] == '-')
        s = span_sub(s, 1, s.n);
    struct span from = s;
    size_t whole = digits_take(&s), fraction = 0;
    if (whole == 0 || whole > whole_most || (whole > 1 && from.p[0] == '0'))
        return false;
    if (s.n > 0) {
        if (s.p[0] != '.')
            return false;
        s = span_sub(s, 1, s.n);
        fraction = digits_take(&s);
        if (fraction == 0 || s.n > 0)
            return false;
    }
    *ret_fraction = fraction;
    return true;
}

bool
value_number_ok(struct span s)
{
    size_t fraction = 0;
    return decimal_read(s, 15, &fraction) && fraction <= 6;
}

bool
value_money_ok(struct span s)
{
    if (s.n < 5 || s.p[s.n - 4] != ' ')
        return false;
    for (size_t i = s.n - 3; i < s.n; i++)
        if (s.p[i] < 'A' || s.p[i] > 'Z')
            return false;
    size_t fraction = 0;
    return decimal_read(span_sub(s, 0, s.n - 4), 15, &fraction) &&
           (fraction == 0 || fraction == 2 || fraction == 3);
}

/* |s| <= most degrees; s is a decimal of at most three whole digits. */
static bool
degrees_ok(struct span s, unsigned most)
{
    size_t fraction = 0;
    if (!decimal_read(s, 3, &fraction) || fraction > 7)
        return false;
    if (s.p[0] == '-')
        s = span_sub(s, 1, s.n);
    unsigned whole = 0;
    size_t i = 0;
    for (; i < s.n && is_digit(s.p[i]); i++)
        whole = whole * 10 + (unsigned)(s.p[i] - '0');
    if (whole != most)
        return whole < most;
    for (; i < s.n; i++)
        if (s.p[i] != '.' && s.p[i] != '0')
            return false;
    return true;
}

bool
value_geo_ok(struct span s)
{
    size_t comma = span_find(s, ',');
    return comma < s.n && degrees_ok(span_sub(s, 0, comma), 90) &&
           degrees_ok(span_sub(s, comma + 1, s.n), 180);
}

bool
value_username_ok(struct span s)
{
    if (s.n < 1 || s.n > 64)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        bool inside = i > 0 && i + 1 < s.n;
        bool mark = s.p[i] == '.' || s.p[i] == '_' || s.p[i] == '-';
        if (!is_letter(s.p[i]) && !is_digit(s.p[i]) && !(mark && inside))
            return false;
    }
    return true;
}

bool
value_url_ok(struct span s)
{
    if (s.n > 2048)
        return false;
    size_t at = span_ieq(span_sub(s, 0, 7), SPAN("http://"))    ? 7
                : span_ieq(span_sub(s, 0, 8), SPAN("https://")) ? 8
                                                                 : 0;
    if (at == 0)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || memchr("<>\"\\^`{|}\x7f", s.p[i], 10) != NULL)
            return false;
    struct span host = span_sub(s, at, s.n);
    size_t n = 0;
    while (n < host.n && memchr("/?#", host.p[n], 3) == NULL)
        n++;
    host.n = n;
    /* A name and password in an address are secrets that would lie there in the open. */
    return host.n > 0 && host.p[0] != ':' && span_find(host, '@') == host.n;
}

bool
value_link_ok(struct span s)
{
    struct span scheme = SPAN("https://");
    return span_starts(s, scheme) && value_url_ok(s);
}

/* a-z, 0-9 and dashes within; *ret_digits: nothing but digits. */
static bool
label_ok(struct span s, bool *ret_digits)
{
    *ret_digits = true;
    if (s.n < 1 || s.n > 63 || s.p[0] == '-' || s.p[s.n - 1] == '-')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if ((s.p[i] < 'a' || s.p[i] > 'z') && !is_digit(s.p[i]) && s.p[i] != '-')
            return false;
        *ret_digits = *ret_digits && is_digit(s.p[i]);
    }
    return true;
}

static bool
port_ok(struct span s)
{
    uint64_t port = 0;
    return s.n > 0 && s.p[0] != '0' && span_u64(s, 65535, &port) && port != 443;
}

bool
value_origin_ok(struct span s)
{
    struct span scheme = SPAN("https://");
    if (!span_starts(s, scheme))
        return false;
    s = span_sub(s, scheme.n, s.n);
    size_t colon = span_find(s, ':');
    struct span host = span_sub(s, 0, colon), label;
    bool digits = true;
    int labels = 0;
    if (host.n < 1 || host.n > 253 || (colon < s.n && !port_ok(span_sub(s, colon + 1, s.n))))
        return false;
    for (; span_split(&host, '.', &label); labels++)
        if (!label_ok(label, &digits))
            return false;
    return labels > 1 && !digits;
}

static bool
ipv4_read(struct span s, uint8_t to[4])
{
    for (int i = 0; i < 4; i++) {
        struct span part;
        uint64_t v = 0;
        if (!span_split(&s, '.', &part) || part.n > 3 || (part.n > 1 && part.p[0] == '0') ||
            !span_u64(part, 255, &v))
            return false;
        to[i] = (uint8_t)v;
    }
    return s.p == NULL;
}

/* One group of up to four hex digits. */
static bool
group_read(struct span s, uint16_t *ret)
{
    if (s.n < 1 || s.n > 4)
        return false;
    char padded[4] = {'0', '0', '0', '0'};
    memcpy(padded + 4 - s.n, s.p, s.n);
    uint8_t bytes[2];
    if (!hex_get(span_of(padded, 4), bytes, 2))
        return false;
    *ret = get_be16(bytes);
    return true;
}

/* Groups between colons, the last perhaps an IPv4 address; how many were read, or -1. */
static int
groups_read(struct span s, uint16_t to[8], bool last)
{
    int n = 0;
    struct span part;
    if (s.n == 0)
        return 0;
    while (span_split(&s, ':', &part)) {
        uint8_t v4[4];
        if (s.p == NULL && last && n <= 6 && ipv4_read(part, v4)) {
            to[n++] = get_be16(v4);
            to[n++] = get_be16(v4 + 2);
        } else if (n == 8 || !group_read(part, &to[n++])) {
            return -1;
        }
    }
    return n;
}

static bool
ipv6_read(struct span s, uint16_t to[8])
{
    size_t gap = s.n;
    for (size_t i = 0; i + 1 < s.n && gap == s.n; i++)
        if (s.p[i] == ':' && s.p[i + 1] == ':')
            gap = i;
    if (s.n < 2 || s.n > 45)
        return false;
    if (gap == s.n)
        return groups_read(s, to, true) == 8;
    uint16_t head[8], tail[8];
    int head_n = groups_read(span_sub(s, 0, gap), head, false);
    int tail_n = groups_read(span_sub(s, gap + 2, s.n), tail, true);
    if (head_n < 0 || tail_n < 0 || head_n + tail_n > 7)
        return false;
    memset(to, 0, 8 * sizeof to[0]);
    for (int i = 0; i < head_n; i++)
        to[i] = head[i];
    for (int i = 0; i < tail_n; i++)
        to[8 - tail_n + i] = tail[i];
    return true;
}

/* RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as "::". */
static void
ipv6_put(const uint16_t g[8], struct buf *out)
{
    int best = 8, best_n = 1;
    for (int i = 0; i < 8; i++) {
        int n = 0;
        while (i + n < 8 && g[i + n] == 0)
            n++;
        if (n > best_n) {
            best = i;
            best_n = n;
        }
    }
    for (int i = 0; i < 8; i++) {
        if (i == best) {
            buf_str(out, "::");
            i += best_n - 1;
            continue;
        }
        if (i > 0 && i != best + best_n)
            buf_char(out, ':');
        buf_fmt(out, "%x", (unsigned)g[i]);
    }
}

bool
value_ip_put(struct span s, struct buf *out)
{
    uint8_t v4[4];
    uint16_t v6[8];
    if (ipv4_read(s, v4)) {
        buf_put(out, s);
        return true;
    }
    if (!ipv6_read(s, v6))
        return false;
    ipv6_put(v6, out);
    return true;
}

void
value_ip_cut(struct span s, struct buf *out)
{
    uint8_t v4[4];
    uint16_t v6[8];
    if (ipv4_read(s, v4)) {
        buf_fmt(out, "%u.%u.%u.0", (unsigned)v4[0], (unsigned)v4[1], (unsigned)v4[2]);
        return;
    }
    if (!ipv6_read(s, v6))
        return;
    for (int i = 3; i < 8; i++)
        v6[i] = 0;
    ipv6_put(v6, out);
}

/* "-13.40509" → "-13.40"; no sign before a zero, which would still tell a side. */
static void
degrees_cut(struct span s, struct buf *out)
{
    size_t point = span_find(s, '.');
    struct span cut = span_sub(s, 0, point + 3);
    bool zero = true;
    for (size_t i = 0; i < cut.n; i++)
        zero &= cut.p[i] == '-' || cut.p[i] == '.' || cut.p[i] == '0';
    buf_put(out, zero && s.p[0] == '-' ? span_sub(cut, 1, cut.n) : cut);
}

void
value_geo_cut(struct span s, struct buf *out)
{
    size_t comma = span_find(s, ',');
    degrees_cut(span_sub(s, 0, comma), out);
    buf_char(out, ',');
    degrees_cut(span_sub(s, comma + 1, s.n), out);
}
