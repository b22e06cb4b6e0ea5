#include "reference_priv.h"

#include <stdio.h>
#include <stdlib.h>

/* The classroom in sentences: subject, verb, object. */
static const char *const classroom[] = {
    "website is application", "mailer is application", "shop is application",
    "statistics is application", "mirror is application",
    "website may run-account", "website may news", "website may rights",
    "helpdesk may support", "billing-clerk may tax", "mailer may news", "privacy-desk may rights",
    "teacher may teach", "shop may tax", "shop may support", "statistics may improve",
    "mirror may run-account", "mirror may rights",
    "billing-clerk needs task", "privacy-desk needs case", "shop needs ticket",
    "support needs ticket",
    "teacher over related", "mirror over self",
    "run-account uses account.*", "run-account uses card.*",
    "support uses account.first-name", "support uses account.last-name",
    "support uses account.email", "support uses invoice.number",
    "news uses account.email", "news uses account.first-name",
    "tax uses invoice.*", "teach uses grade.*", "teach uses account.first-name",
    "teach uses account.last-name", "improve uses usage.*",
    "website writes account.*", "website writes card.*",
    "helpdesk writes account.first-name", "helpdesk writes account.last-name",
    "helpdesk writes account.email",
    "billing-clerk writes account.first-name", "billing-clerk writes invoice.*",
    "teacher writes grade.mark", "teacher writes grade.comment", "statistics writes usage.*",
    "news rests-on consent", "tax rests-on law", "improve is totals-only",
    "teach rests-on interests", "improve rests-on interests",
    "account.password is unreadable", "card.number is unreadable", "card.number is not-stored",
    "invoice is many", "grade is many", "usage is many",
    "register from applications", "newsletter from applications", "marking from teacher",
    "bill from billing-clerk", "bill from shop",
    "marking is existing", "bill is existing",
    "register takes account.*", "marking takes grade.*", "newsletter takes account.email",
    "newsletter takes account.first-name", "bill takes invoice.*", "bill takes card.*",
    "register shows run-account", "marking shows teach", "newsletter shows news", "bill shows tax",
    "account counts-from closed", "card counts-from closed", "grade counts-from left",
    "bank gets invoice.total", "bank gets card.*", "bank for tax", "bank for run-account", "bank is signed",
    "desk gets account.first-name", "desk gets account.last-name", "desk gets account.email",
    "desk gets invoice.number", "desk for support", "desk is signed", "desk is abroad",
    "desk rests-on dpa/:20454-20500", "desk rests-on dpa/:20500-0", "desk rests-on clauses/:20500-21000",
    "desk rests-on certificate/ISO:20454-21009",
    "counter gets account.email", "counter gets usage.*", "counter for news", "counter for improve",
    "counter is signed", "new gets account.first-name", "new gets account.email", "new for run-account",
    "office gets invoice.*", "office for tax", "office is authority",
    "disclosure is declared", "permission asks-for consent", "permission asks-for scope", "permission approved-by 1",
    "permission by privacy-desk", "permission tells before",
    "order asks-for document", "order asks-for law", "order approved-by 2", "order by privacy-desk",
    "order by helpdesk", "order tells after-gag", "order is binding",
    "safety asks-for reasons", "safety by helpdesk", "safety by teacher",
    "account is narrow", "account opens-to permission", "account opens-to safety", "grade is never-opened",
    "usage is closed", "sid is essential", "seen serves news", "seen obeys signal",
};

enum { MOST = 16, BITS = 8 };
const struct policy *reference_known;
#define known reference_known
static const char *const *said;
static int said_count;
static struct {
    bool role_app[MOST], role_may[MOST][MOST], role_rights[MOST], role_any_task[MOST];
    int role_task[MOST], purpose_task[MOST];
    bool over_self[MOST], over_related[MOST];
    bool uses[MOST][MOST][BITS], writes[MOST][MOST][BITS], takes[MOST][MOST][BITS];
    int mail_for[MOST];
    bool mail_stops[MOST], interests[MOST];
    bool consent[MOST], law[MOST], totals[MOST];
    bool unreadable[MOST][BITS], not_stored[MOST][BITS], many[MOST];
    bool from_apps[MOST], from[MOST][MOST], existing[MOST], shows[MOST][MOST];
    int counts_from[MOST];
} fact;

