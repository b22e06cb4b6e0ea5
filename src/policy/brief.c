#include "policy/brief_priv.h"

void
brief_name(struct buf *out, struct span name)
{
    for (size_t i = 0; i < name.n; i++)
        buf_char(out, name.p[i] == '-' || name.p[i] == '_' ? ' ' : name.p[i]);
}

struct span
brief_said(struct arena *arena, struct span says, struct span name)
{
    struct buf out = arena_buf(arena, says.n + name.n + 1);
    if (says.n > 0)
        buf_put(&out, says);
    else
        brief_name(&out, name);
    /* A box begins with a capital; only letters that have one in ASCII. */
    if (out.n > 0 && out.p[0] >= 'a' && out.p[0] <= 'z')
        out.p[0] = (char)(out.p[0] - 'a' + 'A');
    arena_buf_trim(arena, &out);
    return buf_span(&out);
}

/* --- how long ---------------------------------------------------------------------- */

static void
time_put(struct buf *out, const struct policy_span_of_time *time)
{
    const struct {
        int n;
        const char *word;
    } parts[] = {{time->years, "year"}, {time->months, "month"}, {time->days, "day"}, {time->hours, "hour"}};
    bool any = false;
    for (int i = 0; i < 4; i++) {
        if (parts[i].n == 0)
            continue;
        buf_fmt(out, "%s%d %s%s", any ? " " : "", parts[i].n, parts[i].word, parts[i].n == 1 ? "" : "s");
        any = true;
    }
}

static void
event_put(struct buf *out, const struct policy *policy, const struct policy_keep *keep)
{
    const struct policy_category *category = &policy->categories[keep->category];
    switch (keep->event) {
    case EVENT_COLLECTED: buf_str(out, "it came"); break;
    case EVENT_CHANGED: buf_str(out, "its last change"); break;
    case EVENT_FIELD: {
        const struct policy_field *field = &policy->fields[category->field_first + keep->field];
        if (field->says.n > 0)
            buf_put(out, field->says);
        else
            brief_name(out, field->name);
        break;
    }
    case EVENT_NAMED:
        if (policy->event_says != NULL && policy->event_says[keep->named].n > 0)
            buf_put(out, policy->event_says[keep->named]);
        else
            buf_str(out, span_is(policy->events[keep->named], "closed") ? "the account is closed" : "it happened");
        break;
    case EVENT_WITHDRAWN: buf_str(out, "the yes is taken back"); break;
    }
}

static bool
time_none(const struct policy_span_of_time *time)
{
    return (time->years | time->months | time->days | time->hours) == 0;
}

bool
brief_passes(const struct policy *policy, const struct policy_category *category)
{
    bool all = category->field_count > 0;
    for (int i = 0; i < category->field_count; i++)
        all = all && policy->fields[category->field_first + i].storage == STORE_NEVER;
    return all;
}

static void
passed_put(struct buf *out, const struct policy *policy, const struct policy_category *category)
{
    int to = policy->fields[category->field_first].pass_to;
    if (to >= 0 && to < policy->recipient_count)
        buf_fmt(out, " to %.*s", SPAN_FMT(policy->recipients[to].legal_name));
}

struct span
brief_life(struct arena *arena, const struct policy *policy, const struct policy_category *category)
{
    struct buf out = arena_buf(arena, 4096);
    if (brief_passes(policy, category)) {
        buf_str(&out, "never stored; passes through");
        passed_put(&out, policy, category);
    } else if (category->keep != POLICY_NONE && category->keep < policy->keep_count) {
        const struct policy_keep *keep = &policy->keeps[category->keep];
        bool until = !keep->most.set || time_none(&keep->most);
        buf_str(&out, until ? "until " : "");
        if (!until) {
            time_put(&out, &keep->most);
            buf_str(&out, keep->most.from_year_end ? " from the end of the year: " : " after ");
        }
        event_put(&out, policy, keep);
        buf_str(&out, keep->depersonalise ? "; then nobody's" : "; then erased");
    }
    arena_buf_trim(arena, &out);
    return buf_span(&out);
}

const char *
brief_basis(enum policy_basis basis)
{
    static const char *const words[] = {"only if they agree", "for the contract", "because the law demands it",
                                        "to save a life", "in the public's interest", "in our legitimate interest"};
    return words[basis];
}

uint64_t
brief_uses(const struct policy *policy, int purpose, int category)
{
    const struct policy_category *row = &policy->categories[category];
    uint64_t mask = policy->purposes[purpose].uses[category];
    for (int f = 0; f < row->field_count; f++) {
        const struct policy_field *field = &policy->fields[row->field_first + f];
        bool passes = field->storage == STORE_NEVER && field->pass_to >= 0 && field->pass_to < policy->recipient_count;
        if (passes && policy_bit(&policy->recipients[field->pass_to].purposes, purpose))
            mask |= UINT64_C(1) << field->bit;
    }
    return mask;
}
