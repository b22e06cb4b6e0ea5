#include "policy/evidence.h"

#include "base/clock.h"
#include "policy/promise.h"


/* What could not be ended is tried again after a day; a word of it that is older is of the past. */
#define UNENDED_US (25 * 3600 * CLOCK_US_PER_S)
#define LATE_US (LIMIT_EVIDENCE_LATE_S * CLOCK_US_PER_S)

const struct promise_row *
promise_find(struct span id)
{
    size_t count = 0;
    const struct promise_row *rows = promise_all(&count);
    for (size_t i = 0; i < count; i++)
        if (span_is(id, rows[i].id))
            return &rows[i];
    return NULL;
}

/* Rules that no table below names, by how their address begins; the longest that fits. */
static const struct {
    const char *begins;
    enum evidence_kind kind;
} by_name[] = {
    {"policy.date", OWES_BUILT}, {"policy.", OWES_NOTHING},   {"glossary.", OWES_NOTHING}, {"changes", OWES_NOTHING},
    {"breach", OWES_NOTHING},    {"cookies.", OWES_NOTHING},  {"people.", OWES_BUILT},     {"organisations.", OWES_BUILT},
    {"relations.", OWES_BUILT},  {"events.", OWES_BUILT},     {"consent.", OWES_BUILT},    {"data.", OWES_BUILT},
    {"law", OWES_BUILT},         {"roles.", OWES_BUILT},      {"collect.", OWES_REFUSALS}, {"unproven.", OWES_WHY},
};

static enum evidence_kind
kind_by_name(struct span name)
{
    for (size_t i = 0; i < sizeof by_name / sizeof by_name[0]; i++)
        if (span_starts(name, span_str(by_name[i].begins)))
            return by_name[i].kind;
    return OWES_USE;
}

static void
what_set(struct evidence_what *what, int rule, enum evidence_kind kind, int index)
{
    if (rule >= RULE_BUILTIN_COUNT)
        what[rule] = (struct evidence_what){kind, index};
}

static void
what_builtin(struct evidence_what *what)
{
    static const enum evidence_kind kinds[RULE_BUILTIN_COUNT] = {
        [RULE_NONE] = OWES_BUILT,          [RULE_SILENCE] = OWES_REFUSALS,  [RULE_CLOSED_WORLD] = OWES_REFUSALS,
        [RULE_RIGHTS_SELF] = OWES_USE,     [RULE_RIGHTS_RESTRICT] = OWES_REFUSALS,
        [RULE_RETENTION] = OWES_USE,       [RULE_STATE] = OWES_REFUSALS,
        [RULE_HASH_ONLY] = OWES_USE,       /* narrows too, and that is allowed */
        [RULE_OPERATOR] = OWES_USE,        [RULE_TOKEN] = OWES_BUILT, /* without a token there is nobody to record */
    };
    for (int i = 0; i < RULE_BUILTIN_COUNT; i++)
        what[i] = (struct evidence_what){kinds[i], POLICY_NONE};
}

static void
what_all(const struct policy *policy, struct evidence_what *what)
{
    what_builtin(what);
    for (int i = RULE_BUILTIN_COUNT; i < policy->rule_count; i++)
        what[i] = (struct evidence_what){kind_by_name(policy->rules[i].name), POLICY_NONE};
    for (int i = 0; i < policy->purpose_count; i++) {
        const struct policy_purpose *purpose = &policy->purposes[i];
        what_set(what, purpose->needs_rule, OWES_REFUSALS, i);
        what_set(what, purpose->basis_rule, purpose->basis == BASIS_CONSENT ? OWES_CONSENT : OWES_REFUSALS, i);
        what_set(what, purpose->rule, OWES_PURPOSE, i);
    }
    for (int i = 0; i < policy->role_count; i++) {
        what_set(what, policy->roles[i].needs_rule, OWES_REFUSALS, i);
        what_set(what, policy->roles[i].rule, OWES_ROLE, i);
    }
    for (int i = 0; i < policy->point_count; i++)
        what_set(what, policy->points[i].rule, OWES_POINT, i);
    for (int i = 0; i < policy->never_count; i++)
        what_set(what, policy->nevers[i].rule, OWES_NEVER, i);
    for (int i = 0; i < policy->category_count; i++)
        what_set(what, policy->categories[i].rule, OWES_DATA, i);
    for (int i = 0; i < policy->keep_count; i++)
        what_set(what, policy->keeps[i].rule, OWES_SWEEP, policy->keeps[i].category);
    for (int i = 0; i < policy->recipient_count; i++) {
        what_set(what, policy->recipients[i].controls_rule, OWES_BUILT, i); /* compared when the policy is read */
        what_set(what, policy->recipients[i].assurances_rule, OWES_REFUSALS, i);
        what_set(what, policy->recipients[i].rule, OWES_USE, i);
    }
    for (int i = 0; i < policy->ground_count; i++)
        if (policy->grounds[i].approve_rule != policy->grounds[i].rule)
            what_set(what, policy->grounds[i].approve_rule, OWES_REFUSALS, i);
    if (policy->children.set && policy->children.may_rule != policy->children.rule)
        what_set(what, policy->children.may_rule, OWES_REFUSALS, 0);
    for (int i = 0; i < RIGHT_COUNT; i++)
        what_set(what, policy->rights[i].rule, i == RIGHT_COMPLAIN ? OWES_NOTHING : OWES_RIGHT, i);
    for (int i = 0; i < policy->unproven_count; i++)
        what_set(what, policy->unproven[i].rule, OWES_WHY, i);
}

