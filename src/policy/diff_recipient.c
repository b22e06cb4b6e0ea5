/* Who else gets data. */
#include "policy/diff_priv.h"

#include "policy/decide_priv.h"
#include "wire/text.h"

static void
scope_send(struct diff_change *change, int recipient)
{
    scope_set(change, ACT(ACT_SEND), POLICY_NONE, POLICY_NONE, POLICY_NONE);
    change->scope.recipient = recipient;
}

/* Everybody whose data it gets. */
static void
tell_gets(struct differ *d, struct diff_change *change, int recipient)
{
    tell_masks(d, change, false, d->now->recipients[recipient].gets);
}

static struct span
recipient_name(const struct policy *policy, int i)
{
    return i == POLICY_NONE ? SPAN_NONE : policy->recipients[i].name;
}

/* --- what it is ------------------------------------------------------------------ */

/* Another name may be another company, another country another law: whether that is less nobody knows. */
static void
word_compare(struct differ *d, const struct place *place, int i, const char *key, enum diff_side side, struct span was,
             struct span now, const char *what)
{
    if (span_eq(was, now))
        return;
    struct diff_change *change =
        now.n == 0   ? change_add(d, side, place, key, "%s is gone, was %.*s", what, SPAN_FMT(was))
        : was.n == 0 ? change_add(d, side, place, key, "%s is %.*s", what, SPAN_FMT(now))
                     : change_add(d, side, place, key, "%s is %.*s, was %.*s", what, SPAN_FMT(now), SPAN_FMT(was));
    tell_gets(d, change, i);
}

static void
words_compare(struct differ *d, const struct place *place, int i, const struct policy_recipient *was,
              const struct policy_recipient *now)
{
    struct span a = span_str(policy_recipient_role_name(was->role)), b = span_str(policy_recipient_role_name(now->role));
    word_compare(d, place, i, "name", DIFF_WIDER, was->legal_name, now->legal_name, "its name");
    word_compare(d, place, i, "country", DIFF_WIDER, was->country, now->country, "its country");
    word_compare(d, place, i, "role", DIFF_WIDER, a, b, "what it is to us");
    word_compare(d, place, i, "class", DIFF_OTHER, was->class, now->class, "its kind");
    word_compare(d, place, i, "task", DIFF_OTHER, was->task, now->task, "its task");
    word_compare(d, place, i, "terms", DIFF_OTHER, was->terms_url, now->terms_url, "the address of its terms");
    word_compare(d, place, i, "opt-out", now->opt_out_url.n == 0 ? DIFF_WIDER : DIFF_OTHER, was->opt_out_url,
                 now->opt_out_url, "the address to opt out at");
    word_compare(d, place, i, "part-of", DIFF_OTHER, recipient_name(d->was, was->part_of),
                 recipient_name(d->now, now->part_of), "whom it works for");
    word_compare(d, place, i, "erase-by", now->erase_by.n == 0 ? DIFF_WIDER : was->erase_by.n == 0 ? DIFF_NARROWER : DIFF_OTHER,
                 was->erase_by, now->erase_by, "how it is told to erase");
}

static void
keeps_compare(struct differ *d, const struct place *place, int i, const struct policy_recipient *was,
              const struct policy_recipient *now)
{
    struct diff_change *change = NULL;
    if (was->keeps.set && now->keeps.set)
        change = time_compare(d, place, "keeps", &was->keeps, &now->keeps, "keeps them");
    else if (was->keeps.set != now->keeps.set || !span_eq(was->keeps_law, now->keeps_law))
        change = now->keeps.set
                     ? change_add(d, DIFF_WIDER, place, "keeps", "keeps them %.*s, was by a law of its own",
                                  SPAN_FMT(time_words(d, &now->keeps)))
                     : change_add(d, DIFF_WIDER, place, "keeps", "keeps them %.*s", SPAN_FMT(now->keeps_law));
    if (change != NULL)
        tell_gets(d, change, i);
    change = time_compare(d, place, "acknowledge", &was->acknowledge, &now->acknowledge, "may take to say that it erased them:");
    if (change != NULL)
        tell_gets(d, change, i);
}

/* --- what it gets ------------------------------------------------------------------- */

