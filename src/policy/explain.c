#include "policy/explain_priv.h"

static bool
in(int i, int count)
{
    return i >= 0 && i < count;
}

void
name_put(struct buf *out, struct span name)
{
    for (size_t i = 0; i < name.n; i++)
        buf_char(out, name.p[i] == '-' || name.p[i] == '_' ? ' ' : name.p[i]);
}

void
who_put(const struct told *t)
{
    int role = t->q->role;
    if (in(role, t->policy->role_count)) {
        buf_str(t->out, "the ");
        name_put(t->out, t->policy->roles[role].name);
    } else if (role == ACTOR_SUBJECT) {
        buf_str(t->out, "the person");
    } else if (role == ACTOR_SYSTEM) {
        buf_str(t->out, "the server itself");
    } else if (role == ACTOR_OPERATOR) {
        buf_str(t->out, "the operator");
    } else {
        buf_str(t->out, "somebody unknown");
    }
}

void
purpose_put(const struct told *t)
{
    int purpose = t->q->purpose;
    if (in(purpose, t->policy->purpose_count))
        buf_put(t->out, t->policy->purposes[purpose].name);
    else if (purpose == PURPOSE_RIGHTS)
        buf_str(t->out, "the person's own rights");
    else if (purpose == PURPOSE_RETENTION)
        buf_str(t->out, "ending what is over");
    else
        buf_str(t->out, "no declared purpose");
}

void
category_put(const struct told *t)
{
    if (in(t->q->category, t->policy->category_count))
        buf_put(t->out, t->policy->categories[t->q->category].name);
    else
        buf_str(t->out, "personal data");
}

void
fields_put(const struct told *t, uint64_t mask)
{
    if (!in(t->q->category, t->policy->category_count)) {
        buf_str(t->out, "everything");
        return;
    }
    const struct policy_category *c = &t->policy->categories[t->q->category];
    int left = __builtin_popcountll(mask & c->all);
    bool first = true;
    if (left == 0 || (mask & c->all) == c->all) {
        buf_put(t->out, c->name);
        return;
    }
    for (int i = c->field_first; i < c->field_first + c->field_count; i++) {
        if ((mask >> t->policy->fields[i].bit & 1) == 0)
            continue;
        left--;
        buf_str(t->out, first ? "" : left == 0 ? " and " : ", ");
        first = false;
        buf_put(t->out, t->policy->fields[i].full_name);
    }
}

static void
task_put(const struct told *t, int task)
{
    if (in(task, t->policy->task_count)) {
        buf_str(t->out, "a ");
        name_put(t->out, t->policy->tasks[task]);
    } else {
        buf_str(t->out, "a task");
    }
}

/* What was wrong with the task: none, or of another kind. */
static void
task_miss_put(const struct told *t)
{
    if (!t->q->has_task) {
        buf_str(t->out, "and none was named");
    } else if (in(t->q->task, t->policy->task_count)) {
        buf_str(t->out, "and ");
        task_put(t, t->q->task);
        buf_str(t->out, " was named instead");
    } else {
        buf_str(t->out, "and what was named is none");
    }
}

static void
act_put(const struct told *t, uint64_t fields)
{
    static const char *const acts[ACT_COUNT] = {
        [ACT_READ] = "read ",
        [ACT_LIST] = "list ",
        [ACT_COLLECT] = "take in what comes through ",
        [ACT_WRITE] = "write ",
        [ACT_ERASE] = "erase ",
        [ACT_CONSENT] = "give, withdraw or see consent",
        [ACT_EXPORT] = "export ",
        [ACT_DEEDS] = "see who touched the person's data",
        [ACT_EVENT] = "tell ",
        [ACT_RESTRICT] = "restrict the use of the person's data, or lift that",
        [ACT_MAIL] = "write to the person",
    };
    if ((unsigned)t->q->act >= ACT_COUNT) {
        buf_str(t->out, "do that");
        return;
    }
    if (out_act_put(t, fields))
        return;
    buf_str(t->out, acts[t->q->act]);
    if (t->q->act == ACT_COLLECT && in(t->q->point, t->policy->point_count))
        buf_put(t->out, t->policy->points[t->q->point].name);
    else if (t->q->act == ACT_EVENT && in(t->q->event, t->policy->event_count))
        buf_fmt(t->out, "\"%.*s\"", SPAN_FMT(t->policy->events[t->q->event]));
    else if (t->q->act == ACT_READ || t->q->act == ACT_LIST || t->q->act == ACT_WRITE ||
             t->q->act == ACT_ERASE || t->q->act == ACT_EXPORT)
        fields_put(t, fields);
}

/* "the helpdesk may read account.email for support" */
static void
allowed_put(const struct told *t, uint64_t fields)
{
    who_put(t);
    buf_str(t->out, " may ");
    act_put(t, fields);
    if (in(t->q->purpose, t->policy->purpose_count) || t->q->purpose == PURPOSE_RIGHTS ||
        t->q->purpose == PURPOSE_RETENTION) {
        buf_str(t->out, " for ");
        purpose_put(t);
    }
}

