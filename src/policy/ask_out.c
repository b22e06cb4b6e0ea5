/* The parts of a question about what leaves the house. */
#include "policy/ask_priv.h"

#include "wire/text.h"

bool
ask_out_act(struct reader *r)
{
    if (r->q.act != ACT_WRITE)
        return false;
    bool data = policy_category_find(r->policy, r->word) != POLICY_NONE;
    if (ask_is(r, "cookie") && !data) {
        ask_next(r);
        r->q.act = ACT_COOKIE;
    } else if (!data && policy_cookie_find(r->policy, r->word) != POLICY_NONE) {
        r->q.act = ACT_COOKIE;
    }
    return r->q.act == ACT_COOKIE;
}

bool
ask_cookie(struct reader *r)
{
    r->q.cookie = policy_cookie_find(r->policy, r->word);
    if (r->q.cookie == POLICY_NONE)
        return ask_say(r, "a cookie of the policy");
    ask_next(r);
    return true;
}

static bool
recipient_read(struct reader *r)
{
    ask_next(r);
    r->q.recipient = policy_recipient_find(r->policy, r->word);
    return r->q.recipient != POLICY_NONE || ask_say(r, "a recipient of the policy");
}

static bool
ground_read(struct reader *r)
{
    ask_next(r);
    r->q.ground = policy_ground_find(r->policy, r->word);
    return r->q.ground != POLICY_NONE || ask_say(r, "a ground of the section `disclosure`");
}

bool
ask_out_part(struct reader *r)
{
    bool good;
    if (r->q.act == ACT_SEND && ask_is(r, "to")) {
        good = recipient_read(r);
    } else if (r->q.act == ACT_DISCLOSE && ask_is(r, "on")) {
        good = ground_read(r);
    } else if (r->q.act == ACT_SEND && ask_is(r, "on")) {
        ask_next(r);
        good = date_get(r->word, &r->q.day) || ask_say(r, "a day, as 2026-12-01");
    } else {
        return false;
    }
    if (good)
        ask_next(r);
    return true;
}

static void
evidence_set(struct reader *r, int i, bool with)
{
    r->q.evidence = with ? r->q.evidence | 1u << i : r->q.evidence & ~(1u << i);
    if (i == EVIDENCE_CONSENT)
        r->q.consent = with ? CONSENT_GIVEN : CONSENT_NONE;
    int task = policy_task_find(r->policy, r->word);
    if (task == POLICY_NONE)
        return;
    r->q.has_task = with; /* an open order is evidence and a task */
    r->q.task = with ? task : POLICY_NONE;
}

static bool
disclose_with(struct reader *r, bool with)
{
    uint64_t count;
    for (int i = 0; i < EVIDENCE_COUNT; i++)
        if (ask_is(r, policy_evidence_name((enum policy_evidence)i))) {
            evidence_set(r, i, with);
            return true;
        }
    if (ask_is(r, "told") || ask_is(r, "notice")) {
        r->q.noticed = with;
    } else if (ask_is(r, "gag")) {
        r->q.gagged = with;
    } else if (ask_is(r, "approval") || ask_is(r, "approvals")) {
        r->q.approvals = with ? 1 : 0;
    } else if (span_u64(r->word, 99, &count)) {
        r->q.approvals = with ? (int)count : 0;
        ask_next(r);
        if (!ask_is(r, "approvals") && !ask_is(r, "approval"))
            (void)ask_say(r, "\"approvals\"");
    } else {
        return false;
    }
    return true;
}

bool
ask_out_with(struct reader *r, bool with)
{
    if (r->q.act == ACT_DISCLOSE)
        return disclose_with(r, with);
    if (r->q.act != ACT_COOKIE || !ask_is(r, "signal"))
        return false;
    r->q.signal = with;
    return true;
}

bool
ask_out_whole(struct reader *r)
{
    return r->q.act != ACT_SEND || r->q.recipient != POLICY_NONE || ask_say(r, "\"to\" and a recipient of the policy");
}
