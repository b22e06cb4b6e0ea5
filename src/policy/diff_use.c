/* What data are used for, and by whom. */
#include "policy/diff_priv.h"

/* What must be named before anything is done: nothing, any task, or a task of one kind. */
struct need {
    bool any;
    struct span kind;
};

static struct need
need_of(const struct policy *policy, int task, bool any)
{
    return (struct need){any, task == POLICY_NONE ? SPAN_NONE : policy->tasks[task]};
}

static bool
need_none(const struct need *need)
{
    return !need->any && need->kind.n == 0;
}

/* Whether each task that serves the one serves the other. */
static bool
need_within(const struct need *a, const struct need *b)
{
    return need_none(b) || (b->any && !need_none(a)) || (b->kind.n > 0 && span_eq(a->kind, b->kind));
}

static const char *
article(struct span word)
{
    return word.n > 0 && strchr("aeiou", word.p[0]) != NULL ? "an" : "a";
}

static struct span
need_words(const struct need *need)
{
    return need->any ? SPAN("task of any kind") : need->kind;
}

/* Up to two changes: another kind of task is both wider and narrower. */
static void
need_compare(struct differ *d, const struct place *place, const struct need *was,
             const struct need *now, int was_rule, int now_rule, struct diff_change **ret_wider)
{
    *ret_wider = NULL;
    if (!need_within(now, was)) {
        struct place gone = *place;
        gone.in_was = need_none(now);
        *ret_wider =
            need_none(now)
                ? change_add(d, DIFF_WIDER, &gone, "needs", "needs no %.*s any more", SPAN_FMT(need_words(was)))
                : change_add(d, DIFF_WIDER, place, "needs", "is done for %s %.*s now, was for %s %.*s",
                             article(need_words(now)), SPAN_FMT(need_words(now)), article(need_words(was)),
                             SPAN_FMT(need_words(was)));
        change_rule(d, *ret_wider, need_none(now) ? was_rule : now_rule);
    }
    if (!need_within(was, now)) {
        struct diff_change *change = change_add(d, DIFF_NARROWER, place, "needs", "needs %s %.*s now",
                                                article(need_words(now)), SPAN_FMT(need_words(now)));
        change_rule(d, change, now_rule);
    }
}

/* --- purposes ------------------------------------------------------------------------------ */

/* A consent given to other words, or for less, is none for this. */
static void
agree_anew(struct differ *d, struct diff_change *change, int was, int now)
{
    if (change == NULL || d->now->purposes[now].basis != BASIS_CONSENT)
        return;
    change_agree(d, change, now);
    if (d->was->purposes[was].basis == BASIS_CONSENT && d->stale == POLICY_NONE)
        d->stale = now;
}

static void
uses_compare(struct differ *d, const struct place *place, int was, int now)
{
    const struct policy_purpose *a = &d->was->purposes[was], *b = &d->now->purposes[now];
    struct side gone = side_was(d), come = side_now(d);
    uint64_t *masks = masks_take(d, false);
    int n = 0;
    struct span names = fields_beyond(d, &come, b->uses, a->uses, masks, &n);
    if (n > 0) {
        struct diff_change *change =
            change_add(d, DIFF_WIDER, place, "uses", "uses %.*s too", SPAN_FMT(names));
        tell_masks(d, change, false, masks);
        agree_anew(d, change, was, now);
        scope_masks(change, ACTS_USE, POLICY_NONE, now, masks, d->now->category_count);
    }
    names = fields_beyond(d, &gone, a->uses, b->uses, NULL, &n);
    if (n > 0)
        (void)change_add(d, DIFF_NARROWER, place, "uses", "no longer uses %.*s", SPAN_FMT(names));
}

/* How far a basis reaches: consent waits for a yes, an objection stops interests, and the law passes where a person is
 * held or restricted. */
static int
basis_reach(enum policy_basis basis)
{
    switch (basis) {
    case BASIS_CONSENT: return 0;
    case BASIS_LEGITIMATE_INTERESTS:
    case BASIS_PUBLIC_INTEREST: return 1;
    case BASIS_LEGAL_OBLIGATION: return 3;
    default: return 2;
    }
}

static void
basis_compare(struct differ *d, const struct place *place, int was, int now)
{
    const struct policy_purpose *a = &d->was->purposes[was], *b = &d->now->purposes[now];
    if (a->basis == b->basis)
        return;
    int reach = basis_reach(b->basis) - basis_reach(a->basis);
    struct diff_change *change =
        change_add(d, reach > 0 ? DIFF_WIDER : reach < 0 ? DIFF_NARROWER : DIFF_OTHER, place, "basis",
                   "rests on %s now, was on %s%s", policy_basis_name(b->basis),
                   policy_basis_name(a->basis),
                   a->basis == BASIS_CONSENT ? ": nobody is asked any more" : "");
    change_rule(d, change, b->basis_rule);
    tell_masks(d, change, false, b->uses);
    scope_set(change, ACTS_USE | ACT(ACT_COLLECT) | ACT(ACT_EVENT), POLICY_NONE, now, POLICY_NONE);
    if (b->basis == BASIS_CONSENT)
        agree_anew(d, change, was, now);
}

