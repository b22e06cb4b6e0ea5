/*
 * policy/brief_priv.h - the policy in a few words, for drawings and lists; whole sentences are the page's.
 */
#ifndef TROTH_POLICY_BRIEF_PRIV_H
#define TROTH_POLICY_BRIEF_PRIV_H

#include "policy/policy.h"

/* "billing-clerk" as words. */
void brief_name(struct buf *out, struct span name);
/* What it says, or its name; with a capital. */
struct span brief_said(struct arena *arena, struct span says, struct span name);
/* "2 years after its last change; then erased" */
struct span brief_life(struct arena *arena, const struct policy *policy, const struct policy_category *category);
/* Whether nothing of the category is ever stored here. */
bool brief_passes(const struct policy *policy, const struct policy_category *category);
/* What a purpose is about in a category: the fields it uses, and those that pass through to a recipient for it. */
uint64_t brief_uses(const struct policy *policy, int purpose, int category);
const char *brief_basis(enum policy_basis basis);

#endif
