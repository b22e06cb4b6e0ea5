/* Where data come in. */
#include "policy/diff_priv.h"

static const struct policy_field *
field_at(const struct policy *policy, const struct policy_point_field *row)
{
    return &policy->fields[policy->categories[row->category].field_first + row->bit];
}

static const struct policy_point_field *
point_field(const struct policy *policy, const struct policy_point *point, int field)
{
    for (int i = 0; field != POLICY_NONE && i < point->field_count; i++)
        if (field_at(policy, &point->fields[i]) == &policy->fields[field])
            return &point->fields[i];
    return NULL;
}

/* "register.account.email", as its line is called. */
static struct place
field_place(struct differ *d, const struct policy_point *point, const struct policy_field *field,
            bool in_was)
{
    struct buf name = arena_buf(d->arena, point->name.n + field->full_name.n + 2);
    buf_fmt(&name, "%.*s.%.*s", SPAN_FMT(point->name), SPAN_FMT(field->full_name));
    return (struct place){"collect", buf_span(&name), point->rule, in_was, NULL};
}

static void
scope_point(struct differ *d, struct diff_change *change, const struct policy_point *point)
{
    scope_set(change, ACT(ACT_COLLECT), POLICY_NONE, POLICY_NONE, POLICY_NONE);
    change->scope.point = (int)(point - d->now->points);
}

/* Everybody the point is for: whom it makes, and whose data its fields are. */
static void
tell_point(struct differ *d, struct diff_change *change, const struct policy_point *point)
{
    if (!point->existing)
        tell_kind(d, change, false, point->kind);
    for (int i = 0; i < point->field_count; i++)
        tell_category(d, change, false, point->fields[i].category);
}

/* --- who may submit ------------------------------------------------------------------------ */

static bool
submits(const struct policy *policy, const struct policy_point *point, int role)
{
    return policy_bit(&point->from, role) ||
           (point->from_anyone && policy->roles[role].kind == ROLE_APPLICATION);
}

static void
from_compare(struct differ *d, const struct place *place, const struct policy_point *was,
             const struct policy_point *now)
{
    struct diff_change *change =
        flag_compare(d, place, "from", was->from_anyone, now->from_anyone, DIFF_WIDER,
                     "takes from any application", "no longer takes from any application");
    if (change != NULL) {
        tell_point(d, change, now);
        scope_point(d, change, now);
    }
    for (int i = 0; i < d->now->role_count; i++) {
        int role = d->roles.to_was[i];
        bool before = role != POLICY_NONE && submits(d->was, was, role);
        if (before == submits(d->now, now, i) || (!before && now->from_anyone && !policy_bit(&now->from, i)))
            continue; /* whom "anyone" adds is told above */
        change = change_add(d, before ? DIFF_NARROWER : DIFF_WIDER, place, "from",
                            before ? "no longer takes from %.*s" : "takes from %.*s too",
                            SPAN_FMT(d->now->roles[i].name));
        tell_point(d, change, now);
        scope_point(d, change, now);
        change->scope.role = i;
    }
    /* A list may still name the same roles in another way, or roles that are gone. */
    for (int i = 0; i < d->was->role_count; i++)
        if (policy_bit(&was->from, i) && d->roles.to_now[i] == POLICY_NONE)
            (void)change_add(d, DIFF_NARROWER, place, "from", "no longer takes from %.*s",
                             SPAN_FMT(d->was->roles[i].name));
}

/* Whom it makes; or that it adds to those who are there. */
static void
makes_compare(struct differ *d, const struct place *place, const struct policy_point *was,
              const struct policy_point *now)
{
    struct diff_change *change;
    if (was->existing != now->existing) {
        change = change_add(d, DIFF_WIDER, place, "makes", "%s",
                            now->existing ? "adds to people who are there already, and made new ones"
                                          : "makes new people, and added to those who were there");
        tell_point(d, change, now);
        scope_point(d, change, now);
        (void)change_add(d, DIFF_NARROWER, place, "makes", "%s",
                         now->existing ? "makes no new people" : "adds to nobody who is there already");
        return;
    }
    if (now->existing || d->kinds.to_now[was->kind] == now->kind)
        return;
    int same = d->kinds.to_now[was->kind];
    bool fewer = same != POLICY_NONE && policy_kind_is(d->now, now->kind, same);
    change = change_add(d, fewer ? DIFF_NARROWER : DIFF_WIDER, place, "makes",
                        "makes people of the kind %.*s, was %.*s",
                        SPAN_FMT(d->now->kinds[now->kind].name), SPAN_FMT(d->was->kinds[was->kind].name));
    tell_point(d, change, now);
}

