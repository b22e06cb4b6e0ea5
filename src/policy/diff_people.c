/* Whose data: organisations, kinds of people, events; and how two people are related. */
#include "policy/diff_priv.h"

static struct span
kind_name(const struct policy *policy, int kind)
{
    return kind == POLICY_NONE ? SPAN_NONE : policy->kinds[kind].name;
}

static struct span
organisation_name(const struct policy *policy, int i)
{
    return i == POLICY_NONE ? SPAN_NONE : policy->organisations[i].name;
}

/* Another name, or none, where a name stands: told, and looked at by no decision. */
static struct diff_change *
name_compare(struct differ *d, const struct place *place, const char *key, struct span was,
             struct span now, const char *what)
{
    if (span_eq(was, now))
        return NULL;
    return change_add(d, DIFF_OTHER, place, key, "%s %.*s, was %.*s", what,
                      SPAN_FMT(now.n == 0 ? SPAN("nothing") : now),
                      SPAN_FMT(was.n == 0 ? SPAN("nothing") : was));
}

/* Everybody who is in the organisation of the new policy, or in what belongs to it. */
static void
tell_members(struct differ *d, struct diff_change *change, int organisation)
{
    for (int i = 0; i < d->now->kind_count; i++)
        if (policy_organisation_within(d->now, d->now->kinds[i].in, organisation))
            tell_kind(d, change, false, i);
}

static bool
sees_any(const struct policy *policy, const struct policy_organisation *row)
{
    bool any = false;
    for (int i = 0; i < policy->kind_count; i++)
        any |= policy_bit(&row->sees, i);
    return any;
}

/* Without a list its leaders see all who are in it. */
static void
sees_compare(struct differ *d, const struct place *place, const struct policy_organisation *was,
             const struct policy_organisation *now)
{
    bool some = sees_any(d->was, was), some_now = sees_any(d->now, now);
    if (some != some_now) {
        struct diff_change *change =
            some ? change_add(d, DIFF_WIDER, place, "sees", "its leaders see all who are in it")
                 : change_add(d, DIFF_NARROWER, place, "sees", "its leaders see some kinds of people only");
        tell_members(d, change, (int)(now - d->now->organisations));
        return;
    }
    for (int i = 0; i < d->now->kind_count; i++)
        if (policy_bit(&now->sees, i) && !policy_bit(&was->sees, d->kinds.to_was[i]))
            tell_kind(d, change_add(d, DIFF_WIDER, place, "sees", "its leaders see %.*s too",
                                    SPAN_FMT(d->now->kinds[i].name)), false, i);
    for (int i = 0; i < d->was->kind_count; i++)
        if (policy_bit(&was->sees, i) && !policy_bit(&now->sees, d->kinds.to_now[i]))
            (void)change_add(d, DIFF_NARROWER, place, "sees", "its leaders no longer see %.*s",
                             SPAN_FMT(d->was->kinds[i].name));
}

static void
organisations_compare(struct differ *d)
{
    for (int i = 0; i < d->was->organisation_count; i++) {
        const struct policy_organisation *row = &d->was->organisations[i];
        struct place place = {"organisation", row->name, row->rule, true, NULL};
        if (d->organisations.to_now[i] == POLICY_NONE)
            (void)change_add(d, DIFF_OTHER, &place, "", "is named no more");
    }
    for (int i = 0; i < d->now->organisation_count; i++) {
        const struct policy_organisation *row = &d->now->organisations[i];
        struct place place = {"organisation", row->name, row->rule, false, NULL};
        int was = d->organisations.to_was[i];
        if (was == POLICY_NONE) {
            (void)change_add(d, DIFF_OTHER, &place, "", "is new");
            continue;
        }
        struct diff_change *change;
        const struct policy_organisation *old = &d->was->organisations[was];
        (void)name_compare(d, &place, "of", organisation_name(d->was, old->of),
                           organisation_name(d->now, row->of), "belongs to");
        sees_compare(d, &place, old, row);
        change = flag_compare(d, &place, "open", !old->isolated, !row->isolated, DIFF_WIDER,
                              "those of one may see those of another of its kind",
                              "those of one no longer see those of another of its kind");
        if (change != NULL)
            tell_members(d, change, i);
        (void)says_compare(d, &place, old->says, row->says);
    }
}

