/* Words, promises and what no software can show. None of it decides anything, so nothing here is wider; people are told. */
#include "policy/diff_priv.h"

static void
terms_compare(struct differ *d)
{
    for (int i = 0; i < d->was->term_count; i++) {
        const struct policy_term *row = &d->was->terms[i];
        struct place place = {"term", row->name, row->rule, true, NULL};
        if (d->terms.to_now[i] == POLICY_NONE)
            (void)change_add(d, DIFF_OTHER, &place, "", "is explained no more");
    }
    for (int i = 0; i < d->now->term_count; i++) {
        const struct policy_term *row = &d->now->terms[i];
        struct place place = {"term", row->name, row->rule, false, NULL};
        int was = d->terms.to_was[i];
        struct diff_change *change =
            was == POLICY_NONE ? change_add(d, DIFF_OTHER, &place, "", "is explained: \"%.*s\"", SPAN_FMT(row->says))
                               : says_compare(d, &place, d->was->terms[was].says, row->says);
        if (change != NULL)
            tell_all(d, change);
    }
}

static void
unproven_compare(struct differ *d)
{
    for (int i = 0; i < d->was->unproven_count; i++) {
        const struct policy_unproven *row = &d->was->unproven[i];
        struct place place = {"unproven", row->id, row->rule, true, NULL};
        if (d->unproven.to_now[i] == POLICY_NONE)
            (void)change_add(d, DIFF_OTHER, &place, "", "is no longer called unprovable");
    }
    for (int i = 0; i < d->now->unproven_count; i++) {
        const struct policy_unproven *row = &d->now->unproven[i];
        struct place place = {"unproven", row->id, row->rule, false, NULL};
        int was = d->unproven.to_was[i];
        if (was == POLICY_NONE) {
            tell_all(d, change_add(d, DIFF_OTHER, &place, "", "nothing can show this: \"%.*s\"", SPAN_FMT(row->says)));
            continue;
        }
        struct diff_change *change = says_compare(d, &place, d->was->unproven[was].says, row->says);
        if (change != NULL)
            tell_all(d, change);
        if (!span_eq(d->was->unproven[was].why, row->why))
            (void)change_add(d, DIFF_OTHER, &place, "why", "for another reason: \"%.*s\"", SPAN_FMT(row->why));
    }
}

static bool
rules_same(const struct differ *d, const struct policy_promise *was, const struct policy_promise *now)
{
    if (was->rule_count != now->rule_count)
        return false;
    for (int i = 0; i < was->rule_count; i++) {
        struct span name = policy_rule_name(d->was, (uint32_t)was->rules[i]);
        bool found = false;
        for (int j = 0; j < now->rule_count && !found; j++)
            found = span_eq(name, policy_rule_name(d->now, (uint32_t)now->rules[j]));
        if (!found)
            return false;
    }
    return true;
}

static struct place
promise_place(struct differ *d, const struct policy_promise *row, bool in_was)
{
    struct place place = {.section = "promise", .name = row->id, .rule = RULE_NONE, .in_was = in_was};
    struct buf address = arena_buf(d->arena, row->id.n + sizeof "promises.");
    buf_fmt(&address, "promises.%.*s", SPAN_FMT(row->id));
    if (buf_ok(&address)) {
        address.p[address.n] = '\0';
        place.address = address.p;
    }
    return place;
}

static void
promises_compare(struct differ *d)
{
    for (int i = 0; i < d->was->promise_count; i++) {
        struct place place = promise_place(d, &d->was->promises[i], true);
        if (d->promises.to_now[i] == POLICY_NONE)
            tell_all(d, change_add(d, DIFF_OTHER, &place, "", "is a promise no more"));
    }
    for (int i = 0; i < d->now->promise_count; i++) {
        const struct policy_promise *row = &d->now->promises[i];
        struct place place = promise_place(d, row, false);
        int was = d->promises.to_was[i];
        if (was == POLICY_NONE)
            (void)change_add(d, DIFF_OTHER, &place, "", "is a new promise");
        else if (!rules_same(d, &d->was->promises[was], row))
            (void)change_add(d, DIFF_OTHER, &place, "rules", "is kept by other rules");
    }
}

void
diff_proof(struct differ *d)
{
    terms_compare(d);
    unproven_compare(d);
    promises_compare(d);
}
