/* Texts made to exhaust a YAML reader: each is refused within time and memory that do not grow with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <cmocka.h>

#include "files.h"

enum { TEXT_ROOM = LIMIT_POLICY_FILE + 4096, MS_MOST = 8000, KIB_MOST = 256 * 1024 };

static char *text;
static size_t used;

static void
put(const char *piece, int times)
{
    size_t n = strlen(piece);
    for (int i = 0; i < times; i++) {
        assert_true(used + n < TEXT_ROOM);
        memcpy(text + used, piece, n);
        used += n;
    }
}

/* Reads what was put; the code of the first fault, or of the error when there is none. */
static const char *
read_it(void)
{
    struct timespec from, to;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    struct policy *policy = file_policy(span_of(text, used), "hostile.yaml");
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    long ms = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    used = 0;
    assert_null(policy);
#if !defined(__SANITIZE_ADDRESS__)
    assert_in_range(ms, 0, MS_MOST);
    assert_in_range(usage.ru_maxrss, 0, KIB_MOST);
#else
    (void)ms;
#endif
    return files_faults.count > 0 ? files_faults.rows[0].code : err_machine_code(files_err.code);
}

static void
test_brackets(void **state)
{
    (void)state;
    put("[", 100000);
    assert_string_equal(read_it(), "line-too-long");
    put("[\n", 100000);
    assert_string_equal(read_it(), "too-deep");
    put("{a: [\n", 100000);
    assert_string_equal(read_it(), "too-deep");
    put("- ", 4000);
    assert_string_equal(read_it(), "too-deep");
    put("? ", 4000);
    assert_string_equal(read_it(), "complex-key");
    put("[", 8000);
    assert_string_equal(read_it(), "too-deep");
    for (int i = 0; i < 200; i++) {
        put(" ", i);
        put("a:\n", 1);
    }
    assert_string_equal(read_it(), "too-deep");
}

static void
test_alias_bomb(void **state)
{
    (void)state;
    put("a0: &a0 [x, x, x, x, x, x, x, x, x]\n", 1);
    for (int i = 1; i < 30; i++) {
        char line[300];
        (void)snprintf(line, sizeof line,
                       "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i,
                       i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
        put(line, 1);
    }
    (void)read_it();
    int aliases = 0, anchors = 0;
    for (int i = 0; i < files_faults.count; i++) {
        aliases += strcmp(files_faults.rows[i].code, "alias") == 0;
        anchors += strcmp(files_faults.rows[i].code, "anchor") == 0;
    }
    assert_true(aliases > 100 && anchors > 10);
    put("a: &a [*a]\n", 1);
    (void)read_it();
}

static void
test_long_and_many(void **state)
{
    (void)state;
    put("a: ", 1);
    put("x", 1000000);
    assert_string_equal(read_it(), "line-too-long");
    put("a: \"x\n", 1);
    put(" x\n", 300000);
    assert_string_equal(read_it(), "not-yaml");
    put("a: x\n", 1);
    put(" x\n", 1000000);
    assert_string_equal(read_it(), "unknown-key");
    put("a\n", 1);
    put("k: v\n", 500000);
    (void)read_it();
    put("k: v\n", 500000);
    assert_string_equal(read_it(), "too-large");
    put("# x\n", 1000000);
    assert_string_equal(read_it(), "not-a-policy");
    put("\n", LIMIT_POLICY_FILE);
    assert_string_equal(read_it(), "not-a-policy");
    put("x", LIMIT_POLICY_FILE + 1);
    assert_string_equal(read_it(), "too-large");
    put("a: [", 1);
    put(",\n", 100000);
    assert_string_equal(read_it(), "not-yaml");
    assert_string_equal(read_it(), "not-a-policy");
}

/* Names nobody knows: looking for the nearest must not take for ever. */
static void
test_unknown_names(void **state)
{
    (void)state;
    put("troth: 1\npolicy: {}\npeople: {u: {}}\nkeep: {}\ndata:\n", 1);
    char line[200];
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(line, sizeof line, "  category-with-a-long-name-%06d: {of: u, fields: {f: {type: text}}}\n", i);
        put(line, 1);
    }
    put("purposes:\n  p:\n    says: x\n    basis: contract\n    uses:\n", 1);
    for (int i = 0; i < 50000; i++) {
        (void)snprintf(line, sizeof line, "      - category-with-a-wrong-nam-%06d\n", i);
        put(line, 1);
    }
    put("clauses:\n  - id: c\n    says: x\n    kept-by:\n", 1);
    for (int i = 0; i < 40000; i++) {
        (void)snprintf(line, sizeof line, "      - data.category-with-a-long-nam-%06d\n", i);
        put(line, 1);
    }
    assert_string_equal(read_it(), "missing-key");
    assert_int_equal(files_faults.count, LIMIT_POLICY_FAULTS);
    assert_true(files_faults.errors > 80000);
}

/* Every prefix of a good policy, and each of its bytes turned into another. */
static void
test_broken_copies(void **state)
{
    (void)state;
    static char good[4096], copy[4096];
    struct span base = file_text("tests/policy/minimal.yaml");
    assert_true(span_copy(base, good, sizeof good));
    int accepted = 0;
    for (size_t cut = 0; cut < base.n; cut++) {
        struct policy *policy = file_policy(span_of(good, cut), "cut.yaml");
        accepted += policy != NULL;
        policy_free(&policy);
    }
    assert_in_range(accepted, 0, 2); /* the last line break may go */
    static const char others[] = "\"'{}[]:-#&*!|>%@`\t\n\r \0\x7f\xff";
    for (size_t at = 0; at < base.n; at++) {
        memcpy(copy, good, base.n);
        copy[at] = others[at % (sizeof others - 1)];
        struct policy *policy = file_policy(span_of(copy, base.n), "turned.yaml");
        policy_free(&policy);
        (void)faults_text();
    }
}

static int
room_take(void **state)
{
    (void)state;
    text = malloc(TEXT_ROOM);
    return text == NULL;
}

static int
room_free(void **state)
{
    (void)state;
    free(text);
    policy_faults_close(&files_faults);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brackets),      cmocka_unit_test(test_alias_bomb),
        cmocka_unit_test(test_long_and_many), cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_broken_copies),
    };
    return cmocka_run_group_tests(tests, room_take, room_free);
}
