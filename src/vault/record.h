/*
 * vault/record.h - the fields of one record, and the seal around them.
 *
 * All fields of a record are sealed together under the person's key for that
 * category, padded to a multiple of 32 bytes (ISO/IEC 7816-4) so that the
 * length tells little, with the place they belong to as associated data: a
 * value moved to another person, record, category or version does not open.
 *
 * Layout (docs/keys.md): 01 | key id 16 | nonce 24 | ciphertext | tag 16.
 */
#ifndef TROTH_VAULT_RECORD_H
#define TROTH_VAULT_RECORD_H

#include "base/arena.h"
#include "policy/policy.h"
#include "vault/catalogue.h"
#include "vault/keys.h"

struct record_fields {
    uint64_t present;                    /* bits of the category's mask */
    struct span value[LIMIT_POLICY_FIELDS];
};

enum record_table { TABLE_RECORD = 1, TABLE_TRACE = 2 };

struct record_place {
    enum record_table table;
    uint16_t category;                   /* the catalogue's number */
    uint64_t rec;                        /* of a trace: the entry's number */
    uint64_t version;
    const struct person *who;
};

/* Plain text of the fields: number, length, bytes for each (big-endian). SPAN_NONE when the arena is full. */
struct span record_encode(struct arena *arena, const struct policy *policy,
                          const struct catalogue *catalogue, int category,
                          const struct record_fields *fields);
/* Fields this policy does not know any more are left out. ERR_CORRUPT. Spans point into text. */
MUST_USE bool record_decode(struct span text, const struct policy *policy,
                            const struct catalogue *catalogue, int category,
                            struct record_fields *ret, struct err *err);

/* SPAN_NONE when the arena is full. */
struct span record_seal(struct arena *arena, const struct data_key *key,
                        const struct record_place *place, struct span text);
/* ERR_SEAL: changed, moved, or sealed under another key. */
MUST_USE bool record_open(struct arena *arena, const struct data_key *key,
                          const struct record_place *place, struct span sealed, struct span *ret,
                          struct err *err);

#endif
