/* Mail, changes, breach, what nothing can show, and what words mean. */
#include "policy/page_priv.h"

static void
quoted(struct pen *pen, struct span says)
{
    pen->ops->own_words(pen, true);
    pen_put(pen, says);
    pen->ops->own_words(pen, false);
}

bool
page_has_mail(const struct policy *policy)
{
    return policy->mail.template_count > 0;
}

void
page_mail(struct pen *pen)
{
    const struct policy *policy = pen->policy;
    static const char *const columns[] = {"Mail", "From", "What for", "Signing off"};
    pen->ops->para(pen, true);
    pen_str(pen, "We write to you with these mails and no others.");
    if (policy->mail.blocks)
        pen_str(pen, " Who signed off once stays signed off, until they ask for it anew.");
    pen->ops->para(pen, false);
    pen->ops->table(pen, "Mails", columns, 4);
    for (int i = 0; i < policy->mail.template_count; i++) {
        const struct policy_template *row = &policy->mail.templates[i];
        const struct policy_sender *from = &policy->mail.senders[row->sender];
        pen->ops->row(pen, true);
        pen->ops->cell(pen, true);
        pen->capital = true;
        words_said(pen, row->says, row->name);
        pen->ops->cell(pen, false);
        pen->ops->cell(pen, true);
        pen_put(pen, from->address);
        pen->ops->cell(pen, false);
        pen->ops->cell(pen, true);
        words_purpose(pen, row->purpose);
        if (row->track_opens) {
            pen_str(pen, "; if you agree, we see whether you opened it, ");
            words_purpose(pen, row->open_purpose);
        }
        pen->ops->cell(pen, false);
        pen->ops->cell(pen, true);
        pen_str(pen, row->unsubscribe ? "by the link in each" : "not possible, we owe it to you");
        pen->ops->cell(pen, false);
        pen->ops->row(pen, false);
    }
    pen->ops->table_end(pen);
}

bool
page_has_changes(const struct policy *policy)
{
    return policy->changes.set;
}

static void
channels(struct pen *pen, unsigned bits)
{
    static const char *const words[CHANNEL_COUNT] = {"on this page", "in a banner on our pages", "in the app",
                                                     "by e-mail",    "by post",                  "in a feed"};
    int n = __builtin_popcount(bits), at = 0;
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        if ((bits >> i & 1) == 0)
            continue;
        pen_between(pen, at++, n);
        pen_str(pen, words[i]);
    }
}

void
page_changes(struct pen *pen)
{
    const struct policy_changes *changes = &pen->policy->changes;
    pen->ops->para(pen, true);
    if (changes->posted != 0) {
        pen_str(pen, "Every change of this policy is posted ");
        channels(pen, changes->posted);
        pen_str(pen, ". ");
    }
    if (changes->told != 0) {
        pen_str(pen, "When a change lets us do more, we tell you ");
        channels(pen, changes->told);
        pen_str(pen, ". ");
    }
    if (changes->before.set) {
        pen_str(pen, "Such a change holds no sooner than ");
        words_time(pen, &changes->before);
        pen_str(pen, " after it was published. ");
    }
    pen_str(pen, "Using our service is no consent to it: where we need your yes, we ask for it anew, and what you gave "
                 "us before stays under what we promised then.");
    pen->ops->para(pen, false);
}

bool
page_has_breach(const struct policy *policy)
{
    return policy->breach.set;
}

void
page_breach(struct pen *pen)
{
    const struct policy_breach *breach = &pen->policy->breach;
    pen->ops->para(pen, true);
    pen_str(pen, "If somebody gets at data they must not see, we tell ");
    if (breach->authority_url.n > 0)
        pen->ops->link(pen, "url", breach->authority_url, breach->authority);
    else
        pen_put(pen, breach->authority);
    pen_str(pen, " within ");
    words_time(pen, &breach->authority_within);
    pen_str(pen, " of learning of it");
    if (breach->people_within.set) {
        pen_str(pen, ", and you yourself within ");
        words_time(pen, &breach->people_within);
        pen_str(pen, " when it may harm you");
    }
    pen_str(pen, ".");
    pen->ops->para(pen, false);
}

bool
page_has_unproven(const struct policy *policy)
{
    return policy->unproven_count > 0;
}

void
page_unproven(struct pen *pen)
{
    pen->ops->para(pen, true);
    pen_str(pen, "What stands above is kept by a program, and we can show it. These promises are kept by people alone; "
                 "we make them all the same, and say why nothing can show them.");
    pen->ops->para(pen, false);
    pen->ops->list(pen, true);
    for (int i = 0; i < pen->policy->unproven_count; i++) {
        pen->ops->item(pen, true);
        quoted(pen, pen->policy->unproven[i].says);
        pen_str(pen, " ");
        quoted(pen, pen->policy->unproven[i].why);
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
        quoted(pen, row->says);
        pen->ops->item(pen, false);
    }
    pen->ops->list(pen, false);
}
