#include "policy/page_priv.h"

static bool
basis_is(enum policy_basis basis, bool consent)
{
    return consent ? basis == BASIS_CONSENT
                   : basis == BASIS_LEGITIMATE_INTERESTS || basis == BASIS_PUBLIC_INTEREST;
}

/* The purposes one can withdraw from or object to, behind the sentence that says so. */
static void
rights_purposes(struct pen *pen, bool consent, const char *lead, const char *sentence)
{
    const struct policy *policy = pen->policy;
    struct policy_bits purposes = {{0}};
    for (int p = 0; p < policy->purpose_count; p++)
        if (basis_is(policy->purposes[p].basis, consent))
            purposes.w[p / 64] |= UINT64_C(1) << (p % 64);
    if (words_bits(&purposes, policy->purpose_count) == 0)
        return;
    words_lead(pen, lead);
    pen_say(pen, sentence, say_purposes("purposes", &purposes));
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
    static const struct {
        const char *lead, *says;
    } fixed[] = {
        {SAY("See it."), SAY("Ask what we know about you, and we show you all of it, and what it is for.")},
        {SAY("Take it with you."), SAY("You get it as a file that other programs can read.")},
        {SAY("Correct it."), SAY("Tell us what is wrong, and we put it right.")},
        {SAY("Have it erased."), SAY("We erase what we know about you. What the law makes us keep is locked "
                                     "away until its time is over, and then it goes too.")},
        {SAY("Stop us for a while."), SAY("You can have your data left as they are, unused, while something "
                                          "is unclear.")},
        {SAY("See who looked."), SAY("You can see who touched your data, when, and what for.")},
    };
    words_para(pen, SAY("You need no reason, and it costs you nothing."));
    pen->ops->list(pen, true);
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        words_lead(pen, fixed[i].lead);
        pen_say(pen, fixed[i].says);
        pen->ops->item(pen, false);
    }
    rights_purposes(pen, true, SAY("Take back a yes."),
                    SAY("As easily as you gave it, and we stop from then on: {purposes}."));
    rights_purposes(pen, false, SAY("Object."),
                    SAY("You can tell us to stop what we do for our own or the public's reasons: {purposes}."));
    words_lead(pen, SAY("Complain."));
    pen_say(pen, "You can complain about us to a data protection authority, for example the one where you live.");
    pen->ops->item(pen, false);
    pen->ops->list(pen, false);
    consent_times(pen);
}
