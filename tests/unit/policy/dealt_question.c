/* Questions drawn about a compiled policy. */
#include "dealt.h"

static bool
often(struct dice *dice, int of_hundred)
{
    return (int)dice_below(dice, 100) < of_hundred;
}

/* An index of a table, and now and then one beyond it. */
static int
row_draw(struct dice *dice, int count)
{
    return count == 0 || often(dice, 2) ? count + 3 : (int)dice_below(dice, (uint64_t)count);
}

static int
role_draw(const struct policy *policy, struct dice *dice)
{
    static const int others[] = {ACTOR_SUBJECT, ACTOR_SUBJECT, ACTOR_SYSTEM, ACTOR_OPERATOR, POLICY_NONE};
    return often(dice, 15) ? others[dice_below(dice, 5)] : row_draw(dice, policy->role_count);
}

/* Often one the role works for, or rights where that is what is asked for. */
static int
purpose_draw(const struct policy *policy, struct dice *dice, const struct policy_question *q)
{
    bool role = q->role >= 0 && q->role < policy->role_count;
    bool rights = q->role == ACTOR_SUBJECT || (role && policy->roles[q->role].may_rights);
    if (often(dice, rights ? 40 : 10))
        return PURPOSE_RIGHTS;
    if (often(dice, q->role == ACTOR_SYSTEM || q->act == ACT_EVENT ? 50 : 5))
        return PURPOSE_RETENTION;
    if (often(dice, q->act == ACT_COLLECT ? 30 : 3))
        return POLICY_NONE;
    int purpose = row_draw(dice, policy->purpose_count);
    for (int i = 0; i < 4 && role && !policy_bit(&policy->roles[q->role].may, purpose); i++)
        purpose = row_draw(dice, policy->purpose_count);
    return purpose;
}

static void
task_draw(const struct policy *policy, struct dice *dice, struct policy_question *q)
{
    bool role = q->role >= 0 && q->role < policy->role_count;
    bool purpose = q->purpose >= 0 && q->purpose < policy->purpose_count;
    int wanted = role ? policy->roles[q->role].needs : POLICY_NONE;
    if (wanted == POLICY_NONE && purpose)
        wanted = policy->purposes[q->purpose].needs;
    q->has_task = often(dice, 70);
    q->task = !q->has_task || often(dice, 10) ? POLICY_NONE
              : wanted != POLICY_NONE && often(dice, 80)
                  ? wanted
                  : policy->task_count == 0 ? POLICY_NONE
                                            : (int)dice_below(dice, (uint64_t)policy->task_count);
}

static void
fields_draw(const struct policy *policy, struct dice *dice, struct policy_question *q)
{
    q->fields = ~UINT64_C(0);
    if (q->category < 0 || q->category >= policy->category_count || often(dice, 30))
        return;
    const struct policy_category *row = &policy->categories[q->category];
    q->fields = UINT64_C(1) << dice_below(dice, (uint64_t)row->field_count);
    while (often(dice, 35))
        q->fields |= UINT64_C(1) << dice_below(dice, (uint64_t)row->field_count);
    if (often(dice, 2))
        q->fields = often(dice, 50) ? 0 : q->fields | UINT64_C(1) << 40;
}

/* A write both the role and the purpose would take, field by field. */
static void
write_draw(const struct policy *policy, struct dice *dice, struct policy_question *q)
{
    if (q->role < 0 || q->role >= policy->role_count || q->purpose < 0 || q->purpose >= policy->purpose_count)
        return;
    for (int i = 0; i < 4; i++) {
        int c = (int)dice_below(dice, (uint64_t)policy->category_count);
        uint64_t both = policy->roles[q->role].writes[c] & policy->purposes[q->purpose].uses[c];
        if (both == 0)
            continue;
        q->category = c;
        uint64_t some = both & dice_roll(dice);
        q->fields = some != 0 ? some : both;
    }
}

/* Whom the law alone may be done to, more often where it is the law. */
static void
person_draw(const struct policy *policy, struct dice *dice, struct policy_question *q)
{
    bool law = q->purpose >= 0 && q->purpose < policy->purpose_count &&
               policy->purposes[q->purpose].basis == BASIS_LEGAL_OBLIGATION;
    q->self = often(dice, 70);
    q->related = often(dice, 60);
    q->consent = often(dice, law ? 30 : 60) ? CONSENT_GIVEN : (enum policy_consent_state)dice_below(dice, 4);
    q->restricted = often(dice, law ? 40 : 15);
    q->objected = often(dice, 15);
    q->blocked = often(dice, 20);
    q->person = often(dice, law ? 60 : 85) ? PERSON_ACTIVE
                : often(dice, 70)          ? PERSON_HELD
                                           : (enum policy_person_state)dice_below(dice, 3);
}

