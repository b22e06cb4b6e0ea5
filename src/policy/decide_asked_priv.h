/*
 * policy/decide_asked_priv.h - what the files of the decision share: the question with its names looked up once.
 */
#ifndef TROTH_POLICY_DECIDE_ASKED_PRIV_H
#define TROTH_POLICY_DECIDE_ASKED_PRIV_H

#include "policy/decide_priv.h"

struct asked {
    const struct policy *policy;
    const struct policy_question *q;
    const struct policy_role *role;         /* NULL: an actor that is no role */
    const struct policy_purpose *purpose;   /* NULL: built-in or none */
    const struct policy_category *category; /* NULL: the whole person */
    bool rights;                            /* asked for as the person's own right */
};

static inline enum decide_why
no(struct policy_verdict *ret, int rule, enum decide_why why)
{
    *ret = (struct policy_verdict){.answer = ANSWER_REFUSE, .rule = (uint32_t)rule};
    return why;
}

static inline enum decide_why
yes(struct policy_verdict *ret, int rule, uint64_t fields)
{
    *ret = (struct policy_verdict){ANSWER_ALLOW, (uint32_t)rule, fields};
    return WHY_YES;
}

static inline bool
in(int i, int count)
{
    return i >= 0 && i < count;
}

/* decide.c: what the role needs by itself: the task and a second person's word; and the relation. */
enum decide_why decide_role_task(const struct asked *a, struct policy_verdict *ret);
enum decide_why decide_relation(const struct asked *a, struct policy_verdict *ret);
/* What role and purpose need before any field is looked at; steps 5 to 11 of decide.h. */
enum decide_why decide_needs(const struct asked *a, bool relation_asked, struct policy_verdict *ret);
/* That, about somebody, once the role may act for the purpose, and it is one of the policy. */
enum decide_why decide_purpose(const struct asked *a, struct policy_verdict *ret);
/* Reading: what is usable, readable and asked for; `rule` allows, and says no to what was not usable. */
enum decide_why decide_read(const struct asked *a, uint64_t usable, int rule, struct policy_verdict *ret);

/* decide_mail.c */
enum decide_why decide_mail(const struct asked *a, struct policy_verdict *ret);

/* decide_out.c: what leaves the house. */
enum decide_why decide_out_names(const struct asked *a);
bool decide_out_binds(const struct asked *a); /* a disclosure nobody may refuse */
enum decide_why decide_send(const struct asked *a, struct policy_verdict *ret);
enum decide_why decide_disclose(const struct asked *a, struct policy_verdict *ret);
enum decide_why decide_cookie(const struct asked *a, struct policy_verdict *ret);

/* decide_people.c. All names of the question are declared when these are asked, but for the first. */
/* A category, or a point that takes one, which is kept on another kind of server alone. */
bool decide_absent(const struct asked *a);
/* A use, a submission, an event or a disclosure about somebody who is a child. */
enum decide_why decide_child(const struct asked *a, struct policy_verdict *ret);
/* Reading what is sealed to others. */
enum decide_why decide_sealed(const struct asked *a, struct policy_verdict *ret);
/* What must be true before a point takes anything. */
enum decide_why decide_point(const struct asked *a, struct policy_verdict *ret);
/* The rule by which a person may ask for another what that one could ask for themself; RULE_NONE: none. */
int decide_for_another(const struct asked *a);

#endif
