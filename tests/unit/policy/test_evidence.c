/*
 * What each kind of rule owes as evidence: facts with which nothing is missing, and then one after the other what must
 * be found missing, and what must not.
 */
#include "files.h"

#include "base/clock.h"
#include "policy/evidence.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char text[] =
    "troth: 1\n"
    "policy:\n  id: t\n  title: \"<Small> & \\\"plain\\\"\"\n  version: 3\n  date: 2026-01-01\n  governs: [website]\n"
    "  controller: {name: N, address: A, email: p@small.example}\n"
    "people:\n  user: {says: you}\n"
    "data:\n"
    "  account: {of: user, fields: {email: {type: email}}}\n"
    "  note: {of: user, many: yes, fields: {text: {type: text}}}\n"
    "purposes:\n"
    "  run: {says: to run it, basis: contract, uses: [account, note]}\n"
    "  help: {says: to help, basis: contract, uses: [note], needs: ticket}\n"
    "  news: {says: to send news, basis: consent, uses: [account.email]}\n"
    "collect:\n"
    "  join: {from: anyone, makes: user, fields: {account.email: required}, for: [run]}\n"
    "roles:\n"
    "  web: {kind: application, may: [run, news, rights], writes: [account]}\n"
    "  desk: {may: [help, run], writes: [note], needs: ticket}\n"
    "keep:\n"
    "  account: {until: closed, then: erase}\n"
    "  note: {from: changed, most: 6 weeks, then: erase}\n"
    "never: [sale, rent]\n"
    "consent: {text-version: 1}\n"
    "rights: {access: {says: See it.}, erase: {says: Have it erased.}, correct: {says: Correct it.}}\n"
    "promises: {M09: [never.sale], S54: [keep.note, keep.account]}\n"
    "unproven: {M04: {says: \"Safe <i>.\", why: It has no end.}}\n"
    "clauses:\n"
    "  - {id: no-sale, says: \"Nothing is sold <b>.\", kept-by: [never.sale, never.rent]}\n"
    "  - {id: notes-end, says: Notes end., kept-by: [keep.note]}\n"
    "  - {id: help, says: We help., kept-by: [purposes.help, purposes.help.needs]}\n"
    "  - {id: what, says: It is about the website., kept-by: [policy.governs]}\n"
    "  - {id: idle, says: You may look., kept-by: [rights.self]}\n";

#define NOW (INT64_C(20781) * CLOCK_US_PER_DAY)
#define MINUTE (60 * CLOCK_US_PER_S)

static struct policy *policy;
static struct arena arena;
static struct evidence_rule *rules;
static struct evidence_purpose purposes[8];
static struct evidence_category categories[8];
static struct evidence_facts facts;
static struct evidence evidence;

static int
rule(const char *name)
{
    for (int i = 0; i < policy->rule_count; i++)
        if (span_is(policy->rules[i].name, name))
            return i;
    fail_msg("no rule %s", name);
    return 0;
}

static int
purpose(const char *name)
{
    return policy_purpose_find(policy, span_str(name));
}

static int
category(const char *name)
{
    return policy_category_find(policy, span_str(name));
}

/* A server on which all is well and some things were done. */
static void
good(void)
{
    memset(rules, 0, (size_t)policy->rule_count * sizeof *rules);
    memset(purposes, 0, sizeof purposes);
    memset(categories, 0, sizeof categories);
    facts = (struct evidence_facts){.now_us = NOW,
                                    .rules = rules,
                                    .purposes = purposes,
                                    .categories = categories,
                                    .activated_us = NOW - 3 * CLOCK_US_PER_DAY,
                                    .origin = SPAN("t.example/1"),
                                    .size = 12345,
                                    .counted = 12345,
                                    .signed_size = 12345,
                                    .spots = 64,
                                    .swept_us = NOW - MINUTE};
    rules[rule("collect.join")] = (struct evidence_rule){.allowed = 7, .written = 7, .first_us = NOW - 9, .last_us = NOW - 9};
    categories[category("account")].there = true;
}

