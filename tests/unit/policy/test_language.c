/* A policy in several languages: each sentence is found in each, changes the hash and is compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "files.h"
#include "policy/diff.h"

enum { ROOM = 8192, ARENA = 4 * 1024 * 1024 };

static const char both[] =
    "troth: 1\n"
    "policy:\n"
    "  {id: p, title: {en: Privacy, de: Datenschutz}, version: 1, date: 2026-01-01, languages: [en, de],\n"
    "  hosted: [{place: Cork, country: IE, for: {en: all, de: alles}}],\n"
    "  controller: {name: P, address: P, email: p@p.example}}\n"
    "people: {user: {says: {en: you, de: Sie}}}\n"
    "events: {left: {en: you left, de: Sie gingen}}\n"
    "data: {account: {of: user, says: {en: it, de: Ihr Konto}, fields: {email: {type: email, lookup: unique,\n"
    "  says: {en: it, de: die Adresse}}}}}\n"
    "purposes: {answer: {says: {en: to answer, de: um zu antworten}, basis: contract, uses: [account]}}\n"
    "collect: {ask: {from: anyone, makes: user, fields: {account.email: required}, for: [answer]}}\n"
    "roles: {desk: {may: [answer, rights]}, site: {kind: application, may: [rights]}}\n"
    "keep: {account: {from: left, most: 1 year, then: erase}}\n"
    "never: [{sale: {en: No., de: Nein.}}]\n"
    "glossary: {us: {en: P Ltd, de: die P Ltd}}\n"
    "clauses: [{id: no-sale, says: {en: None., de: Keine.}, kept-by: [never.sale]}]\n";

/* The policy above with one text replaced by another; NULL: as it is. */
static struct policy *
with(const char *old, const char *new)
{
    static char room[ROOM];
    const char *at = old == NULL ? both + strlen(both) : strstr(both, old);
    assert_non_null(at);
    (void)snprintf(room, sizeof room, "%.*s%s%s", (int)(at - both), both, old == NULL ? "" : new,
                   old == NULL ? "" : at + strlen(old));
    struct policy *policy = file_policy(span_str(room), "language.yaml");
    if (policy == NULL || files_faults.count > 0)
        fail_msg("%s:\n%.*s", old, SPAN_FMT(faults_text()));
    return policy;
}

static void
check_says(const struct policy *policy, struct span says, const char *english, const char *german)
{
    assert_true(span_is(policy_says(policy, says, 0), english));
    assert_true(span_is(policy_says(policy, says, 1), german));
}

static void
each_sentence_is_found_in_each(void **state)
{
    (void)state;
    struct policy *p = with(NULL, NULL);
    assert_int_equal(p->language_count, 2);
    assert_true(span_is(p->language, "en") && span_is(p->languages[0], "en") && span_is(p->languages[1], "de"));
    check_says(p, p->title, "Privacy", "Datenschutz");
    check_says(p, p->hosts[0].what, "all", "alles");
    check_says(p, p->kinds[0].says, "you", "Sie");
    check_says(p, p->event_says[1], "you left", "Sie gingen");
    check_says(p, p->categories[0].says, "it", "Ihr Konto");
    check_says(p, p->fields[0].says, "it", "die Adresse");
    check_says(p, p->purposes[0].says, "to answer", "um zu antworten");
    check_says(p, p->nevers[0].says, "No.", "Nein.");
    check_says(p, p->terms[0].says, "P Ltd", "die P Ltd");
    check_says(p, p->clauses[0].says, "None.", "Keine.");
    assert_int_equal(p->sentence_count, 10);
    policy_free(&p);
}

static void
what_is_no_sentence_stays(void **state)
{
    (void)state;
    struct policy *p = with(NULL, NULL);
    check_says(p, p->hosts[0].place, "Cork", "Cork");
    check_says(p, p->points[0].says, "", "");
    check_says(p, SPAN("to answer"), "to answer", "to answer"); /* a copy is another text */
    assert_true(span_is(policy_says(p, p->title, 2), "Privacy"));
    assert_true(span_is(policy_says(p, p->title, POLICY_NONE), "Privacy"));
    policy_free(&p);
    p = file_policy(file_text("tests/policy/minimal.yaml"), "minimal.yaml");
    assert_non_null(p);
    assert_int_equal(p->language_count, 1);
    assert_true(span_is(p->languages[0], "en"));
    assert_true(span_eq(policy_says(p, p->title, 1), p->title));
    policy_free(&p);
}

/* --- the hash ---------------------------------------------------------------------------------------- */

