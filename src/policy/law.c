#include "policy/law_priv.h"

static const struct law_row law_rows[] = {
#include "policy/law_rows.inc"
};

const struct law_row *
law_find(enum law_table table, struct span country, int64_t days)
{
    for (size_t i = 0; i < sizeof law_rows / sizeof law_rows[0]; i++) {
        const struct law_row *row = &law_rows[i];
        if (row->table == table && span_is(country, row->country) && row->from_days <= days &&
            days <= row->to_days)
            return row;
    }
    return NULL;
}

const struct law_row *
law_next(enum law_table table, const struct law_row *row)
{
    const struct law_row *end = law_rows + sizeof law_rows / sizeof law_rows[0];
    for (row = row == NULL ? law_rows : row + 1; row < end; row++)
        if (row->table == table)
            return row;
    return NULL;
}

bool
law_from_year_end(const struct law_row *row)
{
    return strcmp(row->counted, "calendar year") == 0 || strcmp(row->counted, "financial year") == 0;
}

void
law_put(const struct law_row *row, struct buf *out)
{
    buf_fmt(out, "%s: %d years", row->country, row->value);
    if (row->table == LAW_INVOICE_RETENTION)
        buf_fmt(out, " %s%s", law_from_year_end(row) ? "from the end of the " : "", row->counted);
    buf_fmt(out, " (%s)", row->source);
}
