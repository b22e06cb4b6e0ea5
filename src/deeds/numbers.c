/*
 * Numbers of people. Over one's own files they are counted from memory. Nodes over one PostgreSQL would have to wait for
 * each other at every one, so each takes them by the block, in a turn between the deeds: the next one while half of the
 * last is left, so that many people at once do not find it empty. A number is never given twice.
 */
#include "deeds/deed_priv.h"

#include "base/log.h"

enum { BLOCK = 4096, LEAST = 2048, TAKE_TRIES = 8 };
/* SQLite's places have 28 bits for them (migrate/sqlite/main-0001.sql). */
static const int64_t sn_end = INT64_C(1) << 28;

int64_t
numbers_block_end(const struct instance *it, int64_t first)
{
    return store_lane(it->store) == 0 ? sn_end : first + BLOCK;
}

bool
numbers_last(struct instance *it, int64_t first, int64_t *ret, struct err *err)
{
    const struct val in[] = {val_int(first), val_int(numbers_block_end(it, first))};
    struct val out[1];
    bool found = false;
    if (!rows_one(it->txn, &it->scratch, SQL_subject_last, in, 2, out, 1, &found, err))
        return false;
    *ret = found && out[0].i >= first ? out[0].i : first - 1;
    return true;
}

bool
numbers_begin(struct instance *it, struct err *err)
{
    struct span sn;
    if (store_lane(it->store) != 0) {
        it->next_sn = it->end_sn = it->taken_sn = it->used_sn = 0; /* a block is taken when what the last one left is settled */
        return true;
    }
    it->end_sn = sn_end;
    if (!numbers_last(it, 1, &it->next_sn, err) || !meta_get(it, "sn", &sn, err))
        return false;
    it->next_sn++;
    /* Not even after the last person was erased and their row purged. */
    if (sn.n == 8 && (int64_t)get_be64((const uint8_t *)sn.p) >= it->next_sn)
        it->next_sn = (int64_t)get_be64((const uint8_t *)sn.p) + 1;
    return true;
}

static bool
numbers_take(struct instance *it, int64_t *ret, struct err *err)
{
    const struct val in[] = {val_int(store_lane(it->store)), val_int(BLOCK)};
    struct val out[1];
    bool found = false;
    int64_t changed = 0;
    if (!rows_run(it->txn, SQL_lane_open, in, 1, NULL, err)) /* from here on there may be something to settle */
        return false;
    for (int i = 0; i < TAKE_TRIES && changed == 0; i++)
        if (!rows_run(it->txn, SQL_block_take, in, 2, &changed, err))
            return false;
    if (changed == 0)
        return err_set(err, ERR_UNAVAILABLE, "all nodes take numbers for new people at once");
    if (!rows_one(it->txn, &it->scratch, SQL_block_newest, in, 1, out, 1, &found, err))
        return false;
    *ret = out[0].i;
    return true;
}

/* From the block that was taken before this one was used up. */
static void
numbers_use(struct instance *it)
{
    if (it->taken_sn == 0)
        return;
    it->used_sn = it->end_sn == 0 ? 0 : it->end_sn - BLOCK;
    it->next_sn = it->taken_sn;
    it->end_sn = it->taken_sn + BLOCK;
    it->taken_sn = 0;
}

int64_t
numbers_next(struct instance *it)
{
    if (it->next_sn >= it->end_sn)
        numbers_use(it);
    return it->next_sn < it->end_sn ? it->next_sn++ : 0;
}

bool
numbers_low(const struct instance *it)
{
    return store_lane(it->store) != 0 && it->taken_sn == 0 && it->end_sn - it->next_sn < LEAST;
}

static bool
refill(struct instance *it, struct err *err)
{
    int64_t taken = 0;
    if (!instance_turn_begin(it, err))
        return false;
    if (!numbers_low(it)) { /* there were new connections, and with them a block */
        instance_turn_abort(it);
        return true;
    }
    /* Every turn that took numbers of the block before is over, and well, or there would have been new connections:
     * nothing in it is left to settle. So a start never has more than the last two to look at. */
    const struct val used[] = {val_int(it->used_sn)};
    bool good = guards_take(it, err) && numbers_take(it, &taken, err) &&
                (it->used_sn == 0 || rows_run(it->txn, SQL_block_settled, used, 1, NULL, err));
    if (!instance_turn_end(it, good, err))
        return false;
    it->taken_sn = taken;
    it->used_sn = 0;
    if (it->end_sn == 0)
        numbers_use(it);
    return true;
}

bool
numbers_refill(struct instance *it, struct err *err)
{
    it->taking = true;
    bool good = refill(it, err);
    it->taking = false;
    return good;
}

void
numbers_ahead(struct instance *it)
{
    struct err err;
    if (!it->opened || it->taking || it->remembering || !numbers_low(it) || !store_reachable(it->store))
        return;
    if (!numbers_refill(it, &err))
        log_err(LOG_WARN, "numbers", &err);
}
