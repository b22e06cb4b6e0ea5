/* How long: from which event, at least, at most, and what then. */
#include "policy/diff_priv.h"

/* "collected", "issued", "closed", "withdrawn news" */
static struct span
event_words(struct differ *d, const struct policy *policy, const struct policy_keep *keep)
{
    const struct policy_category *category = &policy->categories[keep->category];
    struct buf out;
    switch (keep->event) {
    case EVENT_COLLECTED: return SPAN("collected");
    case EVENT_CHANGED: return SPAN("changed");
    case EVENT_FIELD: return policy->fields[category->field_first + keep->field].full_name;
    case EVENT_NAMED: return policy->events[keep->named];
    case EVENT_WITHDRAWN:
        out = arena_buf(d->arena, LIMIT_POLICY_NAME + sizeof "withdrawn ");
        buf_fmt(&out, "withdrawn %.*s", SPAN_FMT(policy->purposes[keep->purpose].name));
        return buf_span(&out);
    }
    return SPAN_NONE;
}

/* A change of a record is never before its collection; of any other two events nobody knows the order. */
static void
event_compare(struct differ *d, const struct place *place, const struct policy_keep *was,
              const struct policy_keep *now)
{
    struct span a = event_words(d, d->was, was), b = event_words(d, d->now, now);
    if (was->event == now->event && span_eq(a, b))
        return;
    bool sooner = was->event == EVENT_CHANGED && now->event == EVENT_COLLECTED;
    struct diff_change *change = change_add(
        d, sooner ? DIFF_NARROWER : DIFF_WIDER, place, "from", "counts from %.*s, was from %.*s%s",
        SPAN_FMT(b), SPAN_FMT(a), sooner ? "" : ", which may come later");
    tell_category(d, change, false, now->category);
}

static void
then_compare(struct differ *d, const struct place *place, const struct policy_keep *was,
             const struct policy_keep *now)
{
    struct diff_change *change =
        flag_compare(d, place, "then", was->depersonalise, now->depersonalise, DIFF_WIDER,
                     "ends with what identifies dropped and the rest kept, was erased",
                     "ends with all of it erased, was with what identifies dropped");
    if (change != NULL)
        tell_category(d, change, false, now->category);
}

/* Which words the law table has is told; the length itself was compared. */
static void
law_compare(struct differ *d, const struct place *place, const struct policy_keep *was,
            const struct policy_keep *now)
{
    bool same = span_eq(was->least.law, now->least.law) && span_eq(was->most.law, now->most.law);
    struct span law = now->most.law.n > 0 ? now->most.law : now->least.law;
    if (!same && law.n > 0)
        (void)change_add(d, DIFF_OTHER, place, "law", "rests on the law of %.*s", SPAN_FMT(law));
    else if (!same)
        (void)change_add(d, DIFF_OTHER, place, "law", "rests on no law any more");
}

/* What is left after depersonalising is shared by at least so many. */
static void
k_compare(struct differ *d, const struct place *place, const struct policy_keep *was, const struct policy_keep *now)
{
    if (was->k == now->k)
        return;
    struct diff_change *change =
        change_add(d, now->k < was->k ? DIFF_WIDER : DIFF_NARROWER, place, "k",
                   "what is left is shared by at least %d people, was %d", now->k, was->k);
    tell_category(d, change, false, now->category);
}

static void
keep_compare(struct differ *d, const struct place *place, const struct policy_keep *was,
             const struct policy_keep *now)
{
    event_compare(d, place, was, now);
    struct diff_change *change =
        time_compare(d, place, "most", &was->most, &now->most, "is kept at most");
    if (change != NULL)
        tell_category(d, change, false, now->category);
    /* No least is a least of nothing. */
    if (was->least.set != now->least.set) {
        struct span time = time_words(d, now->least.set ? &now->least : &was->least);
        change = change_add(d, now->least.set ? DIFF_WIDER : DIFF_NARROWER, place, "least",
                            now->least.set ? "is kept at least %.*s, whoever asks for its end"
                                           : "is no longer kept at least %.*s",
                            SPAN_FMT(time));
    } else {
        change = time_compare(d, place, "least", &was->least, &now->least, "is kept at least");
    }
    if (change != NULL)
        tell_category(d, change, false, now->category);
    then_compare(d, place, was, now);
    change = flag_compare(d, place, "holds", was->holds, now->holds, DIFF_WIDER,
                          "may be held longer for a law's sake", "is held for no law any more");
    if (change != NULL)
        tell_category(d, change, false, now->category);
    k_compare(d, place, was, now);
    law_compare(d, place, was, now);
}

void
diff_keeps(struct differ *d)
{
    for (int i = 0; i < d->was->keep_count; i++) {
        const struct policy_keep *row = &d->was->keeps[i];
        struct place place = {"keep", d->was->categories[row->category].name, row->rule, true, NULL};
        if (d->keeps.to_now[i] == POLICY_NONE)
            (void)change_add(d, DIFF_NARROWER, &place, "", "goes with its data");
    }
    for (int i = 0; i < d->now->keep_count; i++) {
        const struct policy_keep *row = &d->now->keeps[i];
        struct place place = {"keep", d->now->categories[row->category].name, row->rule, false, NULL};
        int was = d->keeps.to_was[i];
        if (was != POLICY_NONE) {
            keep_compare(d, &place, &d->was->keeps[was], row);
            continue;
        }
        struct span from = event_words(d, d->now, row), most = time_words(d, &row->most);
        bool until = span_is(most, "until then");
        struct diff_change *change =
            change_add(d, DIFF_WIDER, &place, "", "keeps the new data %.*s%s %.*s",
                       SPAN_FMT(until ? SPAN_NONE : most), until ? "until" : " from", SPAN_FMT(from));
        tell_category(d, change, false, row->category);
    }
}