bool
reference_has(const char *subject, const char *verb, const char *object)
{
    char line[128];
    (void)snprintf(line, sizeof line, "%s %s %s", subject, verb, object);
    for (int i = 0; i < said_count; i++)
        if (strcmp(said[i], line) == 0)
            return true;
    return false;
}

const char *
reference_said(int i)
{
    return i < said_count ? said[i] : NULL;
}

const char *
reference_text(struct span s)
{
    static char ring[8][64];
    static int at;
    char *to = ring[at++ % 8];
    (void)snprintf(to, 64, "%.*s", SPAN_FMT(s));
    return to;
}

static bool
has_field(const char *subject, const char *verb, int category, int field)
{
    char whole[80];
    (void)snprintf(whole, sizeof whole, "%s.*", reference_text(known->categories[category].name));
    return reference_has(subject, verb, whole) || reference_has(subject, verb, reference_text(known->fields[field].full_name));
}

static void
learn_fields(void)
{
    for (int f = 0; f < known->field_count; f++) {
        int c = known->fields[f].category, b = known->fields[f].bit;
        const char *name = reference_text(known->fields[f].full_name);
        fact.unreadable[c][b] = reference_has(name, "is", "unreadable");
        fact.not_stored[c][b] = reference_has(name, "is", "not-stored");
        for (int p = 0; p < known->purpose_count; p++)
            fact.uses[p][c][b] = has_field(reference_text(known->purposes[p].name), "uses", c, f);
        for (int r = 0; r < known->role_count; r++)
            fact.writes[r][c][b] = has_field(reference_text(known->roles[r].name), "writes", c, f);
        for (int o = 0; o < known->point_count; o++)
            fact.takes[o][c][b] = has_field(reference_text(known->points[o].name), "takes", c, f);
    }
}

static int
learn_task(const char *who)
{
    for (int t = 0; t < known->task_count; t++)
        if (reference_has(who, "needs", reference_text(known->tasks[t])))
            return t;
    return POLICY_NONE;
}

static void
learn_role(int r)
{
    const char *name = reference_text(known->roles[r].name);
    fact.role_app[r] = reference_has(name, "is", "application");
    fact.role_rights[r] = reference_has(name, "may", "rights");
    fact.role_any_task[r] = reference_has(name, "needs", "task");
    fact.over_self[r] = reference_has(name, "over", "self");
    fact.over_related[r] = reference_has(name, "over", "related");
    for (int p = 0; p < known->purpose_count; p++)
        fact.role_may[r][p] = reference_has(reference_text(known->roles[r].name), "may", reference_text(known->purposes[p].name));
    fact.role_task[r] = learn_task(reference_text(known->roles[r].name));
}

const char *const *
reference_classroom(int *ret_count)
{
    *ret_count = (int)(sizeof classroom / sizeof classroom[0]);
    return classroom;
}

