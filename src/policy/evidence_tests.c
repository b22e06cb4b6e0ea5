/* The tests that cover a policy's rules, as the program was built with them (policy/promise.h). */
#include "policy/evidence_priv.h"

enum { TESTS_SHOWN = 3 };

static void
link_put(struct evidence_pen *p, struct span id)
{
    if (p->html)
        p->pen.ops->link(&p->pen, "promise", id, id);
    else
        pen_put(&p->pen, id);
}

/* "M09 (2)" when it has tests, or, where those without are wanted, "M13". */
static void
covered_put(struct evidence_pen *p, struct span id, bool tested, int *at)
{
    const struct promise_row *row = promise_find(id);
    size_t tests = row == NULL ? 0 : row->test_count;
    if ((tests > 0) != tested)
        return;
    if (*at == 0)
        words_lead(&p->pen, tested ? "Tests:" : "Without a test yet:");
    pen_str(&p->pen, (*at)++ == 0 ? "" : ", ");
    link_put(p, id);
    if (!tested)
        return;
    pen_str(&p->pen, " (");
    pen_u64(&p->pen, tests);
    pen_str(&p->pen, ")");
}

static bool
promise_has(const struct policy_promise *promise, const struct policy_clause *clause)
{
    for (int i = 0; i < promise->rule_count; i++)
        for (int k = 0; k < clause->kept_by_count; k++)
            if (promise->rules[i] == clause->kept_by[k])
                return true;
    return false;
}

/* ids: with spaces between. */
static bool
has_id(struct span ids, struct span id)
{
    while (ids.n > 0) {
        size_t n = span_find(ids, ' ');
        if (span_eq(span_sub(ids, 0, n), id))
            return true;
        ids = span_sub(ids, n + 1, ids.n);
    }
    return false;
}

/* Whether one of the clause's rules is of a kind that this promise of the program covers. */
static bool
program_has(const struct evidence *e, const struct policy_clause *clause, struct span id)
{
    for (int i = 0; i < clause->kept_by_count; i++)
        if (has_id(span_str(evidence_covers(e, clause->kept_by[i])), id))
            return true;
    return false;
}

static void
clause_tests(struct evidence_pen *p, const struct policy_clause *clause, bool tested)
{
    const struct policy *policy = p->evidence->policy;
    size_t count = 0;
    const struct promise_row *rows = promise_all(&count);
    int at = 0;
    for (int i = 0; i < policy->promise_count; i++)
        if (promise_has(&policy->promises[i], clause))
            covered_put(p, policy->promises[i].id, tested, &at);
    for (size_t i = 0; i < count; i++)
        if (rows[i].id[0] == 'G' && program_has(p->evidence, clause, span_str(rows[i].id)))
            covered_put(p, span_str(rows[i].id), tested, &at);
    if (at > 0)
        p->pen.ops->item(&p->pen, false);
}

void
evidence_clause_tests(struct evidence_pen *p, const struct policy_clause *clause)
{
    clause_tests(p, clause, true);
    clause_tests(p, clause, false);
}

static void
count_put(struct evidence_pen *p, const struct promise_row *row)
{
    size_t n = row == NULL ? 0 : row->test_count;
    if (n == 0)
        pen_str(&p->pen, "none");
    else
        pen_u64(&p->pen, n);
}

static void
names_put(struct evidence_pen *p, const struct promise_row *row)
{
    size_t count = row == NULL ? 0 : row->test_count;
    if (count == 0)
        pen_str(&p->pen, "none yet");
    for (size_t i = 0; i < count && i < TESTS_SHOWN; i++) {
        pen_str(&p->pen, i == 0 ? "" : "; ");
        pen_str(&p->pen, row->tests[i].name);
        pen_str(&p->pen, " (");
        pen_str(&p->pen, row->tests[i].where);
        pen_str(&p->pen, ")");
    }
    if (count > TESTS_SHOWN) {
        pen_str(&p->pen, "; and ");
        pen_u64(&p->pen, count - TESTS_SHOWN);
        pen_str(&p->pen, " more");
    }
}

static void
rules_put(struct evidence_pen *p, const struct policy_promise *promise)
{
    words_lead(&p->pen, "Kept by:");
    for (int i = 0; i < promise->rule_count; i++) {
        enum evidence_state state = p->evidence->rules[promise->rules[i]];
        pen_str(&p->pen, i == 0 ? "" : ", ");
        pen_put(&p->pen, p->evidence->policy->rules[promise->rules[i]].name);
        if (state != EVIDENCE_MISSING)
            continue;
        pen_str(&p->pen, " ");
        evidence_mark(p, state);
    }
    p->pen.ops->item(&p->pen, false);
}

static void
promise_put(struct evidence_pen *p, const struct policy_promise *promise)
{
    struct pen *pen = &p->pen;
    const struct promise_row *row = promise_find(promise->id);
    pen->ops->part(pen, "promise", promise->id, promise->id);
    pen->ops->para(pen, true);
    pen_str(pen, row == NULL ? "This program has no such promise in its table." : row->says);
    pen->ops->para(pen, false);
    pen->ops->list(pen, true);
    rules_put(p, promise);
    words_lead(pen, "Tests:");
    names_put(p, row);
    pen->ops->item(pen, false);
    pen->ops->list(pen, false);
}

void
evidence_promises(struct evidence_pen *p)
{
    if (p->evidence->policy->promise_count == 0)
        return;
    p->pen.ops->section(&p->pen, "promises", "Promise by promise");
    for (int i = 0; i < p->evidence->policy->promise_count; i++)
        promise_put(p, &p->evidence->policy->promises[i]);
}

void
evidence_program(struct evidence_pen *p)
{
    static const char *const columns[] = {"Promise", "What it says", "Tests"};
    struct pen *pen = &p->pen;
    size_t count = 0;
    const struct promise_row *rows = promise_all(&count);
    pen->ops->section(pen, "program", "What the program itself promises");
    pen->ops->para(pen, true);
    pen_str(pen, "Whatever the policy says, this is tried before the program is given out.");
    pen->ops->para(pen, false);
    if (p->html)
        pen->ops->table(pen, "Promises of the program", columns, 3);
    else
        pen->ops->list(pen, true);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].id[0] != 'G')
            continue;
        if (p->html) {
            pen->ops->row(pen, true);
            pen->ops->cell(pen, true);
            buf_fmt(pen->out, "<span id=\"promise-%s\">%s</span>", rows[i].id, rows[i].id);
            pen->ops->cell(pen, false);
            pen->ops->cell(pen, true);
            pen_str(pen, rows[i].says);
            pen->ops->cell(pen, false);
            pen->ops->cell(pen, true);
            buf_str(pen->out, "<details><summary>");
            count_put(p, &rows[i]);
            buf_str(pen->out, rows[i].test_count == 1 ? " test</summary>" : " tests</summary>");
            names_put(p, &rows[i]);
            buf_str(pen->out, "</details>");
            pen->ops->cell(pen, false);
            pen->ops->row(pen, false);
        } else {
            words_lead(pen, rows[i].id);
            pen_str(pen, rows[i].says);
            pen_str(pen, " Tests: ");
            count_put(p, &rows[i]);
            pen->ops->item(pen, false);
        }
    }
    if (p->html)
        pen->ops->table_end(pen);
    else
        pen->ops->list(pen, false);
}
