/* What is left in browsers. */
#include "policy/diff_priv.h"

/* A cookie's life: to the end of the session is shorter than any length of time. */
static void
life_compare(struct differ *d, const struct place *place, const struct policy_cookie *was,
             const struct policy_cookie *now)
{
    struct diff_change *change = NULL;
    if (was->session != now->session) {
        struct span life = time_words(d, was->session ? &now->life : &was->life);
        change = was->session ? change_add(d, DIFF_WIDER, place, "life", "lives %.*s, was a session",
                                           SPAN_FMT(life))
                              : change_add(d, DIFF_NARROWER, place, "life",
                                           "ends with the session, lived %.*s", SPAN_FMT(life));
    } else {
        change = time_compare(d, place, "life", &was->life, &now->life, "lives");
    }
    if (change != NULL)
        tell_all(d, change);
}

static void
scope_cookie(struct differ *d, struct diff_change *change, const struct policy_cookie *cookie)
{
    scope_set(change, ACT(ACT_COOKIE), POLICY_NONE, POLICY_NONE, POLICY_NONE);
    change->scope.cookie = (int)(cookie - d->now->cookies);
}

static struct span
cookie_purpose(const struct policy *policy, const struct policy_cookie *cookie)
{
    return cookie->purpose == POLICY_NONE ? SPAN_NONE : policy->purposes[cookie->purpose].name;
}

static const char *
kind_words(enum policy_cookie_kind kind)
{
    static const char *const words[] = {"a cookie", "local storage", "session storage", "a counting pixel",
                                        "something embedded"};
    return words[kind];
}

static bool
script_of(const struct policy_cookie *cookie, struct span origin)
{
    for (int i = 0; i < cookie->script_count; i++)
        if (span_eq(cookie->scripts[i], origin))
            return true;
    return false;
}

/* Whose it is, and whose scripts come with it. */
static void
others_compare(struct differ *d, const struct place *place, const struct policy_cookie *was,
               const struct policy_cookie *now)
{
    struct span a = was->by == POLICY_NONE ? SPAN_NONE : d->was->recipients[was->by].name;
    struct span b = now->by == POLICY_NONE ? SPAN_NONE : d->now->recipients[now->by].name;
    if (!span_eq(a, b) && b.n > 0)
        tell_all(d, change_add(d, DIFF_WIDER, place, "by", "is set or read by %.*s now", SPAN_FMT(b)));
    else if (!span_eq(a, b))
        (void)change_add(d, DIFF_NARROWER, place, "by", "is no longer set or read by %.*s", SPAN_FMT(a));
    if (was->kind != now->kind)
        tell_all(d, change_add(d, DIFF_WIDER, place, "kind", "is %s now, was %s", kind_words(now->kind), kind_words(was->kind)));
    for (int i = 0; i < now->script_count; i++)
        if (!script_of(was, now->scripts[i]))
            tell_all(d, change_add(d, DIFF_WIDER, place, "scripts", "loads from %.*s too", SPAN_FMT(now->scripts[i])));
    for (int i = 0; i < was->script_count; i++)
        if (!script_of(now, was->scripts[i]))
            (void)change_add(d, DIFF_NARROWER, place, "scripts", "loads nothing from %.*s any more", SPAN_FMT(was->scripts[i]));
    struct diff_change *change =
        flag_compare(d, place, "signal-off", was->signal_off, now->signal_off, DIFF_NARROWER,
                     "is kept off by the browser's signal", "is set whatever the browser signals");
    if (change == NULL)
        return;
    tell_all(d, change);
    scope_cookie(d, change, now);
}

static void
cookie_compare(struct differ *d, const struct place *place, const struct policy_cookie *was,
               const struct policy_cookie *now)
{
    struct diff_change *change = flag_compare(
        d, place, "essential", was->essential, now->essential, DIFF_WIDER,
        "is called essential now, and waits for nobody's consent", "waits for consent now");
    if (change != NULL) {
        tell_all(d, change);
        scope_cookie(d, change, now);
    }
    struct span a = cookie_purpose(d->was, was), b = cookie_purpose(d->now, now);
    if (!span_eq(a, b)) {
        change = a.n == 0   ? change_add(d, DIFF_OTHER, place, "purpose", "serves %.*s now", SPAN_FMT(b))
                 : b.n == 0 ? change_add(d, DIFF_OTHER, place, "purpose", "names no purpose any more")
                            : change_add(d, DIFF_WIDER, place, "purpose", "serves %.*s now, was %.*s",
                                         SPAN_FMT(b), SPAN_FMT(a));
        tell_all(d, change);
        scope_cookie(d, change, now);
        if (a.n > 0 && b.n > 0)
            (void)change_add(d, DIFF_NARROWER, place, "purpose", "serves %.*s no more", SPAN_FMT(a));
    }
    life_compare(d, place, was, now);
    others_compare(d, place, was, now);
    change = says_compare(d, place, was->says, now->says);
    if (change != NULL)
        tell_all(d, change);
}

void
diff_cookies(struct differ *d)
{
    for (int i = 0; i < d->was->cookie_count; i++) {
        const struct policy_cookie *row = &d->was->cookies[i];
        struct place place = {"cookie", row->name, row->rule, true, NULL};
        if (d->cookies.to_now[i] == POLICY_NONE)
            (void)change_add(d, DIFF_NARROWER, &place, "", "is set no more");
    }
    for (int i = 0; i < d->now->cookie_count; i++) {
        const struct policy_cookie *row = &d->now->cookies[i];
        struct place place = {"cookie", row->name, row->rule, false, NULL};
        int was = d->cookies.to_was[i];
        if (was != POLICY_NONE) {
            cookie_compare(d, &place, &d->was->cookies[was], row);
            continue;
        }
        struct span purpose = cookie_purpose(d->now, row);
        struct diff_change *change =
            row->essential ? change_add(d, DIFF_WIDER, &place, "", "is a new cookie, set without asking")
                           : change_add(d, DIFF_WIDER, &place, "", "is a new cookie, for %.*s",
                                        SPAN_FMT(purpose));
        tell_all(d, change);
        scope_cookie(d, change, row);
    }
}
