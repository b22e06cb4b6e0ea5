/* Who else gets data. */
#include "policy/page_priv.h"

static void
cell(struct pen *pen, bool open)
{
    pen->ops->cell(pen, open);
}

static void
para(struct pen *pen, const char *s)
{
    pen->ops->para(pen, true);
    pen_str(pen, s);
    pen->ops->para(pen, false);
}

/* "; " before all but the first. */
static void
also(struct pen *pen, bool *any)
{
    pen_str(pen, *any ? "; " : "");
    *any = true;
}

static const char *
role_words(enum policy_recipient_role role)
{
    switch (role) {
    case RECIPIENT_PROCESSOR: return "works for us and as we say";
    case RECIPIENT_CONTROLLER: return "decides for itself what it does with them";
    case RECIPIENT_JOINT: return "decides together with us";
    case RECIPIENT_SUCCESSOR: return "takes over from us, and keeps this policy";
    case RECIPIENT_AUTHORITY: return "an authority";
    }
    return "";
}

static void
link_put(struct pen *pen, bool *any, struct span url, const char *words)
{
    if (url.n == 0)
        return;
    also(pen, any);
    pen->ops->link(pen, "web", url, span_str(words));
}

static void
recipient_name(struct pen *pen, const struct policy_recipient *row)
{
    bool any = true;
    pen_put(pen, row->legal_name);
    pen_str(pen, " (");
    pen_put(pen, row->country);
    pen_str(pen, "), ");
    pen_put(pen, row->class);
    pen_str(pen, ": ");
    pen_str(pen, role_words(row->role));
    if (row->part_of != POLICY_NONE) {
        pen_str(pen, ", for ");
        pen_put(pen, pen->policy->recipients[row->part_of].legal_name);
    }
    link_put(pen, &any, row->terms_url, "its own terms");
    link_put(pen, &any, row->opt_out_url, "where you can opt out");
}

static const char *
erase_words(struct span way)
{
    return span_is(way, "webhook") ? "at once by a message of our server"
           : span_is(way, "email") ? "by e-mail"
           : span_is(way, "post")  ? "by letter"
                                   : "as its contract says";
}

static void
recipient_keeps(struct pen *pen, const struct policy_recipient *row)
{
    if (row->keeps.set) {
        pen_str(pen, "at most ");
        words_time(pen, &row->keeps);
        pen_str(pen, " after it has done its task");
    } else {
        words_said(pen, row->keeps_law, SPAN_NONE);
    }
    if (row->erase_by.n == 0)
        return;
    pen_str(pen, "; when we erase, we tell it ");
    pen_str(pen, erase_words(row->erase_by));
    if (!row->acknowledge.set)
        return;
    pen_str(pen, ", and it must say that it has done the same within ");
    words_time(pen, &row->acknowledge);
}

static const char *
assurance_words(enum policy_assurance_kind kind)
{
    switch (kind) {
    case ASSURANCE_DPA: return "a contract on working for us (GDPR Art. 28)";
    case ASSURANCE_ADEQUACY: return "a decision that data are as safe in that country (GDPR Art. 45)";
    case ASSURANCE_CLAUSES: return "standard contractual clauses (GDPR Art. 46)";
    case ASSURANCE_BINDING_RULES: return "binding rules of its group (GDPR Art. 47)";
    case ASSURANCE_CERTIFICATE: return "a certificate";
    case ASSURANCE_CODE: return "a code of conduct (GDPR Art. 46)";
    case ASSURANCE_USE_LIMIT: return "its word to use them for our service alone";
    case ASSURANCE_NOTICE: return "its word to tell us when it can no longer protect them";
    case ASSURANCE_COUNT: break;
    }
    return "";
}

/* Whether another row of the same paper ends later: then that one is told. */
static bool
is_renewed(const struct policy_recipient *row, int i)
{
    const struct policy_assurance *paper = &row->assurances[i];
    for (int j = 0; j < row->assurance_count; j++) {
        const struct policy_assurance *other = &row->assurances[j];
        bool later = paper->to_days != 0 && (other->to_days == 0 || other->to_days > paper->to_days);
        if (later && other->kind == paper->kind && span_eq(other->name, paper->name))
            return true;
    }
    return false;
}

static bool
has_authority(const struct policy *policy)
{
    for (int i = 0; i < policy->recipient_count; i++)
        if (policy->recipients[i].role == RECIPIENT_AUTHORITY)
            return true;
    return false;
}

static void
recipient_rests(struct pen *pen, const struct policy_recipient *row)
{
    bool any = false;
    for (int i = 0; i < row->assurance_count; i++) {
        const struct policy_assurance *paper = &row->assurances[i];
        if (is_renewed(row, i))
            continue;
        also(pen, &any);
        pen_str(pen, assurance_words(paper->kind));
        if (paper->name.n > 0) {
            pen_str(pen, " \xe2\x80\x93 ");
            pen_put(pen, paper->name);
        }
        pen_str(pen, ", ");
        if (paper->to_days == 0) {
            pen_str(pen, "since ");
            words_date(pen, paper->from_days);
        } else {
            pen_str(pen, "until ");
            words_date(pen, paper->to_days);
        }
    }
    if (row->role == RECIPIENT_AUTHORITY) {
        also(pen, &any);
        pen_str(pen, "the law");
        return;
    }
    also(pen, &any);
    if (row->signed_days == 0) {
        pen_str(pen, "it has signed no terms yet, and gets nothing before");
        return;
    }
    pen_str(pen, "terms signed on ");
    words_date(pen, row->signed_days);
}

static void
recipient_row(struct pen *pen, const struct policy_recipient *row)
{
    pen->ops->row(pen, true);
    cell(pen, true);
    recipient_name(pen, row);
    cell(pen, false);
    cell(pen, true);
    if (!words_uses(pen, row->gets))
        pen_str(pen, "nothing");
    cell(pen, false);
    cell(pen, true);
    words_said(pen, row->task, SPAN_NONE);
    pen_str(pen, ": ");
    words_purposes(pen, &row->purposes);
    cell(pen, false);
    cell(pen, true);
    recipient_keeps(pen, row);
    cell(pen, false);
    cell(pen, true);
    recipient_rests(pen, row);
    cell(pen, false);
    pen->ops->row(pen, false);
}

void
page_recipients(struct pen *pen)
{
    static const char *const columns[] = {"Who", "What it gets", "What for", "How long it keeps it", "What that rests on"};
    const struct policy *policy = pen->policy;
    if (policy->recipient_count == 0) {
        para(pen, policy->ground_count == 0 ? "Nobody else gets your data."
                                            : "Nobody else gets your data, unless they have to be handed over: on which "
                                              "grounds that may be stands in the next part.");
        return;
    }
    para(pen, "These get some of your data, and nobody else does. Each gets what stands beside it and no more, for these "
              "purposes and no other, and nothing is sent to it any more once something of what that rests on is over.");
    if (policy->controls_set)
        para(pen, has_authority(policy) ? "None of them keeps data less safe than we do in any respect. What an authority does "
                                          "is not ours to choose."
                                        : "None of them keeps data less safe than we do in any respect.");
    pen->ops->table(pen, "Who else gets your data", columns, 5);
    for (int i = 0; i < policy->recipient_count; i++)
        recipient_row(pen, &policy->recipients[i]);
    pen->ops->table_end(pen);
}