void
reference_learn(const struct policy *policy, const char *const *sentences, int count)
{
    known = policy;
    said = sentences;
    said_count = count;
    memset(&fact, 0, sizeof fact);
    reference_out_learn();
    reference_people_learn();
    learn_fields();
    for (int r = 0; r < policy->role_count; r++)
        learn_role(r);
    for (int p = 0; p < policy->purpose_count; p++) {
        fact.consent[p] = reference_has(reference_text(policy->purposes[p].name), "rests-on", "consent");
        fact.interests[p] = reference_has(reference_text(policy->purposes[p].name), "rests-on", "interests");
        fact.law[p] = reference_has(reference_text(policy->purposes[p].name), "rests-on", "law");
        fact.totals[p] = reference_has(reference_text(policy->purposes[p].name), "is", "totals-only");
        fact.purpose_task[p] = learn_task(reference_text(policy->purposes[p].name));
    }
    for (int c = 0; c < policy->category_count; c++) {
        fact.many[c] = reference_has(reference_text(policy->categories[c].name), "is", "many");
        fact.counts_from[c] = POLICY_NONE;
        for (int e = 0; e < policy->event_count; e++)
            if (reference_has(reference_text(policy->categories[c].name), "counts-from", reference_text(policy->events[e])))
                fact.counts_from[c] = e;
    }
    for (int m = 0; m < policy->mail.template_count; m++) {
        fact.mail_for[m] = POLICY_NONE;
        for (int p = 0; p < policy->purpose_count; p++)
            if (reference_has(reference_text(policy->mail.templates[m].name), "serves",
                              reference_text(policy->purposes[p].name)))
                fact.mail_for[m] = p;
        fact.mail_stops[m] = reference_has(reference_text(policy->mail.templates[m].name), "is", "stoppable");
    }
    for (int o = 0; o < policy->point_count; o++) {
        fact.from_apps[o] = reference_has(reference_text(policy->points[o].name), "from", "applications");
        fact.existing[o] = reference_has(reference_text(policy->points[o].name), "is", "existing");
        for (int r = 0; r < policy->role_count; r++)
            fact.from[o][r] = reference_has(reference_text(policy->points[o].name), "from", reference_text(policy->roles[r].name));
        for (int p = 0; p < policy->purpose_count; p++)
            fact.shows[o][p] =
                reference_has(reference_text(policy->points[o].name), "shows", reference_text(policy->purposes[p].name));
    }
}

/* --- what a question is ------------------------------------------------- */

static bool is_role(Q q) { return q->role >= 0 && q->role < known->role_count; }
static bool is_purpose(Q q) { return q->purpose >= 0 && q->purpose < known->purpose_count; }
static bool is_category(Q q) { return q->category >= 0 && q->category < known->category_count; }
static bool is_everything(Q q) { return q->fields == UINT64_MAX; }
static bool for_rights(Q q)
{
    return q->purpose == PURPOSE_RIGHTS || (q->act == ACT_CONSENT && is_purpose(q));
}
static bool for_law(Q q) { return is_purpose(q) && fact.law[q->purpose]; }
static bool for_retention(Q q) { return q->purpose == PURPOSE_RETENTION; }
static bool is_right(Q q)
{
    switch (q->act) {
    case ACT_READ: case ACT_WRITE: case ACT_ERASE: case ACT_CONSENT: case ACT_EXPORT:
    case ACT_DEEDS: case ACT_RESTRICT:
        return true;
    default:
        return false;
    }
}
static bool is_use(Q q) { return q->act == ACT_READ || q->act == ACT_LIST || q->act == ACT_WRITE; }
static bool is_special(Q q) { return q->role == ACTOR_SUBJECT || q->role == ACTOR_SYSTEM; }
static bool is_collect(Q q) { return q->act == ACT_COLLECT; }
static bool is_event(Q q) { return q->act == ACT_EVENT; }
static bool is_out(Q q) { return is_disclose(q) || is_cookie(q); }
static bool is_mail(Q q) { return q->act == ACT_MAIL; }
static bool plain_use(Q q) { return is_role(q) && (is_use(q) || is_send(q) || is_mail(q)) && !for_rights(q); }
static bool role_right(Q q) { return is_role(q) && for_rights(q) && !is_collect(q) && !is_out(q); }

/* --- reasons to say no, in their order ----------------------------------- */

