/* Where data lie, where to write to, where customers are, and how safe we say they are. */
#include "policy/diff_priv.h"

static struct place
head_place(const char *section, const char *address)
{
    return (struct place){.section = section, .rule = RULE_NONE, .address = address};
}

static bool
host_same(const struct policy_host *a, const struct policy_host *b)
{
    return span_eq(a->place, b->place) && span_eq(a->country, b->country) && span_eq(a->what, b->what);
}

static const struct policy_host *
hosted(const struct policy *policy, const struct policy_host *host)
{
    for (int i = 0; i < policy->host_count; i++)
        if (host_same(&policy->hosts[i], host))
            return &policy->hosts[i];
    return NULL;
}

/* What a certificate is worth is nothing we could weigh; that there is one is. */
static bool
certificate_compare(struct differ *d, const struct place *place, const struct policy_host *was,
                    const struct policy_host *now)
{
    bool same = span_eq(was->certificate, now->certificate);
    if (same && was->from_days == now->from_days && was->to_days == now->to_days)
        return false;
    enum diff_side side = now->certificate.n == 0 ? DIFF_WIDER : was->certificate.n == 0 ? DIFF_NARROWER : DIFF_OTHER;
    struct diff_change *change =
        now->certificate.n == 0
            ? change_add(d, side, place, "", "%.*s has no certificate any more", SPAN_FMT(now->place))
            : change_add(d, side, place, "", same ? "%.*s has its certificate for other days: %.*s"
                                                  : "%.*s has the certificate %.*s",
                         SPAN_FMT(now->place), SPAN_FMT(now->certificate));
    tell_all(d, change);
    return true;
}

static void
hosts_compare(struct differ *d)
{
    struct place place = head_place("hosted", "policy.hosted");
    bool any = false, same = d->was->host_count == d->now->host_count;
    for (int i = 0; i < d->now->host_count; i++) {
        const struct policy_host *host = &d->now->hosts[i];
        same = same && host_same(&d->was->hosts[i], host);
        const struct policy_host *before = hosted(d->was, host);
        if (before != NULL) {
            any = certificate_compare(d, &place, before, host) || any;
            continue;
        }
        any = true;
        tell_all(d, change_add(d, DIFF_WIDER, &place, "", "data lie in %.*s (%.*s) for %.*s",
                               SPAN_FMT(host->place), SPAN_FMT(host->country), SPAN_FMT(host->what)));
    }
    for (int i = 0; i < d->was->host_count; i++) {
        const struct policy_host *host = &d->was->hosts[i];
        if (hosted(d->now, host) != NULL)
            continue;
        any = true;
        (void)change_add(d, DIFF_NARROWER, &place, "", "data no longer lie in %.*s (%.*s) for %.*s",
                         SPAN_FMT(host->place), SPAN_FMT(host->country), SPAN_FMT(host->what));
    }
    if (!same && !any)
        (void)change_add(d, DIFF_OTHER, &place, "", "the places stand in another order");
}

static void
offices_compare(struct differ *d)
{
    struct place place = head_place("office", "policy.offices");
    bool same = d->was->office_count == d->now->office_count;
    for (int i = 0; same && i < d->now->office_count; i++)
        same = span_eq(d->was->offices[i].whom, d->now->offices[i].whom) &&
               span_eq(d->was->offices[i].address, d->now->offices[i].address);
    if (!same)
        tell_all(d, change_add(d, DIFF_OTHER, &place, "", "there are other addresses to write to"));
}

static bool
sold(const struct policy *policy, struct span country)
{
    for (int i = 0; i < policy->sell_count; i++)
        if (span_eq(policy->sells[i], country))
            return true;
    return false;
}

static void
sells_compare(struct differ *d)
{
    struct place place = head_place("policy", "policy.sells-to");
    for (int i = 0; i < d->now->sell_count; i++)
        if (!sold(d->was, d->now->sells[i]))
            (void)change_add(d, DIFF_OTHER, &place, "sells-to", "there are customers in %.*s too", SPAN_FMT(d->now->sells[i]));
    for (int i = 0; i < d->was->sell_count; i++)
        if (!sold(d->now, d->was->sells[i]))
            (void)change_add(d, DIFF_OTHER, &place, "sells-to", "there are no customers in %.*s any more",
                             SPAN_FMT(d->was->sells[i]));
}

/* The levels that are higher in `a`, each with what it is in the new policy and was in the old one. */
static struct span
levels_beyond(struct differ *d, const struct policy_controls *a, const struct policy_controls *b, bool a_is_now)
{
    struct buf out = arena_buf(d->arena, 256);
    for (int i = 0; i < CONTROL_COUNT; i++)
        if (a->level[i] > b->level[i])
            buf_fmt(&out, "%s%s (%d, was %d)", out.n > 0 ? ", " : "", policy_control_name((enum policy_control)i),
                    a_is_now ? a->level[i] : b->level[i], a_is_now ? b->level[i] : a->level[i]);
    arena_buf_trim(d->arena, &out);
    return buf_span(&out);
}

struct diff_change *
controls_compare(struct differ *d, const struct place *place, const struct policy_controls *was,
                 const struct policy_controls *now)
{
    struct span lower = levels_beyond(d, was, now, false), higher = levels_beyond(d, now, was, true);
    if (higher.n > 0)
        (void)change_add(d, DIFF_NARROWER, place, "controls", "keeps data safer in %.*s", SPAN_FMT(higher));
    return lower.n == 0 ? NULL
                        : change_add(d, DIFF_WIDER, place, "controls", "keeps data less safe in %.*s", SPAN_FMT(lower));
}

void
diff_places(struct differ *d)
{
    hosts_compare(d);
    offices_compare(d);
    sells_compare(d);
    struct place place = head_place("policy", "policy.controls");
    struct diff_change *change = controls_compare(d, &place, &d->was->controls, &d->now->controls);
    if (change != NULL)
        tell_all(d, change);
    if (memcmp(&d->was->controls, &d->now->controls, sizeof d->now->controls) != 0)
        return;
    change = flag_compare(d, &place, "controls", d->was->controls_set, d->now->controls_set, DIFF_NARROWER,
                          "says how safe data are kept", "no longer says how safe data are kept");
    if (change != NULL)
        tell_all(d, change);
}
