/* How a change is told, and the small comparisons that all sections have. */
#include "policy/diff_priv.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>

static struct span
text_take(struct differ *d, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    TROTH_ASSERT(n >= 0);
    char *text = arena_take(d->arena, (size_t)n + 1);
    if (text != NULL)
        (void)vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    return text == NULL ? SPAN_NONE : span_of(text, (size_t)n);
}

static struct span PRINTF_LIKE(2, 3)
text_make(struct differ *d, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct span text = text_take(d, fmt, args);
    va_end(args);
    return text;
}

/* An address the language has no number for in its tables; it may have a line. */
static void
change_address(struct differ *d, struct diff_change *change, const char *address)
{
    const struct policy *policy = change->in_was ? d->was : d->now;
    change->rule = span_str(address);
    for (int i = 0; i < policy->rule_count && change->at == 0; i++)
        if (span_is(policy->rules[i].name, address)) {
            change->at = policy->rules[i].line;
            change->file = policy->rules[i].file;
        }
}

struct diff_change *
change_add(struct differ *d, enum diff_side side, const struct place *place, const char *key,
           const char *fmt, ...)
{
    struct diff_change *change = ARENA_NEW(d->arena, struct diff_change);
    if (change == NULL) {
        d->nowhere = (struct diff_change){.agree = POLICY_NONE};
        return &d->nowhere;
    }
    va_list args;
    va_start(args, fmt);
    change->says = text_take(d, fmt, args);
    va_end(args);
    change->side = side;
    change->key = span_str(key);
    change->line = place->name.n == 0
                       ? span_str(place->section)
                       : text_make(d, "%s %.*s", place->section, SPAN_FMT(place->name));
    change->in_was = place->in_was;
    change->agree = POLICY_NONE;
    if (place->address != NULL)
        change_address(d, change, place->address);
    else
        change_rule(d, change, place->rule);
    scope_set(change, 0, POLICY_NONE, POLICY_NONE, POLICY_NONE);
    *d->last = change;
    d->last = &change->next;
    d->diff->count[side]++;
    return change;
}

void
change_rule(struct differ *d, struct diff_change *change, int rule)
{
    const struct policy *policy = change->in_was ? d->was : d->now;
    change->rule = policy_rule_name(policy, (uint32_t)rule);
    change->at = policy->rules[rule].line;
    change->file = policy->rules[rule].file;
}

void
scope_masks(struct diff_change *change, unsigned acts, int role, int purpose, const uint64_t *masks,
            int count)
{
    int first = 0;
    if (masks == NULL)
        return; /* the arena is full */
    while (first < count - 1 && masks[first] == 0)
        first++;
    scope_set(change, acts, role, purpose, first);
    change->scope.fields = masks[first];
}

void
scope_set(struct diff_change *change, unsigned acts, int role, int purpose, int category)
{
    change->scope = (struct diff_scope){.acts = acts, .role = role, .purpose = purpose,
                                        .category = category, .point = POLICY_NONE,
                                        .event = POLICY_NONE, .recipient = POLICY_NONE,
                                        .ground = POLICY_NONE, .cookie = POLICY_NONE};
}

void
tell_all(struct differ *d, struct diff_change *change)
{
    if (change->side == DIFF_NARROWER)
        return;
    change->tell_all = d->diff->tell_all = true;
}

void
tell_kind(struct differ *d, struct diff_change *change, bool in_was, int kind)
{
    if (change->side == DIFF_NARROWER || kind == POLICY_NONE)
        return;
    int i = in_was ? d->kind_of_was[kind] : kind;
    change->tell.w[i / 64] |= UINT64_C(1) << (i % 64);
    d->diff->tell.w[i / 64] |= UINT64_C(1) << (i % 64);
}

void
tell_category(struct differ *d, struct diff_change *change, bool in_was, int category)
{
    const struct policy *policy = in_was ? d->was : d->now;
    tell_kind(d, change, in_was, policy->categories[category].kind);
}

