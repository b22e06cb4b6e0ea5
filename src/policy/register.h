/*
 * policy/register.h - the record of processing activities (Art. 30(1) GDPR), one row for each purpose.
 *
 * As CSV for spreadsheets, as a page, and as JSON-LD in the terms of the W3C
 * community's Data Privacy Vocabulary 2 (https://w3id.org/dpv). What the policy
 * does not say stands empty: the record is made from the rules and adds nothing.
 */
#ifndef TROTH_POLICY_REGISTER_H
#define TROTH_POLICY_REGISTER_H

#include "policy/policy.h"

/* scratch: for the texts of the rows. False when it or `out` is too small. */
MUST_USE bool policy_register_csv(const struct policy *policy, struct arena *scratch, struct buf *out);
MUST_USE bool policy_register_html(const struct policy *policy, struct arena *scratch, struct buf *out);
MUST_USE bool policy_register_jsonld(const struct policy *policy, struct arena *scratch, struct buf *out);

#endif
