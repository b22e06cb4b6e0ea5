/* The person's rights: all nine are there; the policy's rows say who else may ask, how, and how soon. */
#include "policy/page_priv.h"

static const struct {
    const char *lead, *says;
    bool shown; /* also when the policy does not speak of it */
} rights[RIGHT_COUNT] = {
    [RIGHT_ACCESS] = {"See it.", "Ask what we know about you, and we show you all of it, and what it is for.", true},
    [RIGHT_PORTABILITY] = {"Take it with you.", "You get it as a file that other programs can read.", true},
    [RIGHT_CORRECT] = {"Correct it.", "Tell us what is wrong, and we put it right.", true},
    [RIGHT_ERASE] = {"Have it erased.", "We erase what we know about you. What the law makes us keep is locked away "
                                        "until its time is over, and then it goes too.", true},
    [RIGHT_RESTRICT] = {"Stop us for a while.", "You can have your data left as they are, unused, while something is "
                                                "unclear.", true},
    [RIGHT_SUPPRESS] = {"Have it set aside.", "Your data stay, and nothing is done with them any more.", false},
    [RIGHT_OBJECT] = {"Object.", "You can tell us to stop what we do for our own or the public's reasons", false},
    [RIGHT_WITHDRAW] = {"Take back a yes.", "As easily as you gave it, and we stop from then on", false},
    [RIGHT_COMPLAIN] = {"Complain.", "You can complain about us to a data protection authority, for example the one "
                                     "where you live.", true},
};
static const char *const proofs[PROOF_COUNT] = {
    [PROOF_MAIL_LINK] = "by a link in a mail", [PROOF_SEALED_LINK] = "by a sealed link in a mail",
    [PROOF_LOGIN] = "by signing in",           [PROOF_DOCUMENT] = "by a document",
    [PROOF_STAFF] = "to one of our staff",     [PROOF_ORGANISATION] = "through your school, company or the like",
};

static void
own_words(struct pen *pen, struct span says)
{
    pen->ops->own_words(pen, true);
    pen_put(pen, says);
    pen->ops->own_words(pen, false);
}

static void
right_others(struct pen *pen, const struct policy_right_row *row)
{
    const struct policy *policy = pen->policy;
    int n = words_bits(&row->relations, policy->relation_count), at = 0;
    for (int i = 0; i < policy->relation_count && n > 0; i++) {
        if (!policy_bit(&row->relations, i))
            continue;
        pen_str(pen, at == 0 ? " It can be asked for you by " : "");
        pen_between(pen, at++, n);
        words_said(pen, policy->relations[i].says, policy->relations[i].name);
    }
    pen_str(pen, n > 0 ? "." : "");
}

static void
right_shown(struct pen *pen, const struct policy_right_row *row)
{
    int n = __builtin_popcount(row->shown_by), at = 0;
    for (int i = 0; i < PROOF_COUNT; i++) {
        if ((row->shown_by >> i & 1) == 0)
            continue;
        pen_str(pen, at == 0 ? " Who asks shows who they are " : at + 1 < n ? ", " : " or ");
        at++;
        pen_str(pen, proofs[i]);
    }
    pen_str(pen, n > 0 ? "." : "");
}

static bool
is_law(const struct policy_span_of_time *time, int months)
{
    return time->months == months && time->years == 0 && time->days == 0 && time->hours == 0;
}

static void
right_times(struct pen *pen, const struct policy_right_row *row)
{
    if (row->at_once)
        pen_str(pen, " It holds from the moment we get your word.");
    if (row->within.set && !is_law(&row->within, 1)) {
        pen_str(pen, " We answer within ");
        words_time(pen, &row->within);
        pen_str(pen, ".");
    }
    if (row->refer < 0 || row->refer >= pen->policy->organisation_count)
        return;
    const struct policy_organisation *first = &pen->policy->organisations[row->refer];
    pen_str(pen, " It goes to ");
    words_said(pen, first->says, first->name);
    pen_str(pen, " first; without an answer within ");
    words_time(pen, &row->fallback);
    pen_str(pen, " it is ours again.");
}

static bool
rests_on(enum policy_basis basis, int right)
{
    return right == RIGHT_WITHDRAW ? basis == BASIS_CONSENT
                                   : basis == BASIS_LEGITIMATE_INTERESTS || basis == BASIS_PUBLIC_INTEREST;
}

/* The purposes one can withdraw from or object to; how many there are. */
static int
right_purposes(struct pen *pen, int right)
{
    const struct policy *policy = pen->policy;
    int at = 0;
    for (int p = 0; p < policy->purpose_count; p++) {
        if (!rests_on(policy->purposes[p].basis, right))
            continue;
        pen_str(pen, at == 0 ? ": " : "; ");
        at++;
        words_purpose(pen, p);
    }
    return at;
}

static bool
has_purposes(const struct policy *policy, int right)
{
    for (int p = 0; p < policy->purpose_count; p++)
        if (rests_on(policy->purposes[p].basis, right))
            return true;
    return false;
}

static void
right_put(struct pen *pen, int i)
{
    const struct policy_right_row *row = &pen->policy->rights[i];
    bool listed = i == RIGHT_OBJECT || i == RIGHT_WITHDRAW;
    if (listed ? !has_purposes(pen->policy, i) && !row->told : !rights[i].shown && !row->told)
        return;
    words_lead(pen, rights[i].lead);
    if (row->says.n > 0)
        own_words(pen, row->says);
    if (row->says.n == 0 || (listed && has_purposes(pen->policy, i))) {
        pen_str(pen, row->says.n > 0 ? " " : "");
        pen_str(pen, rights[i].says);
    }
    if (listed && right_purposes(pen, i) > 0)
        pen_str(pen, ".");
    right_others(pen, row);
    right_shown(pen, row);
    right_times(pen, row);
    pen->ops->item(pen, false);
}

static void
consent_times(struct pen *pen)
{
    const struct policy_consent *consent = &pen->policy->consent;
    if (!consent->renew_after.set && !consent->confirm_within.set)
        return;
    pen->ops->para(pen, true);
    if (consent->renew_after.set) {
        pen_str(pen, "What you once agreed to does not bind you for ever: after ");
        words_time(pen, &consent->renew_after);
        pen_str(pen, " we ask again, and without a new yes we stop. ");
    }
    if (consent->confirm_within.set) {
        pen_str(pen, "Where we ask you to confirm a yes, you have ");
        words_time(pen, &consent->confirm_within);
        pen_str(pen, "; after that it counts as no.");
    }
    pen->ops->para(pen, false);
}

void
page_rights(struct pen *pen)
{
    static const char *const opening =
        "You need no reason, and it costs you nothing. The law gives us a month to answer; if a case is hard we tell you "
        "so within that month, and may then take up to two months more.";
    pen->ops->para(pen, true);
    pen_str(pen, opening);
    pen->ops->para(pen, false);
    pen->ops->list(pen, true);
    for (int i = 0; i < RIGHT_COUNT; i++)
        right_put(pen, i);
    pen->ops->list(pen, false);
    consent_times(pen);
}