/* Whether somebody in the state may act; without states everybody may, and without a choice in each of them. */
static bool
acts(const struct policy_kind *row, struct span state)
{
    bool chosen = false, named = false;
    for (int i = 0; i < row->state_count; i++) {
        chosen |= policy_bit(&row->acts_in, i);
        named |= policy_bit(&row->acts_in, i) && span_eq(row->states[i], state);
    }
    return !chosen || named;
}

static bool
states_same(const struct policy_kind *was, const struct policy_kind *now)
{
    bool same = was->state_count == now->state_count;
    for (int i = 0; same && i < now->state_count; i++)
        same = span_eq(was->states[i], now->states[i]);
    return same;
}

static void
states_compare(struct differ *d, const struct place *place, const struct policy_kind *was,
               const struct policy_kind *now)
{
    if (!states_same(was, now))
        tell_kind(d, change_add(d, DIFF_OTHER, place, "states", "has other states, or begins in another"), false,
                  (int)(now - d->now->kinds));
    bool more = false, fewer = false, any = acts(was, SPAN_NONE), any_now = acts(now, SPAN_NONE);
    for (int side = 0; side < 2; side++) {
        const struct policy_kind *row = side == 0 ? was : now;
        for (int i = 0; i < row->state_count; i++) {
            more |= acts(now, row->states[i]) && !acts(was, row->states[i]);
            fewer |= acts(was, row->states[i]) && !acts(now, row->states[i]);
        }
    }
    if (more || (any_now && !any))
        (void)change_add(d, DIFF_WIDER, place, "acts-in", "may act in a state in which they could not");
    if (fewer || (any && !any_now))
        (void)change_add(d, DIFF_NARROWER, place, "acts-in", "may no longer act in every state in which they could");
}

/* Who is also something else: data of that wider kind may be theirs too. */
static void
kind_compare(struct differ *d, const struct place *place, const struct policy_kind *was,
             const struct policy_kind *now)
{
    struct span a = kind_name(d->was, was->is), b = kind_name(d->now, now->is);
    if (!span_eq(a, b)) {
        struct diff_change *change =
            b.n == 0 ? change_add(d, DIFF_NARROWER, place, "is", "is no longer a kind of %.*s", SPAN_FMT(a))
                     : change_add(d, DIFF_WIDER, place, "is",
                                  "is a kind of %.*s now: what holds their data may hold these",
                                  SPAN_FMT(b));
        tell_kind(d, change, false, d->kinds.to_now[(int)(was - d->was->kinds)]);
    }
    (void)name_compare(d, place, "in", organisation_name(d->was, was->in),
                       organisation_name(d->now, now->in), "is in");
    (void)name_compare(d, place, "leads", organisation_name(d->was, was->leads),
                       organisation_name(d->now, now->leads), "leads");
    states_compare(d, place, was, now);
    struct diff_change *change = says_compare(d, place, was->says, now->says);
    if (change != NULL)
        tell_kind(d, change, false, (int)(now - d->now->kinds));
}

void
diff_people(struct differ *d)
{
    organisations_compare(d);
    for (int i = 0; i < d->was->kind_count; i++) {
        const struct policy_kind *row = &d->was->kinds[i];
        struct place place = {"people", row->name, row->rule, true, NULL};
        if (d->kinds.to_now[i] == POLICY_NONE)
            (void)change_add(d, DIFF_NARROWER, &place, "", "there are no such people any more");
    }
    for (int i = 0; i < d->now->kind_count; i++) {
        const struct policy_kind *row = &d->now->kinds[i];
        struct place place = {"people", row->name, row->rule, false, NULL};
        if (d->kinds.to_was[i] != POLICY_NONE) {
            kind_compare(d, &place, &d->was->kinds[d->kinds.to_was[i]], row);
            continue;
        }
        tell_kind(d, change_add(d, DIFF_WIDER, &place, "", "is a new kind of people"), false, i);
    }
    for (int i = 0; i < d->was->event_count; i++)
        if (d->events.to_now[i] == POLICY_NONE) {
            struct place place = {"event", d->was->events[i], RULE_NONE, true, "events"};
            (void)change_add(d, DIFF_NARROWER, &place, "", "%.*s is no event any more",
                             SPAN_FMT(d->was->events[i]));
        }
    for (int i = 0; i < d->now->event_count; i++) {
        struct place place = {"event", d->now->events[i], RULE_NONE, false, "events"};
        int was = d->events.to_was[i];
        if (was == POLICY_NONE)
            (void)change_add(d, DIFF_OTHER, &place, "", "%.*s is new", SPAN_FMT(d->now->events[i]));
        else
            (void)says_compare(d, &place, d->was->event_says[was], d->now->event_says[i]);
    }
}

