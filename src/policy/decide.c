#include "policy/decide.h"

#include "policy/decide_asked_priv.h"

#define ACT_BIT(act) (1u << (act))
static const unsigned acts_of_rights = ACT_BIT(ACT_READ) | ACT_BIT(ACT_WRITE) | ACT_BIT(ACT_ERASE) |
                                       ACT_BIT(ACT_EXPORT) | ACT_BIT(ACT_DEEDS) |
                                       ACT_BIT(ACT_CONSENT) | ACT_BIT(ACT_RESTRICT);
static const unsigned acts_of_purposes =
    ACT_BIT(ACT_READ) | ACT_BIT(ACT_LIST) | ACT_BIT(ACT_WRITE);
/* Those that are about one category, and those a purpose is not needed for. */
static const unsigned acts_of_data = ACT_BIT(ACT_READ) | ACT_BIT(ACT_LIST) | ACT_BIT(ACT_WRITE) |
                                     ACT_BIT(ACT_SEND) | ACT_BIT(ACT_DISCLOSE);
static const unsigned acts_without_purpose =
    ACT_BIT(ACT_COLLECT) | ACT_BIT(ACT_DISCLOSE) | ACT_BIT(ACT_COOKIE);

static bool
is_legal(const struct asked *a)
{
    return a->purpose != NULL && a->purpose->basis == BASIS_LEGAL_OBLIGATION;
}

uint64_t
decide_point_fields(const struct policy_point *point, int category)
{
    uint64_t mask = 0;
    for (int i = 0; i < point->field_count; i++)
        if (point->fields[i].category == category)
            mask |= UINT64_C(1) << point->fields[i].bit;
    return mask;
}

static enum decide_why
state_check(const struct asked *a)
{
    if (a->q->person == PERSON_ACTIVE || a->q->act == ACT_COOKIE) /* a browser is no person */
        return WHY_YES;
    if (a->q->person != PERSON_HELD)
        return WHY_ERASED;
    bool passes = a->rights || a->q->purpose == PURPOSE_RETENTION || is_legal(a) || decide_out_binds(a);
    return passes ? WHY_YES : WHY_HELD;
}

static enum decide_why
names_check(const struct asked *a)
{
    const struct policy_question *q = a->q;
    if (a->role == NULL && q->role != ACTOR_SUBJECT && q->role != ACTOR_SYSTEM)
        return WHY_NO_ROLE;
    if (a->purpose == NULL && q->purpose != PURPOSE_RIGHTS && q->purpose != PURPOSE_RETENTION &&
        !((ACT_BIT(q->act) & acts_without_purpose) != 0 && q->purpose == POLICY_NONE))
        return WHY_NO_PURPOSE;
    if (a->category == NULL &&
        (q->category != POLICY_NONE || (ACT_BIT(q->act) & acts_of_data) != 0))
        return WHY_NO_CATEGORY;
    if (a->category != NULL && q->fields != ~UINT64_C(0) && (q->fields & ~a->category->all) != 0)
        return WHY_NO_FIELD;
    if (q->act == ACT_COLLECT && !in(q->point, a->policy->point_count))
        return WHY_NO_POINT;
    if (q->act == ACT_EVENT && !in(q->event, a->policy->event_count))
        return WHY_NO_EVENT;
    if (decide_absent(a))
        return WHY_NOT_HERE;
    return decide_out_names(a);
}

enum decide_why
decide_role_task(const struct asked *a, struct policy_verdict *ret)
{
    const struct policy_role *role = a->role;
    if (role->needs_any_task && !a->q->has_task)
        return no(ret, role->needs_rule, WHY_ROLE_TASK);
    if (role->needs != POLICY_NONE && !(a->q->has_task && a->q->task == role->needs))
        return no(ret, role->needs_rule, WHY_ROLE_TASK);
    if (role->second_person && !a->q->second)
        return no(ret, role->second_rule, WHY_SECOND);
    return WHY_YES;
}

enum decide_why
decide_relation(const struct asked *a, struct policy_verdict *ret)
{
    enum policy_over over = a->role->over;
    if (over != OVER_ALL && !(over == OVER_SELF ? a->q->self : a->q->related))
        return no(ret, a->role->rule, WHY_RELATION);
    return WHY_YES;
}

/* Whether the person agreed to the purpose in hand; a point may ask for the consent to another one. */
static bool
agreed(const struct asked *a)
{
    const struct policy_question *q = a->q;
    bool other = q->act == ACT_COLLECT && a->policy->points[q->point].agreed != POLICY_NONE &&
                 a->policy->points[q->point].agreed != q->purpose;
    return q->consent == CONSENT_GIVEN && !other;
}