static bool no_operator(Q q) { return q->role == ACTOR_OPERATOR; }
static bool no_erased(Q q) { return q->person == PERSON_ERASED && !is_cookie(q); }
static bool no_held(Q q)
{
    return q->person == PERSON_HELD && !for_law(q) && !for_rights(q) && !for_retention(q) &&
           !out_binds(q) && !is_cookie(q);
}
static bool no_name(Q q)
{
    if (!is_role(q) && !is_special(q))
        return true;
    if (!is_purpose(q) && q->purpose != PURPOSE_RIGHTS && !for_retention(q)) {
        if (q->purpose != POLICY_NONE || !(is_collect(q) || is_out(q)))
            return true;
    }
    if (!is_category(q) && (q->category != POLICY_NONE || is_use(q) || is_send(q) || is_disclose(q)))
        return true;
    if (is_category(q) && !is_everything(q))
        for (int b = known->categories[q->category].field_count; b < 64; b++)
            if (q->fields >> b & 1)
                return true;
    if (is_collect(q) && (q->point < 0 || q->point >= known->point_count))
        return true;
    if (is_event(q) && (q->event < 0 || q->event >= known->event_count))
        return true;
    if (is_mail(q) && (q->template < 0 || q->template >= known->mail.template_count))
        return true;
    return no_here(q) || no_out_name(q);
}
static bool no_subject_right(Q q) { return q->role == ACTOR_SUBJECT && !(for_rights(q) && is_right(q)); }
static bool no_other_person(Q q) { return q->role == ACTOR_SUBJECT && !q->self && !other_may(q); }
static bool no_system(Q q)
{
    return q->role == ACTOR_SYSTEM && !(q->act == ACT_ERASE && for_retention(q));
}
static bool no_system_restricted(Q q) { return q->role == ACTOR_SYSTEM && q->restricted; }
static bool no_door(Q q)
{
    if (!is_role(q) || !is_collect(q))
        return false;
    return !fact.from[q->point][q->role] && !(fact.from_apps[q->point] && fact.role_app[q->role]);
}
static bool no_shown(Q q)
{
    if (!is_role(q) || !is_collect(q) || q->purpose == POLICY_NONE)
        return false;
    return !is_purpose(q) || !fact.shows[q->point][q->purpose];
}
static bool no_rights_only(Q q)
{
    return is_role(q) && !for_rights(q) && !is_use(q) && !is_collect(q) && !is_event(q) &&
           !is_send(q) && !is_mail(q) && !is_out(q);
}
static bool no_list_right(Q q) { return role_right(q) && !is_right(q) && !is_event(q); }
static bool no_rights_role(Q q) { return role_right(q) && !fact.role_rights[q->role]; }
static bool no_retention_use(Q q) { return plain_use(q) && for_retention(q); }
static bool no_purpose(Q q)
{
    return (plain_use(q) || (is_role(q) && is_event(q))) && is_purpose(q) &&
           !fact.role_may[q->role][q->purpose];
}
static bool no_role_task(Q q)
{
    if (!is_role(q) || is_cookie(q))
        return false;
    if (fact.role_any_task[q->role] && !q->has_task)
        return true;
    int kind = fact.role_task[q->role];
    return kind != POLICY_NONE && (!q->has_task || q->task != kind);
}
static bool no_purpose_task(Q q)
{
    if (!is_role(q) || !is_purpose(q) || for_rights(q) || is_collect(q) || is_out(q))
        return false;
    int kind = fact.purpose_task[q->purpose];
    return kind != POLICY_NONE && (!q->has_task || q->task != kind);
}
static bool no_relation(Q q)
{
    if (!is_role(q) || is_cookie(q) || (is_collect(q) && !fact.existing[q->point]))
        return false;
    return (fact.over_self[q->role] && !q->self) || (fact.over_related[q->role] && !q->related);
}
static bool no_consent(Q q)
{
    if (!is_role(q) || !is_purpose(q) || for_rights(q) || is_collect(q) || is_out(q))
        return false;
    return fact.consent[q->purpose] && q->consent != CONSENT_GIVEN;
}
static bool no_objected(Q q)
{
    return is_role(q) && q->objected && is_purpose(q) && !for_rights(q) && !is_cookie(q) && (fact.interests[q->purpose] || fact.consent[q->purpose]);
}
static bool no_mail_purpose(Q q)
{
    return is_mail(q) && is_role(q) && is_purpose(q) && fact.mail_for[q->template] != q->purpose;
}
static bool no_blocked(Q q) { return is_mail(q) && is_role(q) && q->blocked && fact.mail_stops[q->template]; }
static bool no_restricted(Q q)
{
    if (!is_role(q) || !q->restricted || for_rights(q) || for_law(q) || is_out(q))
        return false;
    if (is_purpose(q) && q->consent == CONSENT_GIVEN && !agreed_to_another(q))
        return false;
    return !(is_event(q) && for_retention(q));
}
static bool no_totals(Q q) { return plain_use(q) && !is_mail(q) && is_purpose(q) && fact.totals[q->purpose]; }
static bool no_basis(Q q)
{
    return q->act == ACT_CONSENT && is_purpose(q) && !fact.consent[q->purpose];
}
static bool no_event_writer(Q q)
{
    if (!is_role(q) || !is_event(q) || fact.role_rights[q->role])
        return false;
    bool counted = false;
    for (int c = 0; c < known->category_count; c++) {
        bool writes = false;
        for (int b = 0; b < BITS; b++)
            writes = writes || fact.writes[q->role][c][b];
        if (fact.counts_from[c] == q->event && !writes)
            return true;
        counted = counted || fact.counts_from[c] == q->event;
    }
    return !counted; /* a clock nobody looks at is started by nobody */
}

