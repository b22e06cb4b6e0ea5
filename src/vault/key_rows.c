/*
 * vault/key_rows.c - the rows of wrapped keys, and the list of keys that have ended.
 */
#include "vault/keys_priv.h"

bool
keys_pair_row(void *ctx, const struct val *in, struct err *err)
{
    struct key_pair *pair = ctx; /* in: generation, row */
    if (in[1].s.n != DK_ROW)
        return err_set(err, ERR_CORRUPT, "a key's row has the wrong size");
    const uint8_t *row = (const uint8_t *)in[1].s.p;
    /* keyd knows that the row is whole, not in whose place it lay. */
    if (get_be16(row + 2) != pair->category || memcmp(row + 24, pair->who->id, 16) != 0)
        return err_set(err, ERR_SEAL, "a wrapped key does not open: it was moved or changed");
    uint64_t created = get_be64(row + 40);
    bool better = pair->key_id != NULL ? memcmp(row + 8, pair->key_id, 16) == 0
                                       : !pair->found || created > pair->created;
    pair->others++;
    if (!better)
        return true;
    pair->found = true;
    pair->created = created;
    pair->generation = (int)in[0].i;
    memcpy(pair->row, row, DK_ROW);
    return true;
}

bool
keys_pair_get(struct txn *txn, const struct person *who, uint16_t category,
              struct key_pair *pair, struct err *err)
{
    const struct val in[] = {val_int(who->sn), val_int(category)};
    pair->who = who;
    pair->category = category;
    return rows_each(txn, SQL_dk_get, in, 2, 2, 2, keys_pair_row, pair, err);
}

struct generations {
    struct key_generation *to;
    uint64_t created[2];
    size_t count;
};

static bool
generation_row(void *ctx, const struct val *in, struct err *err)
{
    struct generations *all = ctx;
    if (in[1].s.n != DK_ROW)
        return err_set(err, ERR_CORRUPT, "a key's row has the wrong size");
    const uint8_t *row = (const uint8_t *)in[1].s.p;
    size_t at = all->count++;
    all->created[at] = get_be64(row + 40);
    all->to[at].generation = (int)in[0].i;
    memcpy(all->to[at].key_id, row + 8, 16);
    if (at == 0 || all->created[0] < all->created[1])
        return true;
    struct key_generation older = all->to[1];
    all->to[1] = all->to[0];
    all->to[0] = older;
    return true;
}

bool
keys_generations(struct txn *txn, const struct person *who, uint16_t category,
                 struct key_generation ret[2], size_t *ret_count, struct err *err)
{
    const struct val in[] = {val_int(who->sn), val_int(category)};
    struct generations all = {.to = ret};
    if (!rows_each(txn, SQL_dk_get, in, 2, 2, 2, generation_row, &all, err))
        return false;
    *ret_count = all.count;
    return true;
}

bool
keys_place_wipe(struct txn *txn, int64_t sn, uint16_t category, int generation, struct err *err)
{
    const struct val in[] = {val_int(sn), val_int(category), val_int(generation)};
    return rows_run(txn, SQL_dk_zero, in, 3, NULL, err) && rows_run(txn, SQL_dk_delete, in, 3, NULL, err);
}

struct ended_ctx {
    struct ended_key *to;
    size_t count;
};

static bool
ended_row(void *ctx, const struct val *row, struct err *err)
{
    (void)err;
    struct ended_ctx *ended = ctx;
    ended->to[ended->count++] = (struct ended_key){
        .sn = row[0].i, .category = (uint16_t)row[1].i, .generation = (int)row[2].i};
    return true;
}

bool
keys_ended(struct txn *txn, int lane, struct ended_key *ret, size_t most, size_t *ret_count, struct err *err)
{
    const struct val in[] = {val_int(lane), val_int((int64_t)most)};
    struct ended_ctx ended = {.to = ret};
    if (!rows_each(txn, SQL_ended_next, in, 2, 3, most, ended_row, &ended, err))
        return false;
    *ret_count = ended.count;
    return true;
}

bool
keys_ended_any(struct txn *txn, int64_t sn, uint16_t category, bool *ret, struct err *err)
{
    const struct val in[] = {val_int(sn), val_int(category)};
    struct val out[1];
    return rows_one(txn, NULL, SQL_ended_any, in, 2, out, 1, ret, err);
}

bool
keys_ended_done(struct txn *txn, int lane, const struct ended_key *ended, struct err *err)
{
    const struct val in[] = {val_int(lane), val_int(ended->sn), val_int(ended->category), val_int(ended->generation)};
    return rows_run(txn, SQL_ended_delete, in, 4, NULL, err);
}

bool
keys_ended_clear(struct txn *txn, int lane, struct err *err)
{
    const struct val in[] = {val_int(lane)};
    return rows_run(txn, SQL_ended_clear, in, 1, NULL, err);
}

struct above {
    uint64_t created;
    size_t count;
    bool one;
};

static bool
above_row(void *ctx, const struct val *row, struct err *err)
{
    struct above *above = ctx;
    if (row[3].s.n != DK_ROW)
        return err_set(err, ERR_CORRUPT, "a key's row has the wrong size");
    uint64_t created = get_be64((const uint8_t *)row[3].s.p + 40);
    above->one = above->one && (above->count == 0 || created == above->created);
    above->created = created;
    above->count++;
    return true;
}

bool
keys_between(struct txn *txn, int64_t from, int64_t below, bool *ret_one_turn, int64_t *ret_top_sn,
             struct err *err)
{
    const struct val in[] = {val_int(from), val_int(below), val_int(NEEDS_MAX + 1)};
    struct above above = {.one = true};
    if (!rows_each(txn, SQL_dk_between, in, 3, 4, NEEDS_MAX + 1, above_row, &above, err))
        return false;
    *ret_one_turn = above.one && above.count <= NEEDS_MAX;
    *ret_top_sn = from - 1;
    if (above.count == 0)
        return true;
    struct val top;
    bool found = false;
    if (!rows_one(txn, NULL, SQL_dk_last, in, 2, &top, 1, &found, err))
        return false;
    *ret_top_sn = top.i;
    return true;
}

bool
keys_destroy_between(struct txn *txn, int64_t from, int64_t below, struct err *err)
{
    struct ended_key found[64];
    for (;;) {
        const struct val in[] = {val_int(from), val_int(below), val_int(64)};
        struct ended_ctx places = {.to = found};
        if (!rows_each(txn, SQL_dk_between, in, 3, 4, 64, ended_row, &places, err))
            return false;
        for (size_t i = 0; i < places.count; i++)
            if (!keys_place_wipe(txn, found[i].sn, found[i].category, found[i].generation, err))
                return false;
        if (places.count < 64)
            return true;
    }
}

struct places_ctx {
    uint16_t *to;
    size_t count;
};

static bool
places_row(void *ctx, const struct val *row, struct err *err)
{
    (void)err;
    struct places_ctx *places = ctx;
    uint16_t category = (uint16_t)row[0].i;
    if (places->count == 0 || places->to[places->count - 1] != category)
        places->to[places->count++] = category;
    return true;
}

bool
keys_categories(struct txn *txn, int64_t sn, uint16_t *ret, size_t most, size_t *ret_count,
                struct err *err)
{
    const struct val in[] = {val_int(sn), val_int((int64_t)most)};
    struct places_ctx places = {.to = ret};
    if (!rows_each(txn, SQL_dk_categories, in, 2, 2, most, places_row, &places, err))
        return false;
    *ret_count = places.count;
    return true;
}
