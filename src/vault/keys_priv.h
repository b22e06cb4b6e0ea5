/*
 * vault/keys_priv.h - what keys.c (open keys and what is asked of keyd) and key_rows.c
 * (wrapped keys in keys.db) share.
 */
#ifndef TROTH_VAULT_KEYS_PRIV_H
#define TROTH_VAULT_KEYS_PRIV_H

#include "vault/keys.h"

enum { NEEDS_MAX = LIMIT_TURN_REQUESTS * 9 }; /* new people of a turn: eight categories each, and the ledger's */

/* The row of a pair that is meant: by key id, or the newest. */
struct key_pair {
    const struct person *who;
    uint16_t category;
    const uint8_t *key_id;
    bool found;
    int generation;
    int others;
    uint64_t created;
    uint8_t row[DK_ROW];
};

/* Looks at one row (generation, row) for the pair; ctx is the pair. ERR_CORRUPT, ERR_SEAL. */
bool keys_pair_row(void *ctx, const struct val *in, struct err *err);
/* Looks at both. */
bool keys_pair_get(struct txn *txn, const struct person *who, uint16_t category,
                   struct key_pair *pair, struct err *err);

/* Overwrites a key's row and takes it away; nothing when there is none. */
bool keys_place_wipe(struct txn *txn, int64_t sn, uint16_t category, int generation, struct err *err);

#endif
