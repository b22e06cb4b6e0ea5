/*
 * deeds/evidence.h - what this server's records show of the policy in force (policy/evidence.h says what each rule owes).
 *
 * Read from a snapshot beside the writer. Figures by rule, purpose and category; nothing of
 * it is about a person, so nothing is decided and no line is written.
 *
 * Threads: any.
 */
#ifndef TROTH_DEEDS_EVIDENCE_H
#define TROTH_DEEDS_EVIDENCE_H

#include "deeds/instance.h"
#include "policy/evidence.h"

/* The page is not looked at here: facts.page and page_own_other are the caller's. */
MUST_USE bool instance_evidence(struct instance *it, struct arena *arena, struct evidence_facts *ret, struct err *err);

/* The running counts against the ledger counted anew, all of it, and the ledger itself as in instance_verify. Needs no keys. */
struct recount_reply {
    uint64_t entries;   /* counted, on both sides */
    uint64_t waiting;   /* in the tree and not in the running counts yet */
    uint64_t rows;      /* different ones */
    uint64_t differ;    /* that are not the same on both sides */
    struct verify_reply ledger;
    char fault[256];    /* the first difference, in words */
};
MUST_USE bool instance_recount(const struct verify_ask *ask, struct recount_reply *ret, struct err *err);

#endif
