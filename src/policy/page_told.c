/* Mail, changes, breach, what nothing can show, and what words mean. */
#include "policy/page_priv.h"

/* --- mail ------------------------------------------------------------------------- */

bool
page_has_mail(const struct policy *policy)
{
    return policy->mail.template_count > 0;
}

static void
mail_row(struct pen *pen, const struct policy_template *row)
{
    pen_row(pen);
    pen_cell(pen);
    pen->capital = true;
    words_said(pen, row->says, row->name);
    pen_cell(pen);
    pen_put(pen, pen->policy->mail.senders[row->sender].address);
    pen_cell(pen);
    words_purpose(pen, row->purpose);
    if (row->track_opens) {
        pen_str(pen, "; ");
        pen_say(pen, "if you agree, we see whether you opened it: {purpose}", say_purpose("purpose", row->open_purpose));
    }
    pen_cell(pen);
    if (row->unsubscribe)
        pen_say(pen, "by the link in each");
    else
        pen_say(pen, "not possible, we owe it to you");
}

void
page_mail(struct pen *pen)
{
    static const char *const columns[] = {SAY("Mail"), SAY("From"), SAY("What for"), SAY("Signing off")};
    const struct policy_mail *mail = &pen->policy->mail;
    words_para(pen, SAY("We write to you with these mails and no others."));
    if (mail->blocks)
        words_para(pen, SAY("Who signed off once stays signed off, until they ask for it anew."));
    pen_table(pen, SAY("Mails"), columns, 4);
    for (int i = 0; i < mail->template_count; i++)
        mail_row(pen, &mail->templates[i]);
    pen_table_end(pen);
}

/* --- changes ------------------------------------------------------------------------ */

bool
page_has_changes(const struct policy *policy)
{
    return policy->changes.set;
}

static void
channels_put(struct pen *pen, const void *what, int64_t n)
{
    static const char *const words[CHANNEL_COUNT] = {SAY("on this page"), SAY("in a banner on our pages"), SAY("in the app"),
                                                     SAY("by e-mail"), SAY("by post"), SAY("in a feed")};
    unsigned bits = (unsigned)n;
    int count = __builtin_popcount(bits), at = 0;
    (void)what;
    for (int i = 0; i < CHANNEL_COUNT; i++)
        if ((bits >> i & 1) != 0) {
            pen_between(pen, at++, count);
            pen_say(pen, words[i]);
        }
}

void
page_changes(struct pen *pen)
{
    const struct policy_changes *changes = &pen->policy->changes;
    pen->ops->para(pen, true);
    if (changes->posted != 0) {
        pen_say(pen, "Every change of this policy is posted {places}.", say_put("places", channels_put, NULL, changes->posted));
        pen_str(pen, " ");
    }
    if (changes->told != 0) {
        pen_say(pen, "When a change lets us do more, we tell you {places}.", say_put("places", channels_put, NULL, changes->told));
        pen_str(pen, " ");
    }
    if (changes->before.set) {
        pen_say(pen, "Such a change holds no sooner than {time} after it was published.", say_time("time", &changes->before));
        pen_str(pen, " ");
    }
    pen_say(pen, "Using our service is no consent to it: where we need your yes, we ask for it anew, and what you gave us "
                 "before stays under what we promised then.");
    pen->ops->para(pen, false);
}

/* --- breach ---------------------------------------------------------------------------- */

bool
page_has_breach(const struct policy *policy)
{
    return policy->breach.set;
}

static void
authority_put(struct pen *pen, const void *what, int64_t n)
{
    const struct policy_breach *breach = what;
    (void)n;
    pen->plain = true;
    if (breach->authority_url.n > 0)
        pen->ops->link(pen, "web", breach->authority_url, breach->authority);
    else
        pen_put(pen, breach->authority);
    pen->plain = false;
}

void
page_breach(struct pen *pen)
{
    const struct policy_breach *breach = &pen->policy->breach;
    struct say_part authority = say_put("authority", authority_put, breach, 0), time = say_time("time", &breach->authority_within);
    pen->ops->para(pen, true);
    if (breach->people_within.set)
        pen_say(pen, "If somebody gets at data they must not see, we tell {authority} within {time} of learning of it, and you "
                     "yourself within {you} when it may harm you.",
                authority, time, say_time("you", &breach->people_within));
    else
        pen_say(pen, "If somebody gets at data they must not see, we tell {authority} within {time} of learning of it.", authority,
                time);
    pen->ops->para(pen, false);
}

/* --- what nothing can show, and what words mean -------------------------------------------- */

bool
page_has_unproven(const struct policy *policy)
{
    return policy->unproven_count > 0;
}

void
page_unproven(struct pen *pen)
{
    words_para(pen, SAY("What stands above is kept by a program, and we can show it. These promises are kept by people alone; "
                        "we make them all the same, and say why nothing can show them."));
    pen->ops->list(pen, true);
    for (int i = 0; i < pen->policy->unproven_count; i++) {
        pen->ops->item(pen, true);
        words_said(pen, pen->policy->unproven[i].says, SPAN_NONE);
        pen_str(pen, " ");
        words_said(pen, pen->policy->unproven[i].why, SPAN_NONE);
        pen->ops->item(pen, false);
    }
    pen->ops->list(pen, false);
}

bool
page_has_terms(const struct policy *policy)
{
    return policy->term_count > 0;
}

void
page_terms(struct pen *pen)
{
    pen->ops->list(pen, true);
    for (int i = 0; i < pen->policy->term_count; i++) {
        const struct policy_term *row = &pen->policy->terms[i];
        pen->ops->item(pen, true);
        pen->capital = true;
        words_name(pen, row->name);
        pen_str(pen, ": ");
        words_said(pen, row->says, SPAN_NONE);
        pen->ops->item(pen, false);
    }
    pen->ops->list(pen, false);
}
