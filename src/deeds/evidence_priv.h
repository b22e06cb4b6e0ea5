/*
 * deeds/evidence_priv.h - the facts as they are gathered, in a snapshot.
 */
#ifndef TROTH_DEEDS_EVIDENCE_PRIV_H
#define TROTH_DEEDS_EVIDENCE_PRIV_H

#include "deeds/evidence.h"
#include "deeds/tally_priv.h"

/* The rules of earlier versions that the ledger names. */
struct name {
    int64_t policy;
    uint32_t rule;
    int now; /* the rule of that address in the policy in force, or POLICY_NONE */
};

struct gather {
    struct instance *it;
    struct txn *txn;
    struct arena *arena;
    struct evidence_facts *facts;
    struct evidence_rule *rules;
    struct evidence_purpose *purposes;
    struct evidence_category *categories;
    struct name *names;
    size_t name_count;
};

/* evidence_ledger.c: its end, its newest lines, and some of the others under its newest signature. */
MUST_USE bool evidence_ledger(struct gather *g, struct err *err);

#endif