static void
judge(void)
{
    struct err err;
    arena_reset(&arena);
    assert_true(evidence_judge(policy, &facts, &arena, &evidence, &err));
}

static struct span
said(int of)
{
    static char mem[2048];
    struct buf out;
    buf_init(&out, mem, sizeof mem);
    evidence_say_rule(&evidence, of, &out);
    assert_true(buf_ok(&out) && out.n > 0);
    return buf_span(&out);
}

static bool
holds(struct span s, const char *part)
{
    size_t n = strlen(part);
    for (size_t i = 0; i + n <= s.n; i++)
        if (memcmp(s.p + i, part, n) == 0)
            return true;
    return false;
}

static void
must(const char *name, enum evidence_state state, bool whole)
{
    judge();
    int at = rule(name);
    if (evidence.rules[at] != state)
        fail_msg("%s is %s, not %s: %.*s", name, evidence_code(evidence.rules[at]), evidence_code(state), SPAN_FMT(said(at)));
    if (evidence.whole != whole)
        fail_msg("%s: whole is %d", name, evidence.whole);
}

static void
test_all_well(void **state)
{
    (void)state;
    good();
    must("collect.join", EVIDENCE_SHOWN, true);
    must("purposes.run", EVIDENCE_SHOWN, true); /* data were given for it */
    must("purposes.help", EVIDENCE_UNUSED, true);
    must("purposes.news.basis", EVIDENCE_UNUSED, true);
    must("never.sale", EVIDENCE_BUILT, true);
    must("keep.note", EVIDENCE_SHOWN, true);
    must("policy.governs", EVIDENCE_TOLD, true);
    must("policy.date", EVIDENCE_BUILT, true);
    must("data.account", EVIDENCE_BUILT, true);
    must("default.silence", EVIDENCE_BUILT, true);
    must("unproven.M04", EVIDENCE_TOLD, true);
    for (int i = 0; i < ITEM_COUNT; i++)
        assert_int_equal(evidence.items[i], EVIDENCE_SHOWN);
    static const enum evidence_state clauses[] = {EVIDENCE_BUILT, EVIDENCE_SHOWN, EVIDENCE_BUILT, EVIDENCE_TOLD, EVIDENCE_UNUSED};
    assert_int_equal(policy->clause_count, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(evidence.clauses[i], clauses[i]);
    assert_int_equal(evidence.clause_count[EVIDENCE_BUILT], 2);
}

static void
test_keep(void **state)
{
    (void)state;
    good();
    facts.swept_us = NOW - 10 * MINUTE;
    must("keep.note", EVIDENCE_SHOWN, true); /* late, and not too late */
    facts.swept_us = NOW - 11 * MINUTE;
    must("keep.note", EVIDENCE_MISSING, false);
    assert_int_equal(evidence.items[ITEM_SWEEP], EVIDENCE_MISSING);
    assert_int_equal(evidence.clauses[1], EVIDENCE_MISSING);
    facts.swept_us = 0;
    must("keep.account", EVIDENCE_MISSING, false);
    good();
    categories[category("note")] = (struct evidence_category){.overdue = 3, .overdue_us = NOW - CLOCK_US_PER_DAY};
    must("keep.note", EVIDENCE_MISSING, false);
    assert_true(holds(said(rule("keep.note")), "3 records should have ended and did not, the first by 2026-11-23 00:00 UTC"));
    must("keep.account", EVIDENCE_SHOWN, false); /* the other category is well */
    good();
    categories[category("note")] = (struct evidence_category){.unended = 2, .unended_us = NOW - 2 * MINUTE};
    must("keep.note", EVIDENCE_MISSING, false);
    categories[category("note")].unended_us = NOW - 26 * 60 * MINUTE; /* what was tried since did not fail */
    must("keep.note", EVIDENCE_SHOWN, true);
    facts.other_overdue = 1;
    facts.other_overdue_us = NOW - CLOCK_US_PER_DAY;
    must("keep.note", EVIDENCE_SHOWN, false);
}

static void
test_refusals(void **state)
{
    static const char *const names[] = {"never.sale", "default.silence", "default.closed-world", "rights.restrict",
                                        "purposes.help.needs", "roles.desk.needs", "default.state"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        good();
        rules[rule(names[i])].refused = 2;
        must(names[i], EVIDENCE_SHOWN, true);
        rules[rule(names[i])].allowed = 1;
        must(names[i], EVIDENCE_MISSING, false);
        assert_true(holds(said(rule(names[i])), "1 line that allows what this rule can only refuse"));
    }
    good(); /* these narrow or allow by right */
    rules[rule("default.hash-only")].allowed = 1;
    must("default.hash-only", EVIDENCE_SHOWN, true);
}

static void
test_consent(void **state)
{
    (void)state;
    int at = purpose("news");
    good();
    purposes[at].read = purposes[at].used = 4;
    must("purposes.news.basis", EVIDENCE_MISSING, false);
    assert_true(holds(said(rule("purposes.news.basis")), "no consent that was given"));
    purposes[at].given = 1;
    must("purposes.news.basis", EVIDENCE_SHOWN, true);
    good();
    rules[rule("purposes.news.basis")].refused = 5;
    must("purposes.news.basis", EVIDENCE_SHOWN, true);
}

static void
test_data_without_a_line(void **state)
{
    (void)state;
    good();
    categories[category("note")].there = true;
    must("data.note", EVIDENCE_MISSING, false);
    must("purposes.help", EVIDENCE_MISSING, false);
    rules[rule("roles.desk")] = (struct evidence_rule){.allowed = 1}; /* it read */
    must("data.note", EVIDENCE_MISSING, false);
    rules[rule("roles.desk")].written = 1;
    must("data.note", EVIDENCE_BUILT, true);
    must("purposes.help", EVIDENCE_UNUSED, true);
    good();
    categories[category("note")].there = true;
    rules[rule("rights.self")].written = 1;
    must("data.note", EVIDENCE_BUILT, true);
    good();
    categories[category("note")].there = true;
    facts.written_gone = true; /* a rule of an earlier version may have */
    must("data.note", EVIDENCE_BUILT, true);
    good();
    rules[rule("collect.join")].written = 0;
    must("data.account", EVIDENCE_MISSING, false);
    must("purposes.run", EVIDENCE_MISSING, false);
}

static void
test_rights(void **state)
{
    (void)state;
    good();
    must("rights.access", EVIDENCE_UNUSED, true);
    facts.rights[RIGHT_ACCESS] = 2;
    facts.rights[RIGHT_CORRECT] = 1;
    must("rights.access", EVIDENCE_SHOWN, true);
    assert_true(holds(said(rule("rights.access")), "asked for and done 2 times"));
    must("rights.correct", EVIDENCE_SHOWN, true);
    assert_true(holds(said(rule("rights.correct")), "by this right or one like it 1 time"));
    must("rights.erase", EVIDENCE_UNUSED, true);
    must("rights.object", EVIDENCE_UNUSED, true);
    rules[rule("rights.object")].refused = 3;
    must("rights.object", EVIDENCE_SHOWN, true);
    assert_true(holds(said(rule("rights.object")), "kept others from 3 uses"));
}

static void
test_server(void **state)
{
    (void)state;
    good();
    facts.page = PAGE_SAME;
    judge();
    assert_true(evidence.whole);
    facts.page = PAGE_OTHER;
    judge();
    assert_true(!evidence.whole && evidence.items[ITEM_PAGE] == EVIDENCE_MISSING);
    good();
    facts.page_own_other = true;
    judge();
    assert_true(!evidence.whole && evidence.items[ITEM_PAGE] == EVIDENCE_MISSING);
    good();
    facts.newest_other = true;
    judge();
    assert_true(!evidence.whole && evidence.items[ITEM_NEWEST] == EVIDENCE_MISSING);
    good();
    facts.newest_none = true;
    judge();
    assert_true(!evidence.whole && evidence.items[ITEM_NEWEST] == EVIDENCE_MISSING);
    good();
    facts.fault = SPAN("line 17 is not the one that was signed");
    judge();
    assert_true(!evidence.whole && evidence.items[ITEM_LEDGER] == EVIDENCE_MISSING);
    good();
    facts.unsigned_us = NOW - MINUTE;
    judge();
    assert_true(evidence.whole);
    facts.unsigned_us = NOW - 11 * MINUTE;
    judge();
    assert_true(!evidence.whole && evidence.items[ITEM_SIGNED] == EVIDENCE_MISSING);
    good();
    facts.unknown = 1;
    judge();
    assert_true(!evidence.whole && evidence.items[ITEM_COUNTED] == EVIDENCE_MISSING);
    good();
    facts.counted = 100; /* it lags, and says so */
    judge();
    assert_true(evidence.whole);
}

static char memory[1 << 18];

static struct span
written(void (*put)(const struct evidence *, struct buf *), bool coarse)
{
    struct buf out;
    buf_init(&out, memory, sizeof memory - 1);
    judge();
    evidence.coarse = coarse;
    put(&evidence, &out);
    assert_true(buf_ok(&out));
    memory[out.n] = '\0';
    return buf_span(&out);
}

static void
bad_in_many_ways(void)
{
    good();
    facts.fault = SPAN("line 17 <is> not the one that was signed");
    categories[category("note")] = (struct evidence_category){.there = true, .overdue = 4711, .overdue_us = NOW - CLOCK_US_PER_DAY};
    rules[rule("never.sale")] = (struct evidence_rule){.refused = 2345, .before = 1234, .first_us = NOW - 9 * CLOCK_US_PER_DAY, .last_us = NOW};
    purposes[purpose("news")].read = 1;
}

/* Whatever happened, a line has at most 80 columns, and each thing that is missing stands under the first heading. */
static void
test_text(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        good();
        if (i == 1)
            bad_in_many_ways();
        struct span out = written(evidence_text, false);
        for (size_t at = 0, column = 0; at < out.n; at++) {
            column = out.p[at] == '\n' ? 0 : column + (((unsigned char)out.p[at] & 0xc0) != 0x80);
            assert_true(column <= 80);
        }
        assert_int_equal(strstr(memory, "What is not shown") != NULL, i == 1);
    }
    const char *missing = strstr(memory, "What is not shown"), *next = strstr(memory, "What holds for all of it");
    static const char *const all[] = {"the ledger does not hold", "keep.note", "data.note", "purposes.news.basis", "4,711 records"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const char *at = strstr(missing, all[i]);
        assert_true(at != NULL && at < next);
    }
}