static void
gets_compare(struct differ *d, const struct place *place, int i, const struct policy_recipient *was,
             const struct policy_recipient *now)
{
    struct side gone = side_was(d), come = side_now(d);
    uint64_t *masks = masks_take(d, false);
    int n = 0;
    struct span names = fields_beyond(d, &come, now->gets, was->gets, masks, &n);
    if (n > 0) {
        struct diff_change *change = change_add(d, DIFF_WIDER, place, "gets", "gets %.*s too", SPAN_FMT(names));
        tell_masks(d, change, false, masks);
        scope_send(change, i);
    }
    names = fields_beyond(d, &gone, was->gets, now->gets, NULL, &n);
    if (n > 0)
        (void)change_add(d, DIFF_NARROWER, place, "gets", "no longer gets %.*s", SPAN_FMT(names));
    names = purposes_beyond(d, &come, &now->purposes, &was->purposes, &n);
    if (n > 0) {
        struct diff_change *change = change_add(d, DIFF_WIDER, place, "for", "gets them for %.*s too", SPAN_FMT(names));
        tell_gets(d, change, i);
        scope_send(change, i);
    }
    names = purposes_beyond(d, &gone, &was->purposes, &now->purposes, &n);
    if (n > 0)
        (void)change_add(d, DIFF_NARROWER, place, "for", "no longer gets them for %.*s", SPAN_FMT(names));
}

/* --- what it rests on --------------------------------------------------------------- */

/*
 * A day on which the one may be sent to and the other may not; 0: there is none.
 * What holds changes on these days alone. The first from `plain` on is the one
 * that says most; a day before it is as true.
 */
static int64_t
day_beyond(const struct policy_recipient *a, const struct policy_recipient *b, int64_t plain)
{
    const struct policy_recipient *both[] = {a, b};
    int64_t found = decide_assured(a, plain) && !decide_assured(b, plain) ? plain : 0;
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < both[k]->assurance_count; i++) {
            const struct policy_assurance *row = &both[k]->assurances[i];
            int64_t last = row->to_days == 0 ? row->from_days : row->to_days;
            const int64_t days[] = {row->from_days - 1, row->from_days, last, last + 1};
            for (int n = 0; n < 4; n++) {
                bool late = found < plain, sooner = (days[n] < plain) != late ? late : days[n] < found;
                if ((found == 0 || sooner) && decide_assured(a, days[n]) && !decide_assured(b, days[n]))
                    found = days[n];
            }
        }
    return found;
}

static bool
papers_same(const struct policy_recipient *a, const struct policy_recipient *b)
{
    if (a->assurance_count != b->assurance_count)
        return false;
    for (int i = 0; i < a->assurance_count; i++) {
        const struct policy_assurance *row = &a->assurances[i];
        int here = 0, there = 0;
        for (int j = 0; j < a->assurance_count; j++) {
            const struct policy_assurance *rows[] = {&a->assurances[j], &b->assurances[j]};
            int *counts[] = {&here, &there};
            for (int k = 0; k < 2; k++)
                *counts[k] += rows[k]->kind == row->kind && span_eq(rows[k]->name, row->name) &&
                              rows[k]->from_days == row->from_days && rows[k]->to_days == row->to_days &&
                              span_eq(rows[k]->evidence, row->evidence);
        }
        if (here != there)
            return false;
    }
    return true;
}

static struct span
day_words(struct differ *d, int64_t day)
{
    struct buf out = arena_buf(d->arena, 32);
    date_put(&out, day);
    return buf_span(&out);
}

/*
 * Which days it may be sent to on is what the papers come to, and is compared
 * exactly: a renewal lets it be sent to on days on which it was not.
 */
static void
assurances_compare(struct differ *d, const struct place *place, int i, const struct policy_recipient *was,
                   const struct policy_recipient *now)
{
    int64_t more = day_beyond(now, was, d->now->in_force_days);
    int64_t fewer = day_beyond(was, now, d->now->in_force_days);
    bool same = papers_same(was, now);
    if (more != 0) {
        struct diff_change *change =
            change_add(d, DIFF_WIDER, place, "assurance", "may be sent to on days it could not be, such as %.*s",
                       SPAN_FMT(day_words(d, more)));
        change_rule(d, change, now->assurances_rule);
        tell_gets(d, change, i);
        scope_send(change, i);
        change->scope.day = more;
    }
    if (fewer != 0)
        (void)change_add(d, DIFF_NARROWER, place, "assurance", "is no longer sent to on some days, such as %.*s",
                         SPAN_FMT(day_words(d, fewer)));
    if (more == 0 && fewer == 0 && !same)
        (void)change_add(d, DIFF_OTHER, place, "assurance", "rests on other papers");
}

