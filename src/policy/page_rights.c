/* The person's rights: all nine are there; the policy's rows say who else may ask, how, and how soon. */
#include "policy/page_priv.h"

static const struct {
    const char *lead, *says;
    bool shown; /* also when the policy does not speak of it */
} rights[RIGHT_COUNT] = {
    [RIGHT_ACCESS] = {SAY("See it."), SAY("Ask what we know about you, and we show you all of it, and what it is for."), true},
    [RIGHT_PORTABILITY] = {SAY("Take it with you."), SAY("You get it as a file that other programs can read."), true},
    [RIGHT_CORRECT] = {SAY("Correct it."), SAY("Tell us what is wrong, and we put it right."), true},
    [RIGHT_ERASE] = {SAY("Have it erased."), SAY("We erase what we know about you. What the law makes us keep is locked away "
                                                 "until its time is over, and then it goes too."), true},
    [RIGHT_RESTRICT] = {SAY("Stop us for a while."), SAY("You can have your data left as they are, unused, while something "
                                                         "is unclear."), true},
    [RIGHT_SUPPRESS] = {SAY("Have it set aside."), SAY("Your data stay, and nothing is done with them any more."), false},
    [RIGHT_OBJECT] = {SAY("Object."), SAY("You can tell us to stop what we do for our own or the public's reasons."), false},
    [RIGHT_WITHDRAW] = {SAY("Take back a yes."), SAY("As easily as you gave it, and we stop from then on."), false},
    [RIGHT_COMPLAIN] = {SAY("Complain."), SAY("You can complain about us to a data protection authority, for example the "
                                              "one where you live."), true},
};

static void
relations_put(struct pen *pen, const void *what, int64_t n)
{
    const struct policy *policy = pen->policy;
    const struct policy_right_row *row = what;
    int at = 0;
    for (int i = 0; i < policy->relation_count; i++)
        if (policy_bit(&row->relations, i)) {
            pen_either(pen, at++, (int)n);
            words_said(pen, policy->relations[i].says, policy->relations[i].name);
        }
}

static void
proofs_put(struct pen *pen, const void *what, int64_t n)
{
    static const char *const proofs[PROOF_COUNT] = {
        [PROOF_MAIL_LINK] = SAY("by a link in a mail"), [PROOF_SEALED_LINK] = SAY("by a sealed link in a mail"),
        [PROOF_LOGIN] = SAY("by signing in"), [PROOF_DOCUMENT] = SAY("by a document"),
        [PROOF_STAFF] = SAY("to one of our staff"),
        [PROOF_ORGANISATION] = SAY("through your school, company or the like")};
    const struct policy_right_row *row = what;
    int at = 0;
    for (int i = 0; i < PROOF_COUNT; i++)
        if ((row->shown_by >> i & 1) != 0) {
            pen_either(pen, at++, (int)n);
            pen_say(pen, proofs[i]);
        }
}

static bool
is_law(const struct policy_span_of_time *time, int months)
{
    return time->months == months && time->years == 0 && time->days == 0 && time->hours == 0;
}

/* Who else, how, and how soon: sentences behind the right's own. */
static void
right_terms(struct pen *pen, const struct policy_right_row *row)
{
    int others = words_bits(&row->relations, pen->policy->relation_count), proofs = __builtin_popcount(row->shown_by);
    if (others > 0) {
        pen_str(pen, " ");
        pen_say(pen, "For you this may ask: {relations}.", say_put("relations", relations_put, row, others));
    }
    if (proofs > 0) {
        pen_str(pen, " ");
        pen_say(pen, "Who asks shows who they are {proofs}.", say_put("proofs", proofs_put, row, proofs));
    }
    if (row->at_once) {
        pen_str(pen, " ");
        pen_say(pen, "It holds from the moment we get your word.");
    }
    if (row->within.set && !is_law(&row->within, 1)) {
        pen_str(pen, " ");
        pen_say(pen, "We answer within {time}.", say_time("time", &row->within));
    }
    if (row->refer >= 0 && row->refer < pen->policy->organisation_count) {
        pen_str(pen, " ");
        pen_say(pen, "It goes to {organisation} first; without an answer within {time} it is ours again.",
                say_organisation("organisation", row->refer), say_time("time", &row->fallback));
    }
}

/* The purposes one can withdraw from or object to. */
static struct policy_bits
right_purposes(const struct policy *policy, int right)
{
    struct policy_bits purposes = {{0}};
    for (int p = 0; p < policy->purpose_count; p++) {
        enum policy_basis basis = policy->purposes[p].basis;
        if (right == RIGHT_WITHDRAW ? basis == BASIS_CONSENT
                                    : basis == BASIS_LEGITIMATE_INTERESTS || basis == BASIS_PUBLIC_INTEREST)
            purposes.w[p / 64] |= UINT64_C(1) << (p % 64);
    }
    return purposes;
}

static void
right_put(struct pen *pen, int i)
{
    const struct policy_right_row *row = &pen->policy->rights[i];
    const struct policy_bits purposes = right_purposes(pen->policy, i);
    bool has = (i == RIGHT_OBJECT || i == RIGHT_WITHDRAW) && words_bits(&purposes, pen->policy->purpose_count) > 0;
    if (!rights[i].shown && !has && !row->told)
        return;
    words_lead(pen, rights[i].lead);
    if (row->says.n > 0)
        words_said(pen, row->says, SPAN_NONE);
    if (row->says.n > 0 && has)
        pen_str(pen, " ");
    if (row->says.n == 0 || has)
        pen_say(pen, rights[i].says);
    if (has) {
        pen_str(pen, " ");
        pen_say(pen, "This is about: {purposes}.", say_purposes("purposes", &purposes));
    }
    right_terms(pen, row);
    pen->ops->item(pen, false);
}

static void
consent_times(struct pen *pen)
{
    const struct policy_consent *consent = &pen->policy->consent;
    if (!consent->renew_after.set && !consent->confirm_within.set)
        return;
    pen->ops->para(pen, true);
    if (consent->renew_after.set)
        pen_say(pen, "What you once agreed to does not bind you for ever: after {time} we ask again, and without a new "
                     "yes we stop.", say_time("time", &consent->renew_after));
    if (consent->renew_after.set && consent->confirm_within.set)
        pen_str(pen, " ");
    if (consent->confirm_within.set)
        pen_say(pen, "Where we ask you to confirm a yes, you have {time}; after that it counts as no.",
                say_time("time", &consent->confirm_within));
    pen->ops->para(pen, false);
}

void
page_rights(struct pen *pen)
{
    words_para(pen, SAY("You need no reason, and it costs you nothing. The law gives us a month to answer; if a case is hard "
                        "we tell you so within that month, and may then take up to two months more."));
    pen->ops->list(pen, true);
    for (int i = 0; i < RIGHT_COUNT; i++)
        right_put(pen, i);
    words_lead(pen, SAY("See who looked."));
    pen_say(pen, "You can see who touched your data, when, and what for.");
    pen->ops->item(pen, false);
    pen->ops->list(pen, false);
    consent_times(pen);
}
