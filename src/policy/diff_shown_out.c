/* Questions that show what may leave the house now and might not before. */
#include "policy/diff_shown_priv.h"

#include "policy/decide_priv.h"
#include "wire/text.h"

void
shown_out_put(struct buf *out, const struct policy *p, const struct policy_question *q)
{
    if (q->act == ACT_COOKIE)
        buf_fmt(out, " %.*s%s", SPAN_FMT(p->cookies[q->cookie].name), q->signal ? " with signal" : "");
    if (q->act == ACT_MAIL)
        buf_fmt(out, " %.*s", SPAN_FMT(p->mail.templates[q->template].name));
    if (q->act == ACT_SEND) {
        buf_fmt(out, " to %.*s", SPAN_FMT(p->recipients[q->recipient].name));
        buf_str(out, q->day != 0 ? " on " : "");
        if (q->day != 0)
            date_put(out, q->day);
    }
    if (q->act != ACT_DISCLOSE)
        return;
    buf_fmt(out, " on %.*s", SPAN_FMT(p->grounds[q->ground].name));
    for (int i = 0; i < EVIDENCE_COUNT; i++)
        if ((q->evidence >> i & 1) != 0 && i != EVIDENCE_CONSENT)
            buf_fmt(out, " with %s", policy_evidence_name((enum policy_evidence)i));
    if (q->approvals > 0)
        buf_fmt(out, " with %d approval%s", q->approvals, q->approvals == 1 ? "" : "s");
    buf_fmt(out, "%s%s", q->noticed ? " with notice" : "", q->gagged ? " with gag" : "");
}

/* "order" may be evidence and a kind of task: such a word says both. */
bool
shown_reads_back(const struct policy *p, const struct policy_question *q)
{
    for (int i = 0; q->act == ACT_DISCLOSE && i < EVIDENCE_COUNT; i++) {
        int task = policy_task_find(p, span_str(policy_evidence_name((enum policy_evidence)i)));
        if (task == POLICY_NONE)
            continue;
        bool said = i == EVIDENCE_CONSENT ? q->consent == CONSENT_GIVEN : (q->evidence >> i & 1) != 0;
        if (said != (q->has_task && q->task == task))
            return false;
    }
    return true;
}

/* --- sending ---------------------------------------------------------------------- */

static bool
send_fields(struct search *s, struct policy_question q)
{
    const struct policy *now = s->d->now;
    const struct diff_scope *scope = &s->change->scope;
    for (int c = 0; c < now->category_count && s->left > 0; c++) {
        uint64_t gets = now->recipients[q.recipient].gets[c];
        if (gets == 0 || (scope->category != POLICY_NONE && scope->category != c))
            continue;
        q.category = c;
        for (int bit = 0; bit < now->categories[c].field_count && s->left > 0; bit++) {
            q.fields = gets & UINT64_C(1) << bit;
            if (q.fields != 0 && (scope->fields == 0 || (scope->fields & q.fields) != 0) && shown_tasks(s, q))
                return true;
        }
    }
    return false;
}

static bool
send_purposes(struct search *s, struct policy_question q)
{
    const struct policy *now = s->d->now;
    const struct diff_scope *scope = &s->change->scope;
    for (int p = 0; p < now->purpose_count && s->left > 0; p++) {
        q.purpose = p;
        if (policy_bit(&now->roles[q.role].may, p) && policy_bit(&now->recipients[q.recipient].purposes, p) &&
            (scope->purpose == POLICY_NONE || scope->purpose == p) && send_fields(s, q))
            return true;
    }
    return false;
}

/* Each stretch of days it may be sent to on begins with a paper, or has no beginning. */
static bool
send_days(struct search *s, struct policy_question q)
{
    const struct policy_recipient *row = &s->d->now->recipients[q.recipient];
    for (int i = -1; i < row->assurance_count && s->left > 0; i++) {
        q.day = s->change->scope.day != 0 ? s->change->scope.day
                : i < 0                   ? s->d->now->in_force_days
                                          : row->assurances[i].from_days;
        if (decide_assured(row, q.day) && send_purposes(s, q))
            return true;
        if (s->change->scope.day != 0)
            return false;
    }
    return false;
}