/* An authority signs nothing; nobody else is sent anything before. */
static void
signed_compare(struct differ *d, const struct place *place, int i, const struct policy_recipient *was,
               const struct policy_recipient *now)
{
    bool before = was->signed_days != 0 || was->role == RECIPIENT_AUTHORITY;
    bool after = now->signed_days != 0 || now->role == RECIPIENT_AUTHORITY;
    if (before == after && was->signed_days == now->signed_days)
        return;
    struct diff_change *change =
        before == after ? change_add(d, DIFF_OTHER, place, "signed", "has terms of another day, or needs none")
        : after         ? change_add(d, DIFF_WIDER, place, "signed", "%s",
                             now->signed_days != 0 ? "has signed its terms, and may be sent to"
                                                   : "is an authority, and may be sent to without terms")
                        : change_add(d, DIFF_NARROWER, place, "signed", "is not sent to, since it has signed no terms");
    tell_gets(d, change, i);
    if (change->side == DIFF_WIDER)
        scope_send(change, i);
}

/* --- all of it ------------------------------------------------------------------------ */

static void
recipient_compare(struct differ *d, const struct place *place, int was, int i)
{
    const struct policy_recipient *a = &d->was->recipients[was], *b = &d->now->recipients[i];
    words_compare(d, place, i, a, b);
    gets_compare(d, place, i, a, b);
    assurances_compare(d, place, i, a, b);
    signed_compare(d, place, i, a, b);
    struct diff_change *change = controls_compare(d, place, &a->controls, &b->controls);
    if (change != NULL) {
        change_rule(d, change, b->controls_rule);
        tell_gets(d, change, i);
    }
    keeps_compare(d, place, i, a, b);
}

void
diff_recipients(struct differ *d)
{
    struct side come = side_now(d);
    struct place section = {.section = "policy", .rule = RULE_NONE, .in_was = d->now->recipients_rule == 0, .address = "recipients"};
    (void)flag_compare(d, &section, "recipients", d->was->recipients_rule != 0, d->now->recipients_rule != 0, DIFF_OTHER,
                       "the section is there", "the section is gone");
    for (int i = 0; i < d->was->recipient_count; i++) {
        const struct policy_recipient *row = &d->was->recipients[i];
        struct place place = {"recipient", row->name, row->rule, true, NULL};
        if (d->recipients.to_now[i] == POLICY_NONE)
            (void)change_add(d, DIFF_NARROWER, &place, "", "gets nothing any more");
    }
    for (int i = 0; i < d->now->recipient_count; i++) {
        const struct policy_recipient *row = &d->now->recipients[i];
        struct place place = {"recipient", row->name, row->rule, false, NULL};
        int n = 0;
        if (d->recipients.to_was[i] != POLICY_NONE) {
            recipient_compare(d, &place, d->recipients.to_was[i], i);
            continue;
        }
        struct span names = fields_beyond(d, &come, row->gets, NULL, NULL, &n);
        struct diff_change *change =
            change_add(d, DIFF_WIDER, &place, "", "is a new recipient (%s in %.*s), and gets %.*s",
                       policy_recipient_role_name(row->role), SPAN_FMT(row->country), SPAN_FMT(names));
        tell_gets(d, change, i);
        scope_send(change, i);
    }
}

void
diff_passing(struct differ *d, const struct place *place, const struct policy_field *was, const struct policy_field *now)
{
    struct span a = recipient_name(d->was, was->pass_to), b = recipient_name(d->now, now->pass_to);
    if (span_eq(a, b))
        return;
    if (b.n == 0) {
        (void)change_add(d, DIFF_NARROWER, place, "to", "passes through to nobody any more");
        return;
    }
    struct diff_change *change = change_add(d, DIFF_WIDER, place, "to", "passes through to %.*s", SPAN_FMT(b));
    tell_category(d, change, false, now->category);
    scope_set(change, ACT(ACT_SEND), POLICY_NONE, POLICY_NONE, now->category);
    change->scope.fields = UINT64_C(1) << now->bit;
    change->scope.recipient = now->pass_to;
}
