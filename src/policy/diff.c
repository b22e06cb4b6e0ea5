#include "policy/diff_priv.h"

/* --- the two policies, matched by name -------------------------------------- */

static struct span
name_at(const void *rows, int i, size_t stride)
{
    struct span name; /* every row begins with its name */
    memcpy(&name, (const char *)rows + (size_t)i * stride, sizeof name);
    return name;
}

static bool
match_open(struct differ *d, struct match *match, int was, int now)
{
    match->to_now = ARENA_ARRAY(d->arena, int, (size_t)was + 1);
    match->to_was = ARENA_ARRAY(d->arena, int, (size_t)now + 1);
    if (match->to_now == NULL || match->to_was == NULL)
        return false;
    for (int i = 0; i < was; i++)
        match->to_now[i] = POLICY_NONE;
    for (int i = 0; i < now; i++)
        match->to_was[i] = POLICY_NONE;
    return true;
}

static bool
names_match(struct differ *d, struct match *match, const void *was, int was_count, const void *now,
            int now_count, size_t stride)
{
    if (!match_open(d, match, was_count, now_count))
        return false;
    for (int i = 0; i < was_count; i++)
        for (int j = 0; j < now_count && match->to_now[i] == POLICY_NONE; j++)
            if (span_eq(name_at(was, i, stride), name_at(now, j, stride))) {
                match->to_now[i] = j;
                match->to_was[j] = i;
            }
    return true;
}

#define MATCH(d, table, rows, count)                                                               \
    names_match(d, &(d)->table, (d)->was->rows, (d)->was->count, (d)->now->rows, (d)->now->count,  \
                sizeof *(d)->now->rows)

/* Fields by their category, since there may be many; keeps have the name of theirs. */
static bool
fields_match(struct differ *d)
{
    if (!match_open(d, &d->fields, d->was->field_count, d->now->field_count) ||
        !match_open(d, &d->keeps, d->was->keep_count, d->now->keep_count))
        return false;
    for (int i = 0; i < d->was->field_count; i++) {
        int category = d->categories.to_now[d->was->fields[i].category];
        int j = policy_field_in(d->now, category, d->was->fields[i].name);
        d->fields.to_now[i] = j;
        if (j != POLICY_NONE)
            d->fields.to_was[j] = i;
    }
    for (int i = 0; i < d->was->keep_count; i++) {
        int category = d->categories.to_now[d->was->keeps[i].category];
        int j = category == POLICY_NONE ? POLICY_NONE : d->now->categories[category].keep;
        d->keeps.to_now[i] = j;
        if (j != POLICY_NONE)
            d->keeps.to_was[j] = i;
    }
    return true;
}

/* One list of the kinds of both: the new policy's by their numbers, then those that are gone. */
static bool
kinds_join(struct differ *d)
{
    size_t most = (size_t)(d->was->kind_count + d->now->kind_count) + 1;
    struct span *names = ARENA_ARRAY(d->arena, struct span, most);
    struct span *says = ARENA_ARRAY(d->arena, struct span, most);
    d->kind_of_was = ARENA_ARRAY(d->arena, int, most);
    if (names == NULL || says == NULL || d->kind_of_was == NULL)
        return false;
    int n = 0;
    for (int i = 0; i < d->now->kind_count; i++, n++) {
        names[n] = d->now->kinds[i].name;
        says[n] = d->now->kinds[i].says;
    }
    for (int i = 0; i < d->was->kind_count; i++) {
        d->kind_of_was[i] = d->kinds.to_now[i] == POLICY_NONE ? n : d->kinds.to_now[i];
        if (d->kind_of_was[i] < n)
            continue;
        names[n] = d->was->kinds[i].name;
        says[n++] = d->was->kinds[i].says;
    }
    TROTH_ASSERT(n <= POLICY_BITS_WORDS * 64);
    d->diff->kinds = names;
    d->diff->kind_says = says;
    d->diff->kind_count = n;
    return true;
}

static bool
all_match(struct differ *d)
{
    return MATCH(d, organisations, organisations, organisation_count) &&
           MATCH(d, kinds, kinds, kind_count) && MATCH(d, events, events, event_count) &&
           MATCH(d, tasks, tasks, task_count) &&
           MATCH(d, categories, categories, category_count) &&
           MATCH(d, purposes, purposes, purpose_count) && MATCH(d, roles, roles, role_count) &&
           MATCH(d, points, points, point_count) && MATCH(d, nevers, nevers, never_count) &&
           MATCH(d, cookies, cookies, cookie_count) && MATCH(d, clauses, clauses, clause_count) &&
           MATCH(d, senders, mail.senders, mail.sender_count) &&
           MATCH(d, templates, mail.templates, mail.template_count) && MATCH(d, terms, terms, term_count) &&
           MATCH(d, promises, promises, promise_count) && MATCH(d, unproven, unproven, unproven_count) &&
           MATCH(d, relations, relations, relation_count) && MATCH(d, instances, instances, instance_count) &&
           MATCH(d, recipients, recipients, recipient_count) && MATCH(d, grounds, grounds, ground_count) &&
           fields_match(d) && kinds_join(d);
}

struct side
side_was(const struct differ *d)
{
    return (struct side){d->was, d->now, d->categories.to_now, d->fields.to_now,
                         d->purposes.to_now, d->roles.to_now, true};
}

struct side
side_now(const struct differ *d)
{
    return (struct side){d->now, d->was, d->categories.to_was, d->fields.to_was,
                         d->purposes.to_was, d->roles.to_was, false};
}

/* --- all of it ----------------------------------------------------------------- */

/* Wider first: that is what is read first, and what the exit status speaks of. */
static void
order(struct diff *diff)
{
    struct diff_change *heads[DIFF_SIDES] = {NULL}, **ends[DIFF_SIDES];
    for (int i = 0; i < DIFF_SIDES; i++)
        ends[i] = &heads[i];
    for (struct diff_change *change = diff->first; change != NULL; change = change->next) {
        *ends[change->side] = change;
        ends[change->side] = &change->next;
    }
    struct diff_change **end = &diff->first;
    for (int i = 0; i < DIFF_SIDES; i++) {
        *ends[i] = NULL;
        *end = heads[i];
        if (heads[i] != NULL)
            end = ends[i];
    }
}

bool
policy_diff(const struct policy *was, const struct policy *now, struct arena *arena,
            struct diff *ret, struct err *err)
{
    struct diff diff = {.was = was, .now = now};
    struct differ d = {.was = was, .now = now, .arena = arena, .diff = &diff, .last = &diff.first,
                       .stale = POLICY_NONE};
    if (!all_match(&d))
        return err_set(err, ERR_TOO_LARGE, "the two policies are too large to be compared");
    diff_head(&d);
    diff_instances(&d);
    diff_people(&d);
    diff_relations(&d);
    diff_children(&d);
    diff_data(&d);
    diff_purposes(&d);
    diff_points(&d);
    diff_openings(&d);
    diff_roles(&d);
    diff_events(&d);
    diff_keeps(&d);
    diff_recipients(&d);
    diff_grounds(&d);
    diff_promises(&d);
    diff_consent(&d);
    diff_told(&d);
    diff_net(&d);
    diff_shown(&d);
    if (arena->overflow)
        return err_set(err, ERR_TOO_LARGE, "the two policies are too large to be compared");
    order(&diff);
    *ret = diff;
    return true;
}
