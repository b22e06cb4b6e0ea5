/* What is asked besides because of whom the data are about: children, sealed records, relations, kinds of server. */
#include "policy/decide_asked_priv.h"

/* --- kinds of server ------------------------------------------------------------------------ */

static bool
absent(const struct policy *policy, int category, int instance)
{
    int only = policy->categories[category].only;
    return only != POLICY_NONE && only != instance;
}

bool
decide_absent(const struct asked *a)
{
    const struct policy_question *q = a->q;
    if (a->policy->instance_count == 0)
        return false;
    if (a->category != NULL && absent(a->policy, q->category, q->instance))
        return true;
    if (q->act != ACT_COLLECT || !in(q->point, a->policy->point_count))
        return false;
    const struct policy_point *point = &a->policy->points[q->point];
    for (int i = 0; i < point->field_count; i++)
        if (absent(a->policy, point->fields[i].category, q->instance))
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
waiting(const struct asked *a, struct policy_verdict *ret)
{
    const struct policy_child_route *parent = &a->policy->children.routes[CHILD_ROUTE_PARENT];
    bool open = parent->set && purpose_among(a->policy, a->q, &parent->purposes) &&
                within_category(a->policy, a->q, parent->keeps_category);
    return open ? WHY_YES : no(ret, parent->set ? parent->rule : a->policy->children.rule, WHY_CHILD_WAITING);
}

static enum decide_why
schooled(const struct asked *a, struct policy_verdict *ret)
{
    const struct policy_child_route *school = &a->policy->children.routes[CHILD_ROUTE_SCHOOL];
    if (school->set && purpose_among(a->policy, a->q, &school->purposes))
        return WHY_YES;
    return no(ret, school->set ? school->rule : a->policy->children.rule, WHY_CHILD_SCHOOL);
}

/* A disclosure has no purpose: until somebody has said yes, an order nobody may refuse alone opens a child's data. */
static enum decide_why
disclosed(const struct asked *a, struct policy_verdict *ret)
{
    const struct policy_children *children = &a->policy->children;
    if (a->q->child == CHILD_ALLOWED || a->q->child == CHILD_SCHOOL || decide_out_binds(a))
        return WHY_YES;
    bool waits = a->q->child == CHILD_WAITING;
    return no(ret, waits ? children->rule : children->discovered_rule, waits ? WHY_CHILD_WAITING : WHY_CHILD_FOUND);
}

enum decide_why
decide_child(const struct asked *a, struct policy_verdict *ret)
{
    const struct policy_children *children = &a->policy->children;
    if (!children->set || a->q->child == CHILD_NO || a->q->purpose == PURPOSE_RETENTION)
        return WHY_YES;
    if (a->q->act == ACT_DISCLOSE)
        return disclosed(a, ret);
    switch (a->q->child) {
    case CHILD_WAITING:
        return waiting(a, ret);
    case CHILD_ALLOWED:
        return purpose_among(a->policy, a->q, &children->may) ? WHY_YES : no(ret, children->may_rule, WHY_CHILD_MAY);
    case CHILD_SCHOOL:
        return schooled(a, ret);
    default: /* found; and what is no state of a child at all is treated as strictly */
        return a->purpose != NULL && a->purpose->basis == BASIS_LEGAL_OBLIGATION
                   ? WHY_YES
                   : no(ret, children->discovered_rule, WHY_CHILD_FOUND);
    }
}

/* --- who may read at all ------------------------------------------------------------------------ */

enum decide_why
decide_sealed(const struct asked *a, struct policy_verdict *ret)
{
    const struct policy_question *q = a->q;
    if (a->category == NULL || (q->act != ACT_READ && q->act != ACT_LIST && q->act != ACT_EXPORT))
        return WHY_YES;
    if (a->category->sealed && !q->author && !q->self)
        return no(ret, a->category->sealed_rule, WHY_SEALED);
    bool staff = a->role != NULL && a->role->kind == ROLE_STAFF;
    if (a->category->blind == POLICY_NONE || !staff || policy_role_within(a->policy, q->role, a->category->blind))
        return WHY_YES;
    return no(ret, a->category->blind_rule, WHY_BLIND);
}

int
decide_for_another(const struct asked *a)
{
    const struct policy_question *q = a->q;
    bool shown = q->related && in(q->relation, a->policy->relation_count) && a->policy->relations[q->relation].rights;
    return shown ? a->policy->relations[q->relation].rights_rule : RULE_NONE;
}

enum decide_why
decide_point(const struct asked *a, struct policy_verdict *ret)
{
    const struct policy_point *point = &a->policy->points[a->q->point];
    if (point->relation != POLICY_NONE && !a->q->related)
        return no(ret, point->relation_rule, WHY_POINT_RELATION);
    if (point->agreed != POLICY_NONE && a->q->consent != CONSENT_GIVEN)
        return no(ret, point->agreed_rule, WHY_POINT_AGREED);
    return WHY_YES;
}