/* Whether some line of the ledger could have brought records of the category in. */
static bool
brought(const struct evidence *e, int category)
{
    const struct policy *policy = e->policy;
    if (e->facts->written_gone || e->facts->rules[RULE_RIGHTS_SELF].written > 0)
        return true;
    for (int i = 0; i < policy->point_count; i++) {
        const struct policy_point *point = &policy->points[i];
        for (int k = 0; k < point->field_count && e->facts->rules[point->rule].written > 0; k++)
            if (point->fields[k].category == category)
                return true;
    }
    for (int i = 0; i < policy->role_count; i++) {
        const struct policy_role *role = &policy->roles[i];
        if (e->facts->rules[role->rule].written > 0 && role->writes != NULL && role->writes[category] != 0)
            return true;
    }
    return false;
}

/* Submissions to a point serve the purposes it names. */
static bool
submitted_for(const struct evidence *e, int purpose)
{
    for (int i = 0; i < e->policy->point_count; i++)
        if (policy_bit(&e->policy->points[i].purposes, purpose) && e->facts->rules[e->policy->points[i].rule].written > 0)
            return true;
    return false;
}

static enum evidence_state
judge_purpose(const struct evidence *e, int purpose)
{
    const struct policy *policy = e->policy;
    if (e->facts->purposes[purpose].used > 0 || submitted_for(e, purpose))
        return EVIDENCE_SHOWN;
    for (int c = 0; c < policy->category_count; c++)
        if (policy->purposes[purpose].uses[c] != 0 && e->facts->categories[c].there && !brought(e, c))
            return EVIDENCE_MISSING;
    return EVIDENCE_UNUSED;
}

static bool
sweep_late(const struct evidence_facts *facts)
{
    return facts->swept_us == 0 || facts->now_us - facts->swept_us > LATE_US;
}

static bool
unended(const struct evidence *e, int category)
{
    const struct evidence_category *facts = &e->facts->categories[category];
    return facts->unended > 0 && e->facts->now_us - facts->unended_us < UNENDED_US;
}

static enum evidence_state
judge_sweep(const struct evidence *e, int category)
{
    bool bad = sweep_late(e->facts) || e->facts->categories[category].overdue > 0 || unended(e, category);
    return bad ? EVIDENCE_MISSING : EVIDENCE_SHOWN;
}

static enum evidence_state
judge_consent(const struct evidence *e, const struct evidence_rule *facts, int purpose)
{
    const struct evidence_purpose *of = &e->facts->purposes[purpose];
    if (of->read > 0 && of->given == 0)
        return EVIDENCE_MISSING;
    return of->given + of->withdrawn + facts->refused > 0 ? EVIDENCE_SHOWN : EVIDENCE_UNUSED;
}