static void
every_language_is_hashed(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"de: Datenschutz", "de: Privates"}, {"de: alles", "de: viel"}, {"de: Sie}", "de: Ihr}"},
        {"de: Sie gingen", "de: Ihr gingt"}, {"de: um zu antworten", "de: zum Antworten"}, {"de: Nein.", "de: Nie."},
        {"de: die P Ltd", "de: P Ltd"}, {"de: Keine.", "de: Gar keine."}, {"[en, de]", "[de, en]"},
        /* Both say "it" in English; who says what in German counts. */
        {"de: Ihr Konto}, fields: {email: {type: email, lookup: unique,\n  says: {en: it, de: die Adresse",
         "de: die Adresse}, fields: {email: {type: email, lookup: unique,\n  says: {en: it, de: Ihr Konto"},
    };
    struct policy *plain = with(NULL, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy *other = with(rows[i][0], rows[i][1]);
        assert_memory_not_equal(plain->hash, other->hash, sizeof plain->hash);
        policy_free(&other);
    }
    static const char *const same[][2] = {
        {"{en: you, de: Sie}", "{de: Sie, en: you}"}, {"languages: [en, de]", "language: en, languages: [en, de]"},
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        struct policy *other = with(same[i][0], same[i][1]);
        assert_memory_equal(plain->hash, other->hash, sizeof plain->hash);
        policy_free(&other);
    }
    policy_free(&plain);
    struct policy *one = file_policy(file_text("tests/policy/minimal.yaml"), "minimal.yaml");
    char room[ROOM];
    struct span text = file_text("tests/policy/minimal.yaml");
    const char *at = strstr(text.p, "  version:");
    assert_non_null(at);
    (void)snprintf(room, sizeof room, "%.*s  languages: [en]\n%.*s", (int)(at - text.p), text.p,
                   (int)(text.n - (size_t)(at - text.p)), at);
    struct policy *named = file_policy(span_str(room), "minimal.yaml");
    assert_true(one != NULL && named != NULL);
    assert_memory_equal(one->hash, named->hash, sizeof one->hash);
    policy_free(&one);
    policy_free(&named);
}

/* --- two versions ------------------------------------------------------------------------------------ */

static void
check_diff(struct policy *was, struct policy *now, const char *rule, const char *says, const int *counts)
{
    struct arena arena;
    struct diff diff;
    assert_true(arena_open(&arena, ARENA, &files_err));
    assert_true(policy_diff(was, now, &arena, &diff, &files_err));
    for (int i = 0; i < DIFF_SIDES; i++)
        assert_int_equal(diff.count[i], counts[i]);
    if (!span_is(diff.first->rule, rule) || !span_is(diff.first->says, says) || diff.first->unknown)
        fail_msg("%s: %.*s: %.*s", rule, SPAN_FMT(diff.first->rule), SPAN_FMT(diff.first->says));
    arena_close(&arena);
    policy_free(&was);
    policy_free(&now);
}

static void
versions_are_compared_in_each(void **state)
{
    (void)state;
    static const int other[] = {0, 0, 1};
    static const struct {
        const char *old, *new, *rule, *says;
    } rows[] = {
        {"de: Datenschutz", "de: Privates", "policy", "says something else in de (title)"},
        {"de: alles", "de: viel", "policy.hosted", "says something else in de (for)"},
        {"de: Sie}", "de: Ihr}", "people.user", "says something else in de (says)"},
        {"de: Ihr Konto", "de: Konto", "data.account", "says something else in de (says)"},
        {"de: die Adresse", "de: Adresse", "data.account.email", "says something else in de (says)"},
        {"de: um zu antworten", "de: zum Antworten", "purposes.answer", "says something else in de (says)"},
        {"de: Nein.", "de: Nie.", "never.sale", "says something else in de (says)"},
        {"de: die P Ltd", "de: P Ltd", "glossary.us", "says something else in de (says)"},
        {"de: Keine.", "de: Gar keine.", "clauses.no-sale", "says something else in de (says)"},
        /* Other words in both are one change. */
        {"{en: to answer, de: um zu antworten}", "{en: to reply, de: zum Antworten}", "purposes.answer", "says \"to reply\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_diff(with(NULL, NULL), with(rows[i].old, rows[i].new), rows[i].rule, rows[i].says, other);
}

static struct policy *
english(void)
{
    char room[ROOM];
    size_t n = 0;
    for (const char *p = both; *p != '\0'; p++) {
        if (strncmp(p, "{en: ", 5) == 0)
            p += 5;
        if (strncmp(p, ", de: ", 6) == 0)
            p = strchr(p, '}') + 1;
        room[n++] = *p;
    }
    room[n] = '\0';
    char *list = strstr(room, "s: [en, de]");
    assert_non_null(list);
    memcpy(list, ":   en     ", 11);
    struct policy *policy = file_policy(span_str(room), "english.yaml");
    if (policy == NULL)
        fail_msg("%.*s", SPAN_FMT(faults_text()));
    return policy;
}

static void
a_language_more_or_less(void **state)
{
    (void)state;
    static const int narrower[] = {0, 1, 0}, wider[] = {1, 0, 0};
    check_diff(english(), with(NULL, NULL), "policy.languages", "is published in de too", narrower);
    check_diff(with(NULL, NULL), english(), "policy.languages", "is no longer published in de", wider);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sentence_is_found_in_each), cmocka_unit_test(what_is_no_sentence_stays),
        cmocka_unit_test(every_language_is_hashed),       cmocka_unit_test(versions_are_compared_in_each),
        cmocka_unit_test(a_language_more_or_less),
    };
    return cmocka_run_group_tests_name("policy language", tests, NULL, NULL);
}
