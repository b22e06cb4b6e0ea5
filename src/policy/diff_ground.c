/* On which grounds data are handed over, and what opens to them. */
#include "policy/diff_priv.h"

/* A ground is about whatever it opens: who that is nobody can say shorter than "everybody". */
static void
told(struct differ *d, struct diff_change *change, int ground)
{
    tell_all(d, change);
    scope_set(change, ACT(ACT_DISCLOSE), POLICY_NONE, POLICY_NONE, POLICY_NONE);
    change->scope.ground = ground;
}

static struct span
evidence_beyond(struct differ *d, unsigned a, unsigned b)
{
    struct buf out = arena_buf(d->arena, 128);
    for (int i = 0; i < EVIDENCE_COUNT; i++)
        if ((a & ~b & 1u << i) != 0)
            buf_fmt(&out, "%s%s", out.n > 0 ? ", " : "", policy_evidence_name((enum policy_evidence)i));
    arena_buf_trim(d->arena, &out);
    return buf_span(&out);
}

static void
evidence_compare(struct differ *d, const struct place *place, const struct policy_ground *was,
                 const struct policy_ground *now)
{
    static const char *const others[] = {"nobody else", "one other person", "two other people"};
    struct span less = evidence_beyond(d, was->evidence, now->evidence), more = evidence_beyond(d, now->evidence, was->evidence);
    int i = (int)(now - d->now->grounds);
    if (less.n > 0)
        told(d, change_add(d, DIFF_WIDER, place, "evidence", "needs no %.*s any more", SPAN_FMT(less)), i);
    if (more.n > 0)
        (void)change_add(d, DIFF_NARROWER, place, "evidence", "needs %.*s too", SPAN_FMT(more));
    if (was->approvals == now->approvals)
        return;
    struct diff_change *change =
        change_add(d, now->approvals < was->approvals ? DIFF_WIDER : DIFF_NARROWER, place, "approve",
                   "%s must agree, was %s", others[now->approvals], others[was->approvals]);
    change_rule(d, change, now->approve_rule);
    if (change->side == DIFF_WIDER)
        told(d, change, i);
}

static void
by_compare(struct differ *d, const struct place *place, const struct policy_ground *was, const struct policy_ground *now)
{
    for (int r = 0; r < d->now->role_count; r++) {
        int before = d->roles.to_was[r];
        if (!policy_bit(&now->by, r) || (before != POLICY_NONE && policy_bit(&was->by, before)))
            continue;
        struct diff_change *change =
            change_add(d, DIFF_WIDER, place, "by", "is used by %.*s too", SPAN_FMT(d->now->roles[r].name));
        told(d, change, (int)(now - d->now->grounds));
        change->scope.role = r;
    }
    for (int r = 0; r < d->was->role_count; r++) {
        int after = d->roles.to_now[r];
        if (policy_bit(&was->by, r) && (after == POLICY_NONE || !policy_bit(&now->by, after)))
            (void)change_add(d, DIFF_NARROWER, place, "by", "is no longer used by %.*s", SPAN_FMT(d->was->roles[r].name));
    }
}

static void
notice_compare(struct differ *d, const struct place *place, const struct policy_ground *was,
               const struct policy_ground *now)
{
    static const char *const words[] = {"before", "before, or once an order lets us", "after", "never"};
    int i = (int)(now - d->now->grounds);
    if (was->notice != now->notice) {
        struct diff_change *change =
            change_add(d, now->notice > was->notice ? DIFF_WIDER : DIFF_NARROWER, place, "notice",
                       "the person is told %s, was %s", words[now->notice], words[was->notice]);
        if (change->side == DIFF_WIDER)
            told(d, change, i);
    }
    struct diff_change *change =
        flag_compare(d, place, "binding", was->binding, now->binding, DIFF_WIDER,
                     "is an order nobody may refuse, and opens also what opens to nothing else",
                     "is no order that nobody may refuse any more");
    if (change != NULL && now->binding)
        told(d, change, i);
    change = flag_compare(d, place, "counted", was->counted, now->counted, DIFF_NARROWER, "is counted in public",
                          "is no longer counted in public");
    if (change != NULL)
        tell_all(d, change);
    change = time_compare(d, place, "review", &was->review, &now->review, "is looked at again within");
    if (change != NULL)
        tell_all(d, change);
    change = says_compare(d, place, was->says, now->says);
    if (change != NULL)
        tell_all(d, change);
}