/* Of a disclosure it is asked behind the evidence. */
static bool no_waiting_use(Q q) { return !is_disclose(q) && no_waiting_none(q); }
static bool no_found_use(Q q) { return !is_disclose(q) && no_child_found(q); }

bool reference_shows(int point, int purpose) { return fact.shows[point][purpose]; }
bool
reference_takes(int point, int category)
{
    for (int b = 0; b < BITS; b++)
        if (fact.takes[point][category][b])
            return true;
    return false;
}

/* The rule's name: %r the role, %p the purpose, %o the point; more in out_name. */
static const struct {
    bool (*no)(Q q);
    const char *rule;
} reasons[] = {
    {no_operator, "default.operator"},
    {no_erased, "default.state"},
    {no_held, "default.state"},
    {no_name, "default.closed-world"},
    {no_subject_right, "default.silence"},
    {no_other_person, "rights.self"},
    {no_system, "default.silence"},
    {no_system_restricted, "rights.restrict"},
    {no_ground_purpose, "default.silence"},
    {no_ground_declared, "disclosure"},
    {no_ground, "default.silence"},
    {no_ground_role, "disclosure.%g"},
    {no_cookie_purpose, "cookies.%k"},
    {no_cookie_consent, "purposes.%q.basis"},
    {no_signal, "cookies.%k"},
    {no_door, "collect.%o"},
    {no_shown, "collect.%o"},
    {no_rights_only, "default.silence"},
    {no_list_right, "default.silence"},
    {no_rights_role, "roles.%r"},
    {no_retention_use, "default.silence"},
    {no_purpose, "roles.%r"},
    {no_role_task, "roles.%r.needs"},
    {no_second, "roles.%r.second-person"},
    {no_purpose_task, "purposes.%p.needs"},
    {no_relation, "roles.%r"},
    {no_objected, "rights.object"},
    {no_consent, "purposes.%p.basis"},
    {no_restricted, "rights.restrict"},
    {no_waiting_parent, "children.parent"},
    {no_waiting_use, "children"},
    {no_child_may, "children.may"},
    {no_child_school, "children.school"},
    {no_child_no_school, "children"},
    {no_found_use, "children.discovered"},
    {no_point_relation, "collect.%o.relation"},
    {no_point_agreed, "collect.%o.agreed"},
    {no_totals, "purposes.%p"},
    {no_mail_purpose, "mail.templates.%m"},
    {no_blocked, "mail.blocks"},
    {no_seal, "data.%c.sealed-to"},
    {no_sight, "data.%c.blind"},
    {no_evidence, "disclosure.%g"},
    {no_approvals, "disclosure.%g.approve"},
    {no_ground_consent, "disclosure.%g"},
    {no_ground_restricted, "rights.restrict"},
    {no_waiting_none, "children"},
    {no_child_found, "children.discovered"},
    {no_opening, "data.%c"},
    {no_notice, "disclosure.%g"},
    {no_stop, "recipients.%t"},
    {no_signature, "recipients.%t"},
    {no_paper_named, "recipients.%t.assurances"},
    {no_paper, "recipients.%t"},
    {no_recipient_purpose, "recipients.%t"},
    {no_basis, "purposes.%p.basis"},
    {no_event_writer, "roles.%r"},
};

