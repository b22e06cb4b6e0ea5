/* Why something leaves the house or does not, in words. */
#include "policy/explain_priv.h"

static void
recipient_put(const struct told *t)
{
    bool known = t->q->recipient >= 0 && t->q->recipient < t->policy->recipient_count;
    if (known)
        buf_put(t->out, t->policy->recipients[t->q->recipient].name);
    else
        buf_str(t->out, "somebody unknown");
}

static const struct policy_ground *
ground_of(const struct told *t)
{
    bool known = t->q->ground >= 0 && t->q->ground < t->policy->ground_count;
    return known ? &t->policy->grounds[t->q->ground] : NULL;
}

static void
ground_put(const struct told *t)
{
    const struct policy_ground *ground = ground_of(t);
    buf_put(t->out, ground != NULL ? ground->name : SPAN("a ground that is not declared"));
}

static const struct policy_cookie *
cookie_of(const struct told *t)
{
    bool known = t->q->cookie >= 0 && t->q->cookie < t->policy->cookie_count;
    return known ? &t->policy->cookies[t->q->cookie] : NULL;
}

bool
out_act_put(const struct told *t, uint64_t fields)
{
    switch (t->q->act) {
    case ACT_SEND:
        buf_str(t->out, "send ");
        fields_put(t, fields);
        buf_str(t->out, " to ");
        recipient_put(t);
        return true;
    case ACT_DISCLOSE:
        buf_str(t->out, "hand over ");
        fields_put(t, fields);
        buf_str(t->out, " on ");
        ground_put(t);
        return true;
    case ACT_COOKIE:
        buf_str(t->out, "set ");
        buf_put(t->out, cookie_of(t) != NULL ? cookie_of(t)->name : SPAN("a cookie that is not declared"));
        return true;
    default:
        return false;
    }
}

/* "%r" stands for the recipient, "%g" the ground, "%c" the category, "%w" who, "%p" the purpose. */
static const char *
sentence(enum decide_why why)
{
    switch (why) {
    case WHY_NO_RECIPIENT: return "the policy knows no such recipient";
    case WHY_SUSPENDED: return "nothing is sent to %r for now";
    case WHY_UNSIGNED: return "%r has signed no terms, and nothing is sent before";
    case WHY_NOT_FOR: return "%r is given nothing for %p";
    case WHY_CLOSED: return "nobody here could hand on %c: it is not ours to read, or lies in memory alone";
    case WHY_NO_GROUND: return "this is none of the grounds on which anything is handed over";
    case WHY_GROUND_PURPOSE: return "what is handed over rests on a ground, and no purpose stands beside it";
    case WHY_GROUND_BY: return "%w is not among those who may hand anything over on %g";
    case WHY_GROUND_CONSENT: return "%g rests on the person's consent, and the person has not agreed";
    case WHY_GROUND_RESTRICTED:
        return "the person has had the use of their data stopped, and %g is no order that nobody may refuse";
    case WHY_NOT_OPENED: return "%c is not opened on %g";
    case WHY_NO_COOKIE: return "the policy knows no such cookie, and what is not listed is not set";
    case WHY_COOKIE_PURPOSE: return "this cookie does not serve %p";
    case WHY_SIGNAL: return "the browser signals that it wants no such thing, and that counts more than an older yes";
    default: return NULL;
    }
}

void
sentence_put(const struct told *t, const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s != '%') {
            buf_char(t->out, *s);
            continue;
        }
        s++;
        switch (*s) {
        case 'r': recipient_put(t); break;
        case 'g': ground_put(t); break;
        case 'w': who_put(t); break;
        case 'p': purpose_put(t); break;
        default: category_put(t); break;
        }
    }
}

static void
evidence_put(const struct told *t)
{
    unsigned left = ground_of(t)->evidence & ~t->q->evidence & ~(1u << EVIDENCE_CONSENT);
    bool first = true;
    ground_put(t);
    buf_str(t->out, " also needs ");
    for (int i = 0; i < EVIDENCE_COUNT; i++) {
        if ((left >> i & 1) == 0)
            continue;
        left &= ~(1u << i);
        buf_str(t->out, first ? "" : left == 0 ? " and " : ", ");
        first = false;
        buf_str(t->out, policy_evidence_name((enum policy_evidence)i));
    }
    buf_str(t->out, " to lie there, and nothing of the kind does");
}

static void
approvals_put(const struct told *t)
{
    int wanted = ground_of(t)->approvals, got = t->q->approvals < 0 ? 0 : t->q->approvals;
    buf_fmt(t->out, "%s must agree besides who asks, and %s did", wanted == 1 ? "one other person" : "two other people",
            got == 0 ? "nobody" : "only one");
}

static void
not_got_put(const struct told *t)
{
    uint64_t gets = t->policy->recipients[t->q->recipient].gets[t->q->category];
    uint64_t over = t->q->fields & ~gets;
    recipient_put(t);
    buf_str(t->out, " does not get ");
    if (t->q->fields == ~UINT64_C(0))
        category_put(t);
    else
        fields_put(t, over);
    if ((t->q->fields & gets) != 0)
        buf_str(t->out, ", and what is sent is sent whole or not at all");
}

bool
out_refusal_put(const struct told *t, enum decide_why why)
{
    if (sentence(why) != NULL) {
        sentence_put(t, sentence(why));
        return true;
    }
    switch (why) {
    case WHY_UNASSURED:
        buf_str(t->out, "what ");
        recipient_put(t);
        buf_str(t->out, t->q->day > 0 ? " rests on does not hold on that day"
                                      : " rests on holds for a time only, and no day was named");
        return true;
    case WHY_NOT_GOT:
        not_got_put(t);
        return true;
    case WHY_EVIDENCE:
        evidence_put(t);
        return true;
    case WHY_APPROVALS:
        approvals_put(t);
        return true;
    case WHY_NOTICE:
        buf_str(t->out, ground_of(t)->notice == NOTICE_BEFORE
                            ? "the person has to be told first, and was not"
                            : "the person was not told, and no dated order forbids it");
        return true;
    case WHY_COOKIE_CONSENT:
        consent_put(t, t->policy->purposes[cookie_of(t)->purpose].name);
        return true;
    default:
        return false;
    }
}
