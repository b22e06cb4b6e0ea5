/* A policy of several files: the same as one, faults in the file they are in, and nothing read from elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "files.h"

#define HEAD                                                                                                          \
    "troth: 1\npolicy:\n  id: small\n  title: Privacy\n  version: 1\n  date: 2026-01-01\n"                             \
    "  controller: {name: Small Ltd, address: Cork, email: privacy@small.example}\n"
#define PEOPLE "people: {user: {says: you}}\n"
#define DATA "data: {account: {of: user, fields: {email: {type: email, lookup: unique}}}}\n"
#define PURPOSES "purposes: {answer: {says: to answer you, basis: contract, uses: [account]}}\n"
#define REST                                                                                                          \
    "collect: {ask: {from: anyone, makes: user, fields: {account.email: required}, for: [answer]}}\n"                 \
    "roles: {desk: {may: [answer, rights]}, site: {kind: application, may: [rights]}}\nkeep: {account: {from: collected, most: 1 year, then: erase}}\n"

enum { FILES = 8 };
struct set {
    const char *names[FILES], *texts[FILES];
    int asked;
};

static bool
set_text(void *self, const char *name, struct span *ret, struct err *err)
{
    struct set *set = self;
    set->asked++;
    for (int i = 0; i < FILES && set->names[i] != NULL; i++)
        if (strcmp(set->names[i], name) == 0) {
            *ret = span_str(set->texts[i]);
            return true;
        }
    return err_set(err, ERR_NOT_FOUND, "%s is not there", name);
}

static struct policy *
set_policy(struct set *set, const char *text)
{
    struct policy_beside beside = {set_text, set};
    return file_policy_beside(span_str(text), "at/policy.yaml", &beside);
}

/* --- the same policy -------------------------------------------------------------------------------- */

