/* Spans of time as the calendar counts them, and the dated tables of law. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "policy/law_priv.h"
#include "base/clock.h"
#include "policy/policy.h"
#include "wire/text.h"

static int64_t
us(int year, int month, int day, int hour)
{
    return date_days(year, month, day) * CLOCK_US_PER_DAY + hour * (INT64_C(3600) * CLOCK_US_PER_S);
}

static void
test_time_add(void **state)
{
    (void)state;
    const struct {
        struct policy_span_of_time span;
        int64_t from, to;
    } rows[] = {
        {{.set = true}, us(2026, 5, 6, 7), us(2026, 5, 6, 7)},
        {{.days = 30, .set = true}, us(2026, 1, 31, 7), us(2026, 3, 2, 7)},
        {{.months = 1, .set = true}, us(2026, 1, 31, 7), us(2026, 2, 28, 7)},
        {{.months = 1, .set = true}, us(2028, 1, 31, 7), us(2028, 2, 29, 7)},
        {{.years = 1, .set = true}, us(2028, 2, 29, 0), us(2029, 2, 28, 0)},
        {{.years = 4, .set = true}, us(2028, 2, 29, 0), us(2032, 2, 29, 0)},
        {{.years = 1, .months = 6, .set = true}, us(2026, 8, 31, 1), us(2028, 2, 29, 1)},
        {{.hours = 36, .set = true}, us(2026, 12, 31, 13), us(2027, 1, 2, 1)},
        {{.years = 8, .from_year_end = true, .set = true}, us(2026, 1, 1, 0), us(2035, 1, 1, 0)},
        {{.years = 8, .from_year_end = true, .set = true}, us(2026, 12, 31, 23), us(2035, 1, 1, 0)},
        {{.days = 3, .from_year_end = true, .set = true}, us(2026, 6, 1, 5), us(2027, 1, 4, 0)},
        {{.days = 1, .set = true}, us(1969, 12, 31, 23), us(1970, 1, 1, 23)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (policy_time_add(&rows[i].span, rows[i].from) != rows[i].to)
            fail_msg("row %zu", i);
}

static void
test_law(void **state)
{
    (void)state;
    const struct {
        enum law_table table;
        const char *country;
        int64_t day;
        int value; /* 0: no row */
        bool year_end;
    } rows[] = {
        {LAW_INVOICE_RETENTION, "DE", date_days(2026, 10, 1), 8, true},
        {LAW_INVOICE_RETENTION, "DE", date_days(2025, 1, 1), 8, true},
        {LAW_INVOICE_RETENTION, "DE", date_days(2024, 12, 31), 10, true},
        {LAW_INVOICE_RETENTION, "DE", date_days(1976, 12, 31), 0, false},
        {LAW_INVOICE_RETENTION, "IE", date_days(2026, 1, 1), 6, false},
        {LAW_INVOICE_RETENTION, "CH", date_days(2026, 1, 1), 10, true},
        {LAW_INVOICE_RETENTION, "ZZ", date_days(2026, 1, 1), 0, false},
        {LAW_CHILD_CONSENT_AGES, "DE", date_days(2026, 1, 1), 16, false},
        {LAW_CHILD_CONSENT_AGES, "DK", date_days(2023, 12, 31), 13, false},
        {LAW_CHILD_CONSENT_AGES, "DK", date_days(2024, 1, 1), 15, false},
        {LAW_CHILD_CONSENT_AGES, "US", date_days(2026, 1, 1), 13, false},
        {LAW_CHILD_CONSENT_AGES, "DE", date_days(2018, 5, 24), 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct law_row *row = law_find(&(struct law_own){0}, rows[i].table, span_str(rows[i].country), rows[i].day);
        int value = row == NULL ? 0 : row->value;
        if (value != rows[i].value || (row != NULL && law_from_year_end(row) != rows[i].year_end))
            fail_msg("row %zu gave %d", i, value);
    }
    char text[300];
    struct buf out;
    buf_init(&out, text, sizeof text);
    law_put(law_find(&(struct law_own){0}, LAW_INVOICE_RETENTION, SPAN("AT"), date_days(2026, 1, 1)), false, &out);
    assert_true(span_is(buf_span(&out), "AT: 7 years from the end of the calendar year (BAO s.132)"));
    const struct law_row *row = law_find(&(struct law_own){0}, LAW_INVOICE_RETENTION, SPAN("DE"), date_days(2024, 12, 31));
    buf_reset(&out);
    law_put(row, true, &out);
    assert_true(span_is(buf_span(&out), "DE: 10 years from the end of the calendar year (AO s.147 before 2025, from "
                                        "1977-01-01, to 2024-12-31)"));
    assert_false(law_is_own(&(struct law_own){0}, row));
    assert_true(law_is_own(&(struct law_own){row, 1}, row));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_add),
        cmocka_unit_test(test_law),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
