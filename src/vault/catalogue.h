/*
 * vault/catalogue.h - numbers for the policy's names that outlive any version of it.
 *
 * A record written today must open under a policy loaded in five years, whose
 * tables may be in another order. So names get a number once, in the store, and
 * sealed records, look-ups and consents carry that number.
 *
 * Memory: one struct for each loaded policy, on the heap, freed with it.
 */
#ifndef TROTH_VAULT_CATALOGUE_H
#define TROTH_VAULT_CATALOGUE_H

#include "policy/policy.h"
#include "store/rows.h"

enum catalogue_kind {
    CATALOGUE_CATEGORY = 1, CATALOGUE_FIELD, CATALOGUE_PURPOSE, CATALOGUE_EVENT, CATALOGUE_PERSON
};

struct catalogue {
    uint16_t *category; /* by the policy's index */
    uint16_t *field;
    uint16_t *purpose;
    uint16_t *event;
    uint16_t *kind;
    int *category_of;   /* by number: the policy's index, or POLICY_NONE */
    int *purpose_of;
    int *event_of;
    int *kind_of;
    int category_top, purpose_top, event_top, kind_top; /* highest numbers */
};

/* Finds or gives the number of every name of the policy. */
MUST_USE bool catalogue_open(struct txn *txn, struct arena *scratch, const struct policy *policy,
                             struct catalogue **ret, struct err *err);
void catalogue_close(struct catalogue **catalogue);

/* The policy's index of a stored number; POLICY_NONE when this policy does not know it. */
int catalogue_category(const struct catalogue *catalogue, int64_t number);
int catalogue_purpose(const struct catalogue *catalogue, int64_t number);
int catalogue_event(const struct catalogue *catalogue, int64_t number);
int catalogue_kind(const struct catalogue *catalogue, int64_t number);

#endif
