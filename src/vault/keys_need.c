/* What a turn will need, said first: rows are read ahead, and all keys of a turn are opened by one question to keyd. */
#include "vault/keys_priv.h"

#include "crypt/crypt.h"

/* The newest row of each of a person's categories that are asked for. */
struct wanted {
    const uint16_t *categories;
    size_t count;
    struct key_pair pairs[NEED_SET];
};

static bool
wanted_row(void *ctx, const struct val *in, struct err *err)
{
    struct wanted *wanted = ctx;
    for (size_t i = 0; i < wanted->count; i++)
        if (wanted->categories[i] == in[0].i)
            return keys_pair_row(&wanted->pairs[i], in + 1, err);
    return true;
}

static void
need_one(struct keys *keys, const struct person *who, uint16_t category, const struct key_pair *pair)
{
    int slot = keys->unwrap_count == NEEDS_MAX ? -1 : cache_take(&keys->cache, who->id, category);
    if (slot < 0)
        return;
    size_t n = keys->unwrap_count++;
    memcpy(keys->unwrap_rows[n], pair->row, DK_ROW);
    memcpy(keys->cache.slots[slot].key_id, pair->row + 8, 16);
    keys->cache.slots[slot].waiting = true;
    keys->cache.slots[slot].sure = keys->stand;
    keys->unwrap_slot[n] = slot;
    keys->unwraps[n] = (struct keyd_unwrap){.row = keys->unwrap_rows[n], .to = cache_key(&keys->cache, slot)};
}

enum { RANGE_PARAMS = 3 };

/* The neighbouring categories that hold them all; how many there are. */
static size_t
range_of(const struct person *who, const uint16_t *categories, size_t count, struct val in[RANGE_PARAMS])
{
    uint16_t first = UINT16_MAX, last = 0;
    for (size_t i = 0; i < count; i++) {
        first = categories[i] < first ? categories[i] : first;
        last = categories[i] > last ? categories[i] : last;
    }
    in[0] = val_int(who->sn);
    in[1] = val_int(first);
    in[2] = val_int(last);
    return (size_t)last - first + 1;
}

/* Up to NEED_SET categories, with one statement. */
static void
need_some(struct keys *keys, struct txn *txn, const struct person *who, const uint16_t *categories,
          size_t count)
{
    struct wanted wanted = {.categories = categories, .count = count};
    for (size_t i = 0; i < count; i++)
        wanted.pairs[i] = (struct key_pair){.who = who, .category = categories[i]};
    struct val in[RANGE_PARAMS];
    size_t most = 2 * range_of(who, categories, count, in);
    struct err ignored; /* whoever needs the key will meet the error again and report it */
    if (!rows_each(txn, SQL_dk_range, in, RANGE_PARAMS, 3, most, wanted_row, &wanted, &ignored))
        return;
    for (size_t i = 0; i < count; i++)
        if (wanted.pairs[i].found)
            need_one(keys, who, categories[i], &wanted.pairs[i]);
}

/* Where the rows are far away they are sent for, and looked at together when the keys are fetched. */
static void
need_later(struct keys *keys, struct txn *txn, const struct person *who, const uint16_t *categories,
           size_t count)
{
    if (!rows_far(txn) || keys->ask_count == ASKS_MAX) {
        need_some(keys, txn, who, categories, count);
        return;
    }
    struct val in[RANGE_PARAMS];
    (void)range_of(who, categories, count, in);
    rows_ahead(txn, SQL_dk_range, in, RANGE_PARAMS);
    struct ask *ask = &keys->asks[keys->ask_count++];
    *ask = (struct ask){.txn = txn, .who = *who, .count = count};
    memcpy(ask->categories, categories, count * sizeof *categories);
}

static void
asks_look(struct keys *keys)
{
    size_t count = keys->ask_count;
    keys->ask_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ask *ask = &keys->asks[i];
        uint16_t missing[NEED_SET];
        size_t missing_count = 0;
        for (size_t k = 0; k < ask->count; k++)
            if (cache_find(&keys->cache, ask->who.id, ask->categories[k]) < 0)
                missing[missing_count++] = ask->categories[k];
        if (missing_count == ask->count) /* the same question as was sent */
            need_some(keys, ask->txn, &ask->who, ask->categories, ask->count);
        else if (missing_count > 0)
            need_some(keys, ask->txn, &ask->who, missing, missing_count);
    }
}

