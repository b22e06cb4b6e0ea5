#include "fixture.h"
#include "policy/page.h"
#include "wire/json.h"
#include "wire/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static char memory[1 << 18];

static struct span
page(enum page_form form, const char *language, const struct policy *policy)
{
    const struct page_look look = {.form = form, .locale = language == NULL ? NULL : locale_find(span_str(language))};
    struct buf out;
    buf_init(&out, memory, sizeof memory - 1);
    policy_page(policy, &look, &out);
    assert_true(buf_ok(&out));
    memory[out.n] = '\0';
    return buf_span(&out);
}

static int
count(const char *what)
{
    int n = 0;
    for (const char *at = memory; (at = strstr(at, what)) != NULL; at += strlen(what))
        n++;
    return n;
}

static void
must(const char *const *all)
{
    for (; *all != NULL; all++)
        if (strstr(memory, *all) == NULL)
            fail_msg("the page lacks: %s", *all);
}

/* Promise M01: the page says when it was last changed. */
static void
html_says(void **state)
{
    (void)state;
    static const char *const all[] = {
        "<html lang=\"en\">", "<title>Privacy at Mapleaf</title>",
        "Version 4 of <time datetime=\"2026-11-01\">1 November 2026</time>",
        "in force from <time datetime=\"2026-12-01\">1 December 2026</time>",
        "<a href=\"#about-student\">You, when you learn in a class</a>",
        "<h3 id=\"purpose-news\">To tell you what is new, if you ask for it</h3>",
        "only if you agree, and you can take that back at any time (GDPR Art. 6(1)(a))",
        "password (we keep only a scrambled form nobody can read)",
        "<b>One of these, as you like:</b> e-mail address or nickname",
        "<caption>How long we keep your data</caption>", "<th scope=\"row\"", "<th scope=\"col\"",
        "data-label=\"Counted from\">the end of the calendar year of its date of issue</td>",
        "data-label=\"How long\">8 years</td>", "DE, invoices, 8 years",
        "it is about people they are responsible for (your class)", "until you close the browser",
        "<li>Advertising</li>", "There is no advertising on the service.", "Falkenstein (Germany): what is used every day",
        "<a href=\"mailto:privacy@mapleaf.example\">", "<code>3fa911c05e7208d4</code>",
        "prefers-color-scheme:dark", "@media print", NULL};
    (void)page(PAGE_HTML, NULL, fixture_policy());
    must(all);
    assert_int_equal(count("<script"), 0);
    assert_int_equal(count("<style"), 1);
    assert_int_equal(count("http:"), 0);
    assert_int_equal(count("https:"), 0);
    assert_int_equal(count("url("), 0);
    assert_int_equal(count("@import"), 0);
    assert_int_equal(count("<h1"), 1);
}

static bool
is_void(struct span name)
{
    return span_is(name, "meta") || span_is(name, "br") || span_is(name, "!DOCTYPE");
}

/* Every element that is opened is closed, in order. */
static void
nests(struct span s)
{
    struct span open[64];
    int depth = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '<')
            continue;
        bool closes = s.p[i + 1] == '/';
        size_t from = i + 1 + closes, n = 0;
        while (strchr(" >\n", s.p[from + n]) == NULL)
            n++;
        struct span name = span_sub(s, from, n);
        if (is_void(name))
            continue;
        if (!closes) {
            assert_true(depth < 64);
            open[depth++] = name;
        } else if (depth == 0 || !span_eq(open[--depth], name)) {
            fail_msg("</%.*s> at %zu closes nothing", SPAN_FMT(name), i);
        }
    }
    assert_int_equal(depth, 0);
}

/* Each link inside the page has a place to go to, and no place has two names. */
static void
links_lead_somewhere(struct span s)
{
    char wanted[160];
    for (const char *at = s.p; (at = strstr(at, "href=\"#")) != NULL; at++) {
        const char *from = at + 7, *end = strchr(from, '"');
        (void)snprintf(wanted, sizeof wanted, " id=\"%.*s\"", (int)(end - from), from);
        if (count(wanted) != 1)
            fail_msg("%d places for%s", count(wanted), wanted);
    }
}

static void
html_is_whole(void **state)
{
    (void)state;
    struct span s = page(PAGE_HTML, NULL, fixture_policy());
    nests(s);
    links_lead_somewhere(s);
}

/* Words of the policy are words, never markup. */
static void
html_escapes(void **state)
{
    (void)state;
    struct span s = page(PAGE_HTML, NULL, fixture_hostile());
    nests(s);
    assert_int_equal(count("<script"), 0);
    assert_int_equal(count("<img"), 0);
    assert_int_equal(count("</style>"), 1);
    assert_int_equal(count("x=\"y"), 0);
    static const char *const all[] = {"&lt;script&gt;alert(1)&lt;/script&gt;",
                                      "&amp; &lt;b&gt;Leaf&lt;/b&gt;", NULL};
    must(all);
}

static void
html_minds_language(void **state)
{
    (void)state;
    struct policy german = *fixture_policy();
    german.language = SPAN("de");
    struct span s = page(PAGE_HTML, "en", &german);
    nests(s);
    assert_true(count("<span lang=\"de\">") > 5);
    (void)page(PAGE_HTML, NULL, fixture_policy());
    assert_int_equal(count("<span lang"), 0);
}

