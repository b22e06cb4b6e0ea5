/* Children: who is one, who says yes for them, what their data may serve. */
#include "policy/diff_priv.h"

static struct place
children_place(struct differ *d, bool in_was)
{
    const struct policy *policy = in_was ? d->was : d->now;
    return (struct place){"children", SPAN_NONE, policy->children.rule, in_was, NULL};
}

static void
scope_children(struct diff_change *change, unsigned acts, int purpose, int category)
{
    scope_set(change, acts, POLICY_NONE, purpose, category);
    change->scope.children = true;
}

/* The children themselves, and who says yes for them. */
static void
tell_children(struct differ *d, struct diff_change *change, bool in_was)
{
    const struct policy *policy = in_was ? d->was : d->now;
    tell_kind(d, change, in_was, policy->children.kind);
    if (policy->children.guardian != POLICY_NONE)
        tell_kind(d, change, in_was, policy->relations[policy->children.guardian].from);
}

/* A purpose more is wider; each by itself, so that each is looked for. */
static void
purposes_compare(struct differ *d, const struct place *place, const char *key, const struct policy_bits *was,
                 const struct policy_bits *now, const char *what)
{
    for (int i = 0; i < d->now->purpose_count; i++) {
        if (!policy_bit(now, i) || policy_bit(was, d->purposes.to_was[i]))
            continue;
        struct diff_change *change =
            change_add(d, DIFF_WIDER, place, key, "%s %.*s too", what, SPAN_FMT(d->now->purposes[i].name));
        tell_children(d, change, false);
        scope_children(change, ACTS_USE | ACT(ACT_COLLECT) | ACT(ACT_EVENT), i, POLICY_NONE);
    }
    for (int i = 0; i < d->was->purpose_count; i++)
        if (policy_bit(was, i) && !policy_bit(now, d->purposes.to_now[i]))
            (void)change_add(d, DIFF_NARROWER, place, key, "%s %.*s no more", what, SPAN_FMT(d->was->purposes[i].name));
}

/* --- ages --------------------------------------------------------------------------------------- */

/* Whether in some country people count as grown up earlier (or later) than before. */
static bool
some_age(const struct differ *d, bool lower)
{
    for (int side = 0; side < 2; side++) {
        const struct policy_children *rows = side == 0 ? &d->was->children : &d->now->children;
        /* One place no table has stands for the rest of the world. */
        for (int i = -1; i < rows->age_count; i++) {
            struct span country = i < 0 ? SPAN("??") : rows->ages[i].country;
            int64_t today = d->now->date_days, from = i < 0 ? today : rows->ages[i].from_days;
            int64_t day = from > today ? from : today; /* as the row begins to hold, when that is yet to come */
            int was = policy_child_age(d->was, country, day), now = policy_child_age(d->now, country, day);
            if (lower ? now < was : now > was)
                return true;
        }
    }
    return false;
}

static bool
ages_same(const struct policy_children *was, const struct policy_children *now)
{
    bool same = was->age_count == now->age_count;
    for (int i = 0; same && i < now->age_count; i++) {
        const struct policy_age *a = &was->ages[i], *b = &now->ages[i];
        same = span_eq(a->country, b->country) && a->years == b->years && a->from_days == b->from_days &&
               a->to_days == b->to_days && span_eq(a->source, b->source);
    }
    return same;
}

static void
ages_compare(struct differ *d, const struct place *place)
{
    const struct policy_children *was = &d->was->children, *now = &d->now->children;
    bool other = was->ages_law != now->ages_law || was->age_fixed != now->age_fixed || was->age_else != now->age_else;
    if (!other && ages_same(was, now))
        return;
    bool lower = some_age(d, true), higher = some_age(d, false);
    struct diff_change *change = NULL;
    if (lower)
        change = change_add(d, DIFF_WIDER, place, "ages", "people are asked as grown-ups earlier than before in some countries");
    if (higher)
        (void)change_add(d, DIFF_NARROWER, place, "ages", "people are children for longer than before in some countries");
    if (!lower && !higher)
        change = change_add(d, DIFF_OTHER, place, "ages", "the ages come from another table, or the same ones on other days");
    if (change != NULL) {
        tell_children(d, change, false);
        change_rule(d, change, now->ages_rule);
    }
}

/* --- routes --------------------------------------------------------------------------------------- */

static void
keeps_compare(struct differ *d, const struct place *place, const struct policy_child_route *was,
              const struct policy_child_route *now)
{
    struct side gone = side_was(d), come = side_now(d);
    uint64_t *before = masks_take(d, true), *after = masks_take(d, false);
    int n = 0;
    if (before == NULL || after == NULL)
        return;
    if (was->keeps_category != POLICY_NONE)
        before[was->keeps_category] = was->keeps;
    if (now->keeps_category != POLICY_NONE)
        after[now->keeps_category] = now->keeps;
    struct span names = fields_beyond(d, &come, after, before, NULL, &n);
    if (n > 0) {
        struct diff_change *change =
            change_add(d, DIFF_WIDER, place, "keeps", "keeps %.*s too while nobody has said yes", SPAN_FMT(names));
        tell_children(d, change, false);
        scope_children(change, ACTS_USE | ACT(ACT_COLLECT), POLICY_NONE, now->keeps_category);
    }
    names = fields_beyond(d, &gone, before, after, NULL, &n);
    if (n > 0)
        (void)change_add(d, DIFF_NARROWER, place, "keeps", "no longer keeps %.*s while nobody has said yes", SPAN_FMT(names));
}