/* An objection also stands where the purpose rests on consent now: whoever objected takes it back first. */
static bool
objectable(enum policy_basis basis)
{
    return basis == BASIS_LEGITIMATE_INTERESTS || basis == BASIS_PUBLIC_INTEREST || basis == BASIS_CONSENT;
}

enum decide_why
decide_needs(const struct asked *a, bool relation_asked, struct policy_verdict *ret)
{
    const struct policy_question *q = a->q;
    enum decide_why why = decide_role_task(a, ret);
    if (why != WHY_YES)
        return why;
    const struct policy_purpose *purpose = a->rights ? NULL : a->purpose;
    if (purpose != NULL && purpose->needs != POLICY_NONE && q->act != ACT_COLLECT &&
        !(q->has_task && q->task == purpose->needs))
        return no(ret, purpose->needs_rule, WHY_PURPOSE_TASK);
    if (relation_asked)
        why = decide_relation(a, ret);
    if (why != WHY_YES || a->rights)
        return why;
    if (q->objected && purpose != NULL && objectable(purpose->basis))
        return no(ret, a->policy->rights[RIGHT_OBJECT].rule, WHY_OBJECTED);
    if (purpose != NULL && purpose->basis == BASIS_CONSENT && q->act != ACT_COLLECT &&
        q->consent != CONSENT_GIVEN)
        return no(ret, purpose->basis_rule, WHY_CONSENT);
    bool clock_only = q->act == ACT_EVENT && q->purpose == PURPOSE_RETENTION;
    if (q->restricted && !is_legal(a) && !(purpose != NULL && agreed(a)) && !clock_only)
        return no(ret, RULE_RIGHTS_RESTRICT, WHY_RESTRICTED);
    return decide_child(a, ret);
}

enum decide_why
decide_read(const struct asked *a, uint64_t usable, int rule, struct policy_verdict *ret)
{
    const struct policy_category *category = a->category;
    uint64_t wanted = a->q->fields == ~UINT64_C(0) ? category->readable : a->q->fields;
    uint64_t fields = wanted & usable & category->readable;
    if (fields != 0 && fields == wanted)
        return yes(ret, rule, fields);
    if (wanted == 0 && a->q->fields == 0)
        return no(ret, RULE_SILENCE, WHY_NOTHING);
    /* Only the values nobody can read are missing: that rule says no, not the purpose. */
    bool hash_only = (wanted & ~category->readable) != 0 && (wanted & ~usable) == 0;
    if (wanted == 0 || (fields == 0 && hash_only))
        return no(ret, RULE_HASH_ONLY, WHY_HASH_ONLY);
    if (fields == 0)
        return no(ret, rule, WHY_NOT_USED);
    *ret = (struct policy_verdict){ANSWER_NARROW, (uint32_t)(hash_only ? RULE_HASH_ONLY : rule),
                                   fields};
    return hash_only ? WHY_PART_HASH : WHY_PART;
}

/* Whether a field of the mask is never stored, those aside that pass through where that is asked. */
static bool
never_stored(const struct asked *a, uint64_t mask, bool passing)
{
    const struct policy_category *category = a->category;
    if ((mask & ~category->readable) == 0)
        return false;
    for (int i = 0; i < category->field_count; i++) {
        const struct policy_field *field = &a->policy->fields[category->field_first + i];
        if (field->storage == STORE_NEVER && (mask >> field->bit & 1) != 0 &&
            !(passing && field->pass_to != POLICY_NONE))
            return true;
    }
    return false;
}

static enum decide_why
write_fields(const struct asked *a, struct policy_verdict *ret)
{
    const struct policy_role *role = a->role;
    uint64_t wanted = a->q->fields == ~UINT64_C(0) ? a->category->all : a->q->fields;
    uint64_t writes = role->writes == NULL ? 0 : role->writes[a->q->category];
    if (wanted == 0)
        return no(ret, RULE_SILENCE, WHY_NOTHING);
    if ((wanted & ~writes) != 0)
        return no(ret, role->rule, WHY_ROLE_WRITES);
    if ((wanted & ~a->purpose->uses[a->q->category]) != 0)
        return no(ret, a->purpose->rule, WHY_NOT_USED);
    if (never_stored(a, wanted, false))
        return no(ret, RULE_SILENCE, WHY_NEVER_STORED);
    return yes(ret, role->rule, wanted);
}