static void
channel_compare(struct differ *d, const struct place *place, const struct policy_purpose *was,
                const struct policy_purpose *now)
{
    if (span_eq(was->channel, now->channel))
        return;
    if (now->channel.n > 0)
        tell_masks(d, change_add(d, DIFF_WIDER, place, "channel", "reaches people by %.*s",
                                 SPAN_FMT(now->channel)), false, now->uses);
    if (was->channel.n > 0)
        (void)change_add(d, DIFF_NARROWER, place, "channel", "no longer reaches people by %.*s",
                         SPAN_FMT(was->channel));
}

static void
incompatible_compare(struct differ *d, const struct place *place, const struct policy_purpose *was,
                     const struct policy_purpose *now)
{
    struct side gone = side_was(d), come = side_now(d);
    int n = 0;
    struct span names = purposes_beyond(d, &gone, &was->incompatible, &now->incompatible, &n);
    if (n > 0)
        tell_masks(d, change_add(d, DIFF_WIDER, place, "incompatible",
                                 "its data may be turned to %.*s now", SPAN_FMT(names)), false, now->uses);
    names = purposes_beyond(d, &come, &now->incompatible, &was->incompatible, &n);
    if (n > 0)
        (void)change_add(d, DIFF_NARROWER, place, "incompatible", "its data are never turned to %.*s",
                         SPAN_FMT(names));
}

static void
purpose_compare(struct differ *d, const struct place *place, int was, int now)
{
    const struct policy_purpose *a = &d->was->purposes[was], *b = &d->now->purposes[now];
    basis_compare(d, place, was, now);
    uses_compare(d, place, was, now);
    struct need need_a = need_of(d->was, a->needs, false), need_b = need_of(d->now, b->needs, false);
    struct diff_change *change;
    need_compare(d, place, &need_a, &need_b, a->needs_rule, b->needs_rule, &change);
    if (change != NULL) {
        tell_masks(d, change, false, b->uses);
        scope_set(change, ACTS_USE | ACT(ACT_EVENT), POLICY_NONE, now, POLICY_NONE);
    }
    channel_compare(d, place, a, b);
    change = flag_compare(d, place, "double-opt-in", a->double_opt_in, b->double_opt_in, DIFF_NARROWER,
                          "counts a consent only when it was confirmed",
                          "counts a consent that was not confirmed");
    if (change != NULL)
        tell_masks(d, change, false, b->uses);
    change = flag_compare(d, place, "aggregate-only", a->aggregate_only, b->aggregate_only,
                          DIFF_NARROWER, "looks at totals only", "looks at single persons, not at totals only");
    if (change != NULL) {
        tell_masks(d, change, false, b->uses);
        scope_set(change, ACTS_USE, POLICY_NONE, now, POLICY_NONE);
        if (!b->aggregate_only)
            agree_anew(d, change, was, now);
    }
    incompatible_compare(d, place, a, b);
    change = says_compare(d, place, a->says, b->says);
    if (change != NULL) {
        tell_masks(d, change, false, b->uses);
        agree_anew(d, change, was, now);
    }
}

void
diff_purposes(struct differ *d)
{
    struct side come = side_now(d);
    for (int i = 0; i < d->was->purpose_count; i++) {
        const struct policy_purpose *row = &d->was->purposes[i];
        struct place place = {"purpose", row->name, row->rule, true, NULL};
        if (d->purposes.to_now[i] == POLICY_NONE)
            (void)change_add(d, DIFF_NARROWER, &place, "", "is no purpose any more");
    }
    for (int i = 0; i < d->now->purpose_count; i++) {
        const struct policy_purpose *row = &d->now->purposes[i];
        struct place place = {"purpose", row->name, row->rule, false, NULL};
        if (d->purposes.to_was[i] != POLICY_NONE) {
            purpose_compare(d, &place, d->purposes.to_was[i], i);
            continue;
        }
        int n = 0;
        struct span names = fields_beyond(d, &come, row->uses, NULL, NULL, &n);
        struct diff_change *change =
            change_add(d, DIFF_WIDER, &place, "", "is a new purpose, on %s, and uses %.*s",
                       policy_basis_name(row->basis), SPAN_FMT(names));
        tell_masks(d, change, false, row->uses);
        scope_set(change, ACTS_ALL, POLICY_NONE, i, POLICY_NONE);
    }
}

/* --- roles ------------------------------------------------------------------------------------ */

