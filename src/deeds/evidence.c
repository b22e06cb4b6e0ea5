#include "base/clock.h"
#include "deeds/evidence_priv.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAMES_MAX = LIMIT_TALLY_ROWS };

static bool
gather_open(struct gather *g, struct err *err)
{
    const struct policy *policy = g->it->policy;
    g->rules = ARENA_ARRAY(g->arena, struct evidence_rule, (size_t)policy->rule_count);
    g->purposes = ARENA_ARRAY(g->arena, struct evidence_purpose, (size_t)policy->purpose_count + 1);
    g->categories = ARENA_ARRAY(g->arena, struct evidence_category, (size_t)policy->category_count + 1);
    g->names = ARENA_ARRAY(g->arena, struct name, NAMES_MAX);
    if (g->rules == NULL || g->purposes == NULL || g->categories == NULL || g->names == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory for the evidence");
    g->facts->rules = g->rules;
    g->facts->purposes = g->purposes;
    g->facts->categories = g->categories;
    g->facts->origin = span_str(g->it->origin);
    return true;
}

/* --- names of earlier versions --------------------------------------------- */

static int
rule_by_name(const struct policy *policy, struct span name)
{
    for (int i = 0; i < policy->rule_count; i++)
        if (span_eq(policy->rules[i].name, name))
            return i;
    return POLICY_NONE;
}

static bool
name_row(void *ctx, const struct val *row, struct err *err)
{
    struct gather *g = ctx;
    (void)err;
    g->names[g->name_count++] = (struct name){row[0].i, (uint32_t)row[1].i, rule_by_name(g->it->policy, row[2].s)};
    return true;
}

static int
name_order(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    if (x->policy != y->policy)
        return x->policy < y->policy ? -1 : 1;
    return (x->rule > y->rule) - (x->rule < y->rule);
}

static bool
names_load(struct gather *g, struct err *err)
{
    const struct val in[] = {val_int(g->it->policy_no), val_int(NAMES_MAX)};
    if (!rows_each(g->txn, SQL_tally_names, in, 2, 3, NAMES_MAX, name_row, g, err))
        return false;
    qsort(g->names, g->name_count, sizeof *g->names, name_order);
    return true;
}

/* A line so new that the counts in the store have none of its rule. */
static bool
name_get(struct gather *g, const struct tally_row *row, int *ret, struct err *err)
{
    const struct val in[] = {val_int(row->policy), val_int(row->rule)};
    struct val out[1];
    bool found = false;
    if (!rows_one(g->txn, g->arena, SQL_policy_rule_get, in, 2, out, 1, &found, err))
        return false;
    *ret = found ? rule_by_name(g->it->policy, out[0].s) : POLICY_NONE;
    return true;
}

/* The rule of this version that has the address of the one in the row. */
static bool
rule_now(struct gather *g, const struct tally_row *row, int *ret, struct err *err)
{
    const struct name key = {.policy = row->policy, .rule = row->rule};
    *ret = POLICY_NONE;
    if (row->policy == g->it->policy_no) {
        *ret = row->rule < (uint32_t)g->it->policy->rule_count ? (int)row->rule : POLICY_NONE;
        return true;
    }
    if (row->policy == TALLY_NO_POLICY || row->policy == TALLY_UNKNOWN)
        return true;
    const struct name *found = bsearch(&key, g->names, g->name_count, sizeof key, name_order);
    if (found == NULL)
        return name_get(g, row, ret, err);
    *ret = found->now;
    return true;
}

/* --- figures ---------------------------------------------------------------- */

static void
times_wider(int64_t *first_us, int64_t *last_us, const struct tally_row *row)
{
    *first_us = *first_us == 0 || row->first_us < *first_us ? row->first_us : *first_us;
    *last_us = row->last_us > *last_us ? row->last_us : *last_us;
}

static void
rule_count(struct gather *g, const struct tally_row *row, int rule)
{
    struct evidence_rule *to = &g->rules[rule];
    uint64_t *which = row->decision == LEDGER_ALLOW ? &to->allowed : row->decision == LEDGER_DENY ? &to->refused : &to->nothing;
    bool allowed = row->decision == LEDGER_ALLOW;
    *which += row->count;
    to->before += row->policy == g->it->policy_no ? 0 : row->count;
    to->written += allowed && row->event == LEDGER_WRITE ? row->count : 0;
    to->ended += allowed && row->event == LEDGER_ERASED ? row->count : 0;
    if (allowed && row->event == LEDGER_ERASED && row->last_us > to->ended_us)
        to->ended_us = row->last_us;
    to->held += allowed && row->event == LEDGER_HOLD ? row->count : 0;
    times_wider(&to->first_us, &to->last_us, row);
}

/* What people asked for themselves, by the kinds of lines that only one right writes, or a few. */
static void
rights_count(struct gather *g, const struct tally_row *row, int rule)
{
    static const struct {
        enum ledger_event event;
        enum policy_right right;
    } rows[] = {
        {LEDGER_READ, RIGHT_ACCESS},   {LEDGER_EXPORT, RIGHT_ACCESS},   {LEDGER_EXPORT, RIGHT_PORTABILITY},
        {LEDGER_WRITE, RIGHT_CORRECT}, {LEDGER_WRITE, RIGHT_RESTRICT},  {LEDGER_WRITE, RIGHT_SUPPRESS},
        {LEDGER_ERASED, RIGHT_ERASE},  {LEDGER_CONSENT_WITHDRAWN, RIGHT_WITHDRAW},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rule == RULE_RIGHTS_SELF && row->decision == LEDGER_ALLOW && row->event == rows[i].event)
            g->facts->rights[rows[i].right] += row->count;
}

static void
purpose_count(struct gather *g, const struct tally_row *row)
{
    const struct policy *policy = g->it->policy;
    int i = 0;
    while (i < policy->purpose_count && memcmp(policy->purposes[i].id, row->purpose, 16) != 0)
        i++;
    if (i == policy->purpose_count || row->decision != LEDGER_ALLOW)
        return;
    struct evidence_purpose *to = &g->purposes[i];
    if (row->event == LEDGER_CONSENT_GIVEN || row->event == LEDGER_CONSENT_WITHDRAWN) {
        *(row->event == LEDGER_CONSENT_GIVEN ? &to->given : &to->withdrawn) += row->count;
        return;
    }
    to->used += row->count;
    to->read += row->event == LEDGER_READ ? row->count : 0;
    times_wider(&to->first_us, &to->last_us, row);
}

static bool
figures(struct gather *g, const struct tally *tally, struct err *err)
{
    for (size_t i = 0; i < tally->room; i++) {
        const struct tally_row *row = &tally->rows[i];
        if (!row->used)
            continue;
        int rule = POLICY_NONE;
        if (!rule_now(g, row, &rule, err))
            return false;
        rights_count(g, row, rule);
        if (rule != POLICY_NONE)
            rule_count(g, row, rule);
        else if (row->policy == TALLY_UNKNOWN)
            g->facts->unknown += row->count;
        else
            g->facts->gone += row->count;
        g->facts->written_gone |= rule == POLICY_NONE && row->event == LEDGER_WRITE && row->decision == LEDGER_ALLOW;
        purpose_count(g, row);
    }
    return true;
}

/* What is counted already, and what came since, up to a limit. */
static bool
tally_all(struct gather *g, struct err *err)
{
    struct tally tally;
    struct err fault;
    uint64_t upto = 0, size = g->facts->size;
    err_clear(&fault);
    if (!tally_open(g->txn, g->arena, LIMIT_TALLY_ROWS, &tally, err) || !tally_load(&tally, g->txn, g->arena, &upto, err) ||
        !names_load(g, err))
        return false;
    uint64_t to = upto + LIMIT_TALLY_LOOK < size ? upto + LIMIT_TALLY_LOOK : size, waiting = 0;
    if ((upto < to && !tally_read(&tally, g->txn, g->arena, upto, to, &upto, &fault)) ||
        !tally_read_waiting(&tally, g->txn, LIMIT_TALLY_LOOK, &waiting, &fault)) {
        if (fault.code != ERR_LEDGER) {
            *err = fault;
            return false;
        }
        g->facts->fault = arena_copy(g->arena, span_str(fault.text));
    }
    g->facts->counted = upto + waiting;
    for (size_t i = 0; i < tally.version_count; i++)
        if (tally.versions[i].no == g->it->policy_no)
            g->facts->activated_us = tally.versions[i].activated_us;
    return figures(g, &tally, err);
}

/* --- records ------------------------------------------------------------------ */

static bool
overdue_row(void *ctx, const struct val *row, struct err *err)
{
    struct gather *g = ctx;
    int category = catalogue_category(g->it->catalogue, row[0].i);
    (void)err;
    if (category == POLICY_NONE) {
        g->facts->other_overdue += (uint64_t)row[1].i;
        g->facts->other_overdue_us = row[2].i;
        return true;
    }
    struct evidence_category *to = &g->categories[category];
    to->overdue = (uint64_t)row[1].i;
    to->overdue_us = row[2].i;
    to->overdue_more = row[1].i >= LIMIT_EVIDENCE_OVERDUE;
    return true;
}

static bool
there_row(void *ctx, const struct val *row, struct err *err)
{
    struct gather *g = ctx;
    int category = catalogue_category(g->it->catalogue, row[0].i);
    (void)err;
    if (category != POLICY_NONE)
        g->categories[category].there = true;
    return true;
}

static bool
unended_load(struct gather *g, struct err *err)
{
    for (int i = 0; i < g->it->policy->category_count; i++) {
        char name[40];
        struct span value;
        (void)snprintf(name, sizeof name, "unended:%u", (unsigned)g->it->catalogue->category[i]);
        if (!meta_read(g->txn, g->arena, name, &value, err))
            return false;
        if (value.n != 16)
            continue;
        g->categories[i].unended = get_be64((const uint8_t *)value.p);
        g->categories[i].unended_us = (int64_t)get_be64((const uint8_t *)value.p + 8);
    }
    return true;
}

static bool
record_facts(struct gather *g, struct err *err)
{
    const struct val due[] = {val_int(g->facts->now_us - LIMIT_EVIDENCE_LATE_S * CLOCK_US_PER_S), val_int(LIMIT_EVIDENCE_OVERDUE)};
    const struct val most[] = {val_int(LIMIT_EVIDENCE_RECORDS)};
    struct span swept;
    if (!meta_read(g->txn, g->arena, "swept", &swept, err))
        return false;
    g->facts->swept_us = swept.n == 8 ? (int64_t)get_be64((const uint8_t *)swept.p) : 0;
    return rows_each(g->txn, SQL_record_overdue, due, 2, 3, LIMIT_EVIDENCE_OVERDUE, overdue_row, g, err) &&
           rows_each(g->txn, SQL_record_categories, most, 1, 1, LIMIT_EVIDENCE_RECORDS, there_row, g, err) &&
           unended_load(g, err);
}

bool
instance_evidence(struct instance *it, struct arena *arena, struct evidence_facts *ret, struct err *err)
{
    struct look look;
    struct gather g = {.it = it, .arena = arena, .facts = ret};
    *ret = (struct evidence_facts){.now_us = clock_now_us()};
    if (ret->now_us == 0)
        return err_set(err, ERR_UNAVAILABLE, "the clock cannot be read or is wrong");
    if (!gather_open(&g, err) || !look_open(it->store, &look, err))
        return false;
    g.txn = look.txn;
    return look_close(&look, evidence_ledger(&g, err) && tally_all(&g, err) && record_facts(&g, err));
}
