/* On which kinds of server data are kept, how much of them, and who cannot read them. */
#include "policy/diff_priv.h"

static struct span
instance_name(const struct policy *policy, int i)
{
    return i == POLICY_NONE ? SPAN_NONE : policy->instances[i];
}

/* A server of a new kind is one more place where data lie. */
void
diff_instances(struct differ *d)
{
    for (int i = 0; i < d->now->instance_count; i++) {
        struct place place = {"instance", d->now->instances[i], RULE_NONE, false, "policy.instances"};
        if (d->instances.to_was[i] == POLICY_NONE)
            tell_all(d, change_add(d, DIFF_WIDER, &place, "", "%.*s is a new kind of server",
                                   SPAN_FMT(d->now->instances[i])));
    }
    for (int i = 0; i < d->was->instance_count; i++) {
        struct place place = {"instance", d->was->instances[i], RULE_NONE, true, "policy.instances"};
        if (d->instances.to_now[i] == POLICY_NONE)
            (void)change_add(d, DIFF_NARROWER, &place, "", "%.*s is no kind of server any more",
                             SPAN_FMT(d->was->instances[i]));
    }
}

/* --- categories -------------------------------------------------------------------------------- */

/* What is kept under somebody else's key, or in memory alone, leaves by no way either. */
enum { ACTS_CLOSED = 1u << ACT_READ | 1u << ACT_LIST | 1u << ACT_EXPORT | 1u << ACT_SEND | 1u << ACT_DISCLOSE };

static void
scope_category(struct diff_change *change, unsigned acts, int category)
{
    scope_set(change, acts, POLICY_NONE, POLICY_NONE, category);
}

/* One kind of server, or all of them; of two no one is less than the other. */
static void
only_compare(struct differ *d, const struct place *place, const char *key, struct span was, struct span now,
             struct diff_change **ret_wider)
{
    *ret_wider = NULL;
    if (span_eq(was, now))
        return;
    if (now.n > 0)
        (void)change_add(d, DIFF_NARROWER, place, key, "is on %.*s alone", SPAN_FMT(now));
    if (was.n > 0)
        *ret_wider = now.n == 0 ? change_add(d, DIFF_WIDER, place, key, "is on every kind of server, was on %.*s alone",
                                             SPAN_FMT(was))
                                : change_add(d, DIFF_WIDER, place, key, "is on %.*s, was on %.*s", SPAN_FMT(now),
                                             SPAN_FMT(was));
}

static bool
rights_by_relation(const struct policy *policy)
{
    bool any = false;
    for (int i = 0; i < policy->relation_count; i++)
        any |= policy->relations[i].rights;
    return any;
}

static void
sealed_compare(struct differ *d, const struct place *place, int i, const struct policy_category *was,
               const struct policy_category *now)
{
    struct diff_change *change =
        flag_compare(d, place, "sealed", was->sealed, now->sealed, DIFF_NARROWER, "is sealed to its author and the person",
                     "is no longer sealed to its author and the person");
    if (change == NULL)
        return;
    tell_category(d, change, false, i);
    scope_category(change, ACTS_CLOSED, i);
    if (now->sealed && rights_by_relation(d->was))
        tell_category(d, change_add(d, DIFF_WIDER, place, "sealed",
                                    "is no longer seen by who asks for another, for it is sealed"), false, i);
}

static void
blind_compare(struct differ *d, const struct place *place, int i, struct span was, struct span now)
{
    if (span_eq(was, now))
        return;
    if (now.n > 0)
        (void)change_add(d, DIFF_NARROWER, place, "blind", "is sealed to the key of %.*s", SPAN_FMT(now));
    if (was.n == 0)
        return;
    struct diff_change *change =
        change_add(d, DIFF_WIDER, place, "blind", "is no longer sealed to the key of %.*s", SPAN_FMT(was));
    tell_category(d, change, false, i);
    scope_category(change, ACTS_CLOSED, i);
}

/* One key for more is less of an end; by what a year or a day counts differs from by whom. */
static void
keys_compare(struct differ *d, const struct place *place, int i, enum policy_key_domain was, enum policy_key_domain now)
{
    static const char *const words[KEYS_COUNT] = {"each person", "each person and category", "each record",
                                                  "each country and year", "each day"};
    if (was == now)
        return;
    bool finer = now > was && now <= KEYS_RECORD;
    tell_category(d, change_add(d, finer ? DIFF_NARROWER : DIFF_WIDER, place, "keys", "has a key for %s, was for %s", words[now],
                                words[was]), false, i);
}

void
diff_kept(struct differ *d, const struct place *place, int i)
{
    const struct policy_category *now = &d->now->categories[i], *was = &d->was->categories[d->categories.to_was[i]];
    struct diff_change *only;
    only_compare(d, place, "only", instance_name(d->was, was->only), instance_name(d->now, now->only), &only);
    if (only != NULL)
        scope_category(only, ACTS_USE | ACT(ACT_COLLECT) | ACT(ACT_ERASE), i);
    struct diff_change *memory = flag_compare(d, place, "memory", was->memory, now->memory, DIFF_NARROWER,
                                              "lies in memory alone", "lies on a disk too");
    if (memory != NULL)
        scope_category(memory, ACT(ACT_SEND) | ACT(ACT_DISCLOSE), i);
    struct diff_change *changes[] = {
        only, memory,
        flag_compare(d, place, "latest", was->latest, now->latest, DIFF_NARROWER, "keeps the newest only",
                     "keeps what came before the newest too"),
        flag_compare(d, place, "no-backup", was->no_backup, now->no_backup, DIFF_NARROWER, "is in no backup",
                     "is in backups too"),
        flag_compare(d, place, "sourced", was->sourced, now->sourced, DIFF_NARROWER,
                     "names source and reason of each record", "no longer names source and reason of each record")};
    for (size_t j = 0; j < sizeof changes / sizeof changes[0]; j++)
        if (changes[j] != NULL)
            tell_category(d, changes[j], false, i);
    sealed_compare(d, place, i, was, now);
    blind_compare(d, place, i, was->blind == POLICY_NONE ? SPAN_NONE : d->was->organisations[was->blind].name,
                  now->blind == POLICY_NONE ? SPAN_NONE : d->now->organisations[now->blind].name);
    keys_compare(d, place, i, was->keys, now->keys);
}

