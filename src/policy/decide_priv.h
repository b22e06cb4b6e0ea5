/*
 * policy/decide_priv.h - the exact reason behind a verdict, for those who must put it into words.
 *
 * One rule can say no for several reasons (roles.X: not this purpose, no
 * relation, field not written). The verdict keeps the rule; explain.c asks again
 * and gets the reason, so that the sentence can never differ from the decision.
 */
#ifndef TROTH_POLICY_DECIDE_PRIV_H
#define TROTH_POLICY_DECIDE_PRIV_H

#include "policy/decide.h"

enum decide_why {
    WHY_YES,
    WHY_PART,          /* fewer fields than asked for: not used for the purpose */
    WHY_PART_HASH,     /* fewer fields than asked for: nobody can read the rest */
    WHY_OPERATOR,
    WHY_ERASED,
    WHY_HELD,
    WHY_NO_ACT,
    WHY_NO_ROLE,
    WHY_NO_PURPOSE,
    WHY_NO_CATEGORY,
    WHY_NO_FIELD,
    WHY_NO_POINT,
    WHY_NO_EVENT,
    WHY_NOT_SELF,
    WHY_NOT_A_RIGHT,   /* the act is no right, or the purpose is not the person's */
    WHY_SYSTEM,
    WHY_RIGHTS_ONLY,   /* the act needs the purpose "rights" */
    WHY_RETENTION,     /* the purpose "retention" is the system's */
    WHY_ROLE_PURPOSE,
    WHY_ROLE_RIGHTS,
    WHY_ROLE_TASK,
    WHY_PURPOSE_TASK,
    WHY_RELATION,
    WHY_CONSENT,
    WHY_RESTRICTED,
    WHY_AGGREGATE,
    WHY_NOT_USED,
    WHY_HASH_ONLY,
    WHY_NOTHING,       /* no field named */
    WHY_ROLE_WRITES,
    WHY_NEVER_STORED,
    WHY_MANY,
    WHY_NO_CONSENT_BASIS,
    WHY_EVENT_WRITES,
    WHY_POINT_FROM,
    WHY_POINT_PURPOSE,
    WHY_POINT_FIELD,
    WHY_NOT_HERE,      /* not on this kind of server */
    WHY_SECOND,        /* nobody else of the role agreed */
    WHY_CHILD_WAITING,
    WHY_CHILD_MAY,
    WHY_CHILD_FOUND,
    WHY_CHILD_SCHOOL,
    WHY_SEALED,
    WHY_BLIND,
    WHY_POINT_RELATION,
    WHY_POINT_AGREED,
    WHY_COUNT
};

/* As policy_decide, and says why. */
enum decide_why decide_why(const struct policy *policy, const struct policy_question *question,
                           struct policy_verdict *ret);

/* The fields of a category a point takes. */
uint64_t decide_point_fields(const struct policy_point *point, int category);

/*
 * decide_people.c. All names of the question are declared when these are asked; WHY_YES, or why not and which rule.
 */
/* A category, or a point that takes one, which is kept on another kind of server alone. */
bool decide_absent(const struct policy *policy, const struct policy_question *question);
/* A use, a submission or an event for somebody who is a child. */
enum decide_why decide_child(const struct policy *policy, const struct policy_question *question, int *ret_rule);
/* Reading what is sealed to others. */
enum decide_why decide_sealed(const struct policy *policy, const struct policy_question *question, int *ret_rule);
/* What must be true before a point takes anything. */
enum decide_why decide_point(const struct policy *policy, const struct policy_question *question, int *ret_rule);
/* The rule by which somebody may ask for another what that one could ask for themself; RULE_NONE: none. */
int decide_relation(const struct policy *policy, const struct policy_question *question);

#endif
