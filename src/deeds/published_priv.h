/*
 * deeds/published_priv.h - the words a policy was published with, as the store keeps them.
 *
 * The hash of the policy in force stands on its page and in each line of the
 * ledger. What it is the hash of lies in the store: whoever asks later what was
 * promised reads it there. So a start looks whether these still are the words of
 * that hash, and there is none when they are not.
 */
#ifndef TROTH_DEEDS_PUBLISHED_PRIV_H
#define TROTH_DEEDS_PUBLISHED_PRIV_H

#include "deeds/deed_priv.h"

/*
 * Finds the row of the policy's hash, or makes it with these words; its number becomes it->policy_no. known: this hash
 * was in force here before. ERR_CORRUPT: it was, and its words are gone, or are the words of another hash.
 */
MUST_USE bool published_bind(struct instance *it, struct span source, bool known, struct err *err);

#endif
