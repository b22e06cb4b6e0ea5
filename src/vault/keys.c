#include "vault/keys_priv.h"

#include "crypt/crypt.h"

#include <stdlib.h>

bool
keys_open(struct keyd *keyd, struct keys **ret, struct err *err)
{
    struct keys *keys = calloc(1, sizeof *keys);
    if (keys == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for the key cache");
    keys->keyd = keyd;
    if (!cache_open(&keys->cache, err)) {
        keys_close(&keys);
        return false;
    }
    keys->made = crypt_secret_take((size_t)NEEDS_MAX * CRYPT_KEY);
    keys->spill = crypt_secret_take((size_t)SPILL_MAX * CRYPT_KEY);
    if (keys->made == NULL || keys->spill == NULL) {
        keys_close(&keys);
        return err_set(err, ERR_CONFIG,
                       "no locked memory for keys; raise the memlock limit (LimitMEMLOCK=)");
    }
    *ret = keys;
    return true;
}

void
keys_close(struct keys **keys)
{
    if (*keys == NULL)
        return;
    cache_close(&(*keys)->cache);
    crypt_secret_free((*keys)->made);
    crypt_secret_free((*keys)->spill);
    crypt_wipe(*keys, sizeof **keys);
    free(*keys);
    *keys = NULL;
}

/* What only the last turn needed. */
static void
turn_forget(struct keys *keys)
{
    crypt_wipe(keys->made, keys->wrap_count * CRYPT_KEY);
    crypt_wipe(keys->spill, (size_t)keys->spill_count * CRYPT_KEY);
    keys->spill_count = 0;
    for (size_t n = 0; n < keys->unwrap_count; n++)
        cache_clear(&keys->cache, keys->unwrap_slot[n]); /* announced, but the turn ended before they were asked for */
    keys->unwrap_count = keys->wrap_count = keys->wrap_sent = keys->index_count = 0;
    keys->ask_count = 0;
    err_clear(&keys->early);
}

void
keys_tidy(struct keys *keys, int64_t mono_ms)
{
    turn_forget(keys);
    cache_tidy(&keys->cache, mono_ms);
}

void
keys_turn(struct keys *keys, int lane, int64_t mono_ms)
{
    keys->lane = lane;
    cache_turn(&keys->cache, mono_ms);
    keys->stand++;
    keys_tidy(keys, mono_ms);
}

void
keys_unsure(struct keys *keys)
{
    keys->stand++;
}

bool
keys_has(struct keys *keys, const uint8_t subject_id[16], uint16_t category)
{
    return cache_find(&keys->cache, subject_id, category) >= 0;
}

static void
key_give(struct keys *keys, int slot, struct data_key *ret)
{
    ret->key = cache_key(&keys->cache, slot);
    memcpy(ret->key_id, keys->cache.slots[slot].key_id, 16);
}

/* A key for which the cache has no room in this turn: held apart until the turn ends. */
static uint8_t *
spill_take(struct keys *keys)
{
    return keys->spill_count == SPILL_MAX ? NULL
                                          : keys->spill + CRYPT_KEY * (size_t)keys->spill_count++;
}

bool
keys_get(struct keys *keys, struct txn *txn, const struct person *who, uint16_t category,
         const uint8_t *key_id, struct data_key *ret, bool *ret_found, struct err *err)
{
    int slot = cache_find(&keys->cache, who->id, category);
    if (slot >= 0 ? keys->cache.slots[slot].waiting : keys->ask_count > 0) {
        if (!keys_fetch(keys, err))
            return false;
        slot = cache_find(&keys->cache, who->id, category);
    }
    if (slot >= 0 &&
        (key_id == NULL || memcmp(keys->cache.slots[slot].key_id, key_id, 16) == 0)) {
        keys->hits++;
        key_give(keys, slot, ret);
        *ret_found = true;
        return true;
    }
    struct key_pair pair = {.key_id = key_id};
    if (!keys_pair_get(txn, who, category, &pair, err))
        return false;
    *ret_found = pair.found;
    if (!pair.found)
        return true;
    bool older = slot >= 0; /* the cache keeps the newest; an older one is opened for this turn only */
    if (!older)
        slot = cache_take(&keys->cache, who->id, category);
    uint8_t *to = older || slot < 0 ? spill_take(keys) : cache_key(&keys->cache, slot);
    if (to == NULL)
        return err_set(err, ERR_UNAVAILABLE, "too many keys in use in one turn");
    struct keyd_unwrap unwrap = {.row = pair.row, .to = to};
    struct keyd_batch batch = {.unwraps = &unwrap, .unwrap_count = 1};
    keys->misses++;
    bool done = keyd_do(keys->keyd, &batch, err);
    if (done && !unwrap.ok)
        done = err_set(err, ERR_SEAL, "a wrapped key does not open: it was moved or changed");
    if (!done) {
        if (!older && slot >= 0)
            cache_clear(&keys->cache, slot);
        return false;
    }
    if (!older && slot >= 0) {
        memcpy(keys->cache.slots[slot].key_id, pair.row + 8, 16);
        keys->cache.slots[slot].sure = key_id == NULL ? keys->stand : 0;
    }
    ret->key = to;
    memcpy(ret->key_id, pair.row + 8, 16);
    return true;
}

/* The wrap announced for this place and not yet used; NULL: none. */
static struct keyd_wrap *
wrap_announced(struct keys *keys, const struct person *who, uint16_t category, bool take)
{
    for (size_t n = 0; n < keys->wrap_sent; n++) {
        struct keyd_wrap *wrap = &keys->wraps[n];
        if (keys->wrap_done[n] || wrap->category != category || memcmp(wrap->subject_id, who->id, 16) != 0)
            continue;
        keys->wrap_done[n] = take;
        return wrap;
    }
    return NULL;
}

/* The announced wrap for this place, or one made now. */
static bool
wrap_take(struct keys *keys, const struct person *who, uint16_t category, int64_t now_us,
          struct keyd_wrap **ret, struct err *err)
{
    *ret = wrap_announced(keys, who, category, true);
    if (*ret != NULL)
        return true;
    if (keys->wrap_count == NEEDS_MAX)
        return err_set(err, ERR_UNAVAILABLE, "too many new keys in one turn");
    keys_need_new(keys, who, category, now_us);
    size_t n = keys->wrap_count - 1;
    if (!keys_fetch(keys, err))
        return false;
    keys->wrap_done[n] = true;
    *ret = &keys->wraps[n];
    return true;
}

static void
forget(struct keys *keys, const uint8_t subject_id[16], uint16_t category)
{
    int slot = cache_find(&keys->cache, subject_id, category);
    if (slot < 0)
        return;
    keys_need_drop(keys, slot);
    cache_clear(&keys->cache, slot);
}

static bool
wrap_keep(struct keys *keys, struct txn *txn, const struct person *who,
          const struct keyd_wrap *wrap, int generation, struct data_key *ret, struct err *err)
{
    const struct val in[] = {val_int(who->sn), val_int(wrap->category), val_int(generation),
                             val_blob(wrap->row, DK_ROW)};
    if (!rows_run(txn, SQL_dk_put, in, 4, NULL, err))
        return false;
    forget(keys, who->id, wrap->category);
    int slot = cache_take(&keys->cache, who->id, wrap->category);
    uint8_t *to = slot < 0 ? spill_take(keys) : cache_key(&keys->cache, slot);
    if (to == NULL)
        return err_set(err, ERR_UNAVAILABLE, "too many keys in use in one turn");
    memcpy(to, wrap->key, CRYPT_KEY);
    if (slot >= 0) {
        memcpy(keys->cache.slots[slot].key_id, wrap->key_id, 16);
        keys->cache.slots[slot].sure = keys->stand;
    }
    ret->key = to;
    memcpy(ret->key_id, wrap->key_id, 16);
    return true;
}

/* With other nodes at work an open key may be of yesterday: renewed, or gone. Whoever seals under it looks first;
 * who only opens is told by the seal's own key id. */
static bool
newest_sure(struct keys *keys, struct txn *txn, const struct person *who, uint16_t category, struct err *err)
{
    int slot = cache_find(&keys->cache, who->id, category);
    if (!rows_far(txn) || slot < 0 || keys->cache.slots[slot].sure == keys->stand)
        return true;
    struct key_pair pair = {0};
    if (!keys_pair_get(txn, who, category, &pair, err))
        return false;
    if (pair.found && memcmp(pair.row + 8, keys->cache.slots[slot].key_id, 16) == 0)
        keys->cache.slots[slot].sure = keys->stand;
    else
        forget(keys, who->id, category);
    return true;
}

bool
keys_get_or_make(struct keys *keys, struct txn *txn, const struct person *who, uint16_t category,
                 int64_t now_us, struct data_key *ret, struct err *err)
{
    bool found = false;
    /* Somebody for whom a new key was announced, and who has not used it yet, has none to look for. */
    if (wrap_announced(keys, who, category, false) == NULL &&
        (!newest_sure(keys, txn, who, category, err) ||
        !keys_get(keys, txn, who, category, NULL, ret, &found, err)))
        return false;
    if (found)
        return true;
    struct keyd_wrap *wrap = NULL;
    return wrap_take(keys, who, category, now_us, &wrap, err) &&
           wrap_keep(keys, txn, who, wrap, 0, ret, err);
}

bool
keys_renew(struct keys *keys, struct txn *txn, const struct person *who, uint16_t category,
           int64_t now_us, struct data_key *ret, int *ret_old_generation, struct err *err)
{
    struct key_pair pair = {0};
    if (!keys_pair_get(txn, who, category, &pair, err))
        return false;
    if (!pair.found)
        return err_set(err, ERR_CORRUPT, "a key to be renewed is not there");
    if (pair.others > 1)
        return err_set(err, ERR_CONFLICT, "the last renewal of this key is not finished");
    if (now_us <= (int64_t)pair.created)
        now_us = (int64_t)pair.created + 1; /* the newest is told by this time */
    struct keyd_wrap *wrap = NULL;
    if (!wrap_take(keys, who, category, now_us, &wrap, err) ||
        !wrap_keep(keys, txn, who, wrap, 1 - pair.generation, ret, err))
        return false;
    const struct val in[] = {val_int(keys->lane), val_int(who->sn), val_int(category), val_int(1 - pair.generation)};
    if (!rows_run(txn, SQL_ended_put, in, 4, NULL, err))
        return false;
    *ret_old_generation = pair.generation;
    return true;
}

bool
keys_destroy(struct keys *keys, struct txn *txn, const struct person *who, uint16_t category,
             struct err *err)
{
    const struct val in[] = {val_int(keys->lane), val_int(who->sn), val_int(category)};
    forget(keys, who->id, category);
    return rows_run(txn, SQL_dk_end_note, in, 3, NULL, err) && rows_run(txn, SQL_dk_end_zero, in + 1, 2, NULL, err) &&
           rows_run(txn, SQL_dk_end, in + 1, 2, NULL, err);
}

bool
keys_destroy_generation(struct keys *keys, struct txn *txn, const struct person *who,
                        uint16_t category, int generation, struct err *err)
{
    forget(keys, who->id, category);
    return keys_place_wipe(txn, who->sn, category, generation, err);
}

bool
keys_index(struct keys *keys, uint16_t field, struct span field_name, struct span value,
           uint8_t ret[KEYD_INDEX], struct err *err)
{
    struct keyd_index index = {.field = field, .field_name = field_name, .value = value};
    struct keyd_batch batch = {.indexes = &index, .index_count = 1};
    if (!keyd_do(keys->keyd, &batch, err))
        return false;
    memcpy(ret, index.value_index, KEYD_INDEX);
    return true;
}

void
keys_taken_back(struct keys *keys)
{
    for (size_t n = 0; n < keys->wrap_count; n++)
        forget(keys, keys->wraps[n].subject_id, keys->wraps[n].category);
}

void
keys_forget(struct keys *keys)
{
    turn_forget(keys);
    cache_forget(&keys->cache);
}

void
keys_figures(const struct keys *keys, uint64_t *ret_hits, uint64_t *ret_misses)
{
    *ret_hits = keys->hits;
    *ret_misses = keys->misses;
}
