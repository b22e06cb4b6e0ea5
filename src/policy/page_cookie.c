/* What is left in browsers. */
#include "policy/page_priv.h"

static void
cookie_kind(struct pen *pen, const struct policy_cookie *cookie)
{
    static const char *const words[] = {"", " (in the browser's own storage)", " (in the browser's own storage)",
                                        " (an invisible picture)", " (something shown inside our pages)"};
    pen_str(pen, words[cookie->kind]);
}

/* Whose it is, and where it is loaded from. */
static void
cookie_others(struct pen *pen, const struct policy_cookie *cookie)
{
    if (cookie->by == POLICY_NONE)
        return;
    pen_str(pen, "; set and read by ");
    pen_put(pen, pen->policy->recipients[cookie->by].legal_name);
    for (int i = 0; i < cookie->script_count; i++) {
        pen_str(pen, i == 0 ? ", loaded from " : " and ");
        pen_put(pen, cookie->scripts[i]);
    }
}

static void
cookie_row(struct pen *pen, const struct policy_cookie *cookie)
{
    pen->ops->row(pen, true);
    pen->ops->cell(pen, true);
    pen_put(pen, cookie->name);
    cookie_kind(pen, cookie);
    pen->ops->cell(pen, false);
    pen->ops->cell(pen, true);
    if (cookie->says.n > 0)
        pen_put(pen, cookie->says);
    else if (cookie->purpose != POLICY_NONE)
        words_purpose(pen, cookie->purpose);
    cookie_others(pen, cookie);
    pen->ops->cell(pen, false);
    pen->ops->cell(pen, true);
    if (cookie->session)
        pen_str(pen, "until you close the browser");
    else
        words_time(pen, &cookie->life);
    pen->ops->cell(pen, false);
    pen->ops->cell(pen, true);
    pen_str(pen, cookie->essential ? "always, because the pages do not work without it"
                                   : "only if you agree");
    if (cookie->signal_off)
        pen_str(pen, ", and never while your browser signals that it wants no such thing (Global Privacy Control)");
    pen->ops->cell(pen, false);
    pen->ops->row(pen, false);
}

void
page_cookies(struct pen *pen)
{
    static const char *const columns[] = {"Name", "What it does", "How long", "When we set it"};
    if (pen->policy->cookie_count == 0) {
        pen->ops->para(pen, true);
        pen_str(pen, "We leave no cookies in your browser.");
        pen->ops->para(pen, false);
        return;
    }
    pen->ops->table(pen, "Cookies in your browser", columns, 4);
    for (int i = 0; i < pen->policy->cookie_count; i++)
        cookie_row(pen, &pen->policy->cookies[i]);
    pen->ops->table_end(pen);
}
