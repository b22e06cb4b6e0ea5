/*
 * policy/policy_people.h - tables of who is related to whom, and of children.
 *
 * Part of policy/policy.h, which includes it; nothing else should.
 */
#ifndef TROTH_POLICY_POLICY_PEOPLE_H
#define TROTH_POLICY_POLICY_PEOPLE_H

#include "base/span.h"

struct policy_organisation {
    struct span name;        /* "class" */
    struct span says;
    int of;                  /* the one it belongs to ("school"), or POLICY_NONE */
    struct policy_bits sees; /* kinds of people its leaders may see; none: all who are in it */
    bool isolated;           /* siblings never see each other (left out: yes) */
    int rule;
};

struct policy_kind {
    struct span name;
    struct span says;
    int is;                  /* the wider kind, or POLICY_NONE */
    int rule;
    int in, leads;           /* organisations, or POLICY_NONE */
    const struct span *states; int state_count; /* "applied", "approved"; the first is the one they begin in */
    struct policy_bits acts_in; /* states (by index) in which they may act at all; all when none are named */
    int states_rule;         /* RULE_NONE when it has no states */
};

/* How a relation is shown to be true. */
enum policy_proof {
    PROOF_MAIL_LINK, PROOF_SEALED_LINK, PROOF_LOGIN, PROOF_DOCUMENT, PROOF_STAFF, PROOF_ORGANISATION, PROOF_COUNT
};
struct policy_relation {
    struct span name;        /* "guardian" */
    struct span says;
    int from, to;            /* kinds: who is it, and of whom */
    unsigned shown_by;       /* bits of enum policy_proof; any of them */
    bool rights;             /* may ask for the other what that one could ask for themself */
    int rule;
    int rights_rule;         /* RULE_NONE when it may not */
};

enum { CHILD_ROUTE_PARENT, CHILD_ROUTE_SCHOOL, CHILD_ROUTE_COUNT };
struct policy_child_route {
    bool set;
    enum policy_proof by;
    int organisation;        /* CHILD_ROUTE_SCHOOL */
    uint64_t keeps;          /* fields of `keeps_category` kept meanwhile */
    int keeps_category;      /* POLICY_NONE: nothing */
    struct policy_bits purposes; /* what an account of this route may serve */
    struct policy_span_of_time within;
    int rule;
};
/* A row of the table of ages at which people are no longer children; days since 1970, both ends included. */
struct policy_age {
    struct span country;
    int years;
    int32_t from_days, to_days; /* INT32_MIN, INT32_MAX: open */
    struct span source;
};

struct policy_children {
    bool set;
    int kind;                /* of people who are children */
    int guardian;            /* relation */
    bool ages_law;           /* by law.child-consent; else age_fixed for every country */
    int age_fixed;           /* years */
    int age_else;            /* for a country the table lacks */
    const struct policy_age *ages; int age_count; /* ages_law: the rows that hold on the policy's date or later */
    struct span ask;         /* the neutral question */
    struct policy_child_route routes[CHILD_ROUTE_COUNT];
    struct policy_bits may;  /* purposes a child's data may serve at most */
    struct policy_span_of_time discovered; /* an account found to be a child's is quarantined so long, then erased */
    struct policy_span_of_time of_age;     /* asked anew within this of reaching the age */
    int rule, may_rule, ages_rule, discovered_rule;
};

#endif