/* --- disclosing ------------------------------------------------------------------- */

static bool
disclose_fields(struct search *s, struct policy_question q)
{
    const struct policy *now = s->d->now;
    const struct diff_scope *scope = &s->change->scope;
    for (int c = 0; c < now->category_count && s->left > 0; c++) {
        if (scope->category != POLICY_NONE && scope->category != c)
            continue;
        q.category = c;
        for (int bit = 0; bit < now->categories[c].field_count && s->left > 0; bit++) {
            q.fields = UINT64_C(1) << bit;
            if ((scope->fields == 0 || (scope->fields & q.fields) != 0) && shown_tasks(s, q))
                return true;
        }
    }
    return false;
}

/* No more lies there than the ground needs. */
static bool
disclose_ground(struct search *s, struct policy_question q, int ground)
{
    const struct policy_ground *row = &s->d->now->grounds[ground];
    if (!policy_bit(&row->by, q.role))
        return false;
    q.ground = ground;
    q.purpose = POLICY_NONE;
    q.evidence = row->evidence;
    q.approvals = row->approvals;
    q.noticed = row->notice == NOTICE_BEFORE;
    q.gagged = row->notice == NOTICE_AFTER_GAG;
    if (disclose_fields(s, q))
        return true;
    q.noticed = true;
    q.gagged = false;
    return row->notice == NOTICE_AFTER_GAG && disclose_fields(s, q);
}

/* --- cookies ------------------------------------------------------------------------ */

static bool
cookie_states(struct search *s, struct policy_question q)
{
    q.purpose = POLICY_NONE;
    for (int i = 0; i < 4 && s->left > 0; i++) {
        q.consent = (i & 1) != 0 ? CONSENT_GIVEN : CONSENT_NONE;
        q.signal = (i & 2) != 0;
        if (shown_ask(s, &q))
            return true;
    }
    return false;
}

/* A kind of mail is asked about with the purpose it serves. */
static bool
mail_shown(struct search *s, struct policy_question q)
{
    const struct policy *now = s->d->now;
    bool shown = false;
    for (int i = 0; i < now->mail.template_count && s->left > 0 && !shown; i++) {
        q.template = i;
        q.purpose = now->mail.templates[i].purpose;
        bool meant = s->change->scope.purpose == POLICY_NONE || s->change->scope.purpose == q.purpose;
        for (int off = 0; off < 2 && meant && !shown; off++) {
            q.blocked = off == 1;
            shown = policy_bit(&now->roles[q.role].may, q.purpose) && shown_tasks(s, q);
        }
    }
    return shown;
}

bool
shown_out(struct search *s, struct policy_question q)
{
    const struct policy *now = s->d->now;
    const struct diff_scope *scope = &s->change->scope;
    if (q.act == ACT_MAIL)
        return mail_shown(s, q);
    int count = q.act == ACT_SEND ? now->recipient_count : q.act == ACT_DISCLOSE ? now->ground_count : now->cookie_count;
    int only = q.act == ACT_SEND ? scope->recipient : q.act == ACT_DISCLOSE ? scope->ground : scope->cookie;
    bool shown = false;
    for (int i = 0; i < count && s->left > 0 && !shown; i++) {
        if (only != POLICY_NONE && only != i)
            continue;
        q.recipient = q.act == ACT_SEND ? i : POLICY_NONE;
        q.cookie = q.act == ACT_COOKIE ? i : POLICY_NONE;
        shown = q.act == ACT_SEND       ? send_days(s, q)
                : q.act == ACT_DISCLOSE ? disclose_ground(s, q, i)
                                        : cookie_states(s, q);
    }
    return shown;
}
