#include "vault/keys_priv.h"

#include "crypt/crypt.h"

#include <stdlib.h>

enum {
    WAYS = 4,
    SETS = LIMIT_KEY_CACHE / WAYS,
    NEED_SET = 8, /* keys of one person looked for at once */
    ASKS_MAX = LIMIT_TURN_REQUESTS * 2,
    SPILL_MAX = 256,
    TIDY_MS = 1000 /* between two looks over the whole cache */
};

struct slot {
    uint8_t subject_id[16];
    uint8_t key_id[16];
    uint16_t category;
    bool used;
    bool waiting;  /* announced: its bytes come with the next keys_fetch */
    int64_t since_ms;
    uint32_t turn; /* last turn that used it: such a slot is not given to another key */
    uint32_t sure; /* `stand` when its row was seen to be the newest */
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
    struct slot slots[LIMIT_KEY_CACHE];
    uint8_t *open;      /* LIMIT_KEY_CACHE × 32, locked; [i] belongs to slots[i] */
    uint8_t *made;      /* NEEDS_MAX × 32, locked: new keys waiting for their rows */
    uint8_t *spill;     /* SPILL_MAX × 32, locked */
    int spill_count;
    int64_t now_ms, tidied_ms;
    uint32_t turn, stand;
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

bool
keys_open(struct keyd *keyd, struct keys **ret, struct err *err)
{
    struct keys *keys = calloc(1, sizeof *keys);
    if (keys == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for the key cache");
    keys->keyd = keyd;
    keys->open = crypt_secret_take((size_t)LIMIT_KEY_CACHE * CRYPT_KEY);
    keys->made = crypt_secret_take((size_t)NEEDS_MAX * CRYPT_KEY);
    keys->spill = crypt_secret_take((size_t)SPILL_MAX * CRYPT_KEY);
    if (keys->open == NULL || keys->made == NULL || keys->spill == NULL) {
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
    crypt_secret_free((*keys)->open);
    crypt_secret_free((*keys)->made);
    crypt_secret_free((*keys)->spill);
    crypt_wipe(*keys, sizeof **keys);
    free(*keys);
    *keys = NULL;
}

static uint8_t *
key_at(struct keys *keys, int slot)
{
    return keys->open + (size_t)slot * CRYPT_KEY;
}

static void
slot_clear(struct keys *keys, int slot)
{
    crypt_wipe(key_at(keys, slot), CRYPT_KEY);
    keys->slots[slot] = (struct slot){0};
}

/* Ids are random bytes, so some of them are the hash. */
static int
set_of(const uint8_t subject_id[16], uint16_t category)
{
    return (int)((get_be32(subject_id + 4) ^ (category * 2654435761u)) % SETS) * WAYS;
}

static int
slot_find(struct keys *keys, const uint8_t subject_id[16], uint16_t category)
{
    int first = set_of(subject_id, category);
    for (int i = first; i < first + WAYS; i++) {
        struct slot *slot = &keys->slots[i];
        if (!slot->used || slot->category != category || memcmp(slot->subject_id, subject_id, 16) != 0)
            continue;
        slot->turn = keys->turn;
        return i;
    }
    return -1;
}

/* A free slot of the set, or the one longest unused; -1 when all are in use by this turn. */
static int
slot_take(struct keys *keys, const uint8_t subject_id[16], uint16_t category)
{
    int first = set_of(subject_id, category);
    int best = -1;
    for (int i = first; i < first + WAYS; i++) {
        const struct slot *slot = &keys->slots[i];
        if (!slot->used) {
            best = i;
            break;
        }
        if (slot->turn == keys->turn)
            continue;
        if (best < 0 || slot->turn < keys->slots[best].turn)
            best = i;
    }
    if (best < 0)
        return -1;
    slot_clear(keys, best);
    struct slot *slot = &keys->slots[best];
    memcpy(slot->subject_id, subject_id, 16);
    slot->category = category;
    slot->used = true;
    slot->since_ms = keys->now_ms;
    slot->turn = keys->turn;
    return best;
}

/* What only the last turn needed. */
static void
turn_forget(struct keys *keys)
{
    crypt_wipe(keys->made, keys->wrap_count * CRYPT_KEY);
    crypt_wipe(keys->spill, (size_t)keys->spill_count * CRYPT_KEY);
    keys->spill_count = 0;
    for (size_t n = 0; n < keys->unwrap_count; n++)
        slot_clear(keys, keys->unwrap_slot[n]); /* announced, but the turn ended before they were asked for */
    keys->unwrap_count = keys->wrap_count = keys->wrap_sent = keys->index_count = 0;
    keys->ask_count = 0;
    err_clear(&keys->early);
}

void
keys_tidy(struct keys *keys, int64_t mono_ms)
{
    turn_forget(keys);
    if (mono_ms - keys->tidied_ms < TIDY_MS)
        return;
    keys->tidied_ms = mono_ms;
    /* What would be too old before the next look goes now. */
    for (int i = 0; i < LIMIT_KEY_CACHE; i++)
        if (keys->slots[i].used &&
            mono_ms - keys->slots[i].since_ms + TIDY_MS > (int64_t)LIMIT_KEY_CACHE_S * 1000)
            slot_clear(keys, i);
}

void
keys_turn(struct keys *keys, int lane, int64_t mono_ms)
{
    keys->lane = lane;
    keys->now_ms = mono_ms;
    keys->turn++;
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
    return slot_find(keys, subject_id, category) >= 0;
}

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
    int slot = keys->unwrap_count == NEEDS_MAX ? -1 : slot_take(keys, who->id, category);
    if (slot < 0)
        return;
    size_t n = keys->unwrap_count++;
    memcpy(keys->unwrap_rows[n], pair->row, DK_ROW);
    memcpy(keys->slots[slot].key_id, pair->row + 8, 16);
    keys->slots[slot].waiting = true;
    keys->slots[slot].sure = keys->stand;
    keys->unwrap_slot[n] = slot;
    keys->unwraps[n] = (struct keyd_unwrap){.row = keys->unwrap_rows[n], .to = key_at(keys, slot)};
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
            if (slot_find(keys, ask->who.id, ask->categories[k]) < 0)
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
        if (slot_find(keys, who->id, categories[i]) >= 0)
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
        keys->slots[keys->unwrap_slot[n]].waiting = false;
        if (!done || !keys->unwraps[n].ok)
            slot_clear(keys, keys->unwrap_slot[n]);
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

static void
key_give(struct keys *keys, int slot, struct data_key *ret)
{
    ret->key = key_at(keys, slot);
    memcpy(ret->key_id, keys->slots[slot].key_id, 16);
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
    int slot = slot_find(keys, who->id, category);
    if (slot >= 0 ? keys->slots[slot].waiting : keys->ask_count > 0) {
        if (!keys_fetch(keys, err))
            return false;
        slot = slot_find(keys, who->id, category);
    }
    if (slot >= 0 &&
        (key_id == NULL || memcmp(keys->slots[slot].key_id, key_id, 16) == 0)) {
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
        slot = slot_take(keys, who->id, category);
    uint8_t *to = older || slot < 0 ? spill_take(keys) : key_at(keys, slot);
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
            slot_clear(keys, slot);
        return false;
    }
    if (!older && slot >= 0) {
        memcpy(keys->slots[slot].key_id, pair.row + 8, 16);
        keys->slots[slot].sure = key_id == NULL ? keys->stand : 0;
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

/* Its slot may be given to another key before the announced one is fetched. */
static void
announced_drop(struct keys *keys, int slot)
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

static void
forget(struct keys *keys, const uint8_t subject_id[16], uint16_t category)
{
    int slot = slot_find(keys, subject_id, category);
    if (slot < 0)
        return;
    announced_drop(keys, slot);
    slot_clear(keys, slot);
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
    int slot = slot_take(keys, who->id, wrap->category);
    uint8_t *to = slot < 0 ? spill_take(keys) : key_at(keys, slot);
    if (to == NULL)
        return err_set(err, ERR_UNAVAILABLE, "too many keys in use in one turn");
    memcpy(to, wrap->key, CRYPT_KEY);
    if (slot >= 0) {
        memcpy(keys->slots[slot].key_id, wrap->key_id, 16);
        keys->slots[slot].sure = keys->stand;
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
    int slot = slot_find(keys, who->id, category);
    if (!rows_far(txn) || slot < 0 || keys->slots[slot].sure == keys->stand)
        return true;
    struct key_pair pair = {0};
    if (!keys_pair_get(txn, who, category, &pair, err))
        return false;
    if (pair.found && memcmp(pair.row + 8, keys->slots[slot].key_id, 16) == 0)
        keys->slots[slot].sure = keys->stand;
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
    for (int i = 0; i < LIMIT_KEY_CACHE; i++)
        if (keys->slots[i].used)
            slot_clear(keys, i);
}

void
keys_figures(const struct keys *keys, uint64_t *ret_hits, uint64_t *ret_misses)
{
    *ret_hits = keys->hits;
    *ret_misses = keys->misses;
}