/* --- what is asked for --------------------------------------------------------------------------- */

static const char *
need_words(enum policy_need need)
{
    return need == NEED_REQUIRED ? "required" : need == NEED_OPTIONAL ? "optional" : "one of several";
}

static int
need_rank(enum policy_need need)
{
    return need == NEED_REQUIRED ? 2 : need == NEED_ONE_OF ? 1 : 0;
}

/* Whether some field of the one's group is no alternative in the other's. */
static bool
group_beyond(const struct side *side, const struct policy_point *a, const struct policy_point_field *row,
             const struct policy_point *b, const struct policy_point_field *other)
{
    for (int i = 0; i < a->field_count; i++) {
        if (a->fields[i].need != NEED_ONE_OF || a->fields[i].group != row->group)
            continue;
        int field = side->field_to_b[field_at(side->a, &a->fields[i]) - side->a->fields];
        const struct policy_point_field *there = point_field(side->b, b, field);
        if (there == NULL || there->need != NEED_ONE_OF || there->group != other->group)
            return true;
    }
    return false;
}

static void
need_compare(struct differ *d, const struct place *place, const struct policy_point *was,
             const struct policy_point *now, const struct policy_point_field *a,
             const struct policy_point_field *b)
{
    struct diff_change *change = NULL;
    if (a->need != b->need) {
        change = change_add(d, need_rank(b->need) > need_rank(a->need) ? DIFF_WIDER : DIFF_NARROWER,
                            place, "need", "%.*s is %s, was %s", SPAN_FMT(field_at(d->now, b)->full_name),
                            need_words(b->need), need_words(a->need));
    } else if (a->need == NEED_ONE_OF) {
        struct side gone = side_was(d), come = side_now(d);
        bool fewer = group_beyond(&gone, was, a, now, b), more = group_beyond(&come, now, b, was, a);
        if (fewer || more)
            change = change_add(d, fewer ? DIFF_WIDER : DIFF_NARROWER, place, "need",
                                "%.*s is one of %s", SPAN_FMT(field_at(d->now, b)->full_name),
                                fewer ? "other fields than before" : "more fields than before");
    }
    if (change != NULL)
        tell_category(d, change, false, b->category);
}

static void
fields_compare(struct differ *d, const struct policy_point *was, const struct policy_point *now)
{
    for (int i = 0; i < was->field_count; i++) {
        const struct policy_field *field = field_at(d->was, &was->fields[i]);
        if (point_field(d->now, now, d->fields.to_now[field - d->was->fields]) != NULL)
            continue;
        struct place place = field_place(d, was, field, true);
        (void)change_add(d, DIFF_NARROWER, &place, "", "no longer asks for %.*s", SPAN_FMT(field->full_name));
    }
    for (int i = 0; i < now->field_count; i++) {
        const struct policy_field *field = field_at(d->now, &now->fields[i]);
        struct place place = field_place(d, now, field, false);
        const struct policy_point_field *before =
            point_field(d->was, was, d->fields.to_was[field - d->now->fields]);
        if (before != NULL) {
            need_compare(d, &place, was, now, before, &now->fields[i]);
            continue;
        }
        struct diff_change *change =
            change_add(d, DIFF_WIDER, &place, "", "asks for %.*s (%s)", SPAN_FMT(field->full_name),
                       need_words(now->fields[i].need));
        tell_category(d, change, false, field->category);
        scope_point(d, change, now);
        change->scope.category = field->category;
        change->scope.fields = UINT64_C(1) << field->bit;
    }
}

static void
shown_compare(struct differ *d, const struct place *place, const struct policy_point *was,
              const struct policy_point *now)
{
    struct side gone = side_was(d), come = side_now(d);
    int n = 0;
    struct span names = purposes_beyond(d, &come, &now->purposes, &was->purposes, &n);
    if (n > 0) {
        struct diff_change *change =
            change_add(d, DIFF_WIDER, place, "for", "collects for %.*s too", SPAN_FMT(names));
        tell_point(d, change, now);
        scope_point(d, change, now);
    }
    names = purposes_beyond(d, &gone, &was->purposes, &now->purposes, &n);
    if (n > 0)
        (void)change_add(d, DIFF_NARROWER, place, "for", "no longer collects for %.*s", SPAN_FMT(names));
}