void
tell_masks(struct differ *d, struct diff_change *change, bool in_was, const uint64_t *masks)
{
    const struct policy *policy = in_was ? d->was : d->now;
    for (int i = 0; masks != NULL && i < policy->category_count; i++)
        if (masks[i] != 0)
            tell_category(d, change, in_was, i);
}

void
change_agree(struct differ *d, struct diff_change *change, int purpose)
{
    change->agree = purpose;
    d->diff->agree.w[purpose / 64] |= UINT64_C(1) << (purpose % 64);
}

/* --- small comparisons all sections have ------------------------------------------ */

struct diff_change *
says_compare(struct differ *d, const struct place *place, struct span was, struct span now)
{
    if (span_eq(was, now))
        return NULL;
    if (now.n == 0)
        return change_add(d, DIFF_OTHER, place, "says", "no longer has words of its own");
    return change_add(d, DIFF_OTHER, place, "says", "says \"%.*s\"", SPAN_FMT(now));
}

struct diff_change *
flag_compare(struct differ *d, const struct place *place, const char *key, bool was, bool now,
             enum diff_side yes, const char *yes_says, const char *no_says)
{
    if (was == now)
        return NULL;
    enum diff_side no = yes == DIFF_WIDER ? DIFF_NARROWER : yes == DIFF_NARROWER ? DIFF_WIDER : yes;
    return change_add(d, now ? yes : no, place, key, "%s", now ? yes_says : no_says);
}

bool
time_same(const struct policy_span_of_time *a, const struct policy_span_of_time *b)
{
    if (!a->set || !b->set)
        return a->set == b->set;
    return a->years * 12 + a->months == b->years * 12 + b->months && a->days == b->days &&
           a->hours == b->hours && a->from_year_end == b->from_year_end;
}

enum { CALENDAR_DAYS = 146097 }; /* in 400 years, after which the calendar repeats itself */

bool
diff_time_outlasts(const struct policy_span_of_time *a, const struct policy_span_of_time *b)
{
    int months_a = a->years * 12 + a->months, months_b = b->years * 12 + b->months;
    if (a->from_year_end == b->from_year_end) {
        if (months_a <= months_b && a->days <= b->days && a->hours <= b->hours)
            return false;
        if (months_a >= months_b && a->days >= b->days && a->hours >= b->hours)
            return true;
    }
    /* Every day of the calendar's circle, at its beginning and at its end. */
    for (int64_t day = 0; day < CALENDAR_DAYS; day++)
        for (int end = 0; end < 2; end++) {
            int64_t from = (day + end) * CLOCK_US_PER_DAY - end;
            if (policy_time_add(a, from) > policy_time_add(b, from))
                return true;
        }
    return false;
}

int64_t
diff_lead_days(const struct policy *was, const struct policy *now)
{
    const struct policy_span_of_time *before = &was->changes.before;
    int64_t told = now->date_days * CLOCK_US_PER_DAY;
    return before->set ? (policy_time_add(before, told) + CLOCK_US_PER_DAY - 1) / CLOCK_US_PER_DAY - now->date_days : 0;
}

struct span
time_words(struct differ *d, const struct policy_span_of_time *time)
{
    const struct {
        int n;
        const char *unit;
    } parts[] = {{time->years, "year"}, {time->months, "month"}, {time->days, "day"},
                 {time->hours, "hour"}};
    char text[128];
    struct buf out;
    buf_init(&out, text, sizeof text);
    for (int i = 0; i < 4; i++)
        if (parts[i].n != 0)
            buf_fmt(&out, "%s%d %s%s", out.n > 0 ? " " : "", parts[i].n, parts[i].unit,
                    parts[i].n == 1 ? "" : "s");
    if (!time->set || out.n == 0)
        buf_str(&out, time->set ? "until then" : "ever");
    if (time->from_year_end)
        buf_str(&out, " after year end");
    return arena_copy(d->arena, buf_span(&out));
}

