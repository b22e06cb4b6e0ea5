#include "vault/cache_priv.h"

#include "crypt/crypt.h"

enum {
    WAYS = 4,
    SETS = LIMIT_KEY_CACHE / WAYS,
    TIDY_MS = 1000 /* between two looks over the whole cache */
};

bool
cache_open(struct key_cache *cache, struct err *err)
{
    cache->open = crypt_secret_take((size_t)LIMIT_KEY_CACHE * CRYPT_KEY);
    return cache->open != NULL ||
           err_set(err, ERR_CONFIG, "no locked memory for keys; raise the memlock limit (LimitMEMLOCK=)");
}

void
cache_close(struct key_cache *cache)
{
    crypt_secret_free(cache->open);
    crypt_wipe(cache, sizeof *cache);
}

uint8_t *
cache_key(struct key_cache *cache, int slot)
{
    return cache->open + (size_t)slot * CRYPT_KEY;
}

void
cache_clear(struct key_cache *cache, int slot)
{
    crypt_wipe(cache_key(cache, slot), CRYPT_KEY);
    cache->slots[slot] = (struct cache_slot){0};
}

/* Ids are random bytes, so some of them are the hash. */
static int
set_of(const uint8_t subject_id[16], uint16_t category)
{
    return (int)((get_be32(subject_id + 4) ^ (category * 2654435761u)) % SETS) * WAYS;
}

int
cache_find(struct key_cache *cache, const uint8_t subject_id[16], uint16_t category)
{
    int first = set_of(subject_id, category);
    for (int i = first; i < first + WAYS; i++) {
        struct cache_slot *slot = &cache->slots[i];
        if (!slot->used || slot->category != category || memcmp(slot->subject_id, subject_id, 16) != 0)
            continue;
        slot->turn = cache->turn;
        return i;
    }
    return -1;
}

int
cache_take(struct key_cache *cache, const uint8_t subject_id[16], uint16_t category)
{
    int first = set_of(subject_id, category);
    int best = -1;
    for (int i = first; i < first + WAYS; i++) {
        const struct cache_slot *slot = &cache->slots[i];
        if (!slot->used) {
            best = i;
            break;
        }
        if (slot->turn == cache->turn)
            continue;
        if (best < 0 || slot->turn < cache->slots[best].turn)
            best = i;
    }
    if (best < 0)
        return -1;
    cache_clear(cache, best);
    struct cache_slot *slot = &cache->slots[best];
    memcpy(slot->subject_id, subject_id, 16);
    slot->category = category;
    slot->used = true;
    slot->since_ms = cache->now_ms;
    slot->turn = cache->turn;
    return best;
}

void
cache_turn(struct key_cache *cache, int64_t mono_ms)
{
    cache->now_ms = mono_ms;
    cache->turn++;
}

void
cache_tidy(struct key_cache *cache, int64_t mono_ms)
{
    if (mono_ms - cache->tidied_ms < TIDY_MS)
        return;
    cache->tidied_ms = mono_ms;
    for (int i = 0; i < LIMIT_KEY_CACHE; i++)
        if (cache->slots[i].used &&
            mono_ms - cache->slots[i].since_ms + TIDY_MS > (int64_t)LIMIT_KEY_CACHE_S * 1000)
            cache_clear(cache, i);
}

void
cache_forget(struct key_cache *cache)
{
    for (int i = 0; i < LIMIT_KEY_CACHE; i++)
        if (cache->slots[i].used)
            cache_clear(cache, i);
}
