/* Thirty mistakes in one file are thirty faults in one run, each at its word; and how they are printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "files.h"

static void
test_thirty_mistakes(void **state)
{
    (void)state;
    assert_null(file_policy(file_text("tests/policy/thirty-mistakes.yaml"), "thirty-mistakes.yaml"));
    assert_int_equal(files_err.code, ERR_POLICY);
    assert_int_equal(files_faults.errors, 30);
    struct span got = faults_text();
    struct span wanted = file_text("tests/policy/thirty-mistakes.expected");
    if (!span_eq(got, wanted))
        fail_msg("printed:\n%.*s", SPAN_FMT(got));
}

/* Each line's own mark names its fault, so that the golden file cannot drift into nonsense. */
static void
test_thirty_marks(void **state)
{
    (void)state;
    static char copy[1 << 16];
    struct span text = file_text("tests/policy/thirty-mistakes.yaml");
    assert_true(span_copy(text, copy, sizeof copy));
    assert_null(file_policy(span_str(copy), "thirty-mistakes.yaml"));
    struct span rest = span_str(copy), line;
    int number = 0, marked = 0;
    while (span_split(&rest, '\n', &line)) {
        number++;
        const char *mark = memmem(line.p, line.n, "#! ", 3);
        int told = 0;
        for (int i = 0; i < files_faults.count; i++) {
            const struct policy_fault *fault = &files_faults.rows[i];
            if (fault->line != number)
                continue;
            told++;
            size_t at = mark == NULL ? 0 : (size_t)(mark + 3 - line.p);
            if (mark == NULL || !span_is(span_sub(line, at, line.n), fault->code))
                fail_msg("line %d gives %s", number, fault->code);
        }
        if (told != (mark != NULL))
            fail_msg("line %d gives %d faults", number, told);
        marked += mark != NULL;
    }
    assert_int_equal(marked, 30);
}

static void
test_print_marks(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        int column, width;
        const char *line, *mark;
    } rows[] = {
        {"a: bad", 4, 3, "a: bad", "   ^~~"},
        {"\tbad", 2, 3, "        bad", "        ^~~"},
        {"a\tbad", 3, 3, "a       bad", "        ^~~"},
        {"日本: bad", 5, 3, "日本: bad", "      ^~~"},
        {"x: 日本", 4, 2, "x: 日本", "   ^~~~"},
        {"e\xcc\x81: bad", 5, 3, "e\xcc\x81: bad", "   ^~~"},
        {"a", 2, 1, "a", " ^"},
        {"\x1b[2J", 1, 1, "?[2J", "^"},
        {"\xff" "a", 2, 1, "?a", " ^"},
        {"\xe2\x80\xae" "evil", 2, 4, "?evil", " ^~~~"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct policy_faults faults;
        struct err err;
        assert_true(policy_faults_open(&faults, "f.yaml", &err));
        faults.count = faults.errors = 1;
        faults.rows[0] = (struct policy_fault){
            .code = "some", .line = 7, .column = rows[i].column, .width = rows[i].width,
            .source = span_str(rows[i].source), .says = SPAN("says"), .mend = SPAN("mends")};
        char text[1024], wanted[1024];
        struct buf out;
        buf_init(&out, text, sizeof text);
        policy_faults_print(&faults, false, &out);
        (void)snprintf(wanted, sizeof wanted,
                       "f.yaml:7:%d: error: says [some]\n    7 | %s\n      | %s\n"
                       "      = mend: mends\nf.yaml: 1 error, 0 warnings\n",
                       rows[i].column, rows[i].line, rows[i].mark);
        if (!span_is(buf_span(&out), wanted))
            fail_msg("row %zu printed:\n%.*s", i, (int)out.n, out.p);
        policy_faults_close(&faults);
    }
}

/* Only the first LIMIT_POLICY_FAULTS are kept, and the count says so. */
static void
test_faults_are_bounded(void **state)
{
    (void)state;
    static char text[200000];
    size_t n = 0;
    for (int i = 0; i < 5000; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "key%d: &a%d x\n", i, i);
    assert_null(file_policy(span_of(text, n), "many.yaml"));
    assert_int_equal(files_faults.count, LIMIT_POLICY_FAULTS);
    assert_true(files_faults.errors > 5000);
    assert_non_null(memmem(faults_text().p, faults_text().n, "only the first 200 are shown", 28));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thirty_mistakes),
        cmocka_unit_test(test_thirty_marks),
        cmocka_unit_test(test_print_marks),
        cmocka_unit_test(test_faults_are_bounded),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    policy_faults_close(&files_faults);
    return failed;
}
