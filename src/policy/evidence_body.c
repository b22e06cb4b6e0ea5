#include "policy/evidence_priv.h"

enum { UNUSED_SHOWN = 60, NAMES_SHOWN = 12 };

static void
section(struct evidence_pen *p, const char *id, const char *title)
{
    p->pen.ops->section(&p->pen, id, title);
}

static void
item(struct evidence_pen *p, bool open)
{
    p->pen.ops->item(&p->pen, open);
}

static void
para(struct evidence_pen *p, const char *s)
{
    p->pen.ops->para(&p->pen, true);
    pen_str(&p->pen, s);
    p->pen.ops->para(&p->pen, false);
}

/* An item that begins with the rule's address. */
static void
rule_item(struct evidence_pen *p, int rule, bool mark)
{
    item(p, true);
    if (mark)
        evidence_mark(p, p->evidence->rules[rule]);
    p->pen.ops->lead(&p->pen, p->evidence->policy->rules[rule].name);
    pen_str(&p->pen, mark || !p->html ? ": " : " ");
    evidence_said(p, rule, 0);
    item(p, false);
}

static void
missing_put(struct evidence_pen *p)
{
    const struct evidence *e = p->evidence;
    if (e->whole)
        return;
    section(p, "missing", "What is not shown");
    p->pen.ops->list(&p->pen, true);
    for (int i = 0; i < ITEM_COUNT; i++) {
        if (e->items[i] != EVIDENCE_MISSING)
            continue;
        item(p, true);
        evidence_said(p, POLICY_NONE, i);
        item(p, false);
    }
    for (int i = 0; i < e->policy->rule_count; i++)
        if (e->rules[i] == EVIDENCE_MISSING)
            rule_item(p, i, false);
    p->pen.ops->list(&p->pen, false);
}

static void
server_put(struct evidence_pen *p)
{
    section(p, "server", "What holds for all of it");
    p->pen.ops->list(&p->pen, true);
    for (int i = 0; i < ITEM_COUNT; i++) {
        item(p, true);
        evidence_mark(p, p->evidence->items[i]);
        evidence_said(p, POLICY_NONE, i);
        item(p, false);
    }
    p->pen.ops->list(&p->pen, false);
}

static void
clause_put(struct evidence_pen *p, int index)
{
    struct pen *pen = &p->pen;
    const struct policy_clause *clause = &p->evidence->policy->clauses[index];
    pen->ops->part(pen, "point", clause->id, clause->id); /* its name in words */
    pen->ops->para(pen, true);
    evidence_mark(p, p->evidence->clauses[index]);
    pen->ops->own_words(pen, true);
    pen_put(pen, clause->says);
    pen->ops->own_words(pen, false);
    pen->ops->para(pen, false);
    pen->ops->list(pen, true);
    for (int i = 0; i < clause->kept_by_count; i++)
        rule_item(p, clause->kept_by[i], p->evidence->rules[clause->kept_by[i]] == EVIDENCE_MISSING);
    evidence_clause_tests(p, clause);
    pen->ops->list(pen, false);
}

static void
clauses_put(struct evidence_pen *p)
{
    if (p->evidence->policy->clause_count == 0)
        return;
    section(p, "clauses", "Clause by clause");
    for (int i = 0; i < p->evidence->policy->clause_count; i++)
        clause_put(p, i);
}

/* Rules in no clause, whose states are these, by name only. */
static void
names_put(struct evidence_pen *p, enum evidence_state state, int most, const char *lead)
{
    const struct evidence *e = p->evidence;
    int at = 0;
    for (int i = 1; i < e->policy->rule_count; i++) {
        if (e->in_clause[i] || e->rules[i] != state || e->what[i].kind == OWES_WHY)
            continue;
        if (at == 0)
            words_lead(&p->pen, lead);
        if (at < most) {
            pen_str(&p->pen, at == 0 ? "" : ", ");
            pen_put(&p->pen, e->policy->rules[i].name);
        }
        at++;
    }
    if (at > most) {
        pen_str(&p->pen, " and ");
        pen_u64(&p->pen, (uint64_t)(at - most));
        pen_str(&p->pen, " more");
    }
    if (at > 0)
        item(p, false);
}

static void
rules_put(struct evidence_pen *p)
{
    const struct evidence *e = p->evidence;
    section(p, "rules", "Rules without a clause of their own");
    para(p, "The page tells them in sentences made from them.");
    p->pen.ops->list(&p->pen, true);
    for (int i = 1; i < e->policy->rule_count; i++)
        if (!e->in_clause[i] && (e->rules[i] == EVIDENCE_SHOWN || e->rules[i] == EVIDENCE_MISSING))
            rule_item(p, i, e->rules[i] == EVIDENCE_MISSING);
    names_put(p, EVIDENCE_UNUSED, UNUSED_SHOWN, "Not used yet:");
    names_put(p, EVIDENCE_BUILT, NAMES_SHOWN, "By construction:");
    names_put(p, EVIDENCE_TOLD, NAMES_SHOWN, "Told only:");
    p->pen.ops->list(&p->pen, false);
}

static void
cannot_clauses(struct evidence_pen *p, enum evidence_state state, const char *lead)
{
    const struct policy *policy = p->evidence->policy;
    int at = 0;
    for (int i = 0; i < policy->clause_count; i++) {
        if (p->evidence->clauses[i] != state)
            continue;
        if (at++ == 0)
            words_lead(&p->pen, lead);
        else
            pen_str(&p->pen, ", ");
        if (p->html)
            p->pen.ops->link(&p->pen, "point", policy->clauses[i].id, policy->clauses[i].id);
        else
            pen_put(&p->pen, policy->clauses[i].id);
    }
    if (at > 0)
        item(p, false);
}

static void
cannot_put(struct evidence_pen *p)
{
    const struct evidence *e = p->evidence;
    const struct policy *policy = e->policy;
    if (policy->unproven_count + e->clause_count[EVIDENCE_TOLD] + e->clause_count[EVIDENCE_UNUSED] == 0)
        return;
    section(p, "cannot", "What cannot be shown");
    p->pen.ops->list(&p->pen, true);
    for (int i = 0; i < policy->unproven_count; i++) {
        item(p, true);
        p->pen.ops->lead(&p->pen, policy->unproven[i].id);
        pen_str(&p->pen, " ");
        p->pen.ops->own_words(&p->pen, true);
        pen_put(&p->pen, policy->unproven[i].says);
        pen_str(&p->pen, " (");
        pen_put(&p->pen, policy->unproven[i].why);
        pen_str(&p->pen, ")");
        p->pen.ops->own_words(&p->pen, false);
        item(p, false);
    }
    cannot_clauses(p, EVIDENCE_TOLD, "Clauses no decision of the server looks at:");
    cannot_clauses(p, EVIDENCE_UNUSED, "Clauses whose rules nothing has asked for yet:");
    p->pen.ops->list(&p->pen, false);
}

void
evidence_body(struct evidence_pen *p)
{
    missing_put(p);
    server_put(p);
    clauses_put(p);
    rules_put(p);
    cannot_put(p);
    evidence_promises(p);
    evidence_program(p);
}