struct diff_change *
time_compare(struct differ *d, const struct place *place, const char *key,
             const struct policy_span_of_time *was, const struct policy_span_of_time *now,
             const char *what)
{
    if (time_same(was, now))
        return NULL;
    bool longer = was->set && (!now->set || diff_time_outlasts(now, was));
    struct span a = time_words(d, was), b = time_words(d, now);
    return change_add(d, longer ? DIFF_WIDER : DIFF_NARROWER, place, key, "%s %.*s, was %.*s", what,
                      SPAN_FMT(b), SPAN_FMT(a));
}

/* --- names of what one has beyond the other ----------------------------------------- */

uint64_t *
masks_take(struct differ *d, bool of_was)
{
    return ARENA_ARRAY(d->arena, uint64_t,
                       (size_t)(of_was ? d->was : d->now)->category_count + 1);
}

static uint64_t
mask_beyond(const struct side *side, int category, uint64_t a, const uint64_t *b)
{
    const struct policy_category *row = &side->a->categories[category];
    uint64_t beyond = 0;
    for (int i = row->field_first; a != 0 && i < row->field_first + row->field_count; i++) {
        if ((a >> side->a->fields[i].bit & 1) == 0)
            continue;
        int other = side->field_to_b[i];
        bool has = b != NULL && other != POLICY_NONE &&
                   (b[side->b->fields[other].category] >> side->b->fields[other].bit & 1) != 0;
        if (!has)
            beyond |= UINT64_C(1) << side->a->fields[i].bit;
    }
    return beyond;
}

static void
comma(struct buf *out)
{
    if (out->n > 0)
        buf_str(out, ", ");
}

struct span
fields_beyond(struct differ *d, const struct side *side, const uint64_t *a, const uint64_t *b,
              uint64_t *ret_masks, int *ret_n)
{
    size_t room = 1;
    *ret_n = 0;
    for (int c = 0; a != NULL && c < side->a->category_count; c++) {
        uint64_t beyond = mask_beyond(side, c, a[c], b);
        if (ret_masks != NULL)
            ret_masks[c] = beyond;
        *ret_n += __builtin_popcountll(beyond);
        room += (size_t)__builtin_popcountll(beyond) * (2 * LIMIT_POLICY_NAME + 4);
    }
    if (*ret_n == 0)
        return SPAN_NONE;
    struct buf out = arena_buf(d->arena, room);
    for (int c = 0; c < side->a->category_count; c++) {
        const struct policy_category *row = &side->a->categories[c];
        uint64_t beyond = mask_beyond(side, c, a[c], b);
        if (beyond == row->all && row->field_count > 1) {
            comma(&out);
            buf_put(&out, row->name);
            continue;
        }
        for (int i = row->field_first; beyond != 0 && i < row->field_first + row->field_count; i++) {
            if ((beyond >> side->a->fields[i].bit & 1) == 0)
                continue;
            comma(&out);
            buf_put(&out, side->a->fields[i].full_name);
        }
    }
    arena_buf_trim(d->arena, &out);
    return buf_span(&out);
}

struct span
purposes_beyond(struct differ *d, const struct side *side, const struct policy_bits *a,
                const struct policy_bits *b, int *ret_n)
{
    struct buf out = arena_buf(d->arena, (size_t)side->a->purpose_count * (LIMIT_POLICY_NAME + 2) + 1);
    *ret_n = 0;
    for (int i = 0; i < side->a->purpose_count; i++) {
        if (!policy_bit(a, i))
            continue;
        int other = side->purpose_to_b[i];
        if (b != NULL && other != POLICY_NONE && policy_bit(b, other))
            continue;
        comma(&out);
        buf_put(&out, side->a->purposes[i].name);
        ++*ret_n;
    }
    arena_buf_trim(d->arena, &out);
    return buf_span(&out);
}