static enum evidence_state
judge_rule(const struct evidence *e, int rule)
{
    const struct evidence_rule *facts = &e->facts->rules[rule];
    int index = e->what[rule].index;
    bool used = facts->allowed + facts->refused + facts->nothing > 0;
    switch (e->what[rule].kind) {
    case OWES_REFUSALS:
    case OWES_NEVER:
        return facts->allowed > 0 ? EVIDENCE_MISSING : used ? EVIDENCE_SHOWN : EVIDENCE_BUILT;
    case OWES_CONSENT:
        return judge_consent(e, facts, index);
    case OWES_PURPOSE:
        return judge_purpose(e, index);
    case OWES_DATA:
        return e->facts->categories[index].there && !brought(e, index) ? EVIDENCE_MISSING : EVIDENCE_BUILT;
    case OWES_SWEEP:
        return judge_sweep(e, index);
    case OWES_ROLE:
    case OWES_BUILT:
        return used ? EVIDENCE_SHOWN : EVIDENCE_BUILT;
    case OWES_NOTHING:
        return used ? EVIDENCE_SHOWN : EVIDENCE_TOLD;
    case OWES_RIGHT:
        return e->facts->rights[index] > 0 || used ? EVIDENCE_SHOWN : EVIDENCE_UNUSED;
    case OWES_WHY:
        return EVIDENCE_TOLD;
    case OWES_USE:
    case OWES_POINT:
        break;
    }
    return used ? EVIDENCE_SHOWN : EVIDENCE_UNUSED;
}

/* One rule without what it owes is enough; else one that shows something; else what is not used yet is said to be so. */
static enum evidence_state
judge_clause(const struct evidence *e, const struct policy_clause *clause)
{
    int count[EVIDENCE_STATES] = {0};
    for (int i = 0; i < clause->kept_by_count; i++)
        count[e->rules[clause->kept_by[i]]]++;
    if (count[EVIDENCE_MISSING] > 0)
        return EVIDENCE_MISSING;
    if (count[EVIDENCE_SHOWN] > 0)
        return EVIDENCE_SHOWN;
    if (count[EVIDENCE_BUILT] > 0)
        return EVIDENCE_BUILT;
    return count[EVIDENCE_UNUSED] > 0 ? EVIDENCE_UNUSED : EVIDENCE_TOLD;
}

static void
judge_items(struct evidence *e)
{
    const struct evidence_facts *facts = e->facts;
    const bool bad[ITEM_COUNT] = {
        [ITEM_PAGE] = facts->page_own_other || facts->page == PAGE_OTHER,
        [ITEM_NEWEST] = facts->newest_other || facts->newest_none,
        [ITEM_LEDGER] = facts->fault.n > 0,
        [ITEM_SIGNED] = facts->unsigned_us != 0 && facts->now_us - facts->unsigned_us > LATE_US,
        [ITEM_COUNTED] = facts->unknown > 0,
        [ITEM_SWEEP] = sweep_late(facts) || facts->other_overdue > 0,
    };
    for (int i = 0; i < ITEM_COUNT; i++) {
        e->items[i] = bad[i] ? EVIDENCE_MISSING : EVIDENCE_SHOWN;
        e->whole = e->whole && !bad[i];
    }
}

bool
evidence_judge(const struct policy *policy, const struct evidence_facts *facts, struct arena *arena, struct evidence *ret,
               struct err *err)
{
    size_t rules = (size_t)policy->rule_count, clauses = (size_t)policy->clause_count;
    *ret = (struct evidence){.policy = policy, .facts = facts, .whole = true};
    ret->what = ARENA_ARRAY(arena, struct evidence_what, rules);
    ret->rules = ARENA_ARRAY(arena, enum evidence_state, rules);
    ret->in_clause = ARENA_ARRAY(arena, bool, rules);
    ret->clauses = ARENA_ARRAY(arena, enum evidence_state, clauses + 1);
    if (ret->what == NULL || ret->rules == NULL || ret->in_clause == NULL || ret->clauses == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory for the evidence");
    what_all(policy, ret->what);
    for (int i = 1; i < policy->rule_count; i++) { /* 0 is no rule */
        ret->rules[i] = judge_rule(ret, i);
        ret->rule_count[ret->rules[i]]++;
        ret->whole = ret->whole && ret->rules[i] != EVIDENCE_MISSING;
    }
    ret->rules[RULE_NONE] = EVIDENCE_TOLD;
    for (int i = 0; i < policy->clause_count; i++) {
        const struct policy_clause *clause = &policy->clauses[i];
        ret->clauses[i] = judge_clause(ret, clause);
        ret->clause_count[ret->clauses[i]]++;
        for (int k = 0; k < clause->kept_by_count; k++)
            ret->in_clause[clause->kept_by[k]] = true;
    }
    judge_items(ret);
    return true;
}
