/* Each kind of change by itself (tests/policy/diff-cases.txt), the order of times, the net below all comparisons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "files.h"
#include "policy/diff.h"
#include "wire/json.h"

enum { ARENA = 64 * 1024 * 1024, TEXT = 256 * 1024 };
static struct arena arena;

static struct diff
diff_of(const struct policy *was, const struct policy *now)
{
    struct diff diff;
    arena_reset(&arena);
    assert_true(policy_diff(was, now, &arena, &diff, &files_err));
    return diff;
}

/* "wider purposes.news: uses account.last-name too; tell user; agree news; shown may …" */
static void
changes_put(const struct diff *diff, struct buf *out)
{
    static const char *const sides[] = {"wider", "narrower", "other"};
    for (const struct diff_change *change = diff->first; change != NULL; change = change->next) {
        buf_fmt(out, "> %s %.*s: %.*s", sides[change->side], SPAN_FMT(change->rule), SPAN_FMT(change->says));
        if (change->tell_all)
            buf_str(out, "; tell everybody");
        for (int i = 0; i < diff->kind_count; i++)
            if (policy_bit(&change->tell, i))
                buf_fmt(out, "; tell %.*s", SPAN_FMT(diff->kinds[i]));
        if (change->agree != POLICY_NONE)
            buf_fmt(out, "; agree %.*s", SPAN_FMT(diff->now->purposes[change->agree].name));
        if (change->shown.n > 0)
            buf_fmt(out, "; %.*s", SPAN_FMT(change->shown));
        buf_char(out, '\n');
    }
}

/* "\\n" in a case is a new line. */
static struct span
unescaped(struct span s, char *to)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool line = s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == 'n';
        to[n++] = line ? '\n' : s.p[i];
        i += line;
    }
    return span_of(to, n);
}

/* The first `from` becomes `to`. */
static void
replace(struct buf *text, struct span from, struct span to)
{
    static char copy[TEXT], from_text[4096], to_text[4096];
    struct span whole = buf_span(text);
    from = unescaped(from, from_text);
    to = unescaped(to, to_text);
    for (size_t i = 0; i + from.n <= whole.n; i++) {
        if (memcmp(whole.p + i, from.p, from.n) != 0)
            continue;
        memcpy(copy, whole.p, whole.n);
        buf_reset(text);
        buf_put(text, span_of(copy, i));
        buf_put(text, to);
        buf_put(text, span_of(copy + i + from.n, whole.n - i - from.n));
        return;
    }
    fail_msg("the policy has no \"%.*s\"", SPAN_FMT(from));
}

/*
 * == what is tried
 * - text that is replaced, to the end of the line
 * + what replaces it; may be left out
 * > a change that must be told, all of them and in their order
 */
struct cases {
    const struct policy *was;
    struct buf base, now, want, got;
    struct span name, from;
    int tried, bad;
};

/* The case that ends here. */
static void
case_end(struct cases *it)
{
    if (it->from.n > 0)
        replace(&it->now, it->from, SPAN_NONE);
    it->from = SPAN_NONE;
    if (it->name.n == 0)
        return;
    struct policy *policy = file_policy(buf_span(&it->now), "now.yaml");
    if (policy == NULL)
        fail_msg("%.*s: %.*s", SPAN_FMT(it->name), SPAN_FMT(faults_text()));
    struct diff diff = diff_of(it->was, policy);
    buf_reset(&it->got);
    changes_put(&diff, &it->got);
    it->tried++;
    if (!span_eq(buf_span(&it->got), buf_span(&it->want))) {
        it->bad++;
        print_error("== %.*s\nwanted:\n%.*sgot:\n%.*s\n", SPAN_FMT(it->name),
                    SPAN_FMT(buf_span(&it->want)), SPAN_FMT(buf_span(&it->got)));
    }
    policy_free(&policy);
}

static void
case_line(struct cases *it, struct span line)
{
    struct span rest = span_sub(line, 2, SIZE_MAX);
    bool puts = span_starts(line, SPAN("+ "));
    if (span_starts(line, SPAN("== "))) {
        case_end(it);
        it->name = span_sub(line, 3, SIZE_MAX);
        buf_reset(&it->now);
        buf_put(&it->now, buf_span(&it->base));
        buf_reset(&it->want);
        return;
    }
    if (it->from.n > 0)
        replace(&it->now, it->from, puts ? rest : SPAN_NONE);
    it->from = span_starts(line, SPAN("- ")) ? rest : SPAN_NONE;
    if (span_starts(line, SPAN("> "))) {
        buf_put(&it->want, line);
        buf_char(&it->want, '\n');
    }
}