static void
test_html(void **state)
{
    (void)state;
    bad_in_many_ways();
    (void)written(evidence_html, false);
    assert_null(strstr(memory, "<Small>"));
    assert_null(strstr(memory, "sold <b>"));
    assert_null(strstr(memory, "<is>"));
    assert_null(strstr(memory, "<i>"));
    assert_non_null(strstr(memory, "&lt;Small&gt;"));
    assert_null(strstr(memory, "<script"));
    assert_non_null(strstr(memory, "refused 2,345 times, first 2026-11-15 00:00 UTC, last 2026-11-24 00:00 UTC; 1,234 of them under earlier versions"));
    static const char *const pairs[][2] = {{"<section", "</section>"}, {"<ul", "</ul>"}, {"<li", "</li>"}, {"<p", "</p>"}};
    for (size_t i = 0; i < 4; i++) {
        int open = 0;
        for (const char *at = memory; (at = strstr(at, pairs[i][0])) != NULL; at++)
            open += at[strlen(pairs[i][0])] == '>' || at[strlen(pairs[i][0])] == ' ';
        for (const char *at = memory; (at = strstr(at, pairs[i][1])) != NULL; at++)
            open--;
        assert_int_equal(open, 0);
    }
}

static void
test_json(void **state)
{
    (void)state;
    struct err err;
    const struct json *root = NULL;
    struct arena own = {0};
    bad_in_many_ways();
    struct span out = written(evidence_json, false);
    assert_true(arena_open(&own, 8 << 20, &err));
    if (!json_read(&own, out, &root, &err))
        fail_msg("%s", err.text);
    const struct json *whole = json_get(root, "whole");
    assert_true(whole != NULL && whole->kind == JSON_FALSE);
    arena_close(&own);
}

