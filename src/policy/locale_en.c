#include "policy/locale_priv.h"

#include <string.h>

static int
plural(int64_t n)
{
    return n == 1 ? 0 : 1;
}

static void
date(struct buf *out, int year, int month, int day)
{
    static const char *const months[12] = {"January",   "February", "March",    "April",
                                           "May",       "June",     "July",     "August",
                                           "September", "October",  "November", "December"};
    buf_fmt(out, "%d %s %d", day, months[month - 1], year);
}

static void
one(struct buf *out, struct span noun)
{
    bool vowel = noun.n > 0 && strchr("aeiou", noun.p[0]) != NULL && !span_starts(noun, SPAN("us")); /* a user */
    buf_str(out, vowel ? "an " : "a ");
}

static const struct locale_form forms[] = {
    {"", {{"year", "years"}, {"month", "months"}, {"day", "days"}, {"hour", "hours"}}},
};

const struct locale locale_en = {
    .code = "en", .name = "English", .plurals = 2, .plural = plural, .and = " and ", .or = " or ", .comma = ", ",
    .no_time = "no time at all", .forms = forms, .form_count = 1, .date = date, .country_column = 0, .one = one,
};
