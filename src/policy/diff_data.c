/* Which categories of data, which fields. */
#include "policy/diff_priv.h"
#include "policy/value.h"

/* --- fields ---------------------------------------------------------------------------------- */

/* How much of a value is kept. */
static int
storage_rank(const struct policy_field *field)
{
    switch (field->storage) {
    case STORE_NEVER: return 0;
    case STORE_HASH_ONLY: return 1;
    case STORE_LAST4: return 3;
    case STORE_PLAIN: return field->outcome_only ? 2 : 4;
    }
    return 4;
}

static const char *
storage_words(const struct policy_field *field)
{
    switch (field->outcome_only ? STORE_PLAIN : field->storage) {
    case STORE_NEVER: return "never stored";
    case STORE_HASH_ONLY: return "kept as a hash nobody can read";
    case STORE_LAST4: return "kept as its last four characters";
    case STORE_PLAIN: return field->outcome_only ? "dropped, and only what comes of it kept" : "kept as it is";
    }
    return "";
}

static void
scope_field(struct diff_change *change, const struct policy_field *field)
{
    scope_set(change, ACTS_USE | ACT(ACT_COLLECT) | ACT(ACT_ERASE) | ACT(ACT_DISCLOSE), POLICY_NONE, POLICY_NONE, field->category);
    change->scope.fields = UINT64_C(1) << field->bit;
}

static bool
is_choice_of(const struct policy_field *field, struct span choice)
{
    for (int i = 0; i < field->choice_count; i++)
        if (span_eq(field->choices[i], choice))
            return true;
    return false;
}

static void
choices_compare(struct differ *d, const struct place *place, const struct policy_field *was,
                const struct policy_field *now)
{
    bool same = was->choice_count == now->choice_count, any = false;
    for (int i = 0; i < now->choice_count; i++) {
        same = same && span_eq(was->choices[i], now->choices[i]);
        if (is_choice_of(was, now->choices[i]))
            continue;
        any = true;
        tell_category(d, change_add(d, DIFF_WIDER, place, "choice", "may also be \"%.*s\"",
                                    SPAN_FMT(now->choices[i])), false, now->category);
    }
    for (int i = 0; i < was->choice_count; i++)
        if (!is_choice_of(now, was->choices[i])) {
            any = true;
            (void)change_add(d, DIFF_NARROWER, place, "choice", "may no longer be \"%.*s\"",
                             SPAN_FMT(was->choices[i]));
        }
    if (!same && !any)
        (void)change_add(d, DIFF_OTHER, place, "choice", "the choices stand in another order");
}

static bool
depersonalised(const struct policy *policy, int category)
{
    int keep = policy->categories[category].keep;
    return keep != POLICY_NONE && policy->keeps[keep].depersonalise;
}

/* What identifies is dropped where data are depersonalised, and only there it changes what is done. */
static void
identifies_compare(struct differ *d, const struct place *place, const struct policy_field *was,
                   const struct policy_field *now)
{
    if (was->identifies == now->identifies)
        return;
    enum diff_side side = !depersonalised(d->now, now->category) ? DIFF_OTHER
                          : now->identifies                      ? DIFF_NARROWER
                                                                 : DIFF_WIDER;
    struct diff_change *change =
        change_add(d, side, place, "identifies", "%s%s",
                   now->identifies ? "is said to identify somebody" : "is said to identify nobody",
                   side == DIFF_WIDER      ? ", and stays when the rest is depersonalised"
                   : side == DIFF_NARROWER ? ", and goes when the rest is depersonalised"
                                           : "");
    tell_category(d, change, false, now->category);
}

static void
lookup_compare(struct differ *d, const struct place *place, const struct policy_field *was,
               const struct policy_field *now)
{
    static const char *const says[] = {"people are no longer found by it", "people are found by it",
                                       "people are found by it, and no two share it"};
    if (was->lookup == now->lookup)
        return;
    enum diff_side side = was->lookup == LOOKUP_NONE   ? DIFF_WIDER
                          : now->lookup == LOOKUP_NONE ? DIFF_NARROWER
                                                       : DIFF_OTHER;
    tell_category(d, change_add(d, side, place, "lookup", "%s", says[now->lookup]), false,
                  now->category);
}

/* A type is a promise about what a value can say; no two are in an order. */
static void
shape_compare(struct differ *d, const struct place *place, const struct policy_field *was,
              const struct policy_field *now)
{
    if (was->type != now->type)
        tell_category(d, change_add(d, DIFF_WIDER, place, "type", "holds a %s, was a %s",
                                    policy_type_name(now->type), policy_type_name(was->type)),
                      false, now->category);
    uint32_t a = policy_value_most(was), b = policy_value_most(now);
    if (was->length_max != now->length_max || (was->type == now->type && a != b))
        tell_category(d, change_add(d, b > a ? DIFF_WIDER : b < a ? DIFF_NARROWER : DIFF_OTHER, place,
                                    "length", "holds at most %u bytes, was %u", (unsigned)b, (unsigned)a),
                      false, now->category);
    if (storage_rank(was) != storage_rank(now)) {
        struct diff_change *change = change_add(
            d, storage_rank(now) > storage_rank(was) ? DIFF_WIDER : DIFF_NARROWER,
            place, "store", "is %s, was %s", storage_words(now), storage_words(was));
        tell_category(d, change, false, now->category);
        scope_field(change, now);
    }
}