enum decide_why
decide_purpose(const struct asked *a, struct policy_verdict *ret)
{
    if (a->purpose == NULL)
        return no(ret, RULE_SILENCE, WHY_RETENTION);
    if (!policy_bit(&a->role->may, a->q->purpose))
        return no(ret, a->role->rule, WHY_ROLE_PURPOSE);
    return decide_needs(a, true, ret);
}

/* READ, LIST and WRITE by a role for a purpose of the policy. */
static enum decide_why
use_decide(const struct asked *a, struct policy_verdict *ret)
{
    enum decide_why why = decide_purpose(a, ret);
    if (why != WHY_YES)
        return why;
    if (a->purpose->aggregate_only)
        return no(ret, a->purpose->rule, WHY_AGGREGATE);
    if (a->q->act == ACT_WRITE)
        return write_fields(a, ret);
    why = decide_sealed(a, ret);
    return why == WHY_YES ? decide_read(a, a->purpose->uses[a->q->category], a->purpose->rule, ret) : why;
}

/* What the right itself allows, once it is clear that this actor may exercise it. */
static enum decide_why
rights_fields(const struct asked *a, struct policy_verdict *ret)
{
    const struct policy_question *q = a->q;
    enum decide_why why = decide_sealed(a, ret);
    if (why != WHY_YES)
        return why;
    if (q->act == ACT_READ)
        return decide_read(a, ~UINT64_C(0), RULE_RIGHTS_SELF, ret);
    if (q->act == ACT_CONSENT && a->purpose != NULL && a->purpose->basis != BASIS_CONSENT)
        return no(ret, a->purpose->basis_rule, WHY_NO_CONSENT_BASIS);
    if (q->act != ACT_WRITE) {
        uint64_t whole = a->category == NULL ? ~UINT64_C(0) : a->category->all;
        return yes(ret, RULE_RIGHTS_SELF, whole);
    }
    uint64_t wanted = q->fields == ~UINT64_C(0) ? a->category->readable : q->fields;
    bool unseen = a->role == NULL || a->role->kind == ROLE_APPLICATION;
    if (wanted == 0)
        return no(ret, RULE_SILENCE, WHY_NOTHING);
    if (a->category->many && unseen)
        return no(ret, RULE_RIGHTS_SELF, WHY_MANY);
    if ((wanted & ~a->category->readable) != 0)
        return no(ret, RULE_HASH_ONLY, WHY_HASH_ONLY);
    return yes(ret, RULE_RIGHTS_SELF, wanted);
}

static enum decide_why
subject_decide(const struct asked *a, struct policy_verdict *ret)
{
    if (!a->rights || (ACT_BIT(a->q->act) & acts_of_rights) == 0)
        return no(ret, RULE_SILENCE, WHY_NOT_A_RIGHT);
    int relation = a->q->self ? RULE_NONE : decide_for_another(a);
    if (!a->q->self && relation == RULE_NONE)
        return no(ret, RULE_RIGHTS_SELF, WHY_NOT_SELF);
    enum decide_why why = rights_fields(a, ret);
    if (relation != RULE_NONE && ret->answer != ANSWER_REFUSE && ret->rule == RULE_RIGHTS_SELF)
        ret->rule = (uint32_t)relation;
    return why;
}

static enum decide_why
system_decide(const struct asked *a, struct policy_verdict *ret)
{
    if (a->q->act != ACT_ERASE || a->q->purpose != PURPOSE_RETENTION)
        return no(ret, RULE_SILENCE, WHY_SYSTEM);
    if (a->q->restricted)
        return no(ret, RULE_RIGHTS_RESTRICT, WHY_RESTRICTED);
    return yes(ret, RULE_RETENTION, a->category == NULL ? ~UINT64_C(0) : a->category->all);
}

static enum decide_why
role_rights_decide(const struct asked *a, struct policy_verdict *ret)
{
    if ((ACT_BIT(a->q->act) & acts_of_rights) == 0)
        return no(ret, RULE_SILENCE, WHY_NOT_A_RIGHT);
    if (!a->role->may_rights)
        return no(ret, a->role->rule, WHY_ROLE_RIGHTS);
    enum decide_why why = decide_needs(a, true, ret);
    return why == WHY_YES ? rights_fields(a, ret) : why;
}