static void
answer(struct reference_answer *ret, enum policy_answer what, Q q, const char *rule, uint64_t fields)
{
    char *to = ret->rule, *end = ret->rule + sizeof ret->rule - 1;
    for (; *rule != '\0' && to < end; rule++) {
        if (*rule != '%') {
            *to++ = *rule;
            continue;
        }
        rule++;
        struct span name = *rule == 'r'   ? known->roles[q->role].name
                           : *rule == 'p' ? known->purposes[q->purpose].name
                           : *rule == 'm' ? known->mail.templates[q->template].name
                           : *rule == 'o' ? known->points[q->point].name
                           : *rule == 'l' ? people_relation(q)
                                          : out_name(q, *rule);
        memcpy(to, name.p, name.n);
        to += name.n;
    }
    *to = '\0';
    ret->answer = what;
    ret->fields = what == ANSWER_REFUSE ? 0 : fields;
}

/* --- fields, one at a time ------------------------------------------------ */

static void
fields_read(Q q, struct reference_answer *ret)
{
    const char *rule = is_disclose(q) ? "disclosure.%g" : for_rights(q) ? "rights.self" : "purposes.%p";
    int c = q->category;
    uint64_t got = 0;
    bool unused = false, unreadable = false, any = false;
    for (int b = 0; b < known->categories[c].field_count; b++) {
        bool wanted = is_everything(q) ? !fact.unreadable[c][b] : (q->fields >> b & 1) != 0;
        if (!wanted)
            continue;
        any = true;
        bool used = is_disclose(q) || for_rights(q) || fact.uses[q->purpose][c][b];
        unused = unused || !used;
        unreadable = unreadable || fact.unreadable[c][b];
        if (used && !fact.unreadable[c][b])
            got |= UINT64_C(1) << b;
    }
    if (q->fields == 0)
        answer(ret, ANSWER_REFUSE, q, "default.silence", 0);
    else if (!any) /* all there are is what can be read, and nothing can */
        answer(ret, ANSWER_REFUSE, q, "default.hash-only", 0);
    else if (!unused && !unreadable)
        answer(ret, ANSWER_ALLOW, q, rule, got);
    else
        answer(ret, got == 0 ? ANSWER_REFUSE : ANSWER_NARROW, q,
               unused ? rule : "default.hash-only", got);
}

static void
fields_write(Q q, struct reference_answer *ret)
{
    int c = q->category, count = known->categories[c].field_count;
    bool right = for_rights(q), any = false;
    bool not_written = false, not_used = false, gone = false, unreadable = false;
    uint64_t got = 0;
    for (int b = 0; b < count; b++) {
        bool all = is_everything(q) && !(right && fact.unreadable[c][b]);
        if (!all && (is_everything(q) || !(q->fields >> b & 1)))
            continue;
        any = true;
        got |= UINT64_C(1) << b;
        unreadable = unreadable || fact.unreadable[c][b];
        gone = gone || fact.not_stored[c][b];
        if (!right) {
            not_written = not_written || !fact.writes[q->role][c][b];
            not_used = not_used || !fact.uses[q->purpose][c][b];
        }
    }
    bool looked_at = is_role(q) && !fact.role_app[q->role];
    if (!any)
        answer(ret, ANSWER_REFUSE, q, "default.silence", 0);
    else if (right && fact.many[c] && !looked_at)
        answer(ret, ANSWER_REFUSE, q, "rights.self", 0);
    else if (right && unreadable)
        answer(ret, ANSWER_REFUSE, q, "default.hash-only", 0);
    else if (not_written)
        answer(ret, ANSWER_REFUSE, q, "roles.%r", 0);
    else if (not_used)
        answer(ret, ANSWER_REFUSE, q, "purposes.%p", 0);
    else if (!right && gone)
        answer(ret, ANSWER_REFUSE, q, "default.silence", 0);
    else
        answer(ret, ANSWER_ALLOW, q, right ? "rights.self" : "roles.%r", got);
}