/* How many cases there were; those of `file` change the policy `base`. */
static int
cases_run(const char *file, const char *base)
{
    static char texts[5][TEXT];
    struct cases it = {.name = SPAN_NONE};
    struct buf cases, *const bufs[] = {&cases, &it.base, &it.now, &it.want, &it.got};
    for (int i = 0; i < 5; i++)
        buf_init(bufs[i], texts[i], sizeof texts[i]);
    buf_put(&cases, file_text(file));
    buf_put(&it.base, file_text(base));
    struct policy *was = file_policy(buf_span(&it.base), base);
    assert_non_null(was);
    it.was = was;
    struct span rest = buf_span(&cases), line;
    while (span_split(&rest, '\n', &line))
        case_line(&it, line);
    case_end(&it);
    policy_free(&was);
    assert_int_equal(it.bad, 0);
    return it.tried;
}

static void
each_kind_of_change(void **state)
{
    (void)state;
    int people = cases_run("tests/policy/diff-people.txt", "tests/policy/people.yaml");
    int tried = cases_run("tests/policy/diff-cases.txt", "examples/classroom/served.yaml");
    print_message("%d cases\n", tried + people);
    assert_true(tried > 100 && people > 30);
}

static void
times_are_compared_by_the_calendar(void **state)
{
    (void)state;
    static const struct {
        struct policy_span_of_time a, b;
        bool longer;
    } cases[] = {
        {{.years = 1, .set = true}, {.months = 12, .set = true}, false},
        {{.months = 13, .set = true}, {.years = 1, .set = true}, true},
        {{.months = 1, .set = true}, {.days = 31, .set = true}, false},
        {{.months = 1, .set = true}, {.days = 30, .set = true}, true},
        {{.days = 28, .set = true}, {.months = 1, .set = true}, false},
        {{.days = 29, .set = true}, {.months = 1, .set = true}, true}, /* from the last days of January */
        {{.days = 365, .set = true}, {.years = 1, .set = true}, false},
        {{.days = 366, .set = true}, {.years = 1, .set = true}, true},
        {{.years = 1, .from_year_end = true, .set = true}, {.years = 2, .set = true}, false},
        {{.years = 2, .set = true}, {.years = 1, .from_year_end = true, .set = true}, true},
        {{.years = 1, .set = true}, {.years = 1, .from_year_end = true, .set = true}, false},
        {{.years = 1, .from_year_end = true, .set = true}, {.years = 1, .set = true}, true},
        {{.hours = 24, .set = true}, {.days = 1, .set = true}, false},
        {{.set = true}, {.set = true}, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (diff_time_outlasts(&cases[i].a, &cases[i].b) != cases[i].longer)
            fail_msg("case %zu", i);
}

/* The canonical form of `policy` with a text put behind the first `behind`. */
static struct policy
with_key(const struct policy *policy, const char *behind, const char *put)
{
    static char text[TEXT];
    struct policy copy = *policy;
    struct span all = policy->canonical, place = span_str(behind);
    size_t i = 0;
    while (i + place.n <= all.n && memcmp(all.p + i, place.p, place.n) != 0)
        i++;
    assert_true(i + place.n <= all.n);
    int n = snprintf(text, sizeof text, "%.*s%s%.*s", (int)(i + place.n), all.p, put,
                     (int)(all.n - i - place.n), all.p + i + place.n);
    copy.canonical = span_of(text, (size_t)n);
    copy.hash[0] ^= 1;
    return copy;
}

/* What the language will have and the comparison forgets is told, and counts as wider. */
static void
an_unknown_difference_is_a_wider_change(void **state)
{
    (void)state;
    static const struct {
        const char *behind, *put, *line, *key;
    } cases[] = {
        {"purpose news", " serves=user", "purpose news", "serves"},
        {"role helpdesk", " seen", "role helpdesk", "seen"},
        {"consent text-version=2", " double=3", "consent", "double"},
        {"cookie session", " third=ads", "cookie session", "third"},
        {"keep account", " holds=\"a b\"", "keep account", "holds"},
        {"\nkeep account", "\nrecipient bank gets=invoice.total", NULL, NULL},
    };
    struct policy *policy = file_policy(file_text("examples/classroom/served.yaml"), "classroom.yaml");
    assert_non_null(policy);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct policy other = with_key(policy, cases[i].behind, cases[i].put);
        struct diff there = diff_of(policy, &other);
        assert_non_null(there.first);
        assert_true(there.first->unknown && there.count[DIFF_WIDER] > 0);
        if (cases[i].line != NULL) {
            assert_true(span_is(there.first->line, cases[i].line) && span_is(there.first->key, cases[i].key));
            assert_null(there.first->next);
        }
        assert_true(diff_of(&other, policy).count[DIFF_WIDER] > 0);
    }
    policy_free(&policy);
}

static void
the_same_is_the_same(void **state)
{
    (void)state;
    static const char *const files[] = {"examples/classroom/policy.yaml", "examples/classroom/served.yaml",
                                        "examples/telephony/policy.yaml", "bench/policy.yaml",
                                        "tests/policy/minimal.yaml", "tests/policy/consents.yaml"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct policy *was = file_policy(file_text(files[i]), files[i]);
        assert_non_null(was);
        struct policy *now = file_policy(file_text(files[i]), files[i]);
        assert_non_null(now);
        assert_null(diff_of(was, now).first);
        policy_free(&was);
        policy_free(&now);
    }
}

/* Two policies that share nothing: all is told, nothing by the net, and both ways of printing hold it. */
static void
strangers_are_told_in_full(void **state)
{
    (void)state;
    static char mem[TEXT];
    struct buf out;
    struct policy *was = file_policy(file_text("bench/policy.yaml"), "bench.yaml");
    struct policy *now = file_policy(file_text("examples/classroom/served.yaml"), "classroom.yaml");
    for (int turn = 0; turn < 2; turn++) {
        struct diff diff = turn == 0 ? diff_of(was, now) : diff_of(now, was);
        const struct json *json;
        long count = 0;
        for (const struct diff_change *change = diff.first; change != NULL; change = change->next) {
            assert_false(change->unknown);
            count++;
        }
        assert_int_equal(count, diff.count[0] + diff.count[1] + diff.count[2]);
        buf_init(&out, mem, sizeof mem);
        policy_diff_text(&diff, "was.yaml", "now.yaml", &out);
        assert_true(buf_ok(&out));
        buf_init(&out, mem, sizeof mem);
        policy_diff_json(&diff, &out);
        assert_true(buf_ok(&out));
        struct arena json_arena;
        assert_true(arena_open(&json_arena, ARENA, &files_err));
        if (!json_read(&json_arena, buf_span(&out), &json, &files_err))
            fail_msg("%s", files_err.text);
        assert_non_null(json_get(json, "changes"));
        arena_close(&json_arena);
    }
    policy_free(&was);
    policy_free(&now);
}

/* A full arena is an error, at whatever byte it is full. */
static void
a_full_arena_is_told(void **state)
{
    (void)state;
    struct policy *was = file_policy(file_text("bench/policy.yaml"), "bench.yaml");
    struct policy *now = file_policy(file_text("examples/classroom/served.yaml"), "classroom.yaml");
    struct diff diff;
    struct arena small;
    bool held = false;
    for (size_t cap = 4096; cap < (size_t)1 << 21 && !held; cap += 4096) {
        assert_true(arena_open(&small, cap, &files_err));
        held = policy_diff(was, now, &small, &diff, &files_err);
        if (!held)
            assert_int_equal(files_err.code, ERR_TOO_LARGE);
        arena_close(&small);
    }
    assert_true(held);
    policy_free(&was);
    policy_free(&now);
}

static int
setup(void **state)
{
    (void)state;
    return arena_open(&arena, ARENA, &files_err) ? 0 : 1;
}

static int
teardown(void **state)
{
    (void)state;
    arena_close(&arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_change),
        cmocka_unit_test(times_are_compared_by_the_calendar),
        cmocka_unit_test(an_unknown_difference_is_a_wider_change),
        cmocka_unit_test(the_same_is_the_same),
        cmocka_unit_test(strangers_are_told_in_full),
        cmocka_unit_test(a_full_arena_is_told),
    };
    return cmocka_run_group_tests_name("policy diff", tests, setup, teardown);
}