static void
route_compare(struct differ *d, const struct place *place, const struct policy_child_route *was,
              const struct policy_child_route *now)
{
    struct span a = was->organisation == POLICY_NONE ? SPAN_NONE : d->was->organisations[was->organisation].name;
    struct span b = now->organisation == POLICY_NONE ? SPAN_NONE : d->now->organisations[now->organisation].name;
    if (was->by != now->by)
        tell_children(d, change_add(d, DIFF_WIDER, place, "by", "a yes is said by %s, was by %s", policy_proof_name(now->by),
                                    policy_proof_name(was->by)), false);
    if (!span_eq(a, b))
        tell_children(d, change_add(d, DIFF_WIDER, place, "organisation", "%.*s says yes, was %.*s", SPAN_FMT(b), SPAN_FMT(a)),
                      false);
    keeps_compare(d, place, was, now);
    struct diff_change *change = time_compare(d, place, "within", &was->within, &now->within, "a yes is waited for");
    if (change != NULL)
        tell_children(d, change, false);
    purposes_compare(d, place, "for", &was->purposes, &now->purposes, "serves");
}

static void
routes_compare(struct differ *d)
{
    static const char *const names[CHILD_ROUTE_COUNT] = {"parent", "school"};
    for (int i = 0; i < CHILD_ROUTE_COUNT; i++) {
        const struct policy_child_route *was = &d->was->children.routes[i], *now = &d->now->children.routes[i];
        struct place place = {"children", span_str(names[i]), now->set ? now->rule : was->rule, !now->set, NULL};
        if (was->set && now->set) {
            route_compare(d, &place, was, now);
        } else if (now->set) {
            struct diff_change *change = change_add(d, DIFF_WIDER, &place, "", "is a new way for a child to come in");
            tell_children(d, change, false);
            scope_children(change, ACTS_USE | ACT(ACT_COLLECT) | ACT(ACT_EVENT), POLICY_NONE, POLICY_NONE);
        } else if (was->set) {
            (void)change_add(d, DIFF_NARROWER, &place, "", "is no way for a child to come in any more");
        }
    }
}

/* --- the section ------------------------------------------------------------------------------------ */

/* The lines that come and go with the section: its routes, the law it used. */
static void
section_lines(struct differ *d, bool in_was)
{
    static const char *const names[CHILD_ROUTE_COUNT] = {"parent", "school"};
    const struct policy_children *row = in_was ? &d->was->children : &d->now->children;
    for (int i = 0; i < CHILD_ROUTE_COUNT; i++) {
        struct place place = {"children", span_str(names[i]), row->routes[i].rule, in_was, NULL};
        if (row->routes[i].set)
            (void)change_add(d, DIFF_NARROWER, &place, "",
                             in_was ? "is no way for a child to come in any more" : "is the way for a child to come in");
    }
}

static void
section_compare(struct differ *d)
{
    const struct policy_children *was = &d->was->children, *now = &d->now->children;
    struct place place = children_place(d, false);
    struct span a = was->kind == POLICY_NONE ? SPAN_NONE : d->was->kinds[was->kind].name;
    struct span b = now->kind == POLICY_NONE ? SPAN_NONE : d->now->kinds[now->kind].name;
    if (!span_eq(a, b))
        tell_all(d, change_add(d, DIFF_WIDER, &place, "kind", "is about %.*s, was about %.*s", SPAN_FMT(b), SPAN_FMT(a)));
    a = was->guardian == POLICY_NONE ? SPAN_NONE : d->was->relations[was->guardian].name;
    b = now->guardian == POLICY_NONE ? SPAN_NONE : d->now->relations[now->guardian].name;
    if (!span_eq(a, b))
        tell_children(d, change_add(d, DIFF_WIDER, &place, "guardian", "%.*s says yes, was %.*s",
                                    SPAN_FMT(b.n == 0 ? SPAN("nobody") : b), SPAN_FMT(a.n == 0 ? SPAN("nobody") : a)), false);
    ages_compare(d, &place);
    if (!span_eq(was->ask, now->ask))
        tell_children(d, change_add(d, DIFF_OTHER, &place, "ask", "asks \"%.*s\"", SPAN_FMT(now->ask)), false);
    struct place may = place;
    may.rule = now->may_rule;
    purposes_compare(d, &may, "may", &was->may, &now->may, "a child's data may serve");
    struct place found = place;
    found.rule = now->discovered_rule;
    struct diff_change *changes[] = {
        time_compare(d, &found, "discovered", &was->discovered, &now->discovered, "an account found to be a child's stays"),
        time_compare(d, &place, "of-age", &was->of_age, &now->of_age, "who has come of age is asked within")};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        if (changes[i] != NULL)
            tell_children(d, changes[i], false);
    routes_compare(d);
}

void
diff_children(struct differ *d)
{
    bool was = d->was->children.set, now = d->now->children.set;
    struct place place = children_place(d, was);
    if (was && now) {
        section_compare(d);
    } else if (now) {
        tell_children(d, change_add(d, DIFF_NARROWER, &place, "", "children come in only when somebody says yes for them"), false);
        section_lines(d, false);
    } else if (was) {
        struct diff_change *change = change_add(d, DIFF_WIDER, &place, "", "nothing is said of children any more");
        tell_all(d, change);
        scope_children(change, ACTS_USE | ACT(ACT_COLLECT) | ACT(ACT_EVENT), POLICY_NONE, POLICY_NONE);
        section_lines(d, true);
    }
}