/* Everybody whose data the role touches. */
static void
tell_role(struct differ *d, struct diff_change *change, int role)
{
    const struct policy_role *row = &d->now->roles[role];
    if (row->may_rights)
        tell_all(d, change);
    for (int i = 0; i < d->now->purpose_count; i++)
        if (policy_bit(&row->may, i))
            tell_masks(d, change, false, d->now->purposes[i].uses);
    tell_masks(d, change, false, row->writes);
}

static void
may_compare(struct differ *d, const struct place *place, int was, int now)
{
    const struct policy_role *a = &d->was->roles[was], *b = &d->now->roles[now];
    struct side gone = side_was(d);
    int n = 0;
    for (int i = 0; i < d->now->purpose_count; i++) {
        int before = d->purposes.to_was[i];
        if (!policy_bit(&b->may, i) || (before != POLICY_NONE && policy_bit(&a->may, before)))
            continue;
        struct diff_change *change = change_add(d, DIFF_WIDER, place, "may", "works for %.*s too",
                                                SPAN_FMT(d->now->purposes[i].name));
        tell_masks(d, change, false, d->now->purposes[i].uses);
        scope_set(change, ACTS_USE | ACT(ACT_EVENT), now, i, POLICY_NONE);
    }
    struct span names = purposes_beyond(d, &gone, &a->may, &b->may, &n);
    if (n > 0)
        (void)change_add(d, DIFF_NARROWER, place, "may", "no longer works for %.*s", SPAN_FMT(names));
    struct diff_change *change =
        flag_compare(d, place, "rights", a->may_rights, b->may_rights, DIFF_WIDER,
                     "passes on what people ask for as their right, and sees all of their data for it",
                     "no longer passes on what people ask for as their right");
    if (change != NULL) {
        tell_all(d, change);
        scope_set(change, ACTS_ALL, now, PURPOSE_RIGHTS, POLICY_NONE);
    }
}

static void
writes_compare(struct differ *d, const struct place *place, int was, int now)
{
    const struct policy_role *a = &d->was->roles[was], *b = &d->now->roles[now];
    struct side gone = side_was(d), come = side_now(d);
    uint64_t *masks = masks_take(d, false);
    int n = 0;
    struct span names = fields_beyond(d, &come, b->writes, a->writes, masks, &n);
    if (n > 0) {
        struct diff_change *change =
            change_add(d, DIFF_WIDER, place, "writes", "writes %.*s too", SPAN_FMT(names));
        tell_masks(d, change, false, masks);
        scope_masks(change, ACT(ACT_WRITE), now, POLICY_NONE, masks, d->now->category_count);
    }
    names = fields_beyond(d, &gone, a->writes, b->writes, NULL, &n);
    if (n > 0)
        (void)change_add(d, DIFF_NARROWER, place, "writes", "no longer writes %.*s", SPAN_FMT(names));
}

/* Everybody's data; or one's own, or those a relation leads to, of which no two are in an order. */
static void
over_compare(struct differ *d, const struct place *place, int was, int now)
{
    static const struct span all = {"everybody", 9}, own = {"the actor themself", 18};
    const struct policy_role *a = &d->was->roles[was], *b = &d->now->roles[now];
    if (a->over == b->over && span_eq(a->over_relation, b->over_relation))
        return;
    struct span from = a->over == OVER_ALL ? all : a->over == OVER_SELF ? own : a->over_relation;
    struct span to = b->over == OVER_ALL ? all : b->over == OVER_SELF ? own : b->over_relation;
    if (b->over != OVER_ALL)
        (void)change_add(d, DIFF_NARROWER, place, "over", "is over %.*s only, was over %.*s",
                         SPAN_FMT(to), SPAN_FMT(from));
    if (a->over == OVER_ALL)
        return;
    struct diff_change *change =
        change_add(d, DIFF_WIDER, place, "over", "is over %.*s, was over %.*s", SPAN_FMT(to), SPAN_FMT(from));
    tell_role(d, change, now);
    scope_set(change, ACTS_ALL, now, POLICY_NONE, POLICY_NONE);
}