void
dealt_question(const struct policy *policy, struct dice *dice, struct policy_question *q)
{
    *q = (struct policy_question){.act = (enum policy_act)dice_below(dice, ACT_COUNT),
                                  .task = POLICY_NONE};
    if (often(dice, 35))
        q->act = (enum policy_act)dice_below(dice, ACT_WRITE + 1);
    else if (often(dice, 25))
        q->act = (enum policy_act)(ACT_SEND + dice_below(dice, 3));
    q->role = role_draw(policy, dice);
    q->purpose = purpose_draw(policy, dice, q);
    task_draw(policy, dice, q);
    q->point = row_draw(dice, policy->point_count);
    q->event = row_draw(dice, policy->event_count);
    q->template = row_draw(dice, policy->mail.template_count);
    bool mail = q->act == ACT_MAIL && q->template >= 0 && q->template < policy->mail.template_count;
    if (mail && often(dice, 80))
        q->purpose = policy->mail.templates[q->template].purpose;
    bool data = q->act == ACT_READ || q->act == ACT_LIST || q->act == ACT_WRITE;
    q->category = often(dice, data ? 3 : 40) ? POLICY_NONE : row_draw(dice, policy->category_count);
    /* Data a point takes, data a purpose uses: else nearly all would be refused. */
    if (q->act == ACT_COLLECT && q->point < policy->point_count && q->category >= 0) {
        const struct policy_point *point = &policy->points[q->point];
        q->category = point->fields[dice_below(dice, (uint64_t)point->field_count)].category;
    }
    for (int i = 0; i < 4 && data && q->purpose >= 0 && q->purpose < policy->purpose_count; i++)
        if (q->category >= 0 && q->category < policy->category_count &&
            policy->purposes[q->purpose].uses[q->category] == 0)
            q->category = row_draw(dice, policy->category_count);
    fields_draw(policy, dice, q);
    if (q->act == ACT_WRITE && often(dice, 60))
        write_draw(policy, dice, q);
    person_draw(policy, dice, q);
    dealt_out_question(policy, dice, q);
    dealt_people_question(policy, dice, q);
}

void
dealt_question_print(const struct policy *policy, const struct policy_question *q)
{
#define NAME(i, count, of) ((i) >= 0 && (i) < (count) ? (of) : SPAN_NONE)
    struct span role = NAME(q->role, policy->role_count, policy->roles[q->role].name);
    struct span purpose = NAME(q->purpose, policy->purpose_count, policy->purposes[q->purpose].name);
    struct span category = NAME(q->category, policy->category_count, policy->categories[q->category].name);
    struct span point = NAME(q->point, policy->point_count, policy->points[q->point].name);
    struct span event = NAME(q->event, policy->event_count, policy->events[q->event]);
    struct span task = NAME(q->task, policy->task_count, policy->tasks[q->task]);
    (void)printf("# act %d, role %d %.*s, purpose %d %.*s, category %d %.*s, fields %#llx, point %d %.*s, "
                 "event %d %.*s, task %d/%d %.*s, consent %d, restricted %d, person %d, self %d, related %d, "
                 "recipient %d, day %lld, suspended %d, ground %d, evidence %#x, approvals %d, noticed %d, gagged %d, "
                 "cookie %d, signal %d, child %d, author %d, second %d, instance %d, relation %d\n",
                 (int)q->act, q->role, SPAN_FMT(role), q->purpose, SPAN_FMT(purpose), q->category,
                 SPAN_FMT(category), (unsigned long long)q->fields, q->point, SPAN_FMT(point), q->event,
                 SPAN_FMT(event), q->has_task, q->task, SPAN_FMT(task), (int)q->consent, q->restricted,
                 (int)q->person, q->self, q->related, q->recipient, (long long)q->day, q->suspended, q->ground,
                 q->evidence, q->approvals, q->noticed, q->gagged, q->cookie, q->signal, (int)q->child, q->author, q->second,
                 q->instance, q->relation);
}