/* The sentences that need nothing but the actor: "%w" stands for who, "%p" purpose, "%c" category. */
static const char *const sentences[WHY_COUNT] = {
    [WHY_OPERATOR] = "whoever runs the server never touches personal data",
    [WHY_ERASED] = "this person's data are erased",
    [WHY_HELD] = "this person's data are held only because the law asks for it, and %p is not "
                 "what the law asks for",
    [WHY_NO_ACT] = "there is no such deed",
    [WHY_NO_ROLE] = "the policy knows no such role",
    [WHY_NO_PURPOSE] = "no purpose of the policy was named, and nothing happens without one",
    [WHY_NO_CATEGORY] = "the policy knows no such data",
    [WHY_NO_FIELD] = "%c has no such field",
    [WHY_NO_POINT] = "the policy knows no such collection point",
    [WHY_NO_EVENT] = "the policy knows no such event",
    [WHY_NOT_SELF] = "a person may do this over their own data, and over nobody else's",
    [WHY_NOT_A_RIGHT] = "this is not among a person's rights over their own data",
    [WHY_SYSTEM] = "the server by itself only erases what is over",
    [WHY_RIGHTS_ONLY] = "this is done only when the person asks for it as their right",
    [WHY_RETENTION] = "ending what is over is the server's own work, and nobody reads or writes "
                      "for it",
    [WHY_ROLE_PURPOSE] = "%w does nothing for %p",
    [WHY_ROLE_RIGHTS] = "%w does not handle what people ask for as their right",
    [WHY_RESTRICTED] = "the person has had the use of their data stopped, and %p has to wait",
    [WHY_AGGREGATE] = "%p looks at totals only, never at one person",
    [WHY_NOTHING] = "no field was named",
    [WHY_NEVER_STORED] = "a field among these is never stored",
    [WHY_HASH_ONLY] = "it is kept only in a scrambled form that nobody can read or set for another",
    [WHY_MANY] = "a person's %c is also somebody else's statement, so a member of staff has to "
                 "look before it is changed",
    [WHY_NO_CONSENT_BASIS] = "%p does not rest on consent, so a yes or no to it would decide "
                             "nothing",
    [WHY_EVENT_WRITES] = "%w does not write all the data whose time would begin to run",
    [WHY_POINT_FROM] = "%w is not among those who may hand something in there",
    [WHY_POINT_PURPOSE] = "%p is not shown at that collection point",
    [WHY_OBJECTED] = "the person objected to %p",
    [WHY_NO_TEMPLATE] = "the policy knows no such kind of mail",
    [WHY_MAIL_PURPOSE] = "that kind of mail is not for %p",
    [WHY_BLOCKED] = "the person signed off from such mail",
    [WHY_NOT_HERE] = "this kind of server has nothing of that, and no way in or out for it",
    [WHY_SECOND] = "%w does this only when another of them has agreed to it, and nobody has",
    [WHY_CHILD_WAITING] = "nobody has said yes for this child yet, and until then only those who may say it are asked",
    [WHY_CHILD_FOUND] = "this account was found to be a child's, and is left alone until it is erased",
    [WHY_SEALED] = "%c can be read by who wrote it and by the person it is about, and by nobody else",
    [WHY_BLIND] = "%c is sealed to others, and %w cannot read it",
    [WHY_POINT_FIELD] = "that collection point does not take all of these fields",
};

void
consent_put(const struct told *t, struct span purpose)
{
    static const char *const states[] = {
        [CONSENT_NONE] = "was never asked or never answered",
        [CONSENT_PENDING] = "has not confirmed it yet",
        [CONSENT_GIVEN] = "agreed",
        [CONSENT_WITHDRAWN] = "has taken it back",
    };
    buf_put(t->out, purpose);
    buf_str(t->out, " rests on the person's consent, and the person ");
    buf_str(t->out, (unsigned)t->q->consent < 4 ? states[t->q->consent] : states[0]);
}

static void
relation_put(const struct told *t)
{
    const struct policy_role *role = &t->policy->roles[t->q->role];
    int relation = policy_relation_find(t->policy, role->over_relation);
    who_put(t);
    buf_str(t->out, " is limited to ");
    if (role->over == OVER_SELF) {
        buf_str(t->out, "the person who is there themself");
    } else if (relation != POLICY_NONE) {
        buf_str(t->out, "those it is shown to be ");
        buf_put(t->out, t->policy->relations[relation].says);
    } else if (role->over_relation.n > 0) {
        buf_str(t->out, span_starts(role->over_relation, SPAN("own-")) ? "their " : "");
        name_put(t->out, role->over_relation);
    } else {
        buf_str(t->out, "people they have to do with");
    }
    buf_str(t->out, ", and that this person is among them was not shown");
}