static void
split_is_the_same(void **state)
{
    (void)state;
    struct policy *whole = file_policy(SPAN(HEAD PEOPLE DATA PURPOSES REST), "policy.yaml");
    assert_non_null(whole);
    static const struct {
        const char *text;
        struct set set;
    } rows[] = {
        {HEAD "include: [rest.yaml]\n" PEOPLE DATA PURPOSES, {{"rest.yaml"}, {REST}}},
        {"include: [a.yaml, b.yaml]\n", {{"a.yaml", "b.yaml"}, {HEAD PEOPLE REST, PURPOSES DATA}}},
        {HEAD "include:\n  - parts/a.yaml\n" REST,
         {{"parts/a.yaml", "parts/more/b.yaml"}, {DATA "include: [more/b.yaml]\n" PEOPLE, "---\n" PURPOSES}}},
        {HEAD PEOPLE DATA PURPOSES REST "include: []\n", {{0}}},
        {HEAD PEOPLE "include: [a]\n", {{"a"}, {"\xef\xbb\xbf{" "data: {account: {of: user, fields: {email: {type: email, "
         "lookup: unique}}}}, include: [b]}\n", }}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct set set = rows[i].set;
        if (i == 4) {
            set.names[1] = "b";
            set.texts[1] = PURPOSES REST;
        }
        struct policy *policy = set_policy(&set, rows[i].text);
        if (policy == NULL)
            fail_msg("row %zu:\n%.*s", i, SPAN_FMT(faults_text()));
        assert_memory_equal(policy->hash, whole->hash, sizeof whole->hash);
        policy_free(&policy);
    }
    policy_free(&whole);
}

static void
rules_know_their_file(void **state)
{
    (void)state;
    struct set set = {{"parts/data.yaml"}, {"# data\n" DATA PURPOSES}};
    struct policy *policy = set_policy(&set, HEAD PEOPLE REST "include: [parts/data.yaml]\n");
    assert_non_null(policy);
    for (int i = RULE_BUILTIN_COUNT; i < policy->rule_count; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        bool there = span_starts(rule->name, SPAN("data.")) || span_starts(rule->name, SPAN("purposes."));
        assert_true(there ? span_is(rule->file, "parts/data.yaml") && rule->line <= 3 : rule->file.n == 0);
    }
    policy_free(&policy);
}

/* --- faults ------------------------------------------------------------------------------------------- */

static void
faults_stand_in_their_file(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct set set;
        const char *code, *file;
        int line, column;
    } rows[] = {
        {HEAD "include: [no.yaml]\n", {{0}}, "include-unread", NULL, 8, 11},
        {HEAD "include: [/etc/passwd]\n", {{0}}, "include-name", NULL, 8, 11},
        {HEAD "include: [../other.yaml]\n", {{0}}, "include-name", NULL, 8, 11},
        {HEAD "include: [a/../b.yaml]\n", {{0}}, "include-name", NULL, 8, 11},
        {HEAD "include: [./a.yaml]\n", {{0}}, "include-name", NULL, 8, 11},
        {HEAD "include: [a//b.yaml]\n", {{0}}, "include-name", NULL, 8, 11},
        {HEAD "include: [a/]\n", {{0}}, "include-name", NULL, 8, 11},
        {HEAD "include: ['a\\b']\n", {{0}}, "include-name", NULL, 8, 12},
        {HEAD "include: [a]\n", {{"a", "d/b"}, {"include: [d/b]\n", "include: [../a]\n"}}, "include-name", "at/d/b", 1, 11},
        {HEAD "include: [{a: b}]\n", {{0}}, "wrong-shape", NULL, 8, 11},
        {HEAD "include: [a]\n", {{"a"}, {"include: [a]\n"}}, "include-circle", "at/a", 1, 11},
        {HEAD "include: [a]\n", {{"a", "b"}, {"include: [b]\n", "include: [a]\n"}}, "include-circle", "at/b", 1, 11},
        {HEAD "include: [a, b]\n", {{"a", "b"}, {"include: [b]\n", PEOPLE}}, "include-twice", NULL, 8, 14},
        {HEAD "include: [a]\n", {{"a", "b", "c", "d", "e"}, {"include: [b]\n", "include: [c]\n", "include: [d]\n",
         "include: [e]\n", PEOPLE}}, "include-deep", "at/d", 1, 11},
        {HEAD PEOPLE DATA PURPOSES REST "include: [a]\n", {{"a"}, {"\n" DATA}}, "section-twice", "at/a", 2, 1},
        {HEAD "include: [a]\n", {{"a"}, {"just words\n"}}, "not-a-policy", "at/a", 1, 1},
        {HEAD "include: [a]\n", {{"a"}, {"people: {user: {says: [}}\n"}}, "not-yaml", "at/a", 1, 24},
        {HEAD "include: [a]\n", {{"a"}, {"\n\n\tpeople: x\n"}}, "tab-indent", "at/a", 3, 1},
        {HEAD "include: [a]\n", {{"a"}, {"people: x\n---\ndata: y\n"}}, "documents", "at/a", 2, 1},
        {HEAD "include: [a]\n" DATA PURPOSES REST, {{"a"}, {"people: {user: {say: you, says: you}}\n"}}, "unknown-key", "at/a",
         1, 17},
        {HEAD "include: [a]\n" PEOPLE DATA REST, {{"a"}, {"purposes:\n  answer: {says: x, basis: contract, uses: [acount]}\n"}},
         "unknown-category", "at/a", 2, 45},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct set set = rows[i].set;
        struct policy *policy = set_policy(&set, rows[i].text);
        const struct policy_fault *fault = &files_faults.rows[0];
        if (policy != NULL || files_faults.count != 1 || files_err.code != ERR_POLICY)
            fail_msg("row %zu, %s:\n%.*s", i, rows[i].code, SPAN_FMT(faults_text()));
        if (strcmp(fault->code, rows[i].code) != 0 || fault->line != rows[i].line || fault->column != rows[i].column ||
            (rows[i].file == NULL ? fault->file != NULL : fault->file == NULL || strcmp(fault->file, rows[i].file) != 0))
            fail_msg("row %zu, %s %s %d:%d:\n%.*s", i, rows[i].code, rows[i].file, rows[i].line, rows[i].column,
                     SPAN_FMT(faults_text()));
        assert_true(fault->source.n > 0 && fault->mend.n > 0);
    }
}

/* A file that is named like one outside is never asked for. */
static void
nothing_outside_is_asked_for(void **state)
{
    (void)state;
    struct set set = {{0}, {0}, 0};
    assert_null(set_policy(&set, HEAD "include: [/a, ../a, a/.., '', ~, ./a, 'a\\..\\b']\n"));
    assert_int_equal(set.asked, 0);
    assert_null(file_policy(SPAN(HEAD "include: [a.yaml]\n"), "policy.yaml"));
    assert_string_equal(files_faults.rows[0].code, "include-closed");
}