static void
fields_collect(Q q, struct reference_answer *ret)
{
    uint64_t got = 0;
    bool outside = false, gone = false;
    if (!is_category(q)) {
        answer(ret, ANSWER_ALLOW, q, "collect.%o", UINT64_MAX);
        return;
    }
    for (int b = 0; b < known->categories[q->category].field_count; b++) {
        bool taken = fact.takes[q->point][q->category][b];
        if (is_everything(q) ? !taken : !(q->fields >> b & 1))
            continue;
        outside = outside || !taken;
        gone = gone || fact.not_stored[q->category][b];
        got |= UINT64_C(1) << b;
    }
    if (got == 0 || outside)
        answer(ret, ANSWER_REFUSE, q, "collect.%o", 0);
    else if (gone)
        answer(ret, ANSWER_REFUSE, q, "default.silence", 0);
    else
        answer(ret, ANSWER_ALLOW, q, "collect.%o", got);
}

static void
fields_send(Q q, struct reference_answer *ret)
{
    uint64_t got = 0;
    bool outside = false, closed = false, unused = false;
    for (int b = 0; b < known->categories[q->category].field_count; b++) {
        bool gets = out_gets(q, b), readable = !fact.unreadable[q->category][b];
        if (is_everything(q) ? !gets : !(q->fields >> b & 1))
            continue;
        got |= UINT64_C(1) << b;
        outside = outside || !gets;
        closed = closed || (readable && out_closed(q));
        unused = unused || (readable && !fact.uses[q->purpose][q->category][b]);
    }
    if (q->fields == 0)
        answer(ret, ANSWER_REFUSE, q, "default.silence", 0);
    else if (got == 0 || outside)
        answer(ret, ANSWER_REFUSE, q, "recipients.%t", 0);
    else if (closed)
        answer(ret, ANSWER_REFUSE, q, "data.%c", 0);
    else if (unused)
        answer(ret, ANSWER_REFUSE, q, "purposes.%p", 0);
    else
        answer(ret, ANSWER_ALLOW, q, "recipients.%t", got);
}

void
reference_decide(Q q, struct reference_answer *ret)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].no(q)) {
            answer(ret, ANSWER_REFUSE, q, reasons[i].rule, 0);
            return;
        }
    }
    uint64_t whole = UINT64_MAX;
    if (is_category(q))
        whole = (UINT64_C(1) << known->categories[q->category].field_count) - 1;
    if (q->role == ACTOR_SYSTEM)
        answer(ret, ANSWER_ALLOW, q, "default.retention", whole);
    else if (is_collect(q))
        fields_collect(q, ret);
    else if (is_event(q))
        answer(ret, ANSWER_ALLOW, q, "roles.%r", UINT64_MAX);
    else if (is_cookie(q))
        answer(ret, ANSWER_ALLOW, q, "cookies.%k", UINT64_MAX);
    else if (is_mail(q))
        answer(ret, ANSWER_ALLOW, q, "mail.templates.%m", UINT64_MAX);
    else if (is_send(q))
        fields_send(q, ret);
    else if (is_disclose(q))
        fields_read(q, ret);
    else if (q->act == ACT_WRITE)
        fields_write(q, ret);
    else if (is_use(q))
        fields_read(q, ret);
    else
        answer(ret, ANSWER_ALLOW, q, "rights.self", whole);
}

/* The rule that lets somebody ask for another stands where the person's own would. */
static void
another(Q q, struct reference_answer *ret)
{
    if (ret->answer != ANSWER_REFUSE && other_may(q) && strcmp(ret->rule, "rights.self") == 0)
        answer(ret, ret->answer, q, "relations.%l.rights", ret->fields);
}

bool
reference_agrees(const struct policy *policy, const struct policy_question *question, struct policy_verdict *ret_got,
                 struct reference_answer *ret_want, struct span *ret_rule)
{
    policy_decide(policy, question, ret_got);
    reference_decide(question, ret_want);
    another(question, ret_want);
    *ret_rule = policy_rule_name(policy, ret_got->rule);
    return ret_got->answer == ret_want->answer && ret_got->fields == ret_want->fields &&
           span_is(*ret_rule, ret_want->rule);
}
