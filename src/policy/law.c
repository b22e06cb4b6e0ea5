#include "policy/law_priv.h"

#include "wire/text.h"

static const struct law_row law_rows[] = {
#include "policy/law_rows.inc"
};

enum { ROWS = sizeof law_rows / sizeof law_rows[0] };

static bool
owns(const struct law_own *own, enum law_table table, const char *country)
{
    for (int i = 0; i < own->count; i++)
        if (own->rows[i].table == table && strcmp(own->rows[i].country, country) == 0)
            return true;
    return false;
}

bool
law_is_own(const struct law_own *own, const struct law_row *row)
{
    return own->count > 0 && row >= own->rows && row < own->rows + own->count;
}

/* Own rows first, then the built-in ones; i is the place in both together. */
static const struct law_row *
row_at(const struct law_own *own, int i)
{
    return i < own->count ? &own->rows[i] : &law_rows[i - own->count];
}

const struct law_row *
law_next(const struct law_own *own, enum law_table table, const struct law_row *row)
{
    bool mine = law_is_own(own, row);
    int i = row == NULL ? 0 : 1 + (int)(mine ? row - own->rows : own->count + (row - law_rows));
    for (; i < own->count + (int)ROWS; i++) {
        row = row_at(own, i);
        if (row->table == table && (i < own->count || !owns(own, table, row->country)))
            return row;
    }
    return NULL;
}

const struct law_row *
law_find(const struct law_own *own, enum law_table table, struct span country, int64_t days)
{
    for (const struct law_row *row = law_next(own, table, NULL); row != NULL; row = law_next(own, table, row))
        if (span_is(country, row->country) && row->from_days <= days && days <= row->to_days)
            return row;
    return NULL;
}

bool
law_from_year_end(const struct law_row *row)
{
    return strcmp(row->counted, "calendar year") == 0 || strcmp(row->counted, "financial year") == 0;
}

void
law_put(const struct law_row *row, bool dated, struct buf *out)
{
    buf_fmt(out, "%s: %d years", row->country, row->value);
    if (row->table == LAW_INVOICE_RETENTION)
        buf_fmt(out, " %s%s", law_from_year_end(row) ? "from the end of the " : "", row->counted);
    buf_fmt(out, " (%s", row->source);
    if (dated && row->from_days != INT32_MIN) {
        buf_str(out, ", from ");
        date_put(out, row->from_days);
    }
    if (dated && row->to_days != INT32_MAX) {
        buf_str(out, ", to ");
        date_put(out, row->to_days);
    }
    buf_char(out, ')');
}