/* What of the wanted fields is in the mask; all readable were wanted when nothing was named. */
static uint64_t
wanted(const struct told *t)
{
    if (!in(t->q->category, t->policy->category_count))
        return 0;
    const struct policy_category *c = &t->policy->categories[t->q->category];
    bool all = t->q->fields == ~UINT64_C(0);
    if (t->q->act == ACT_SEND) /* what passes through is used by no purpose */
        return (all ? t->policy->recipients[t->q->recipient].gets[t->q->category] : t->q->fields) & c->readable;
    return !all ? t->q->fields : t->q->act == ACT_WRITE ? c->all : c->readable;
}

static void
not_used_put(const struct told *t)
{
    uint64_t uses = t->policy->purposes[t->q->purpose].uses[t->q->category];
    uint64_t over = wanted(t) & ~uses;
    purpose_put(t);
    buf_str(t->out, " does not use ");
    fields_put(t, over != 0 ? over : wanted(t));
}

static void
not_written_put(const struct told *t)
{
    const struct policy_role *role = &t->policy->roles[t->q->role];
    uint64_t writes = role->writes == NULL ? 0 : role->writes[t->q->category];
    who_put(t);
    buf_str(t->out, " does not write ");
    fields_put(t, wanted(t) & ~writes);
    if ((wanted(t) & writes) != 0)
        buf_str(t->out, ", and a write is done whole or not at all");
}

/* A submission may name no purpose: then none of those its point shows would do. */
static void
child_put(const struct told *t, bool school)
{
    if (t->q->act == ACT_COLLECT && t->q->purpose == POLICY_NONE)
        buf_str(t->out, "all that is collected there");
    else
        purpose_put(t);
    buf_str(t->out, school ? " is nothing a school may agree to for a child" : " is nothing a child's data may serve");
}

static void
point_put(const struct told *t, enum decide_why why)
{
    const struct policy_point *point = &t->policy->points[t->q->point];
    if (why == WHY_POINT_AGREED) {
        buf_str(t->out, "that collection point takes nothing before the person has agreed to ");
        buf_put(t->out, t->policy->purposes[point->agreed].name);
        return;
    }
    buf_str(t->out, "that collection point takes only from who stands in the relation ");
    name_put(t->out, t->policy->relations[point->relation].name);
    buf_str(t->out, " to the person, and that was not shown");
}

static void
refusal_put(const struct told *t, enum decide_why why)
{
    if (out_refusal_put(t, why))
        return;
    switch (why) {
    case WHY_ROLE_TASK:
        who_put(t);
        buf_str(t->out, " does this only for ");
        task_put(t, t->policy->roles[t->q->role].needs);
        buf_str(t->out, ", ");
        task_miss_put(t);
        break;
    case WHY_PURPOSE_TASK:
        purpose_put(t);
        buf_str(t->out, " is done only for ");
        task_put(t, t->policy->purposes[t->q->purpose].needs);
        buf_str(t->out, ", ");
        task_miss_put(t);
        break;
    case WHY_RELATION:
        relation_put(t);
        break;
    case WHY_CONSENT:
        consent_put(t, t->policy->purposes[t->q->purpose].name);
        break;
    case WHY_CHILD_MAY:
    case WHY_CHILD_SCHOOL:
        child_put(t, why == WHY_CHILD_SCHOOL);
        break;
    case WHY_POINT_RELATION:
    case WHY_POINT_AGREED:
        point_put(t, why);
        break;
    case WHY_NOT_USED:
        not_used_put(t);
        break;
    case WHY_ROLE_WRITES:
        not_written_put(t);
        break;
    default:
        /* A verdict of somebody else's making (no token) has no reason we know. */
        sentence_put(t, why < WHY_COUNT && sentences[why] != NULL
                            ? sentences[why]
                            : "the policy does not say that this may be");
        break;
    }
}

void
policy_explain(const struct policy *policy, const struct policy_question *question,
               const struct policy_verdict *verdict, struct buf *out)
{
    struct told t = {policy, question, out};
    struct policy_verdict again;
    enum decide_why why = decide_why(policy, question, &again);
    bool same = again.answer == verdict->answer && again.rule == verdict->rule;
    if (verdict->answer == ANSWER_REFUSE) {
        buf_str(out, "No: ");
        refusal_put(&t, same ? why : WHY_COUNT);
    } else {
        buf_str(out, verdict->answer == ANSWER_ALLOW ? "Yes: " : "In part: ");
        allowed_put(&t, verdict->fields);
    }
    if (verdict->answer == ANSWER_NARROW)
        buf_str(out, same && why == WHY_PART_HASH
                         ? ", but the rest is kept in a form that nobody can read"
                         : ", but the rest is not used for it");
    buf_str(out, " (");
    buf_put(out, policy_rule_name(policy, verdict->rule));
    buf_str(out, ").");
}
