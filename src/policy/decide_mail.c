/* Writing to a person by one of the kinds of mail the policy names. The reasons stand in decide.h. */
#include "policy/decide_asked_priv.h"

enum decide_why
decide_mail(const struct asked *a, struct policy_verdict *ret)
{
    const struct policy_mail *mail = &a->policy->mail;
    const struct policy_template *row = &mail->templates[a->q->template];
    enum decide_why why = decide_purpose(a, ret);
    if (why != WHY_YES)
        return why;
    if (a->q->purpose != row->purpose)
        return no(ret, row->rule, WHY_MAIL_PURPOSE);
    /* What a contract or the law owes a person carries no link to sign off, and reaches who signed off from all else. */
    if (a->q->blocked && row->unsubscribe)
        return no(ret, mail->blocks_rule, WHY_BLOCKED);
    return yes(ret, row->rule, ~UINT64_C(0));
}
