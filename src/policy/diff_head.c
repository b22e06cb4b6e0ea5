/* The head of the file, how consent is asked, and what is promised in sentences. */
#include "policy/diff_priv.h"

#include "wire/text.h"

static struct place
head_place(const char *section, const char *address)
{
    return (struct place){.section = section, .rule = RULE_NONE, .address = address};
}

/* A text of the head: nothing a decision looks at, but people must know it. */
static void
text_compare(struct differ *d, const char *section, const char *key, const char *address,
             enum diff_side side, struct span was, struct span now, const char *what)
{
    if (span_eq(was, now))
        return;
    struct place place = head_place(section, address);
    struct diff_change *change =
        now.n == 0 ? change_add(d, side, &place, key, "%sis gone, was \"%.*s\"", what, SPAN_FMT(was))
        : was.n == 0
            ? change_add(d, side, &place, key, "%sis \"%.*s\"", what, SPAN_FMT(now))
            : change_add(d, side, &place, key, "%sis \"%.*s\", was \"%.*s\"", what, SPAN_FMT(now),
                         SPAN_FMT(was));
    tell_all(d, change);
}

static void
day_compare(struct differ *d, const char *key, const char *address, int64_t was, int64_t now)
{
    if (was == now)
        return;
    char a[32], b[32];
    struct buf before, after;
    buf_init(&before, a, sizeof a);
    buf_init(&after, b, sizeof b);
    date_put(&before, was);
    date_put(&after, now);
    struct place place = head_place("policy", address);
    (void)change_add(d, DIFF_OTHER, &place, key, "is %.*s, was %.*s", SPAN_FMT(buf_span(&after)),
                     SPAN_FMT(buf_span(&before)));
}

static bool
governed(const struct policy *policy, struct span word)
{
    for (int i = 0; i < policy->governs_count; i++)
        if (span_eq(policy->governs[i], word))
            return true;
    return false;
}

/* What the policy no longer governs is no longer under any of its promises. */
static void
governs_compare(struct differ *d)
{
    struct place place = head_place("governs", "policy.governs");
    bool any = false;
    for (int i = 0; i < d->was->governs_count; i++)
        if (!governed(d->now, d->was->governs[i])) {
            tell_all(d, change_add(d, DIFF_WIDER, &place, "", "no longer governs %.*s",
                                   SPAN_FMT(d->was->governs[i])));
            any = true;
        }
    for (int i = 0; i < d->now->governs_count; i++)
        if (!governed(d->was, d->now->governs[i])) {
            (void)change_add(d, DIFF_NARROWER, &place, "", "now governs %.*s too",
                             SPAN_FMT(d->now->governs[i]));
            any = true;
        }
    bool same = d->was->governs_count == d->now->governs_count;
    for (int i = 0; same && i < d->now->governs_count; i++)
        same = span_eq(d->was->governs[i], d->now->governs[i]);
    if (!same && !any)
        (void)change_add(d, DIFF_OTHER, &place, "", "what is governed stands in another order");
}

void
diff_head(struct differ *d)
{
    const struct policy *a = d->was, *b = d->now;
    if (a->version != b->version) {
        struct place place = head_place("policy", "policy.version");
        (void)change_add(d, DIFF_OTHER, &place, "version", "is %d, was %d", b->version, a->version);
    }
    day_compare(d, "date", "policy.date", a->date_days, b->date_days);
    day_compare(d, "in-force", "policy.in-force", a->in_force_days, b->in_force_days);
    text_compare(d, "policy", "id", "policy.id", DIFF_OTHER, a->id, b->id, "");
    text_compare(d, "policy", "title", "policy.title", DIFF_OTHER, a->title, b->title, "");
    text_compare(d, "policy", "seat", "policy.seat", DIFF_OTHER, a->seat, b->seat, "");
    text_compare(d, "policy", "language", "policy.language", DIFF_OTHER, a->language, b->language, "");
    struct place backups = head_place("policy", "policy.backups");
    struct diff_change *change =
        time_compare(d, &backups, "backups", &a->backups, &b->backups, "what was erased is gone from backups within");
    if (change != NULL)
        tell_all(d, change);
    /* Another name may be another company; that no data go to one is not for us to know. */
    text_compare(d, "controller", "name", "policy.controller", DIFF_WIDER, a->controller_name,
                 b->controller_name, "name ");
    text_compare(d, "controller", "address", "policy.controller", DIFF_OTHER, a->controller_address,
                 b->controller_address, "address ");
    text_compare(d, "controller", "email", "policy.controller", DIFF_OTHER, a->controller_email,
                 b->controller_email, "email ");
    text_compare(d, "officer", "name", "policy.officer", DIFF_OTHER, a->officer_name, b->officer_name,
                 "name ");
    text_compare(d, "officer", "email", "policy.officer", DIFF_OTHER, a->officer_email,
                 b->officer_email, "email ");
    diff_languages(d);
    governs_compare(d);
    diff_places(d);
}

/* --- promises: never, clauses ---------------------------------------------------- */

static void
nevers_compare(struct differ *d)
{
    for (int i = 0; i < d->was->never_count; i++) {
        const struct policy_never *row = &d->was->nevers[i];
        struct place place = {"never", row->name, row->rule, true, NULL};
        if (d->nevers.to_now[i] == POLICY_NONE)
            tell_all(d, change_add(d, DIFF_WIDER, &place, "",
                                   "is promised no more: it may be declared and done now"));
    }
    for (int i = 0; i < d->now->never_count; i++) {
        const struct policy_never *row = &d->now->nevers[i];
        struct place place = {"never", row->name, row->rule, false, NULL};
        int was = d->nevers.to_was[i];
        struct diff_change *change =
            was == POLICY_NONE ? change_add(d, DIFF_NARROWER, &place, "", "is promised never to happen")
                               : says_compare(d, &place, d->was->nevers[was].says, row->says);
        if (change != NULL)
            tell_all(d, change);
    }
}