static void
field_compare(struct differ *d, const struct place *place, const struct policy_field *was,
              const struct policy_field *now)
{
    shape_compare(d, place, was, now);
    diff_passing(d, place, was, now);
    lookup_compare(d, place, was, now);
    identifies_compare(d, place, was, now);
    struct diff_change *change = flag_compare(
        d, place, "special", was->special, now->special, DIFF_NARROWER,
        "is special data (Art. 9)", "is no longer said to be special data (Art. 9)");
    if (change != NULL)
        tell_category(d, change, false, now->category);
    choices_compare(d, place, was, now);
    diff_precision(d, place, (int)(now - d->now->fields));
    change = says_compare(d, place, was->says, now->says);
    if (change != NULL)
        tell_category(d, change, false, now->category);
}

static void
fields_compare(struct differ *d)
{
    for (int i = 0; i < d->was->field_count; i++) {
        const struct policy_field *row = &d->was->fields[i];
        struct place place = {"data", row->full_name, row->rule, true, NULL};
        if (d->fields.to_now[i] == POLICY_NONE)
            (void)change_add(d, DIFF_NARROWER, &place, "",
                             "is no longer kept; what is there stays unread until its end");
    }
    for (int i = 0; i < d->now->field_count; i++) {
        const struct policy_field *row = &d->now->fields[i];
        struct place place = {"data", row->full_name, row->rule, false, NULL};
        if (d->fields.to_was[i] != POLICY_NONE) {
            field_compare(d, &place, &d->was->fields[d->fields.to_was[i]], row);
            continue;
        }
        struct diff_change *change =
            change_add(d, DIFF_WIDER, &place, "", "is a new field%s", row->special ? ", special data (Art. 9)" : "");
        tell_category(d, change, false, row->category);
        scope_field(change, row);
    }
}

/* --- categories -------------------------------------------------------------------------------- */

static void
owner_compare(struct differ *d, const struct place *place, const struct policy_category *was,
              const struct policy_category *now)
{
    int same = d->kinds.to_now[was->kind];
    if (same == now->kind)
        return;
    bool fewer = same != POLICY_NONE && policy_kind_is(d->now, now->kind, same);
    struct diff_change *change =
        change_add(d, fewer ? DIFF_NARROWER : DIFF_WIDER, place, "of", "holds data of %.*s, was of %.*s",
                   SPAN_FMT(d->now->kinds[now->kind].name), SPAN_FMT(d->was->kinds[was->kind].name));
    tell_kind(d, change, false, now->kind);
    tell_kind(d, change, true, was->kind);
}

/*
 * Many records are also somebody else's statements, which neither the person nor
 * an application that passes on their word can rewrite alone. So with many a right
 * is gone, and with one the application may do more, which is told at its role.
 */
static void
many_compare(struct differ *d, const struct place *place, int i, const struct policy_category *was,
             const struct policy_category *now)
{
    struct diff_change *change = flag_compare(
        d, place, "many", was->many, now->many, DIFF_WIDER,
        "a person has many of these now, and cannot correct them without somebody looking first",
        "a person has one of these now");
    if (change == NULL)
        return;
    tell_category(d, change, false, i);
    for (int r = 0; r < d->now->role_count; r++) {
        const struct policy_role *role = &d->now->roles[r];
        int before = d->roles.to_was[r];
        if (before == POLICY_NONE || !role->may_rights || role->kind != ROLE_APPLICATION)
            continue;
        struct place at = {"role", role->name, role->rule, false, NULL};
        change = change_add(d, now->many ? DIFF_NARROWER : DIFF_WIDER, &at, "many",
                            now->many ? "no longer corrects %.*s at the person's word by itself"
                                      : "corrects %.*s at the person's word by itself",
                            SPAN_FMT(now->name));
        tell_category(d, change, false, i);
        scope_set(change, ACT(ACT_WRITE), r, PURPOSE_RIGHTS, i);
    }
}

static void
category_compare(struct differ *d, const struct place *place, int i,
                 const struct policy_category *was, const struct policy_category *now)
{
    owner_compare(d, place, was, now);
    many_compare(d, place, i, was, now);
    diff_disclose(d, place, i, was, now);
    struct diff_change *changes[] = {
        flag_compare(d, place, "special", was->special, now->special, DIFF_NARROWER,
                     "holds special data (Art. 9)", "is no longer said to hold special data (Art. 9)"),
        says_compare(d, place, was->says, now->says)};
    for (size_t j = 0; j < sizeof changes / sizeof changes[0]; j++)
        if (changes[j] != NULL)
            tell_category(d, changes[j], false, i);
    diff_kept(d, place, i);
}

void
diff_data(struct differ *d)
{
    for (int i = 0; i < d->was->category_count; i++) {
        const struct policy_category *row = &d->was->categories[i];
        struct place place = {"data", row->name, row->rule, true, NULL};
        if (d->categories.to_now[i] == POLICY_NONE)
            (void)change_add(d, DIFF_NARROWER, &place, "",
                             "is no longer kept; what is there stays unread until its end, so erase it first");
    }
    for (int i = 0; i < d->now->category_count; i++) {
        const struct policy_category *row = &d->now->categories[i];
        struct place place = {"data", row->name, row->rule, false, NULL};
        if (d->categories.to_was[i] != POLICY_NONE) {
            category_compare(d, &place, i, &d->was->categories[d->categories.to_was[i]], row);
            continue;
        }
        struct diff_change *change = change_add(d, DIFF_WIDER, &place, "", "are new data of %.*s",
                                                SPAN_FMT(d->now->kinds[row->kind].name));
        tell_category(d, change, false, i);
        scope_set(change, ACTS_USE | ACT(ACT_COLLECT) | ACT(ACT_ERASE) | ACT(ACT_DISCLOSE), POLICY_NONE, POLICY_NONE, i);
    }
    fields_compare(d);
}