/* Another one, or none, where something must be true before anything is taken. */
static void
gate_compare(struct differ *d, const struct place *place, const struct policy_point *now, const char *key, struct span was,
             struct span name, const char *needs)
{
    if (span_eq(was, name))
        return;
    if (name.n > 0)
        (void)change_add(d, DIFF_NARROWER, place, key, "takes nothing %s %.*s", needs, SPAN_FMT(name));
    if (was.n == 0)
        return;
    struct diff_change *change =
        change_add(d, DIFF_WIDER, place, key, "also takes what comes %s %.*s", needs, SPAN_FMT(was));
    tell_point(d, change, now);
    scope_point(d, change, now);
}

static void
gates_compare(struct differ *d, const struct place *place, const struct policy_point *was,
              const struct policy_point *now)
{
    struct diff_change *change =
        flag_compare(d, place, "age-gate", was->age_gate, now->age_gate, DIFF_NARROWER,
                     "asks for the age, and leads children to who may say yes", "no longer asks for the age");
    if (change != NULL)
        tell_point(d, change, now);
    gate_compare(d, place, now, "agreed", was->agreed == POLICY_NONE ? SPAN_NONE : d->was->purposes[was->agreed].name,
                 now->agreed == POLICY_NONE ? SPAN_NONE : d->now->purposes[now->agreed].name, "without consent to");
    gate_compare(d, place, now, "relation", was->relation == POLICY_NONE ? SPAN_NONE : d->was->relations[was->relation].name,
                 now->relation == POLICY_NONE ? SPAN_NONE : d->now->relations[now->relation].name, "without the relation");
    if (!span_eq(was->warning, now->warning))
        tell_point(d, now->warning.n == 0
                          ? change_add(d, DIFF_OTHER, place, "warning", "no longer has words beside free text")
                          : change_add(d, DIFF_OTHER, place, "warning", "says beside free text \"%.*s\"", SPAN_FMT(now->warning)),
                   now);
    if (was->form != now->form)
        (void)change_add(d, DIFF_OTHER, place, "form", "is version %d of the form, was %d", now->form, was->form);
}

static void
point_compare(struct differ *d, const struct place *place, const struct policy_point *was,
              const struct policy_point *now)
{
    from_compare(d, place, was, now);
    makes_compare(d, place, was, now);
    shown_compare(d, place, was, now);
    fields_compare(d, was, now);
    struct diff_change *change =
        flag_compare(d, place, "cards-allowed", !was->refuse_cards, !now->refuse_cards, DIFF_WIDER,
                     "takes card numbers in free text", "refuses card numbers in free text");
    if (change != NULL)
        tell_point(d, change, now);
    gates_compare(d, place, was, now);
    change = says_compare(d, place, was->says, now->says);
    if (change != NULL)
        tell_point(d, change, now);
}

/* The lines of a point's fields come and go with it; one change speaks for each. */
static void
point_fields_all(struct differ *d, const struct policy_point *point, bool in_was)
{
    const struct policy *policy = in_was ? d->was : d->now;
    for (int i = 0; i < point->field_count; i++) {
        const struct policy_field *field = field_at(policy, &point->fields[i]);
        struct place place = field_place(d, point, field, in_was);
        struct diff_change *change =
            in_was ? change_add(d, DIFF_NARROWER, &place, "", "no longer asks for %.*s", SPAN_FMT(field->full_name))
                   : change_add(d, DIFF_WIDER, &place, "", "asks for %.*s (%s)",
                                SPAN_FMT(field->full_name), need_words(point->fields[i].need));
        if (in_was)
            continue;
        tell_category(d, change, false, field->category);
        scope_point(d, change, point);
        change->scope.category = field->category;
        change->scope.fields = UINT64_C(1) << field->bit;
    }
}

void
diff_points(struct differ *d)
{
    for (int i = 0; i < d->was->point_count; i++) {
        const struct policy_point *row = &d->was->points[i];
        struct place place = {"collect", row->name, row->rule, true, NULL};
        if (d->points.to_now[i] != POLICY_NONE)
            continue;
        (void)change_add(d, DIFF_NARROWER, &place, "", "is no collection point any more");
        point_fields_all(d, row, true);
    }
    for (int i = 0; i < d->now->point_count; i++) {
        const struct policy_point *row = &d->now->points[i];
        struct place place = {"collect", row->name, row->rule, false, NULL};
        if (d->points.to_was[i] != POLICY_NONE) {
            point_compare(d, &place, &d->was->points[d->points.to_was[i]], row);
            continue;
        }
        struct diff_change *change = change_add(d, DIFF_WIDER, &place, "", "is a new collection point");
        tell_point(d, change, row);
        scope_point(d, change, row);
        point_fields_all(d, row, false);
    }
}