static bool
kept_by_same(const struct differ *d, const struct policy_clause *was, const struct policy_clause *now)
{
    if (was->kept_by_count != now->kept_by_count)
        return false;
    for (int i = 0; i < was->kept_by_count; i++) {
        struct span name = policy_rule_name(d->was, (uint32_t)was->kept_by[i]);
        bool found = false;
        for (int j = 0; j < now->kept_by_count && !found; j++)
            found = span_eq(name, policy_rule_name(d->now, (uint32_t)now->kept_by[j]));
        if (!found)
            return false;
    }
    return true;
}

static struct place
clause_place(struct differ *d, const struct policy_clause *clause, bool in_was)
{
    struct place place = {.section = "clause", .name = clause->id, .rule = RULE_NONE, .in_was = in_was};
    struct buf address = arena_buf(d->arena, clause->id.n + sizeof "clauses.");
    buf_fmt(&address, "clauses.%.*s", SPAN_FMT(clause->id));
    if (buf_ok(&address)) {
        address.p[address.n] = '\0';
        place.address = address.p;
    }
    return place;
}

/* Sentences in people's language: whether one says more than another is not for a machine to decide. */
static void
clauses_compare(struct differ *d)
{
    int last = POLICY_NONE;
    bool moved = false;
    for (int i = 0; i < d->was->clause_count; i++) {
        struct place place = clause_place(d, &d->was->clauses[i], true);
        if (d->clauses.to_now[i] == POLICY_NONE)
            tell_all(d, change_add(d, DIFF_OTHER, &place, "", "is told no more: \"%.*s\"",
                                   SPAN_FMT(d->was->clauses[i].says)));
    }
    for (int i = 0; i < d->now->clause_count; i++) {
        const struct policy_clause *row = &d->now->clauses[i];
        struct place place = clause_place(d, row, false);
        int was = d->clauses.to_was[i];
        if (was == POLICY_NONE) {
            tell_all(d, change_add(d, DIFF_OTHER, &place, "", "is a new sentence: \"%.*s\"",
                                   SPAN_FMT(row->says)));
            continue;
        }
        moved = moved || was < last;
        last = was;
        struct diff_change *change = says_compare(d, &place, d->was->clauses[was].says, row->says);
        if (change != NULL)
            tell_all(d, change);
        if (!kept_by_same(d, &d->was->clauses[was], row))
            (void)change_add(d, DIFF_OTHER, &place, "kept-by", "is kept by other rules");
    }
    struct place place = head_place("clauses", "clauses");
    if (moved)
        (void)change_add(d, DIFF_OTHER, &place, "order", "the sentences stand in another order");
}

void
diff_promises(struct differ *d)
{
    nevers_compare(d);
    diff_cookies(d);
    clauses_compare(d);
}

/* --- consent: how it is asked -------------------------------------------------------------- */

static void
text_version_compare(struct differ *d)
{
    uint32_t was = d->was->consent.text_version, now = d->now->consent.text_version;
    struct place place = head_place("consent", "consent.text-version");
    if (was == now) {
        if (d->stale == POLICY_NONE || was == 0)
            return;
        struct diff_change *change = change_add(
            d, DIFF_WIDER, &place, "text-version",
            "is the same, so a consent given earlier counts for what %.*s says now; raise it",
            SPAN_FMT(d->now->purposes[d->stale].name));
        tell_masks(d, change, false, d->now->purposes[d->stale].uses);
        return;
    }
    bool back = was != 0 && now != 0 && now < was;
    if (was == 0 || now == 0) {
        (void)change_add(d, DIFF_OTHER, &place, "text-version", now == 0 ? "no consent is asked for any more"
                                                                        : "consent is asked for now");
        return;
    }
    (void)change_add(d, back ? DIFF_WIDER : DIFF_NARROWER, &place, "text-version",
                     back ? "is %u, was %u: consents to older words count again"
                          : "is %u, was %u: consents to older words count no longer",
                     (unsigned)now, (unsigned)was);
    for (int i = 0; i < d->now->purpose_count && !back; i++) {
        int before = d->purposes.to_was[i];
        if (d->now->purposes[i].basis != BASIS_CONSENT || before == POLICY_NONE ||
            d->was->purposes[before].basis != BASIS_CONSENT)
            continue;
        struct diff_change *change = change_add(d, DIFF_OTHER, &place, "text-version",
                                                "%.*s is asked for anew",
                                                SPAN_FMT(d->now->purposes[i].name));
        tell_masks(d, change, false, d->now->purposes[i].uses);
        change_agree(d, change, i);
    }
}

void
diff_consent(struct differ *d)
{
    text_version_compare(d);
    struct place renew = head_place("consent", "consent.renew-after");
    struct place confirm = head_place("consent", "consent.confirm-within");
    const struct policy_consent *was = &d->was->consent, *now = &d->now->consent;
    struct diff_change *change = time_compare(d, &renew, "renew-after", &was->renew_after,
                                              &now->renew_after, "a consent counts for");
    if (change != NULL)
        tell_all(d, change);
    /* Without a purpose that is confirmed there is nothing to wait for. */
    if (was->confirm_within.set != now->confirm_within.set)
        (void)change_add(d, DIFF_OTHER, &confirm, "confirm-within",
                         now->confirm_within.set ? "a consent may wait to be confirmed"
                                                 : "no consent waits to be confirmed any more");
    else
        change = time_compare(d, &confirm, "confirm-within", &was->confirm_within,
                              &now->confirm_within, "a consent may wait to be confirmed for");
}
