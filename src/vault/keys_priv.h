/*
 * vault/keys_priv.h - what keys.c (keys for those who seal and open), keys_need.c (what a turn will need) and
 * key_rows.c (wrapped keys in keys.db) share. Open keys lie in the cache (vault/cache_priv.h).
 */
#ifndef TROTH_VAULT_KEYS_PRIV_H
#define TROTH_VAULT_KEYS_PRIV_H

#include "vault/cache_priv.h"
#include "vault/keys.h"

enum {
    NEED_SET = 8, /* keys of one person looked for at once */
    NEEDS_MAX = LIMIT_TURN_REQUESTS * 9, /* new people of a turn: eight categories each, and the ledger's */
    ASKS_MAX = LIMIT_TURN_REQUESTS * 2,
    SPILL_MAX = 256
};

/* What keys_need was told while the rows were on their way (PostgreSQL only). */
struct ask {
    struct txn *txn;
    struct person who;
    uint16_t categories[NEED_SET];
    size_t count;
};

struct keys {
    struct keyd *keyd;
    struct key_cache cache;
    uint8_t *made;      /* NEEDS_MAX × 32, locked: new keys waiting for their rows */
    uint8_t *spill;     /* SPILL_MAX × 32, locked */
    int spill_count;
    uint32_t stand;     /* what was seen of rows under another number may have changed since */
    int lane;
    uint64_t hits, misses;

    struct keyd_unwrap unwraps[NEEDS_MAX];
    uint8_t unwrap_rows[NEEDS_MAX][DK_ROW];
    int unwrap_slot[NEEDS_MAX];
    size_t unwrap_count;
    struct keyd_wrap wraps[NEEDS_MAX];
    bool wrap_done[NEEDS_MAX];
    size_t wrap_count, wrap_sent; /* the first wrap_sent have their rows from keyd */
    struct keyd_index indexes[NEEDS_MAX];
    uint8_t *index_to[NEEDS_MAX];
    size_t index_count;
    struct ask asks[ASKS_MAX]; /* rows that were sent for and are still to be looked at */
    size_t ask_count;
    struct err early;   /* why announcements that were asked for before keys_fetch got no answer */
};

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

/* The slot is no longer announced: it may be given to another key before what was announced is fetched. */
void keys_need_drop(struct keys *keys, int slot);

/* Overwrites a key's row and takes it away; nothing when there is none. */
bool keys_place_wipe(struct txn *txn, int64_t sn, uint16_t category, int generation, struct err *err);

#endif