static void
empty_policy_has_a_page(void **state)
{
    (void)state;
    struct policy empty = {.title = SPAN("Nothing"), .version = 1};
    struct span s = page(PAGE_HTML, NULL, &empty);
    nests(s);
    links_lead_somewhere(s);
    assert_int_equal(count("We leave no cookies in your browser."), 1);
    assert_int_equal(count("What we never do"), 0);
}

static void
text_keeps_its_width(void **state)
{
    (void)state;
    static const char *const all[] = {
        "Privacy at Mapleaf\n==================\n",
        "Version 4 of 1 November 2026, in force from 1 December 2026\n",
        "\nYour rights\n-----------\n", "  - Needed: e-mail address\n",
        "  Set by: DE, invoices, 8 years\n",
        "\n3fa911c05e7208d4010203040506070800000000000000000000000000000000\n", NULL};
    struct policy wide = *fixture_policy();
    static char word[400];
    memset(word, 'w', sizeof word);
    wide.controller_address = span_of(word, sizeof word);
    struct span s = page(PAGE_TEXT, NULL, &wide);
    must(all);
    struct span line;
    bool ascii_only_tags = strchr(memory, '<') == NULL;
    assert_true(ascii_only_tags);
    while (span_split(&s, '\n', &line)) {
        size_t at;
        assert_true(utf8_valid(line, &at));
        if (utf8_length(line) > 80)
            fail_msg("too wide: %.*s", SPAN_FMT(line));
        assert_false(span_ends(line, SPAN(" ")));
    }
}

static void
json_is_json(void **state)
{
    (void)state;
    struct arena arena;
    struct err err = {0};
    const struct json *root = NULL;
    struct span text;
    assert_true(arena_open(&arena, 1 << 20, &err));
    struct buf out;
    buf_init(&out, memory, sizeof memory);
    policy_page_json(fixture_policy(), &out);
    struct span s = buf_span(&out);
    if (!json_read(&arena, s, &root, &err))
        fail_msg("%s at %s", err.text, err.place);
    assert_true(json_get_text(root, "date", &text) && span_is(text, "2026-11-01"));
    assert_true(json_get_text(root, "hash", &text) && text.n == 64);
    assert_int_equal(json_get(root, "categories")->count, CAT_N);
    assert_int_equal(json_get(root, "purposes")->count, P_N);
    assert_int_equal(json_get(root, "roles")->count, R_N);
    assert_int_equal(json_get(root, "points")->count, POINT_N);
    const struct json *invoice = json_get(root, "keep")->first->next;
    assert_true(json_get_text(invoice, "most", &text) && span_is(text, "P8Y"));
    assert_true(json_get_text(json_get(invoice, "of")->first, "", &text) == false);
    assert_true(span_is(json_get(invoice, "of")->first->text, "invoice.issued"));
    assert_int_equal(json_get(json_get(root, "purposes")->first->next, "uses")->count, 4);
    arena_close(&arena);
}

/* A server looks for its policy's hash on each page before it gives one out. */
static void
pages_carry_their_hash(void **state)
{
    (void)state;
    const struct policy *policy = fixture_policy();
    struct policy other = *policy;
    other.hash[31] ^= 1;
    for (int form = 0; form < PAGE_FORMS; form++)
        for (int i = 0; locale_at(i) != NULL; i++) {
            struct span s = page((enum page_form)form, locale_code(locale_at(i)), policy);
            assert_true(policy_page_fits(s, policy->hash));
            assert_false(policy_page_fits(s, other.hash));
            char *at = strstr(memory, "3fa911c05e7208d4010203");
            assert_non_null(at);
            at[0] = '4'; /* one digit of a page that was changed */
            assert_false(policy_page_fits(s, policy->hash));
            assert_false(policy_page_fits(span_sub(s, 0, (size_t)(at - s.p) + 63), policy->hash));
        }
    assert_false(policy_page_fits(SPAN_NONE, policy->hash));
    assert_false(policy_page_fits(SPAN("no hash here"), policy->hash));
    struct buf out;
    buf_init(&out, memory, sizeof memory);
    policy_page_json(policy, &out);
    assert_true(policy_page_fits(buf_span(&out), policy->hash));
    assert_false(policy_page_fits(buf_span(&out), other.hash));
}

/* Too small a buffer gives an overflow, never half a page that looks whole. */
static void
small_buffers_overflow(void **state)
{
    (void)state;
    for (int form = 0; form <= PAGE_FORMS; form++)
        for (size_t cap = 0; cap < 4000; cap += 131) {
            const struct page_look look = {.form = (enum page_form)form};
            struct buf out;
            buf_init(&out, memory, cap);
            if (form == PAGE_FORMS)
                policy_page_json(fixture_policy(), &out);
            else
                policy_page(fixture_policy(), &look, &out);
            assert_false(buf_ok(&out));
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_says),           cmocka_unit_test(html_is_whole),
        cmocka_unit_test(html_escapes),        cmocka_unit_test(html_minds_language),
        cmocka_unit_test(empty_policy_has_a_page), cmocka_unit_test(text_keeps_its_width),
        cmocka_unit_test(json_is_json),        cmocka_unit_test(small_buffers_overflow),
        cmocka_unit_test(pages_carry_their_hash),
    };
    return cmocka_run_group_tests_name("policy page", tests, NULL, NULL);
}
