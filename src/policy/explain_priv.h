/*
 * policy/explain_priv.h - parts of the sentences on why, for the files that put them together.
 */
#ifndef TROTH_POLICY_EXPLAIN_PRIV_H
#define TROTH_POLICY_EXPLAIN_PRIV_H

#include "policy/decide_priv.h"

/* What a sentence is about. */
struct told {
    const struct policy *policy;
    const struct policy_question *q;
    struct buf *out;
};

void name_put(struct buf *out, struct span name);
void who_put(const struct told *t);
void purpose_put(const struct told *t);
void category_put(const struct told *t);
/* "account.email and account.first-name"; everything when the mask has no names. */
void fields_put(const struct told *t, uint64_t mask);
/* "news rests on the person's consent, and the person has taken it back" */
void consent_put(const struct told *t, struct span purpose);

/* explain_out.c: %w is who, %p the purpose, %c the category, %r the recipient and %g the ground of the question. */
void sentence_put(const struct told *t, const char *s);
/* What the deed is ("send account.email to payments"); false: it is none that leaves the house. */
bool out_act_put(const struct told *t, uint64_t fields);
/* Whether the reason is one of what leaves the house; then it was written. */
bool out_refusal_put(const struct told *t, enum decide_why why);

#endif