static enum decide_why
collect_decide(const struct asked *a, struct policy_verdict *ret)
{
    const struct policy_question *q = a->q;
    const struct policy_point *point = &a->policy->points[q->point];
    bool named = policy_bit(&point->from, q->role);
    if (!named && !(point->from_anyone && a->role->kind == ROLE_APPLICATION))
        return no(ret, point->rule, WHY_POINT_FROM);
    if (q->purpose != POLICY_NONE && !policy_bit(&point->purposes, q->purpose))
        return no(ret, point->rule, WHY_POINT_PURPOSE);
    /* Before the first submission there is nobody a relation could be shown to. */
    enum decide_why why = decide_needs(a, point->existing, ret);
    if (why != WHY_YES)
        return why;
    why = decide_point(a, ret);
    if (why != WHY_YES)
        return why;
    if (a->category == NULL)
        return yes(ret, point->rule, ~UINT64_C(0));
    uint64_t taken = decide_point_fields(point, q->category);
    uint64_t wanted = q->fields == ~UINT64_C(0) ? taken : q->fields;
    if (wanted == 0 || (wanted & ~taken) != 0)
        return no(ret, point->rule, WHY_POINT_FIELD);
    if (never_stored(a, wanted, true))
        return no(ret, RULE_SILENCE, WHY_NEVER_STORED);
    return yes(ret, point->rule, wanted);
}

/* Whether the role writes in every category that counts from the event, and there is one. */
static bool
event_writes(const struct asked *a)
{
    bool any = false;
    for (int i = 0; i < a->policy->keep_count; i++) {
        const struct policy_keep *keep = &a->policy->keeps[i];
        if (keep->event != EVENT_NAMED || keep->named != a->q->event)
            continue;
        if (a->role->writes == NULL || a->role->writes[keep->category] == 0)
            return false;
        any = true;
    }
    return any;
}

static enum decide_why
event_decide(const struct asked *a, struct policy_verdict *ret)
{
    if (a->rights && !a->role->may_rights)
        return no(ret, a->role->rule, WHY_ROLE_RIGHTS);
    if (a->purpose != NULL && !policy_bit(&a->role->may, a->q->purpose))
        return no(ret, a->role->rule, WHY_ROLE_PURPOSE);
    enum decide_why why = decide_needs(a, true, ret);
    if (why != WHY_YES)
        return why;
    if (!a->role->may_rights && !event_writes(a))
        return no(ret, a->role->rule, WHY_EVENT_WRITES);
    return yes(ret, a->role->rule, ~UINT64_C(0));
}

enum decide_why
decide_why(const struct policy *policy, const struct policy_question *q, struct policy_verdict *ret)
{
    if ((unsigned)q->act >= ACT_COUNT)
        return no(ret, RULE_CLOSED_WORLD, WHY_NO_ACT);
    if (q->role == ACTOR_OPERATOR)
        return no(ret, RULE_OPERATOR, WHY_OPERATOR);
    struct asked a = {
        .policy = policy,
        .q = q,
        .role = in(q->role, policy->role_count) ? &policy->roles[q->role] : NULL,
        .purpose = in(q->purpose, policy->purpose_count) ? &policy->purposes[q->purpose] : NULL,
        .category =
            in(q->category, policy->category_count) ? &policy->categories[q->category] : NULL,
    };
    a.rights = q->purpose == PURPOSE_RIGHTS || (q->act == ACT_CONSENT && a.purpose != NULL);
    enum decide_why why = state_check(&a);
    if (why != WHY_YES)
        return no(ret, RULE_STATE, why);
    why = names_check(&a);
    if (why != WHY_YES)
        return no(ret, RULE_CLOSED_WORLD, why);
    if (q->role == ACTOR_SUBJECT)
        return subject_decide(&a, ret);
    if (q->role == ACTOR_SYSTEM)
        return system_decide(&a, ret);
    if (q->act == ACT_COLLECT)
        return collect_decide(&a, ret);
    if (q->act == ACT_EVENT)
        return event_decide(&a, ret);
    if (q->act == ACT_DISCLOSE)
        return decide_disclose(&a, ret);
    if (q->act == ACT_COOKIE)
        return decide_cookie(&a, ret);
    if (a.rights)
        return role_rights_decide(&a, ret);
    if (q->act == ACT_SEND)
        return decide_send(&a, ret);
    if (q->act == ACT_MAIL)
        return decide_mail(&a, ret);
    if ((ACT_BIT(q->act) & acts_of_purposes) == 0)
        return no(ret, RULE_SILENCE, WHY_RIGHTS_ONLY);
    return use_decide(&a, ret);
}

void
policy_decide(const struct policy *policy, const struct policy_question *question,
              struct policy_verdict *ret)
{
    (void)decide_why(policy, question, ret);
}