/* A year says less than a month; those for other types have no order with them. */
void
diff_precision(struct differ *d, const struct place *place, int field)
{
    static const char *const words[PRECISION_COUNT] = {"whole", "cut to its net", "cut to its place", "cut to its month",
                                                       "cut to its year"};
    const struct policy_field *now = &d->now->fields[field], *was = &d->was->fields[d->fields.to_was[field]];
    if (was->precision == now->precision)
        return;
    bool less = was->precision == PRECISION_ALL || (was->precision == PRECISION_MONTH && now->precision == PRECISION_YEAR);
    tell_category(d, change_add(d, less ? DIFF_NARROWER : DIFF_WIDER, place, "precision", "is kept %s, was %s",
                                words[now->precision], words[was->precision]), false, now->category);
}

/* --- what follows from several rules ------------------------------------------------------------- */

static int
point_only(const struct policy *policy, const struct policy_point *point)
{
    int only = POLICY_NONE;
    for (int i = 0; i < point->field_count && only == POLICY_NONE; i++)
        only = policy->categories[point->fields[i].category].only;
    return only;
}

/* Whether children nobody has said yes for may submit there: all it takes is kept on their parents' route. */
static bool
point_waits(const struct policy *policy, const struct policy_point *point)
{
    const struct policy_child_route *parent = &policy->children.routes[CHILD_ROUTE_PARENT];
    bool within = policy->children.set && parent->set;
    for (int i = 0; i < point->field_count; i++)
        within &= point->fields[i].category == parent->keeps_category;
    return within;
}

/* A field fewer at a point may open it: on more servers, to children that are still waiting. */
static void
point_openings(struct differ *d, int i)
{
    const struct policy_point *now = &d->now->points[i], *was = &d->was->points[d->points.to_was[i]];
    struct place place = {"collect", now->name, now->rule, false, NULL};
    struct diff_change *only;
    only_compare(d, &place, "only", instance_name(d->was, point_only(d->was, was)),
                 instance_name(d->now, point_only(d->now, now)), &only);
    if (only != NULL) {
        tell_all(d, only);
        scope_set(only, ACT(ACT_COLLECT), POLICY_NONE, POLICY_NONE, POLICY_NONE);
        only->scope.point = i;
    }
    if (!d->was->children.set || !d->now->children.set || point_waits(d->was, was) == point_waits(d->now, now))
        return;
    bool open = point_waits(d->now, now);
    struct diff_change *change = change_add(d, open ? DIFF_WIDER : DIFF_NARROWER, &place, "children", "%s",
                                            open ? "is open to children nobody has said yes for yet"
                                                 : "is no longer open to children nobody has said yes for yet");
    tell_kind(d, change, false, d->now->children.kind);
    scope_set(change, ACT(ACT_COLLECT), POLICY_NONE, POLICY_NONE, POLICY_NONE);
    change->scope.point = i;
    change->scope.children = true;
}

/* Whether staff of the role are kept from reading what is sealed to an organisation. */
static bool
blind_to(const struct policy *policy, int role, int category)
{
    return policy->roles[role].kind == ROLE_STAFF && !policy_role_within(policy, role, policy->categories[category].blind);
}

/* Where an organisation belongs, and whom a role is over, decide who can read what is sealed to it. */
static void
blind_openings(struct differ *d, int i)
{
    const struct policy_category *now = &d->now->categories[i], *was = &d->was->categories[d->categories.to_was[i]];
    if (was->blind == POLICY_NONE || now->blind == POLICY_NONE || d->organisations.to_now[was->blind] != now->blind)
        return;
    for (int r = 0; r < d->now->role_count; r++) {
        int before = d->roles.to_was[r];
        if (before == POLICY_NONE ||
            blind_to(d->was, before, d->categories.to_was[i]) == blind_to(d->now, r, i))
            continue;
        struct place place = {"role", d->now->roles[r].name, d->now->roles[r].rule, false, NULL};
        bool opens = !blind_to(d->now, r, i);
        struct diff_change *change = change_add(d, opens ? DIFF_WIDER : DIFF_NARROWER, &place, "blind",
                                                opens ? "can open %.*s, which is sealed" : "can no longer open %.*s, which is sealed",
                                                SPAN_FMT(now->name));
        tell_category(d, change, false, i);
        scope_set(change, ACT(ACT_READ) | ACT(ACT_LIST) | ACT(ACT_EXPORT), r, POLICY_NONE, i);
    }
}

void
diff_openings(struct differ *d)
{
    for (int i = 0; i < d->now->point_count; i++)
        if (d->points.to_was[i] != POLICY_NONE)
            point_openings(d, i);
    for (int i = 0; i < d->now->category_count; i++)
        if (d->categories.to_was[i] != POLICY_NONE)
            blind_openings(d, i);
}
