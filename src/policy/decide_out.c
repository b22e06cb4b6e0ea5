/* What leaves the house: sending to a recipient, disclosing on a ground, setting a cookie. Reasons: see decide.h. */
#include "policy/decide_asked_priv.h"

enum decide_why
decide_out_names(const struct asked *a)
{
    const struct policy_question *q = a->q;
    if (q->act == ACT_SEND && !in(q->recipient, a->policy->recipient_count))
        return WHY_NO_RECIPIENT;
    if (q->act == ACT_COOKIE && !in(q->cookie, a->policy->cookie_count))
        return WHY_NO_COOKIE;
    if (q->act == ACT_MAIL && !in(q->template, a->policy->mail.template_count))
        return WHY_NO_TEMPLATE;
    return WHY_YES;
}

/* --- to a recipient ------------------------------------------------------------ */

static bool
covers(const struct policy_assurance *row, int64_t day)
{
    return day > 0 && day >= row->from_days && (row->to_days == 0 || day <= row->to_days);
}

bool
decide_opens_abroad(enum policy_assurance_kind kind)
{
    return kind == ASSURANCE_ADEQUACY || kind == ASSURANCE_CLAUSES || kind == ASSURANCE_BINDING_RULES ||
           kind == ASSURANCE_CERTIFICATE || kind == ASSURANCE_CODE;
}

bool
decide_assured(const struct policy_recipient *recipient, int64_t day)
{
    bool opened = !recipient->abroad;
    for (int i = 0; i < recipient->assurance_count; i++) {
        const struct policy_assurance *row = &recipient->assurances[i];
        bool holds = covers(row, day);
        /* Its renewal is a row of its own. */
        for (int j = 0; j < recipient->assurance_count && !holds; j++) {
            const struct policy_assurance *other = &recipient->assurances[j];
            holds = other->kind == row->kind && span_eq(other->name, row->name) && covers(other, day);
        }
        if (!holds)
            return false;
        opened = opened || decide_opens_abroad(row->kind);
    }
    return opened;
}

static enum decide_why
recipient_ready(const struct asked *a, const struct policy_recipient *recipient, struct policy_verdict *ret)
{
    if (a->q->suspended)
        return no(ret, recipient->rule, WHY_SUSPENDED);
    if (recipient->signed_days == 0 && recipient->role != RECIPIENT_AUTHORITY)
        return no(ret, recipient->rule, WHY_UNSIGNED);
    if (!decide_assured(recipient, a->q->day))
        return no(ret, recipient->assurances_rule, WHY_UNASSURED);
    if (!policy_bit(&recipient->purposes, a->q->purpose))
        return no(ret, recipient->rule, WHY_NOT_FOR);
    return WHY_YES;
}

enum decide_why
decide_send(const struct asked *a, struct policy_verdict *ret)
{
    const struct policy_recipient *recipient = &a->policy->recipients[a->q->recipient];
    enum decide_why why = decide_purpose(a, ret);
    if (why == WHY_YES && a->purpose->aggregate_only)
        return no(ret, a->purpose->rule, WHY_AGGREGATE);
    if (why == WHY_YES)
        why = recipient_ready(a, recipient, ret);
    if (why != WHY_YES)
        return why;
    uint64_t gets = recipient->gets[a->q->category], readable = a->category->readable;
    uint64_t wanted = a->q->fields == ~UINT64_C(0) ? gets : a->q->fields;
    if (a->q->fields == 0)
        return no(ret, RULE_SILENCE, WHY_NOTHING);
    if (wanted == 0 || (wanted & ~gets) != 0)
        return no(ret, recipient->rule, WHY_NOT_GOT);
    /* What passes through was never ours to read; what is kept under somebody else's key is not ours to hand on. */
    if ((wanted & readable) != 0 && decide_closed(a->category))
        return no(ret, a->category->rule, WHY_CLOSED);
    if ((wanted & readable & ~a->purpose->uses[a->q->category]) != 0)
        return no(ret, a->purpose->rule, WHY_NOT_USED);
    return yes(ret, recipient->rule, wanted);
}

/* --- on a ground ----------------------------------------------------------------- */

