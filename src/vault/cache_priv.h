/*
 * vault/cache_priv.h - the open keys: bounded in number and in time, in locked memory.
 *
 * A table of sets; a key may lie in any of the WAYS places of its set. What this
 * turn used is given to no other key before the turn ends, so a pointer into the
 * cache is good until then.
 */
#ifndef TROTH_VAULT_CACHE_PRIV_H
#define TROTH_VAULT_CACHE_PRIV_H

#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

struct cache_slot {
    uint8_t subject_id[16];
    uint8_t key_id[16];
    uint16_t category;
    bool used;
    bool waiting;  /* announced: its bytes come with the next keys_fetch */
    int64_t since_ms;
    uint32_t turn; /* last turn that used it */
    uint32_t sure; /* keys.c: when its row was seen to be the newest */
};

struct key_cache {
    struct cache_slot slots[LIMIT_KEY_CACHE];
    uint8_t *open; /* LIMIT_KEY_CACHE × 32, locked; [i] belongs to slots[i] */
    int64_t now_ms, tidied_ms;
    uint32_t turn;
};

MUST_USE bool cache_open(struct key_cache *cache, struct err *err);
void cache_close(struct key_cache *cache);
void cache_turn(struct key_cache *cache, int64_t mono_ms);
uint8_t *cache_key(struct key_cache *cache, int slot);
/* -1: not open. One that is found counts as used by this turn. */
int cache_find(struct key_cache *cache, const uint8_t subject_id[16], uint16_t category);
/* A free slot of the set, or the one longest unused; -1 when all are in use by this turn. */
int cache_take(struct key_cache *cache, const uint8_t subject_id[16], uint16_t category);
void cache_clear(struct key_cache *cache, int slot);
/* Drops what would be too old before the next look; looks at most once a second. */
void cache_tidy(struct key_cache *cache, int64_t mono_ms);
void cache_forget(struct key_cache *cache);

#endif