void
diff_grounds(struct differ *d)
{
    struct place section = {.section = "policy", .rule = RULE_NONE, .in_was = !d->now->disclosure_set, .address = "disclosure"};
    struct diff_change *change =
        flag_compare(d, &section, "disclosure", d->was->disclosure_set, d->now->disclosure_set, DIFF_NARROWER,
                     "the list of grounds is closed", "says no longer that the list of grounds is closed");
    if (change != NULL)
        tell_all(d, change);
    for (int i = 0; i < d->was->ground_count; i++) {
        const struct policy_ground *row = &d->was->grounds[i];
        struct place place = {"disclosure", row->name, row->rule, true, NULL};
        if (d->grounds.to_now[i] == POLICY_NONE)
            (void)change_add(d, DIFF_NARROWER, &place, "", "is no ground any more");
    }
    for (int i = 0; i < d->now->ground_count; i++) {
        const struct policy_ground *row = &d->now->grounds[i];
        struct place place = {"disclosure", row->name, row->rule, false, NULL};
        int was = d->grounds.to_was[i];
        if (was == POLICY_NONE) {
            told(d, change_add(d, DIFF_WIDER, &place, "", "is a new ground to hand data over%s",
                               row->binding ? ", an order nobody may refuse" : ""), i);
            continue;
        }
        evidence_compare(d, &place, &d->was->grounds[was], row);
        by_compare(d, &place, &d->was->grounds[was], row);
        notice_compare(d, &place, &d->was->grounds[was], row);
    }
}

/* --- what a category opens to --------------------------------------------------------------- */

/* Whether the category itself lets the ground open it; what binds opens it anyway, and is told at the ground. */
static bool
opens(const struct policy_category *category, int ground)
{
    return !category->disclose_never && (!category->disclose_narrow || policy_bit(&category->disclose, ground));
}

/* The grounds of both policies that open the category in `a` and not in `b`. */
static struct span
opens_beyond(struct differ *d, const struct policy *a, const struct policy_category *of_a,
             const struct policy_category *of_b, const int *to_b)
{
    struct buf out = arena_buf(d->arena, (size_t)a->ground_count * (LIMIT_POLICY_NAME + 2) + 1);
    for (int i = 0; i < a->ground_count; i++) {
        int other = to_b[i];
        if (other == POLICY_NONE || !opens(of_a, i) || opens(of_b, other))
            continue;
        buf_fmt(&out, "%s%.*s", out.n > 0 ? ", " : "", SPAN_FMT(a->grounds[i].name));
    }
    arena_buf_trim(d->arena, &out);
    return buf_span(&out);
}

static int
openness(const struct policy_category *category)
{
    return category->disclose_never ? 0 : category->disclose_narrow ? 1 : 2;
}

static const char *
openness_words(const struct policy_category *was, const struct policy_category *now)
{
    if (openness(now) == 0)
        return "is never opened to outsiders";
    if (openness(was) == 0)
        return "is no longer promised never to be opened to outsiders";
    return openness(now) == 1 ? "opens to the grounds it names alone" : "opens to every ground";
}

static bool
lists_same(struct differ *d, const struct policy_category *was, const struct policy_category *now)
{
    for (int i = 0; i < d->was->ground_count; i++) {
        int other = d->grounds.to_now[i];
        if (policy_bit(&was->disclose, i) != (other != POLICY_NONE && policy_bit(&now->disclose, other)))
            return false;
    }
    for (int i = 0; i < d->now->ground_count; i++)
        if (policy_bit(&now->disclose, i) && d->grounds.to_was[i] == POLICY_NONE)
            return false;
    return true;
}

void
diff_disclose(struct differ *d, const struct place *place, int category, const struct policy_category *was,
              const struct policy_category *now)
{
    int rank = openness(now) - openness(was);
    struct span more = opens_beyond(d, d->now, now, was, d->grounds.to_was);
    struct span fewer = opens_beyond(d, d->was, was, now, d->grounds.to_now);
    if (rank == 0 && more.n == 0 && fewer.n == 0 && lists_same(d, was, now))
        return;
    if (more.n > 0 || rank > 0) {
        struct diff_change *change =
            more.n > 0 ? change_add(d, DIFF_WIDER, place, "disclose", "opens to %.*s too", SPAN_FMT(more))
                       : change_add(d, DIFF_WIDER, place, "disclose", "%s", openness_words(was, now));
        tell_category(d, change, false, category);
        scope_set(change, ACT(ACT_DISCLOSE), POLICY_NONE, POLICY_NONE, category);
    }
    if (fewer.n > 0 || rank < 0) {
        struct diff_change *change =
            fewer.n > 0 ? change_add(d, DIFF_NARROWER, place, "disclose", "no longer opens to %.*s", SPAN_FMT(fewer))
                        : change_add(d, DIFF_NARROWER, place, "disclose", "%s", openness_words(was, now));
        tell_category(d, change, false, category);
    }
    if (rank == 0 && more.n == 0 && fewer.n == 0)
        (void)change_add(d, DIFF_OTHER, place, "disclose", "names other grounds to open to, which come or go themselves");
}