/* --- relations ------------------------------------------------------------------------------- */

static void
ends_compare(struct differ *d, const struct place *place, const char *key, struct span was, struct span now, int kind)
{
    if (span_eq(was, now))
        return;
    struct diff_change *change = change_add(d, DIFF_WIDER, place, key, "is %s %.*s now, was %s %.*s", key, SPAN_FMT(now), key,
                                            SPAN_FMT(was));
    tell_kind(d, change, false, kind);
}

static void
shown_compare(struct differ *d, const struct place *place, const struct policy_relation *was,
              const struct policy_relation *now)
{
    for (int i = 0; i < PROOF_COUNT; i++) {
        bool before = (was->shown_by >> i & 1) != 0, after = (now->shown_by >> i & 1) != 0;
        if (before == after)
            continue;
        struct diff_change *change =
            change_add(d, after ? DIFF_WIDER : DIFF_NARROWER, place, "shown-by", after ? "may be shown by %s" : "is no longer shown by %s",
                       policy_proof_name((enum policy_proof)i));
        tell_kind(d, change, false, now->to);
    }
}

/* What one may ask for another: more of it shows more, less of it takes a right away, and either is told as wider. */
static void
rights_compare(struct differ *d, const struct place *place, const struct policy_relation *was,
               const struct policy_relation *now)
{
    if (was->rights == now->rights)
        return;
    struct diff_change *change =
        change_add(d, DIFF_WIDER, place, "rights", "%s",
                   now->rights ? "may ask for the other what that one could ask for themself"
                               : "may no longer ask for the other what that one could ask for themself");
    tell_kind(d, change, false, now->to);
    tell_kind(d, change, false, now->from);
    if (!now->rights)
        (void)change_add(d, DIFF_NARROWER, place, "rights", "sees nothing of the other as a right");
}

void
diff_relations(struct differ *d)
{
    for (int i = 0; i < d->was->relation_count; i++) {
        const struct policy_relation *row = &d->was->relations[i];
        struct place place = {"relation", row->name, row->rule, true, NULL};
        if (d->relations.to_now[i] != POLICY_NONE)
            continue;
        (void)change_add(d, DIFF_NARROWER, &place, "", "is no relation any more");
        if (row->rights)
            tell_kind(d, change_add(d, DIFF_WIDER, &place, "",
                                    "may no longer ask for the other what that one could ask for themself"), true, row->to);
    }
    for (int i = 0; i < d->now->relation_count; i++) {
        const struct policy_relation *row = &d->now->relations[i];
        struct place place = {"relation", row->name, row->rule, false, NULL};
        int was = d->relations.to_was[i];
        if (was == POLICY_NONE) {
            tell_kind(d, change_add(d, DIFF_WIDER, &place, "", "is a new relation, of %.*s to %.*s",
                                    SPAN_FMT(kind_name(d->now, row->from)), SPAN_FMT(kind_name(d->now, row->to))),
                      false, row->to);
            continue;
        }
        const struct policy_relation *old = &d->was->relations[was];
        ends_compare(d, &place, "from", kind_name(d->was, old->from), kind_name(d->now, row->from), row->to);
        ends_compare(d, &place, "to", kind_name(d->was, old->to), kind_name(d->now, row->to), row->to);
        shown_compare(d, &place, old, row);
        rights_compare(d, &place, old, row);
        struct diff_change *change = says_compare(d, &place, old->says, row->says);
        if (change != NULL)
            tell_kind(d, change, false, row->to);
    }
}
