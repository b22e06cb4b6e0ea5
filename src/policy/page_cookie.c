/* What is left in browsers. */
#include "policy/page_priv.h"

static void
cookie_name(struct pen *pen, const struct policy_cookie *cookie)
{
    struct say_part name = say_text("name", cookie->name);
    switch (cookie->kind) {
    case COOKIE_COOKIE:
        pen_put(pen, cookie->name);
        break;
    case COOKIE_LOCAL:
    case COOKIE_SESSION_STORE:
        pen_say(pen, "{name} (in the browser's own storage)", name);
        break;
    case COOKIE_PIXEL:
        pen_say(pen, "{name} (an invisible picture)", name);
        break;
    case COOKIE_EMBED:
        pen_say(pen, "{name} (something shown inside our pages)", name);
        break;
    }
}

static void
scripts_put(struct pen *pen, const void *what, int64_t n)
{
    const struct policy_cookie *cookie = what;
    (void)n;
    for (int i = 0; i < cookie->script_count; i++) {
        pen_between(pen, i, cookie->script_count);
        pen_put(pen, cookie->scripts[i]);
    }
}

/* Whose it is, and where it is loaded from. */
static void
cookie_others(struct pen *pen, const struct policy_cookie *cookie)
{
    if (cookie->by == POLICY_NONE)
        return;
    struct say_part who = say_recipient("who", cookie->by);
    pen_str(pen, "; ");
    if (cookie->script_count == 0)
        pen_say(pen, "set and read by {who}", who);
    else
        pen_say(pen, "set and read by {who}, loaded from {places}", who, say_put("places", scripts_put, cookie, 0));
}

static void
cookie_row(struct pen *pen, const struct policy_cookie *cookie)
{
    pen_row(pen);
    pen_cell(pen);
    cookie_name(pen, cookie);
    pen_cell(pen);
    if (cookie->says.n > 0)
        words_said(pen, cookie->says, cookie->name);
    else if (cookie->purpose != POLICY_NONE)
        words_purpose(pen, cookie->purpose);
    cookie_others(pen, cookie);
    pen_cell(pen);
    if (cookie->session)
        pen_say(pen, "until you close the browser");
    else
        words_time(pen, &cookie->life);
    pen_cell(pen);
    if (cookie->essential)
        pen_say(pen, "always, because the pages do not work without it");
    else if (cookie->signal_off)
        pen_say(pen, "only if you agree, and never while your browser signals that it wants no such thing (Global Privacy "
                     "Control)");
    else
        pen_say(pen, "only if you agree");
}

void
page_cookies(struct pen *pen)
{
    static const char *const columns[] = {SAY("Name"), SAY("What it does"), SAY("How long"), SAY("When we set it")};
    if (pen->policy->cookie_count == 0) {
        words_para(pen, SAY("We leave no cookies in your browser."));
        return;
    }
    pen_table(pen, SAY("Cookies in your browser"), columns, 4);
    for (int i = 0; i < pen->policy->cookie_count; i++)
        cookie_row(pen, &pen->policy->cookies[i]);
    pen_table_end(pen);
}
