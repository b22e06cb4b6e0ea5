/* [G27] From which moment on a record must be kept, and from which on it must not: keep rules as a
 * table. */
#include "house.h"

#include "base/clock.h"
#include "wire/text.h"

#include <stdio.h>

static int64_t
us(int year, int month, int day, int hour)
{
    return date_days(year, month, day) * CLOCK_US_PER_DAY + hour * (INT64_C(3600) * CLOCK_US_PER_S);
}

enum { NONE = 0 };
#define LENGTH(...)                                                                                \
    {                                                                                              \
        .set = true, __VA_ARGS__                                                                   \
    }
#define AT_ONCE                                                                                    \
    {                                                                                              \
        .set = true                                                                                \
    }
#define DATE(text) .created_us = us(2026, 11, 24, 7), .field = SPAN(text)

struct keep_row {
    const char *name;
    struct policy_keep keep;
    struct keep_times times;
    int64_t least, due;
};

static void
check(const struct keep_row *row)
{
    const struct policy_category category = {.name = SPAN("account"), .keep = 0};
    const struct policy policy = {
        .categories = &category, .category_count = 1, .keeps = &row->keep, .keep_count = 1};
    int64_t least = 77, due = 77;
    keep_dates(&policy, 0, &row->times, &least, &due);
    if (least == row->least && due == row->due)
        return;
    char mem[2][32];
    struct buf buf[2];
    buf_init(&buf[0], mem[0], 32);
    buf_init(&buf[1], mem[1], 32);
    time_put(&buf[0], least);
    time_put(&buf[1], due);
    fail_msg("%s: kept at least to %.*s, at most to %.*s", row->name, SPAN_FMT(buf_span(&buf[0])),
             SPAN_FMT(buf_span(&buf[1])));
}