/* The page's own date and the day it is asked on are marked for machines, and say no more than the words between them. */
static bool
says(const char *what)
{
    static const char marked[] = "datetime=\"";
    for (const char *at = memory; (at = strstr(at, what)) != NULL; at++)
        if (at - memory < (long)strlen(marked) || strncmp(at - strlen(marked), marked, strlen(marked)) != 0)
            return true;
    return false;
}

/* For the public no figure keeps its last digits, and no time its day. */
static void
test_public(void **state)
{
    static const char *const exact[] = {"2,345", "2345", "1,234", "4,711", "4711", "12,345", "12345", "2026-11-", "00:00"};
    void (*const writers[])(const struct evidence *, struct buf *) = {evidence_text, evidence_html, evidence_json};
    (void)state;
    bad_in_many_ways();
    for (size_t w = 0; w < 3; w++) {
        (void)written(writers[w], true);
        for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++)
            if (says(exact[i]))
                fail_msg("writer %zu says %s", w, exact[i]);
    }
    assert_non_null(strstr(memory, "more than 2,000 times"));
    rules[rule("never.sale")].refused = 3;
    (void)written(evidence_text, true);
    assert_non_null(strstr(memory, "fewer than 10"));
}

/* Of whole policies every rule has a sentence and a state. */
static void
test_examples(void **state)
{
    (void)state;
    static const char *const files[] = {"examples/classroom/policy.yaml", "tests/policy/minimal.yaml"};
    struct policy *own = policy;
    struct evidence_rule *own_rules = rules;
    for (size_t f = 0; f < 2; f++) {
        policy = file_policy(file_text(files[f]), files[f]);
        assert_non_null(policy);
        rules = calloc((size_t)policy->rule_count, sizeof *rules);
        struct evidence_purpose *all = calloc((size_t)policy->purpose_count + 1, sizeof *all);
        struct evidence_category *cats = calloc((size_t)policy->category_count + 1, sizeof *cats);
        assert_true(rules != NULL && all != NULL && cats != NULL);
        facts = (struct evidence_facts){.now_us = NOW, .rules = rules, .purposes = all, .categories = cats, .swept_us = NOW};
        judge();
        for (int i = 1; i < policy->rule_count; i++)
            (void)said(i);
        assert_true(evidence.whole);
        free(all);
        free(cats);
        free(rules);
        policy_free(&policy);
    }
    policy = own;
    rules = own_rules;
}

static int
begin(void **state)
{
    struct err err;
    (void)state;
    policy = file_policy(span_str(text), "evidence.yaml");
    if (policy == NULL) {
        (void)fprintf(stderr, "%.*s", SPAN_FMT(faults_text()));
        return -1;
    }
    rules = calloc((size_t)policy->rule_count, sizeof *rules);
    return rules != NULL && arena_open(&arena, 4 << 20, &err) ? 0 : -1;
}

static int
end(void **state)
{
    (void)state;
    free(rules);
    policy_free(&policy);
    arena_close(&arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_well), cmocka_unit_test(test_keep),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_consent),
        cmocka_unit_test(test_data_without_a_line), cmocka_unit_test(test_rights),
        cmocka_unit_test(test_server),
        cmocka_unit_test(test_text),     cmocka_unit_test(test_html),
        cmocka_unit_test(test_json),     cmocka_unit_test(test_public),
        cmocka_unit_test(test_examples),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
