#include "fixture.h"
#include "policy/page_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static char memory[4096];
static struct buf out;

/* A plain-text pen into memory, in that language. */
static struct pen
pen_in(const char *language)
{
    buf_init(&out, memory, sizeof memory - 1);
    return (struct pen){.ops = &page_markdown_ops, .policy = fixture_policy(), .out = &out,
                        .locale = locale_find(span_str(language))};
}

static const char *
said(void)
{
    assert_true(buf_ok(&out));
    memory[out.n] = '\0';
    return memory;
}

static void
languages_are_found(void **state)
{
    (void)state;
    assert_string_equal(locale_code(locale_at(0)), "en");
    assert_string_equal(locale_name(locale_find(SPAN("de"))), "Deutsch");
    assert_null(locale_find(SPAN("xx")));
    assert_null(locale_find(SPAN("")));
    assert_null(locale_find(SPAN("DE")));
    assert_null(locale_at(-1));
    assert_null(locale_at(LOCALE_COUNT));
}

static void
dates_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *language, *want;
        int64_t days;
    } rows[] = {
        {"en", "1 November 2026", 20758}, {"de", "1\\. November 2026", 20758}, {"de", "31\\. M\xc3\xa4rz 1970", 89},
        {"en", "31 March 1970", 89},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pen pen = pen_in(rows[i].language);
        pen.fresh = true;
        words_date(&pen, rows[i].days);
        assert_string_equal(said(), rows[i].want);
    }
}

static void
times_are_bent(void **state)
{
    (void)state;
    static const struct {
        const char *language, *form, *want;
        struct policy_span_of_time time;
    } rows[] = {
        {"en", "", "1 year", {.years = 1, .set = true}},
        {"en", "", "2 years, 1 month and 3 days", {.years = 2, .months = 1, .days = 3, .set = true}},
        {"en", "", "no time at all", {.set = true}},
        {"de", "", "2 Jahre, 1 Monat und 3 Tage", {.years = 2, .months = 1, .days = 3, .set = true}},
        {"de", "dative", "2 Jahren, 6 Monaten und 3 Tagen", {.years = 2, .months = 6, .days = 3, .set = true}},
        {"de", "dative", "1 Jahr und 72 Stunden", {.years = 1, .hours = 72, .set = true}},
        {"de", "", "gar nicht", {.set = true}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pen pen = pen_in(rows[i].language);
        pen.form = span_str(rows[i].form);
        words_time(&pen, &rows[i].time);
        assert_string_equal(said(), rows[i].want);
    }
}

static void
lists_are_joined(void **state)
{
    (void)state;
    struct policy_bits two = {{1 << R_HELPDESK | 1 << R_TEACHER | 1 << R_WEBSITE}};
    struct pen pen = pen_in("en");
    words_roles(&pen, &two);
    assert_non_null(strstr(said(), " and "));
    pen = pen_in("de");
    words_roles(&pen, &two);
    assert_non_null(strstr(said(), " und "));
    assert_null(strstr(said(), " and "));
}

static void
countries_have_names(void **state)
{
    (void)state;
    struct pen pen = pen_in("de");
    words_country(&pen, SPAN("AT"));
    assert_string_equal(said(), "\xc3\x96sterreich");
    pen = pen_in("en");
    words_country(&pen, SPAN("AT"));
    pen_str(&pen, " ");
    words_country(&pen, SPAN("XX"));
    assert_string_equal(said(), "Austria XX");
}

/* Numbers choose a form, nouns get their article, parts may stand in another order or twice. */
static void
sentences_have_parts(void **state)
{
    (void)state;
    struct pen pen = pen_in("en");
    pen_say(&pen, "[n: one person|{n} persons] and {task:a}", say_number("n", 1), say_own("task", SPAN_NONE, SPAN("order")));
    assert_string_equal(said(), "one person and an order");
    pen = pen_in("en");
    pen_say(&pen, "{task:a}: [n: one person|{n} persons], {n}", say_number("n", 12), say_own("task", SPAN_NONE, SPAN("case-file")));
    assert_string_equal(said(), "a case file: 12 persons, 12");
    pen = pen_in("en");
    pen_say(&pen, "{x}", say_text("x", SPAN("{y} [z: a|b]"))); /* words are never read as signs */
    assert_string_equal(said(), "\\{y\\} \\[z: a\\|b\\]");
}

/* A sentence that is a part is bent when it is asked for so, and only then. */
static void
sentences_are_bent(void **state)
{
    (void)state;
    const struct policy_keep keep = {.event = EVENT_CHANGED, .most = {.years = 2, .set = true}};
    struct pen pen = pen_in("de");
    words_keep(&pen, &keep);
    assert_string_equal(said(), "aufbewahrt 2 Jahre ab der letzten \xc3\x84nderung");
    assert_int_equal(pen.form.n, 0);
    pen = pen_in("de");
    pen_say(&pen, "the last change to it");
    assert_string_equal(said(), "die letzte \xc3\x84nderung");
    pen = pen_in("en");
    words_keep(&pen, &keep);
    assert_string_equal(said(), "kept for 2 years after the last change to it");
}

/* What a language lacks is said in English rather than not at all; scripts/sentences.py sees to it that it lacks nothing. */
static void
unknown_sentences_stay(void **state)
{
    (void)state;
    const char *key = "nobody has said this"; /* by a variable, so that the script does not look for it */
    struct pen pen = pen_in("de");
    pen_say(&pen, key);
    assert_string_equal(said(), "nobody has said this");
}

static void
sentences_are_sorted(void **state)
{
    (void)state;
    for (int l = 0; locale_at(l) != NULL; l++) {
        const struct locale *locale = locale_at(l);
        for (size_t i = 0; i < locale->sentence_count; i++) {
            const struct locale_sentence *row = &locale->sentences[i];
            assert_string_equal(locale_sentence(locale, span_str(row->form), row->key), row->text);
        }
    }
}

static void
capitals_have_marks(void **state)
{
    (void)state;
    static const struct {
        const char *word, *want;
    } rows[] = {{"\xc3\xbc" "ber", "\xc3\x9c" "ber"}, {"\xc3\xb7", "\xc3\xb7"}, {"\xc3\x9f", "\xc3\x9f"}, {"\xc3", "\xc3"}, {"a", "A"}, {"Z", "Z"}, {"1a", "1a"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pen pen = pen_in("en");
        pen.capital = true;
        pen_str(&pen, rows[i].word);
        assert_string_equal(said(), rows[i].want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(languages_are_found),    cmocka_unit_test(dates_are_written),
        cmocka_unit_test(times_are_bent),         cmocka_unit_test(lists_are_joined),
        cmocka_unit_test(countries_have_names),   cmocka_unit_test(sentences_have_parts),
        cmocka_unit_test(sentences_are_bent),     cmocka_unit_test(unknown_sentences_stay),
        cmocka_unit_test(sentences_are_sorted),   cmocka_unit_test(capitals_have_marks),
    };
    return cmocka_run_group_tests_name("page's languages", tests, NULL, NULL);
}
