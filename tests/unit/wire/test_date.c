#include "wire_test.h"

#include <time.h>

#include "wire/text.h"

static void
test_get(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t days;
    } rows[] = {
        {"1970-01-01", true, 0},       {"1969-12-31", true, -1},
        {"2000-02-29", true, 11016},   {"2024-02-29", true, 19782},
        {"2026-11-01", true, 20758},   {"1900-01-01", true, -25567},
        {"9999-12-31", true, 2932896}, {"1900-02-29", false, 0},
        {"2100-02-29", false, 0},      {"2026-02-29", false, 0},
        {"2026-02-30", false, 0},      {"2026-04-31", false, 0},
        {"2026-13-01", false, 0},      {"2026-00-01", false, 0},
        {"2026-01-00", false, 0},      {"2026-01-32", false, 0},
        {"1899-12-31", false, 0},      {"0000-01-01", false, 0},
        {"10000-01-01", false, 0},     {"2026-1-01", false, 0},
        {"2026-01-1", false, 0},       {"26-01-01", false, 0},
        {"2026/01/01", false, 0},      {"2026-01-01 ", false, 0},
        {" 2026-01-01", false, 0},     {"2026-01-01T", false, 0},
        {"20260101", false, 0},        {"+026-01-01", false, 0},
        {"2026--1-01", false, 0},      {"2026-0x-01", false, 0},
        {"01.11.2026", false, 0},      {"", false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t days = 777777;
        ROW_ASSERT(date_get(span_str(rows[i].text), &days) == rows[i].good, rows[i].text);
        ROW_ASSERT(days == (rows[i].good ? rows[i].days : 777777), rows[i].text);
        if (!rows[i].good)
            continue;
        char mem[16];
        struct buf buf;
        buf_init(&buf, mem, sizeof mem);
        date_put(&buf, days);
        ROW_ASSERT(span_is(buf_span(&buf), rows[i].text), rows[i].text);
    }
}

/* Every day of three thousand years, against the C library's calendar. */
static void
test_civil(void **state)
{
    (void)state;
    for (int64_t days = -719528; days < 400000; days += 1 + (days % 7 == 0)) {
        time_t seconds = (time_t)(days * 86400);
        struct tm tm;
        int year, month, day;
        assert_non_null(gmtime_r(&seconds, &tm));
        date_civil(days, &year, &month, &day);
        if (year != tm.tm_year + 1900 || month != tm.tm_mon + 1 || day != tm.tm_mday ||
            date_days(year, month, day) != days)
            fail_msg("day %lld", (long long)days);
    }
}

static void
test_months(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        int months;
        const char *to;
    } rows[] = {
        {"2026-01-31", 1, "2026-02-28"},   {"2028-01-31", 1, "2028-02-29"},
        {"2026-01-31", 3, "2026-04-30"},   {"2026-01-31", 2, "2026-03-31"},
        {"2026-03-31", -1, "2026-02-28"},  {"2026-12-15", 1, "2027-01-15"},
        {"2026-01-15", -1, "2025-12-15"},  {"2024-02-29", 12, "2025-02-28"},
        {"2024-02-29", 48, "2028-02-29"},  {"2026-05-05", 0, "2026-05-05"},
        {"2026-05-05", 120, "2036-05-05"}, {"2000-12-31", -1200, "1900-12-31"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t from = 0, to = 0;
        assert_true(date_get(span_str(rows[i].from), &from) && date_get(span_str(rows[i].to), &to));
        ROW_ASSERT(date_add_months(from, rows[i].months) == to, rows[i].from);
    }
}

static void
test_times(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {INT64_C(1793525400000123), "2026-11-01T09:30:00.000123Z"},
        {INT64_C(951868799999999), "2000-02-29T23:59:59.999999Z"},
        {INT64_MAX, "9999-12-31T04:00:54.775807Z"}, /* beyond the form: cut, never longer */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char mem[27];
        struct buf buf;
        buf_init(&buf, mem, sizeof mem);
        time_put(&buf, rows[i].us);
        ROW_ASSERT(span_is(buf_span(&buf), rows[i].text), rows[i].text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_get), cmocka_unit_test(test_civil),
                                       cmocka_unit_test(test_months), cmocka_unit_test(test_times)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