static void
role_compare(struct differ *d, const struct place *place, int was, int now)
{
    const struct policy_role *a = &d->was->roles[was], *b = &d->now->roles[now];
    struct diff_change *change;
    if (a->kind != b->kind) {
        /* A program goes through doors open to anyone, people may correct what many wrote: neither is less. */
        change = change_add(d, DIFF_WIDER, place, "kind", "%s",
                            b->kind == ROLE_APPLICATION ? "is an application now, was staff"
                                                        : "is staff now, was an application");
        tell_role(d, change, now);
        scope_set(change, ACTS_ALL, now, POLICY_NONE, POLICY_NONE);
        (void)change_add(d, DIFF_NARROWER, place, "kind", "%s",
                         b->kind == ROLE_APPLICATION
                             ? "corrects nothing at people's word that others wrote too"
                             : "goes through no door that is open to any application");
    }
    may_compare(d, place, was, now);
    writes_compare(d, place, was, now);
    struct need need_a = need_of(d->was, a->needs, a->needs_any_task);
    struct need need_b = need_of(d->now, b->needs, b->needs_any_task);
    need_compare(d, place, &need_a, &need_b, a->needs_rule, b->needs_rule, &change);
    if (change != NULL) {
        tell_role(d, change, now);
        scope_set(change, ACTS_ALL, now, POLICY_NONE, POLICY_NONE);
    }
    over_compare(d, place, was, now);
    change = flag_compare(d, place, "second-person", a->second_person, b->second_person, DIFF_NARROWER,
                          "does nothing before another of them has agreed", "needs no second person's agreement any more");
    if (change != NULL) {
        tell_role(d, change, now);
        scope_set(change, ACTS_ALL, now, POLICY_NONE, POLICY_NONE);
    }
    change = flag_compare(d, place, "seen", a->seen, b->seen, DIFF_NARROWER, "shows people at once what it did",
                          "no longer shows people at once what it did");
    if (change != NULL)
        tell_role(d, change, now);
    change = says_compare(d, place, a->says, b->says);
    if (change != NULL)
        tell_role(d, change, now);
}

static bool
anybody_for_rights(const struct policy *policy)
{
    for (int i = 0; i < policy->role_count; i++)
        if (policy->roles[i].may_rights)
            return true;
    return false;
}

void
diff_roles(struct differ *d)
{
    for (int i = 0; i < d->was->role_count; i++) {
        const struct policy_role *row = &d->was->roles[i];
        struct place place = {"role", row->name, row->rule, true, NULL};
        if (d->roles.to_now[i] == POLICY_NONE)
            (void)change_add(d, DIFF_NARROWER, &place, "", "is no role any more");
    }
    for (int i = 0; i < d->now->role_count; i++) {
        const struct policy_role *row = &d->now->roles[i];
        struct place place = {"role", row->name, row->rule, false, NULL};
        if (d->roles.to_was[i] != POLICY_NONE) {
            role_compare(d, &place, d->roles.to_was[i], i);
            continue;
        }
        struct diff_change *change = change_add(d, DIFF_WIDER, &place, "", "is a new role (%s)",
                                                row->kind == ROLE_STAFF ? "staff" : "application");
        tell_role(d, change, i);
        scope_set(change, ACTS_ALL, i, POLICY_NONE, POLICY_NONE);
    }
    if (anybody_for_rights(d->was) && !anybody_for_rights(d->now)) {
        struct place place = {"rights", SPAN_NONE, RULE_RIGHTS_SELF, false, NULL};
        tell_all(d, change_add(d, DIFF_WIDER, &place, "",
                               "nobody passes on what people ask for as their right any more"));
    }
}

/* --- who may tell an event, which sets clocks -------------------------------------------------- */

/* A role for rights, or one that writes in each category that counts from it, of which there must be one. */
static bool
tells(const struct policy *policy, int role, int event)
{
    const struct policy_role *row = &policy->roles[role];
    bool any = false;
    if (row->may_rights)
        return true;
    for (int i = 0; i < policy->keep_count; i++) {
        const struct policy_keep *keep = &policy->keeps[i];
        if (keep->event != EVENT_NAMED || keep->named != event)
            continue;
        if (row->writes[keep->category] == 0)
            return false;
        any = true;
    }
    return any;
}

/*
 * It follows from several rules at once, and a rule that became narrower (one
 * category fewer counts from the event) may let one more role tell it.
 */
void
diff_events(struct differ *d)
{
    for (int i = 0; i < d->now->role_count; i++) {
        int was = d->roles.to_was[i];
        const struct policy_role *row = &d->now->roles[i];
        if (was == POLICY_NONE || row->may_rights != d->was->roles[was].may_rights)
            continue; /* told already, with all that comes of it */
        for (int e = 0; e < d->now->event_count; e++) {
            int before = d->events.to_was[e];
            bool told = before != POLICY_NONE && tells(d->was, was, before);
            if (told == tells(d->now, i, e))
                continue;
            struct place place = {"role", row->name, row->rule, false, NULL};
            struct diff_change *change =
                change_add(d, told ? DIFF_NARROWER : DIFF_WIDER, &place, "tells",
                           told ? "no longer tells the event %.*s"
                                : "tells the event %.*s, from which time is counted",
                           SPAN_FMT(d->now->events[e]));
            tell_role(d, change, i);
            scope_set(change, ACT(ACT_EVENT), i, PURPOSE_RETENTION, POLICY_NONE);
            change->scope.event = e;
        }
    }
}
