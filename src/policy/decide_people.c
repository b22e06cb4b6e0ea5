/* What is asked besides because of whom the data are about: children, sealed records, relations, kinds of server. */
#include "policy/decide_priv.h"

static bool
in(int i, int count)
{
    return i >= 0 && i < count;
}

/* --- kinds of server ------------------------------------------------------------------------ */

static bool
absent(const struct policy *policy, int category, int instance)
{
    int only = policy->categories[category].only;
    return only != POLICY_NONE && only != instance;
}

bool
decide_absent(const struct policy *policy, const struct policy_question *q)
{
    if (policy->instance_count == 0)
        return false;
    if (in(q->category, policy->category_count) && absent(policy, q->category, q->instance))
        return true;
    if (q->act != ACT_COLLECT || !in(q->point, policy->point_count))
        return false;
    const struct policy_point *point = &policy->points[q->point];
    for (int i = 0; i < point->field_count; i++)
        if (absent(policy, point->fields[i].category, q->instance))
            return true;
    return false;
}

/* --- children --------------------------------------------------------------------------------- */

/* The purpose asked for; where a submission names none, one of those its point shows. */
static bool
purpose_among(const struct policy *policy, const struct policy_question *q, const struct policy_bits *bits)
{
    if (q->act != ACT_COLLECT || q->purpose != POLICY_NONE)
        return policy_bit(bits, q->purpose);
    const struct policy_bits *shown = &policy->points[q->point].purposes;
    for (int i = 0; i < POLICY_BITS_WORDS; i++)
        if ((shown->w[i] & bits->w[i]) != 0)
            return true;
    return false;
}

/* Whether all that is touched lies in the one category. */
static bool
within_category(const struct policy *policy, const struct policy_question *q, int category)
{
    if (q->category != POLICY_NONE)
        return q->category == category;
    if (q->act != ACT_COLLECT)
        return true; /* an event touches no data */
    const struct policy_point *point = &policy->points[q->point];
    for (int i = 0; i < point->field_count; i++)
        if (point->fields[i].category != category)
            return false;
    return true;
}

static enum decide_why
waiting(const struct policy *policy, const struct policy_question *q, int *ret_rule)
{
    const struct policy_child_route *parent = &policy->children.routes[CHILD_ROUTE_PARENT];
    *ret_rule = parent->set ? parent->rule : policy->children.rule;
    bool open = parent->set && purpose_among(policy, q, &parent->purposes) &&
                within_category(policy, q, parent->keeps_category);
    return open ? WHY_YES : WHY_CHILD_WAITING;
}

enum decide_why
decide_child(const struct policy *policy, const struct policy_question *q, int *ret_rule)
{
    const struct policy_children *children = &policy->children;
    const struct policy_child_route *school = &children->routes[CHILD_ROUTE_SCHOOL];
    if (!children->set || q->child == CHILD_NO || q->purpose == PURPOSE_RETENTION)
        return WHY_YES;
    switch (q->child) {
    case CHILD_WAITING:
        return waiting(policy, q, ret_rule);
    case CHILD_ALLOWED:
        *ret_rule = children->may_rule;
        return purpose_among(policy, q, &children->may) ? WHY_YES : WHY_CHILD_MAY;
    case CHILD_SCHOOL:
        *ret_rule = school->set ? school->rule : children->rule;
        return school->set && purpose_among(policy, q, &school->purposes) ? WHY_YES : WHY_CHILD_SCHOOL;
    default: /* found; and what is no state of a child at all is treated as strictly */
        *ret_rule = children->discovered_rule;
        return in(q->purpose, policy->purpose_count) &&
                       policy->purposes[q->purpose].basis == BASIS_LEGAL_OBLIGATION
                   ? WHY_YES
                   : WHY_CHILD_FOUND;
    }
}

/* --- who may read at all ------------------------------------------------------------------------ */

enum decide_why
decide_sealed(const struct policy *policy, const struct policy_question *q, int *ret_rule)
{
    if (!in(q->category, policy->category_count) ||
        (q->act != ACT_READ && q->act != ACT_LIST && q->act != ACT_EXPORT))
        return WHY_YES;
    const struct policy_category *category = &policy->categories[q->category];
    if (category->sealed && !q->author && !q->self) {
        *ret_rule = category->sealed_rule;
        return WHY_SEALED;
    }
    bool staff = in(q->role, policy->role_count) && policy->roles[q->role].kind == ROLE_STAFF;
    if (category->blind == POLICY_NONE || !staff || policy_role_within(policy, q->role, category->blind))
        return WHY_YES;
    *ret_rule = category->blind_rule;
    return WHY_BLIND;
}

int
decide_relation(const struct policy *policy, const struct policy_question *q)
{
    bool shown = q->related && in(q->relation, policy->relation_count) && policy->relations[q->relation].rights;
    return shown ? policy->relations[q->relation].rights_rule : RULE_NONE;
}

enum decide_why
decide_point(const struct policy *policy, const struct policy_question *q, int *ret_rule)
{
    const struct policy_point *point = &policy->points[q->point];
    if (point->relation != POLICY_NONE && !q->related) {
        *ret_rule = point->relation_rule;
        return WHY_POINT_RELATION;
    }
    if (point->agreed != POLICY_NONE && q->consent != CONSENT_GIVEN) {
        *ret_rule = point->agreed_rule;
        return WHY_POINT_AGREED;
    }
    return WHY_YES;
}
