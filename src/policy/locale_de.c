#include "policy/locale_priv.h"

static int
plural(int64_t n)
{
    return n == 1 ? 0 : 1;
}

static void
date(struct buf *out, int year, int month, int day)
{
    static const char *const months[12] = {"Januar",    "Februar", "M\xc3\xa4rz", "April",
                                           "Mai",       "Juni",    "Juli",        "August",
                                           "September", "Oktober", "November",    "Dezember"};
    buf_fmt(out, "%d. %s %d", day, months[month - 1], year);
}

/* dative: behind "nach", "innerhalb von", "seit" */
static const struct locale_form forms[] = {
    {"", {{"Jahr", "Jahre"}, {"Monat", "Monate"}, {"Tag", "Tage"}, {"Stunde", "Stunden"}}},
    {"dative", {{"Jahr", "Jahren"}, {"Monat", "Monaten"}, {"Tag", "Tagen"}, {"Stunde", "Stunden"}}},
};

static const struct locale_sentence sentences[] = {
#include "policy/locale_de.inc"
};

const struct locale locale_de = {
    .code = "de", .name = "Deutsch", .plurals = 2, .plural = plural, .and = " und ", .or = " oder ", .comma = ", ",
    .no_time = "gar nicht", .forms = forms, .form_count = 2, .date = date, .country_column = 1,
    .sentences = sentences, .sentence_count = sizeof sentences / sizeof sentences[0],
};
