/*
 * policy/law_priv.h - law as data: dated tables by country (the files in data, compiled in).
 *
 * A policy names a table ("law.invoices"); the row of its seat in force on its
 * date is used, and its text goes into the page and the canonical form, so that
 * a changed table changes the hash of the policies that rest on it.
 */
#ifndef TROTH_POLICY_LAW_PRIV_H
#define TROTH_POLICY_LAW_PRIV_H

#include "base/buf.h"
#include "base/span.h"

enum law_table { LAW_INVOICE_RETENTION, LAW_CHILD_CONSENT_AGES, LAW_TABLES };

struct law_row {
    enum law_table table;
    char country[3];
    int value;              /* years */
    int32_t from_days, to_days;
    const char *counted;    /* "calendar year", "financial year", "from issue" */
    const char *source;
};

/* A policy's own rows (section `law`). Those of a country stand instead of all built-in ones of that country. */
struct law_own {
    const struct law_row *rows; /* of all tables */
    int count;
};

/* NULL when the table has no row for that country on that day. */
const struct law_row *law_find(const struct law_own *own, enum law_table table, struct span country, int64_t days);
/* The rows of a table that count, one by one: the first for NULL, NULL after the last. */
const struct law_row *law_next(const struct law_own *own, enum law_table table, const struct law_row *row);
/* Retention counted from the end of a year; a financial year is taken to be the calendar year. */
bool law_from_year_end(const struct law_row *row);
bool law_is_own(const struct law_own *own, const struct law_row *row);
/*
 * "DE: 8 years from the end of the calendar year (AO s.147 …)", dated with the days it holds. The text is part of a
 * policy's hash: what a policy says itself belongs there, the days of a built-in row do not.
 */
void law_put(const struct law_row *row, bool dated, struct buf *out);

#endif