void
keys_need(struct keys *keys, struct txn *txn, const struct person *who, const uint16_t *categories,
          size_t count)
{
    uint16_t missing[NEED_SET];
    size_t missing_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (cache_find(&keys->cache, who->id, categories[i]) >= 0)
            continue;
        missing[missing_count++] = categories[i];
        if (missing_count == NEED_SET) {
            need_later(keys, txn, who, missing, missing_count);
            missing_count = 0;
        }
    }
    if (missing_count > 0)
        need_later(keys, txn, who, missing, missing_count);
}

void
keys_need_rows(struct txn *txn, const struct person *who, uint16_t category)
{
    const struct val in[] = {val_int(who->sn), val_int(category)};
    if (rows_far(txn))
        rows_ahead(txn, SQL_dk_get, in, 2);
}

void
keys_need_new(struct keys *keys, const struct person *who, uint16_t category, int64_t now_us)
{
    if (keys->wrap_count == NEEDS_MAX)
        return;
    size_t n = keys->wrap_count++;
    struct keyd_wrap *wrap = &keys->wraps[n];
    *wrap = (struct keyd_wrap){.category = category, .created_us = (uint64_t)now_us};
    memcpy(wrap->subject_id, who->id, 16);
    crypt_random(wrap->key_id, sizeof wrap->key_id);
    uint8_t *key = keys->made + n * CRYPT_KEY;
    crypt_random(key, CRYPT_KEY);
    wrap->key = key;
    keys->wrap_done[n] = false;
}

/* Everything announced so far, in one question. */
static bool
batch_ask(struct keys *keys, struct err *err)
{
    size_t wraps = keys->wrap_count - keys->wrap_sent;
    if (keys->unwrap_count + wraps + keys->index_count == 0)
        return true;
    struct keyd_batch batch = {.unwraps = keys->unwraps,
                               .unwrap_count = keys->unwrap_count,
                               .wraps = keys->wraps + keys->wrap_sent,
                               .wrap_count = wraps,
                               .indexes = keys->indexes,
                               .index_count = keys->index_count};
    bool done = keyd_do(keys->keyd, &batch, err);
    for (size_t n = 0; n < keys->unwrap_count; n++) {
        keys->cache.slots[keys->unwrap_slot[n]].waiting = false;
        if (!done || !keys->unwraps[n].ok)
            cache_clear(&keys->cache, keys->unwrap_slot[n]);
    }
    keys->misses += keys->unwrap_count;
    keys->unwrap_count = 0;
    if (!done) {
        keys->wrap_count = keys->wrap_sent;
        keys->index_count = 0;
        return false;
    }
    keys->wrap_sent = keys->wrap_count;
    for (size_t n = 0; n < keys->index_count; n++)
        memcpy(keys->index_to[n], keys->indexes[n].value_index, KEYD_INDEX);
    keys->index_count = 0;
    return true;
}

void
keys_need_index(struct keys *keys, uint16_t field, struct span field_name, struct span value,
                uint8_t ret[KEYD_INDEX])
{
    /* Unlike a key it cannot be left for later: whoever announced it only looks at ret. */
    if (keys->index_count == NEEDS_MAX && !batch_ask(keys, &keys->early))
        return;
    size_t n = keys->index_count++;
    keys->indexes[n] =
        (struct keyd_index){.field = field, .field_name = field_name, .value = value};
    keys->index_to[n] = ret;
}

bool
keys_fetch(struct keys *keys, struct err *err)
{
    asks_look(keys);
    if (keys->early.code == ERR_OK)
        return batch_ask(keys, err);
    *err = keys->early;
    return false;
}

void
keys_need_drop(struct keys *keys, int slot)
{
    for (size_t n = 0; n < keys->unwrap_count; n++) {
        if (keys->unwrap_slot[n] != slot)
            continue;
        size_t last = --keys->unwrap_count;
        memmove(keys->unwrap_rows[n], keys->unwrap_rows[last], DK_ROW);
        keys->unwrap_slot[n] = keys->unwrap_slot[last];
        keys->unwraps[n].to = keys->unwraps[last].to;
        return;
    }
}