static void
faults_go_by_file(void **state)
{
    (void)state;
    struct set set = {{"a", "b"}, {"purposes: {answer: {says: x, basis: contrat, uses: [account]}}\n", "\n\n\nevents: [x]\n"}};
    assert_null(set_policy(&set, "include: [a, b]\n" HEAD PEOPLE DATA REST "colect: x\n"));
    assert_true(files_faults.count >= 3);
    assert_null(files_faults.rows[0].file);
    for (int i = 1; i < files_faults.count; i++)
        assert_true(files_faults.rows[i].part >= files_faults.rows[i - 1].part);
    static const char *const wanted[] = {"at/policy.yaml:14:1: error", "\nat/a:1:", "\nat/b:4:", "\nat/policy.yaml: "};
    char print[8192];
    (void)snprintf(print, sizeof print, "%.*s", SPAN_FMT(faults_text()));
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (strstr(print, wanted[i]) == NULL)
            fail_msg("no %s in\n%s", wanted[i], print);
}

/* --- limits --------------------------------------------------------------------------------------------- */

static bool
endless_text(void *self, const char *name, struct span *ret, struct err *err)
{
    (void)name;
    (void)err;
    *ret = *(const struct span *)self;
    return true;
}

static void
files_and_bytes_are_limited(void **state)
{
    (void)state;
    static char list[LIMIT_POLICY_PARTS * 16], large[LIMIT_POLICY_FILE / 2 + 1];
    struct buf out;
    buf_init(&out, list, sizeof list);
    buf_str(&out, "include: [");
    for (int i = 0; i < LIMIT_POLICY_PARTS; i++)
        buf_fmt(&out, "%sf%d", i > 0 ? ", " : "", i);
    buf_str(&out, "]\n");
    struct span small = SPAN("include: []\n");
    struct policy_beside beside = {endless_text, &small};
    assert_null(file_policy_beside(buf_span(&out), "policy.yaml", &beside));
    assert_int_equal(files_faults.count, 1);
    assert_string_equal(files_faults.rows[0].code, "too-many");
    memset(large, '\n', sizeof large);
    struct span half = span_of(large, sizeof large);
    beside.self = &half;
    assert_null(file_policy_beside(SPAN("include: [a, b]\n"), "policy.yaml", &beside));
    assert_string_equal(files_faults.rows[0].code, "too-large");
}

/* --- packs ------------------------------------------------------------------------------------------------ */

static void
a_pack_holds_all(void **state)
{
    (void)state;
    static char room[8192];
    const struct policy_file files[] = {{NULL, SPAN(HEAD PEOPLE "include: [p/a.yaml, b]\n")},
                                        {"p/a.yaml", SPAN(DATA PURPOSES)},
                                        {"b", SPAN(REST "%file 3 x\n")}}; /* refused, and kept all the same */
    struct buf pack;
    struct policy *policy = NULL;
    for (int broken = 0; broken < 2; broken++) {
        struct policy_file some[] = {files[0], files[1], {"b", broken ? files[2].text : SPAN(REST)}};
        buf_init(&pack, room, sizeof room);
        policy_pack(some, 3, &pack);
        assert_true(buf_ok(&pack));
        policy_faults_close(&files_faults);
        assert_true(policy_faults_open(&files_faults, "kept", &files_err));
        bool good = policy_read_pack(buf_span(&pack), "kept", FILES_TODAY, &files_faults, &policy, &files_err);
        assert_int_equal(good, !broken);
        policy_free(&policy);
    }
    assert_string_equal(files_faults.rows[0].code, "directive");
    /* One file is itself; half a pack is none. */
    buf_init(&pack, room, sizeof room);
    policy_pack(files, 1, &pack);
    assert_true(span_eq(buf_span(&pack), files[0].text));
    static const char *const bad[] = {"%policy ", "%policy 5\nab\n", "%policy 2\nabc\n", "%policy 2\nab", "%policy x\nab\n",
                                      "%policy 18446744073709551615\nab\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(policy_read_pack(span_str(bad[i]), "kept", FILES_TODAY, &files_faults, &policy, &files_err));
        assert_int_equal(files_err.code, ERR_CORRUPT);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_is_the_same),
        cmocka_unit_test(rules_know_their_file),
        cmocka_unit_test(faults_stand_in_their_file),
        cmocka_unit_test(nothing_outside_is_asked_for),
        cmocka_unit_test(faults_go_by_file),
        cmocka_unit_test(files_and_bytes_are_limited),
        cmocka_unit_test(a_pack_holds_all),
    };
    return cmocka_run_group_tests_name("policy include", tests, NULL, NULL);
}