static const struct policy_ground *
ground_of(const struct asked *a)
{
    return a->q->act == ACT_DISCLOSE && in(a->q->ground, a->policy->ground_count)
               ? &a->policy->grounds[a->q->ground]
               : NULL;
}

bool
decide_out_binds(const struct asked *a)
{
    const struct policy_ground *ground = ground_of(a);
    return ground != NULL && ground->binding;
}

bool
decide_closed(const struct policy_category *category)
{
    return category->sealed || category->memory || category->blind != POLICY_NONE;
}

bool
decide_opens(const struct policy *policy, const struct policy_category *category, int ground)
{
    if (policy->grounds[ground].binding)
        return true;
    return !category->disclose_never && (!category->disclose_narrow || policy_bit(&category->disclose, ground));
}

static bool
told(const struct policy_question *q, enum policy_notice notice)
{
    switch (notice) {
    case NOTICE_BEFORE: return q->noticed;
    case NOTICE_AFTER_GAG: return q->noticed || q->gagged;
    case NOTICE_AFTER:
    case NOTICE_NEVER: return true;
    }
    return false;
}

static enum decide_why
ground_ready(const struct asked *a, const struct policy_ground *ground, struct policy_verdict *ret)
{
    const struct policy_question *q = a->q;
    if (!policy_bit(&ground->by, q->role))
        return no(ret, ground->rule, WHY_GROUND_BY);
    enum decide_why why = decide_role_task(a, ret);
    if (why == WHY_YES)
        why = decide_relation(a, ret);
    if (why != WHY_YES)
        return why;
    const unsigned consent = 1u << EVIDENCE_CONSENT; /* shown by the consent itself */
    if ((ground->evidence & ~consent & ~q->evidence) != 0)
        return no(ret, ground->rule, WHY_EVIDENCE);
    if (q->approvals < ground->approvals)
        return no(ret, ground->approve_rule, WHY_APPROVALS);
    if ((ground->evidence & consent) != 0 && q->consent != CONSENT_GIVEN)
        return no(ret, ground->rule, WHY_GROUND_CONSENT);
    if (q->restricted && !ground->binding && q->consent != CONSENT_GIVEN)
        return no(ret, RULE_RIGHTS_RESTRICT, WHY_GROUND_RESTRICTED);
    return decide_child(a, ret);
}

enum decide_why
decide_disclose(const struct asked *a, struct policy_verdict *ret)
{
    const struct policy_ground *ground = ground_of(a);
    if (a->q->purpose != POLICY_NONE)
        return no(ret, RULE_SILENCE, WHY_GROUND_PURPOSE);
    if (ground == NULL)
        return no(ret, a->policy->disclosure_set ? a->policy->disclosure_rule : RULE_SILENCE, WHY_NO_GROUND);
    enum decide_why why = ground_ready(a, ground, ret);
    if (why != WHY_YES)
        return why;
    if (decide_closed(a->category))
        return no(ret, a->category->rule, WHY_CLOSED);
    if (!decide_opens(a->policy, a->category, a->q->ground))
        return no(ret, a->category->rule, WHY_NOT_OPENED);
    if (!told(a->q, ground->notice))
        return no(ret, ground->rule, WHY_NOTICE);
    return decide_read(a, ~UINT64_C(0), ground->rule, ret);
}

/* --- in a browser ------------------------------------------------------------------ */

enum decide_why
decide_cookie(const struct asked *a, struct policy_verdict *ret)
{
    const struct policy_cookie *cookie = &a->policy->cookies[a->q->cookie];
    if (cookie->essential)
        return yes(ret, cookie->rule, ~UINT64_C(0));
    if (a->q->purpose != POLICY_NONE && a->q->purpose != cookie->purpose)
        return no(ret, cookie->rule, WHY_COOKIE_PURPOSE);
    if (a->q->consent != CONSENT_GIVEN)
        return no(ret, a->policy->purposes[cookie->purpose].basis_rule, WHY_COOKIE_CONSENT);
    if (a->q->signal && cookie->signal_off)
        return no(ret, cookie->rule, WHY_SIGNAL);
    return yes(ret, cookie->rule, ~UINT64_C(0));
}
