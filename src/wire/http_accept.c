#include "wire/http.h"

enum { QUALITY_MOST = 1000 };

/* "0.5", "1", "1.000": RFC 9110 section 12.4.2, in thousandths; -1 for what is none. */
static int
quality(struct span s)
{
    int value = 0, digits = 0;
    if (s.n == 0 || (s.p[0] != '0' && s.p[0] != '1') || (s.n > 1 && s.p[1] != '.') || s.n > 5)
        return -1;
    for (size_t i = 2; i < s.n; i++, digits++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return -1;
        value = value * 10 + (s.p[i] - '0');
    }
    for (; digits < 3; digits++)
        value *= 10;
    value += (s.p[0] - '0') * QUALITY_MOST;
    return value > QUALITY_MOST ? -1 : value;
}

/* Takes the parameters off a range; its quality, -1 when it is not well written. */
static int
range_quality(struct span *range)
{
    struct span rest = *range, part;
    int value = QUALITY_MOST;
    if (!span_split(&rest, ';', range))
        return -1;
    *range = span_trim(*range);
    while (span_split(&rest, ';', &part)) {
        part = span_trim(part);
        if (part.n >= 2 && (part.p[0] | 0x20) == 'q' && part.p[1] == '=')
            value = quality(span_trim(span_sub(part, 2, SIZE_MAX)));
    }
    return value;
}

/* How closely a range names what is offered: 0 not at all, else more for closer. */
static int
media_fits(struct span range, struct span offered)
{
    size_t slash = span_find(offered, '/');
    if (span_is(range, "*/*"))
        return 1;
    if (range.n == slash + 2 && span_ends(range, SPAN("/*")) && span_ieq(span_sub(range, 0, slash), span_sub(offered, 0, slash)))
        return 2;
    return span_ieq(range, offered) ? 3 : 0;
}

/* RFC 4647 section 3.4: "de-AT" finds "de" when nothing nearer is there. */
static int
language_fits(struct span range, struct span offered)
{
    if (span_is(range, "*"))
        return 1;
    if (span_ieq(range, offered))
        return 3;
    bool begins = range.n > offered.n && range.p[offered.n] == '-' && span_ieq(span_sub(range, 0, offered.n), offered);
    return begins ? 2 : 0;
}

int
http_accept(struct span header, enum http_accept what, const char *const *offered, int count)
{
    int best = -1, best_quality = 0;
    for (int i = 0; i < count; i++) {
        struct span rest = header, range;
        int closest = 0, value = 0;
        while (span_split(&rest, ',', &range)) {
            int q = range_quality(&range);
            int fits = what == HTTP_ACCEPT_MEDIA ? media_fits(range, span_str(offered[i]))
                                                 : language_fits(range, span_str(offered[i]));
            /* Of two that are as close the one that wants it more: "de-AT, de;q=0.1". */
            if (q < 0 || fits < closest || (fits == closest && q <= value))
                continue;
            closest = fits;
            value = q;
        }
        if (closest > 0 && value > best_quality) {
            best = i;
            best_quality = value;
        }
    }
    return best;
}