/* What each kind of beginning counts from. */
static void
test_beginnings(void **state)
{
    (void)state;
    const struct keep_times times = {.created_us = us(2026, 3, 1, 5),
                                     .changed_us = us(2027, 4, 2, 6),
                                     .field = SPAN("2025-02-03"),
                                     .event_us = us(2028, 5, 4, 7),
                                     .withdrawn_us = us(2029, 6, 5, 8)};
    const struct keep_times nothing_yet = {.created_us = us(2026, 3, 1, 5),
                                           .changed_us = us(2027, 4, 2, 6)};
    const struct keep_row rows[] = {
        {"collected",
         {.event = EVENT_COLLECTED, .most = LENGTH(.years = 1)},
         times,
         NONE,
         us(2027, 3, 1, 5)},
        {"changed",
         {.event = EVENT_CHANGED, .most = LENGTH(.years = 1)},
         times,
         NONE,
         us(2028, 4, 2, 6)},
        {"a date",
         {.event = EVENT_FIELD, .most = LENGTH(.years = 1)},
         times,
         NONE,
         us(2026, 2, 3, 0)},
        {"an event",
         {.event = EVENT_NAMED, .most = LENGTH(.years = 1)},
         times,
         NONE,
         us(2029, 5, 4, 7)},
        {"withdrawn",
         {.event = EVENT_WITHDRAWN, .most = LENGTH(.years = 1)},
         times,
         NONE,
         us(2030, 6, 5, 8)},
        {"until an event", {.event = EVENT_NAMED, .most = AT_ONCE}, times, NONE, us(2028, 5, 4, 7)},
        {"until withdrawn",
         {.event = EVENT_WITHDRAWN, .most = AT_ONCE},
         times,
         NONE,
         us(2029, 6, 5, 8)},
        {"until a date", {.event = EVENT_FIELD, .most = AT_ONCE}, times, NONE, us(2025, 2, 3, 0)},
        {"an event that has not come",
         {.event = EVENT_NAMED, .most = LENGTH(.years = 1)},
         nothing_yet,
         NONE,
         NONE},
        {"until one that has not come",
         {.event = EVENT_NAMED, .most = AT_ONCE},
         nothing_yet,
         NONE,
         NONE},
        {"nothing withdrawn",
         {.event = EVENT_WITHDRAWN, .most = LENGTH(.days = 1)},
         nothing_yet,
         NONE,
         NONE},
        {"least too, and nothing withdrawn",
         {.event = EVENT_WITHDRAWN, .least = LENGTH(.days = 1), .most = LENGTH(.days = 2)},
         nothing_yet,
         NONE,
         NONE},
        /* Without the date the record's own beginning counts: never longer than with it. */
        {"no date",
         {.event = EVENT_FIELD, .most = LENGTH(.years = 1)},
         nothing_yet,
         NONE,
         us(2027, 3, 1, 5)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(&rows[i]);
}

static void
test_calendar(void **state)
{
    (void)state;
    const struct keep_row rows[] = {
        {"a year from a leap day",
         {.event = EVENT_COLLECTED, .most = LENGTH(.years = 1)},
         {.created_us = us(2028, 2, 29, 3)},
         NONE,
         us(2029, 2, 28, 3)},
        {"four years from a leap day",
         {.event = EVENT_COLLECTED, .most = LENGTH(.years = 4)},
         {.created_us = us(2028, 2, 29, 3)},
         NONE,
         us(2032, 2, 29, 3)},
        {"a century year is none",
         {.event = EVENT_COLLECTED, .most = LENGTH(.years = 4)},
         {.created_us = us(2096, 2, 29, 3)},
         NONE,
         us(2100, 2, 28, 3)},
        {"a month from 31 January",
         {.event = EVENT_COLLECTED, .most = LENGTH(.months = 1)},
         {.created_us = us(2026, 1, 31, 3)},
         NONE,
         us(2026, 2, 28, 3)},
        {"a year and a half from 31 August",
         {.event = EVENT_COLLECTED, .most = LENGTH(.years = 1, .months = 6)},
         {.created_us = us(2026, 8, 31, 3)},
         NONE,
         us(2028, 2, 29, 3)},
        {"30 days over a leap day",
         {.event = EVENT_COLLECTED, .most = LENGTH(.days = 30)},
         {.created_us = us(2028, 2, 15, 23)},
         NONE,
         us(2028, 3, 16, 23)},
        {"36 hours over new year",
         {.event = EVENT_COLLECTED, .most = LENGTH(.hours = 36)},
         {.created_us = us(2026, 12, 31, 13)},
         NONE,
         us(2027, 1, 2, 1)},
        {"two years from year end, early",
         {.event = EVENT_COLLECTED, .most = LENGTH(.years = 2, .from_year_end = true)},
         {.created_us = us(2026, 1, 1, 0)},
         NONE,
         us(2029, 1, 1, 0)},
        {"two years from year end, late",
         {.event = EVENT_COLLECTED, .most = LENGTH(.years = 2, .from_year_end = true)},
         {.created_us = us(2027, 1, 1, 0) - 1},
         NONE,
         us(2029, 1, 1, 0)},
        {"the first moment of the next year",
         {.event = EVENT_COLLECTED, .most = LENGTH(.years = 2, .from_year_end = true)},
         {.created_us = us(2027, 1, 1, 0)},
         NONE,
         us(2030, 1, 1, 0)},
        {"a date and the year end",
         {.event = EVENT_FIELD, .most = LENGTH(.years = 8, .from_year_end = true)},
         {DATE("2026-03-01")},
         NONE,
         us(2035, 1, 1, 0)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(&rows[i]);
}

/* A date is what people write: of long ago, of far away, or none at all. */
static void
test_dates_people_write(void **state)
{
    (void)state;
    const struct policy_keep ten_years = {
        .event = EVENT_FIELD, .least = LENGTH(.years = 5), .most = LENGTH(.years = 10)};
    const struct keep_row rows[] = {
        {"the first day of the count",
         ten_years,
         {DATE("1970-01-01")},
         us(1975, 1, 1, 0),
         us(1980, 1, 1, 0)},
        {"the day before it",
         ten_years,
         {DATE("1969-12-31")},
         us(1974, 12, 31, 0),
         us(1979, 12, 31, 0)},
        {"over since then", ten_years, {DATE("1966-06-01")}, us(1971, 6, 1, 0), us(1976, 6, 1, 0)},
        /* Over for so long that the time has no number of its own: over, and not "no date". */
        {"at least over before it", ten_years, {DATE("1961-06-01")}, NONE, us(1971, 6, 1, 0)},
        {"over exactly then", ten_years, {DATE("1960-01-01")}, NONE, 1},
        {"over before it", ten_years, {DATE("1931-05-01")}, NONE, 1},
        {"the earliest", ten_years, {DATE("1900-01-01")}, NONE, 1},
        {"the latest", ten_years, {DATE("9999-12-31")}, us(10004, 12, 31, 0), us(10009, 12, 31, 0)},
        {"none that is one",
         ten_years,
         {DATE("31.12.1999")},
         us(2031, 11, 24, 7),
         us(2036, 11, 24, 7)},
        {"the 30th of February",
         ten_years,
         {DATE("2026-02-30")},
         us(2031, 11, 24, 7),
         us(2036, 11, 24, 7)},
        {"empty", ten_years, {DATE("")}, us(2031, 11, 24, 7), us(2036, 11, 24, 7)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(&rows[i]);
}

static void
test_least_and_most(void **state)
{
    (void)state;
    const struct keep_times times = {.created_us = us(2026, 6, 1, 0)};
    const struct keep_row rows[] = {
        {"both",
         {.event = EVENT_COLLECTED, .least = LENGTH(.years = 1), .most = LENGTH(.years = 2)},
         times,
         us(2027, 6, 1, 0),
         us(2028, 6, 1, 0)},
        {"the same",
         {.event = EVENT_COLLECTED, .least = LENGTH(.years = 1), .most = LENGTH(.years = 1)},
         times,
         us(2027, 6, 1, 0),
         us(2027, 6, 1, 0)},
        /* A legal minimum is the one thing that lengthens. */
        {"least longer by the year end",
         {.event = EVENT_COLLECTED,
          .least = LENGTH(.years = 1, .from_year_end = true),
          .most = LENGTH(.years = 1)},
         times,
         us(2028, 1, 1, 0),
         us(2028, 1, 1, 0)},
        {"until an event, at least a year",
         {.event = EVENT_NAMED, .least = LENGTH(.years = 1), .most = AT_ONCE},
         {.created_us = us(2026, 6, 1, 0), .event_us = us(2027, 1, 1, 0)},
         us(2028, 1, 1, 0),
         us(2028, 1, 1, 0)},
        {"least alone",
         {.event = EVENT_COLLECTED, .least = LENGTH(.years = 1)},
         times,
         us(2027, 6, 1, 0),
         NONE},
        {"neither", {.event = EVENT_COLLECTED}, times, NONE, NONE},
        {"neither, at an event",
         {.event = EVENT_NAMED},
         {.event_us = us(2027, 1, 1, 0)},
         NONE,
         us(2027, 1, 1, 0)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(&rows[i]);
    /* A category without a rule: a policy has none such, a struct may. */
    const struct policy_category category = {.keep = POLICY_NONE};
    const struct policy policy = {.categories = &category, .category_count = 1};
    int64_t least = 77, due = 77;
    keep_dates(&policy, 0, &times, &least, &due);
    assert_int_equal(least, 0);
    assert_int_equal(due, 0);
}

/* The law of the seat on the policy's date, read from a policy as it is written. */
static void
test_law(void **state)
{
    (void)state;
    static const struct {
        const char *seat, *date, *issued;
        int year, month, day; /* kept to, exactly */
    } rows[] = {
        {"DE", "2026-01-01", "2026-03-05", 2035, 1, 1}, /* eight years from the year end */
        {"DE", "2024-12-31", "2026-03-05", 2037, 1, 1}, /* ten, before the law changed */
        {"AT", "2026-01-01", "2026-12-31", 2034, 1, 1}, /* seven */
        {"IE", "2026-01-01", "2026-03-05", 2032, 3, 5}, /* six from the day itself */
        {"IE", "2026-01-01", "2028-02-29", 2034, 2, 28},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[2048];
        (void)snprintf(
            text, sizeof text,
            "troth: 1\npolicy:\n  id: t\n  title: T\n  version: 1\n  date: %s\n  seat: %s\n"
            "  controller: {name: N, address: A, email: p@small.example}\n"
            "people:\n  user: {says: you}\n"
            "data:\n  invoice: {of: user, many: yes, fields: {issued: {type: date}}}\n"
            "purposes:\n  tax: {says: to keep books, basis: legal-obligation, uses: [invoice]}\n"
            "roles:\n  desk: {may: [tax]}\n"
            "keep:\n  invoice: {from: issued, least: law.invoices, most: law.invoices, then: "
            "erase}\n",
            rows[i].date, rows[i].seat);
        struct policy *policy = file_policy(span_str(text), "law.yaml");
        if (policy == NULL)
            fail_msg("%.*s", SPAN_FMT(faults_text()));
        const struct keep_times times = {.created_us = us(2026, 1, 1, 0),
                                         .field = span_str(rows[i].issued)};
        int64_t least, due;
        keep_dates(policy, 0, &times, &least, &due);
        int64_t want = us(rows[i].year, rows[i].month, rows[i].day, 0);
        if (least != want || due != want)
            fail_msg("%s of %s: %lld and %lld instead of %lld", rows[i].seat, rows[i].date,
                     (long long)least, (long long)due, (long long)want);
        policy_free(&policy);
    }
}

static int
stop(void **state)
{
    (void)state;
    policy_faults_close(&files_faults);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beginnings),
        cmocka_unit_test(test_calendar),
        cmocka_unit_test(test_dates_people_write),
        cmocka_unit_test(test_least_and_most),
        cmocka_unit_test(test_law),
    };
    return cmocka_run_group_tests(tests, NULL, stop);
}
