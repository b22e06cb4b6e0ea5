#include "cli/cli_priv.h"

#include "base/clock.h"
#include "base/limits.h"
#include "policy/decide.h"
#include "policy/diff.h"
#include "policy/page.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_MAX = 4 * 1024 * 1024, ANSWER_MAX = 4096, QUESTION_MAX = 1024 };

int
run_check(const struct args *args)
{
    struct policy *policy = NULL;
    struct err err;
    err_clear(&err);
    if (args->word_count != 1)
        return fail_usage("check takes one policy file");
    if (!policy_load_today(args->words[0], &policy, &err))
        return err.code == ERR_POLICY ? err_exit_status(ERR_POLICY) : fail(&err);
    char hash[65];
    hex_put(hash, policy->hash, 32);
    (void)printf("%s: no faults; version %d, %d categories, %d purposes, %d rules\nhash %s\n",
                 args->words[0], policy->version, policy->category_count, policy->purpose_count,
                 policy->rule_count, hash);
    if (policy->unkept_count > 0)
        (void)printf("%d of them this version of the server does not keep yet; no server starts with it\n",
                     policy->unkept_count);
    policy_free(&policy);
    return 0;
}

int
run_ask(const struct args *args)
{
    struct policy *policy = NULL;
    struct err err;
    char question[QUESTION_MAX], answer[ANSWER_MAX];
    struct buf words, buf;
    if (args->word_count < 2)
        return fail_usage("ask takes a policy file and a question");
    buf_init(&words, question, sizeof question);
    for (int i = 1; i < args->word_count; i++) {
        if (i > 1)
            buf_char(&words, ' ');
        buf_str(&words, args->words[i]);
    }
    if (!buf_ok(&words))
        return fail_usage("the question is too long");
    if (!policy_load(args->words[0], &policy, NULL, &err))
        return err.code == ERR_POLICY ? err_exit_status(ERR_POLICY) : fail(&err);
    struct policy_question q;
    struct policy_verdict verdict;
    if (!policy_ask_read(policy, buf_span(&words), &q, &err)) {
        policy_free(&policy);
        return fail(&err);
    }
    if (q.day == 0) /* no other day was named */
        q.day = clock_now_us() / CLOCK_US_PER_DAY;
    policy_decide(policy, &q, &verdict);
    buf_init(&buf, answer, sizeof answer);
    policy_explain(policy, &q, &verdict, &buf);
    static const char *const words_of[] = {"no", "yes, in part", "yes"};
    (void)printf("%s\n  %.*s\n  rule: %.*s\n", words_of[verdict.answer], (int)buf.n, answer,
                 SPAN_FMT(policy_rule_name(policy, verdict.rule)));
    struct span clause = policy->rules[verdict.rule].clause;
    for (int i = 0; i < policy->clause_count && clause.n > 0; i++)
        if (span_eq(policy->clauses[i].id, clause))
            (void)printf("  clause: %.*s\n", SPAN_FMT(policy->clauses[i].says));
    policy_free(&policy);
    return verdict.answer == ANSWER_REFUSE ? err_exit_status(ERR_NO) : 0;
}

/* The form and language that are asked for; what is wrong is said. */
static int
page_look(const struct args *args, struct page_look *ret)
{
    const char *language = arg_value(args, "language");
    bool text = arg_value(args, "text") != NULL, markdown = arg_value(args, "markdown") != NULL;
    if (text && markdown)
        return fail_usage("a page is text or Markdown, not both");
    ret->form = text ? PAGE_TEXT : markdown ? PAGE_MARKDOWN : PAGE_HTML;
    if (language == NULL)
        return 0;
    ret->locale = locale_find(span_str(language));
    if (ret->locale != NULL)
        return 0;
    char known[64] = "";
    struct buf buf;
    buf_init(&buf, known, sizeof known - 1);
    for (int i = 0; locale_at(i) != NULL; i++)
        buf_fmt(&buf, "%s%s", i == 0 ? "" : ", ", locale_code(locale_at(i)));
    return fail_usage("pages are written in these languages: %s", known);
}

int
run_page(const struct args *args)
{
    struct policy *policy = NULL;
    struct page_look look = {.form = PAGE_HTML};
    struct err err;
    if (args->word_count != 1)
        return fail_usage("page takes one policy file");
    int status = page_look(args, &look);
    if (status != 0)
        return status;
    if (!policy_load(args->words[0], &policy, NULL, &err))
        return err.code == ERR_POLICY ? err_exit_status(ERR_POLICY) : fail(&err);
    char *mem = malloc(PAGE_MAX);
    struct buf buf;
    buf_init(&buf, mem, mem == NULL ? 0 : PAGE_MAX);
    policy_page(policy, &look, &buf);
    bool good = buf_ok(&buf) && fwrite(buf.p, 1, buf.n, stdout) == buf.n && fflush(stdout) == 0;
    free(mem);
    policy_free(&policy);
    err_set(&err, ERR_IO, "the page cannot be written");
    return good ? 0 : fail(&err);
}

/* Room for the sentences of two files of the largest size; only what is used is touched. */
enum { DIFF_ARENA = 256 * 1024 * 1024 };

static int
diff_print(const struct args *args, const struct policy *was, const struct policy *now)
{
    struct arena arena;
    struct diff diff;
    struct err err;
    if (!arena_open(&arena, DIFF_ARENA, &err))
        return fail(&err);
    if (!policy_diff(was, now, &arena, &diff, &err)) {
        arena_close(&arena);
        return fail(&err);
    }
    struct buf out = arena_buf(&arena, (arena.cap - arena.used) / 2);
    if (arg_value(args, "json") != NULL)
        policy_diff_json(&diff, &out);
    else
        policy_diff_text(&diff, args->words[0], args->words[1], &out);
    bool good = buf_ok(&out) && fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
    int status = diff.count[DIFF_WIDER] > 0 ? err_exit_status(ERR_NO) : 0;
    arena_close(&arena);
    err_set(&err, ERR_IO, "the comparison cannot be written");
    return good ? status : fail(&err);
}

/* 1 says that something became wider, so a file with faults ends as other bad input does. */
static int
diff_unreadable(const struct err *err)
{
    return err->code == ERR_POLICY ? err_exit_status(ERR_INVALID) : fail(err);
}

int
run_diff(const struct args *args)
{
    struct policy *was = NULL, *now = NULL;
    struct err err;
    if (args->word_count != 2)
        return fail_usage("diff takes two policy files, the old one and the new one");
    if (!policy_load(args->words[0], &was, NULL, &err))
        return diff_unreadable(&err);
    if (!policy_load(args->words[1], &now, NULL, &err)) {
        policy_free(&was);
        return diff_unreadable(&err);
    }
    int status = diff_print(args, was, now);
    policy_free(&was);
    policy_free(&now);
    return status;
}

int
run_limits(const struct args *args)
{
    size_t count = 0;
    const struct limit_row *rows = limits_all(&count);
    (void)args;
    for (size_t i = 0; i < count; i++)
        (void)printf("%-20s %9ld %-12s %s\n", rows[i].name, rows[i].value, rows[i].unit, rows[i].what);
    return 0;
}

int
run_version(const struct args *args)
{
    (void)args;
    (void)printf("troth %s%s\n", TROTH_VERSION, clock_is_movable() ? " (test build: movable clock)" : "");
    return 0;
}
