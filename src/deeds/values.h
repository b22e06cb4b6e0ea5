/*
 * deeds/values.h - the fields of a submission: named, checked and normalised, grouped by category.
 *
 * Checking needs neither store nor keys; hashing passwords is slow and may be
 * done on another thread (values_hash). Whatever is wrong is found before the
 * turn, all at once for one field at a time, with a JSON pointer.
 */
#ifndef TROTH_DEEDS_VALUES_H
#define TROTH_DEEDS_VALUES_H

#include "policy/policy.h"
#include "wire/json.h"

enum { VALUES_CATEGORIES = 8 };

struct values_part {
    int category;
    uint64_t set, clear;      /* fields given; fields given as null */
    struct span value[LIMIT_POLICY_FIELDS];
    uint8_t index[LIMIT_POLICY_FIELDS][16]; /* blind indexes of look-up fields, filled in the turn */
};

struct values {
    struct values_part *parts[VALUES_CATEGORIES];
    int count;
    bool passwords;           /* values_hash has work to do */
};

/*
 * Reads {"account.email": …}. With category ≥ 0 names may stand without it ("email"). false: err with code and
 * pointer; *ret_closed is true when a name is not declared (that is a refusal, recorded by the deed).
 */
MUST_USE bool values_read(const struct policy *policy, struct arena *arena,
                          const struct json *fields, int category, bool refuse_cards,
                          struct values **ret, bool *ret_closed, struct err *err);

/* Any thread. Replaces each password by its slow hash. */
MUST_USE bool values_hash(const struct policy *policy, struct arena *arena, struct values *values,
                          struct err *err);

/* For what is only tried: in place of each password a text as long as its hash, so that sizes are what they will be
 * and nobody waits for a hash that is thrown away. */
void values_unhashed(const struct policy *policy, struct values *values);

struct values_part *values_part(const struct values *values, int category);

#endif
