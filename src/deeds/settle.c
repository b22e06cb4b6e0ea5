#include "deeds/deed_priv.h"
#include "deeds/erase.h"

#include "base/log.h"

/*
 * Keys and rows lie in two databases. A crash between their commits leaves one of these:
 *
 *   keys of people who never came to be      (their rows were not committed): the keys go;
 *   rows whose key was destroyed             (the erasure was not committed): the erasure is finished,
 *                                            with its own line in the ledger;
 *   a second key of a category               (its sealing anew was not committed): the key goes; or, when
 *                                            another node has sealed under it since, the first one does.
 *
 * None of it was acknowledged to anybody. A crash after both commits leaves places that look the same at first
 * sight, and everything in them is left alone.
 *
 * Keys of people above the last one that are not of one turn are no crash's: somebody put an older troth.db there.
 * Those keys stay, and their numbers are not given again, so that putting the right file back brings everything back.
 */

enum { ROWS_STEP = 64 };
struct sealed_rows {
    struct { uint64_t rec; uint8_t key_id[16]; } rows[ROWS_STEP];
    size_t count;
};

static bool
sealed_row(void *ctx, const struct val *row, struct err *err)
{
    struct sealed_rows *rows = ctx;
    if (row[7].s.n < 17)
        return err_set(err, ERR_CORRUPT, "a sealed record has the wrong form");
    rows->rows[rows->count].rec = (uint64_t)row[0].i;
    memcpy(rows->rows[rows->count].key_id, row[7].s.p + 1, 16);
    rows->count++;
    return true;
}

/* The keys a category of a person has, and how many of its rows each of them seals. */
struct held_keys {
    struct key_generation keys[2];
    uint64_t rows[2];
    size_t count;
};

/* Rows that no key opens any more go; the others are counted. */
static bool
rows_settle(struct instance *it, const struct person *who, uint16_t category, struct held_keys *keys,
            uint64_t *ret_gone, struct err *err)
{
    struct sealed_rows *rows = ARENA_NEW(&it->scratch, struct sealed_rows);
    int64_t after = -1;
    if (rows == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory");
    do {
        const struct val in[] = {val_int(who->sn), val_int(category), val_int(after),
                                 val_int(ROWS_STEP)};
        rows->count = 0;
        if (!rows_each(it->txn, SQL_record_of_category, in, 4, 8, ROWS_STEP, sealed_row, rows, err))
            return false;
        for (size_t i = 0; i < rows->count; i++) {
            size_t k = 0;
            while (k < keys->count && memcmp(keys->keys[k].key_id, rows->rows[i].key_id, 16) != 0)
                k++;
            after = (int64_t)rows->rows[i].rec;
            if (k < keys->count) {
                keys->rows[k]++;
                continue;
            }
            const struct val at[] = {val_int(who->sn), val_int(category), val_int(after)};
            ++*ret_gone;
            if (!rows_run(it->txn, SQL_record_delete, at, 3, NULL, err))
                return false;
        }
    } while (rows->count == ROWS_STEP);
    return true;
}

/* Nobody is found by what is gone (a category one is found by has one row). */
static bool
unfind(struct instance *it, int64_t sn, uint16_t number, struct err *err)
{
    int category = catalogue_category(it->catalogue, number);
    if (category == POLICY_NONE)
        return true;
    struct record_fields *none = ARENA_NEW(&it->scratch, struct record_fields);
    if (none == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory");
    return shelf_index(it, sn, category, it->policy->categories[category].lookups, none, NULL, err);
}

static bool
finish_record(struct instance *it, struct deed *deed, const struct person *who, uint16_t category,
              struct err *err)
{
    bool whole = category == CATEGORY_LEDGER;
    const struct note note = {.about = who,
                              .event = LEDGER_ERASED,
                              .rule = RULE_RETENTION,
                              .act = "finish-erasure",
                              .category = whole ? POLICY_NONE
                                                : catalogue_category(it->catalogue, category),
                              .purpose_about = POLICY_NONE,
                              .tombstone = whole};
    return deed_record(deed, &note, err);
}

/* A second key whose renewal nobody waits to finish (shelf_renew would have left word). Mostly it seals nothing; but whoever
 * writes takes the newest, and another node may have written before this lane was settled. */
static bool
renewal_settle(struct instance *it, const struct person *who, uint16_t category,
               const struct held_keys *keys, struct err *err)
{
    if (keys->count < 2)
        return true;
    for (int generation = 0; generation < 2; generation++) {
        const struct val in[] = {val_int(who->sn), val_int(purge_old_key(category, generation))};
        struct val out[1];
        bool found = false;
        if (!rows_one(it->txn, &it->scratch, SQL_purge_get, in, 2, out, 1, &found, err))
            return false;
        if (found)
            return true;
    }
    if (keys->rows[1] > 0)
        return shelf_renew_rest(it, who, category, keys->keys, err);
    it->destroyed = true;
    return keys_destroy_generation(it->keys, it->txn, who, category, keys->keys[1].generation, err);
}

static bool
category_settle(struct instance *it, struct deed *deed, const struct person *who, uint16_t category,
                struct err *err)
{
    struct held_keys keys = {0};
    uint64_t gone = 0;
    if (!keys_generations(it->txn, who, category, keys.keys, &keys.count, err) ||
        !rows_settle(it, who, category, &keys, &gone, err) ||
        !renewal_settle(it, who, category, &keys, err))
        return false;
    if (gone == 0)
        return true;
    return unfind(it, who->sn, category, err) && finish_record(it, deed, who, category, err);
}

static bool
person_settle(struct instance *it, struct deed *deed, const struct person *who, struct err *err)
{
    const struct val state[] = {val_int(who->sn), val_int(PERSON_ERASED)};
    const struct val trace[] = {val_int(who->sn), val_int(CATEGORY_LEDGER)};
    uint16_t categories[ERASE_CATEGORIES_MAX];
    size_t count = 0;
    if (!finish_record(it, deed, who, CATEGORY_LEDGER, err) ||
        !keys_categories(it->txn, who->sn, categories, ERASE_CATEGORIES_MAX, &count, err))
        return false;
    /* Keys that another node made for this person since: they would open what was to be erased. */
    for (size_t i = 0; i < count; i++)
        if (!erase_category(it, who, categories[i], true, err))
            return false;
    return erase_person_rows(it, who, err) &&
           rows_run(it->txn, SQL_subject_state_set, state, 2, NULL, err) &&
           rows_run(it->txn, SQL_purge_put, trace, 2, NULL, err);
}

static bool
place_settle(struct instance *it, struct deed *deed, const struct ended_key *ended, struct err *err)
{
    const struct val in[] = {val_int(ended->sn)};
    struct val out[6];
    bool found = false;
    if (!rows_one(it->txn, &it->scratch, SQL_subject_by_sn, in, 1, out, 6, &found, err))
        return false;
    if (!found || out[0].s.n != 16)
        return true; /* that turn did commit, and more since */
    bool whole = ended->category == CATEGORY_LEDGER;
    const struct val rows[] = {val_int(ended->sn), val_int(ended->category)};
    if (out[2].i == PERSON_ERASED) /* by that turn, or just now: the ledger's key comes first */
        return whole || rows_run(it->txn, SQL_purge_put, rows, 2, NULL, err);
    struct person who = {.sn = ended->sn};
    memcpy(who.id, out[0].s.p, 16);
    if (!guard_person(it, who.id, true, err))
        return false;
    return whole ? person_settle(it, deed, &who, err)
                 : category_settle(it, deed, &who, ended->category, err);
}

/* Keys in a block of numbers above the last person in it. */
static bool
block_settle(struct instance *it, int64_t first, int64_t next_sn, struct err *err)
{
    bool one_turn = true;
    int64_t top = 0, below = numbers_block_end(it, first);
    if (!keys_between(it->txn, next_sn, below, &one_turn, &top, err))
        return false;
    const struct val block[] = {val_int(first)};
    if (one_turn)
        return keys_destroy_between(it->txn, next_sn, below, err) &&
               rows_run(it->txn, SQL_block_settled, block, 1, NULL, err);
    LOG(LOG_ERROR, "data-older-than-keys",
        LOG_T("text", "the data are older than the keys: an older copy lies in their place; the keys of newer people "
                      "are kept"),
        LOG_N("people", top - next_sn + 1));
    if (store_lane(it->store) == 0)
        it->next_sn = top + 1;
    return true;
}

struct blocks {
    int64_t first[8];
    size_t count;
};

static bool
block_row(void *ctx, const struct val *row, struct err *err)
{
    (void)err;
    struct blocks *blocks = ctx;
    blocks->first[blocks->count++] = row[0].i;
    return true;
}

static bool
blocks_settle(struct instance *it, int lane, struct err *err)
{
    if (lane == 0)
        return block_settle(it, 1, it->next_sn, err);
    struct blocks blocks;
    int64_t after = 0;
    do {
        const struct val in[] = {val_int(lane), val_int(after), val_int(8)};
        blocks.count = 0;
        if (!rows_each(it->txn, SQL_block_open, in, 3, 1, 8, block_row, &blocks, err))
            return false;
        for (size_t i = 0; i < blocks.count; i++) {
            int64_t last = 0;
            after = blocks.first[i];
            if (!numbers_last(it, after, &last, err) || !block_settle(it, after, last + 1, err))
                return false;
        }
    } while (blocks.count == 8);
    return true;
}

/* In the session that has the lane's lock: over new connections somebody else may have it, and be at work there. */
static bool
step_begin(struct instance *it, uint64_t opened, struct err *err)
{
    if (!instance_turn_begin(it, err))
        return false;
    if (store_opened(it->store) == opened)
        return true;
    instance_turn_abort(it);
    return err_set(err, ERR_UNAVAILABLE, "the store was lost meanwhile");
}

/* Said ahead, so that they are waited for: somebody who is asked for without pause would never be had late. */
static bool
places_guard(struct instance *it, const struct ended_key *ended, size_t count, struct err *err)
{
    for (size_t i = 0; i < count && rows_far(it->txn); i++) {
        const struct val in[] = {val_int(ended[i].sn)};
        struct val out[6];
        bool found = false;
        if (!rows_one(it->txn, &it->scratch, SQL_subject_by_sn, in, 1, out, 6, &found, err))
            return false;
        if (found && out[0].s.n == 16 && out[2].i != PERSON_ERASED)
            guard_person_need(it, (const uint8_t *)out[0].s.p, true);
    }
    return guards_take(it, err);
}

/* The word of a place goes in a turn of its own: with that of its settling it would be durable first, and a crash between
 * the two would leave the place with nobody to know. */
static bool
places_done(struct instance *it, int lane, uint64_t opened, const struct ended_key *ended, size_t count, struct err *err)
{
    if (!step_begin(it, opened, err))
        return false;
    bool good = true;
    for (size_t i = 0; good && i < count; i++)
        good = keys_ended_done(it->txn, lane, &ended[i], err);
    return instance_turn_end(it, good, err);
}

/* What the last session in this lane left half done; its lock is ours. */
static bool
lane_settle(struct instance *it, int lane, uint64_t opened, struct err *err)
{
    struct caller system = {.role = ACTOR_SYSTEM};
    struct deed deed = {
        .it = it, .caller = &system, .arena = &it->scratch, .purpose = PURPOSE_RETENTION};
    enum { STEP = 64 };
    struct ended_key ended[STEP];
    size_t count = 0;
    uint64_t finished = 0;
    do {
        if (!step_begin(it, opened, err))
            return false;
        uint64_t before = ledger_mark(it->ledger);
        /* Without a policy an erasure cannot be finished: it waits for a start with one. */
        bool good = (it->policy == NULL || keys_ended(it->txn, lane, ended, STEP, &count, err)) &&
                    places_guard(it, ended, count, err) && blocks_settle(it, lane, err);
        for (size_t i = 0; good && i < count; i++)
            good = place_settle(it, &deed, &ended[i], err);
        finished += ledger_mark(it->ledger) - before;
        if (!good) {
            instance_turn_abort(it);
            return err_prefix(err, "settling what a crash left");
        }
        if (!instance_turn_commit(it, err))
            return false;
        if (lane == store_lane(it->store))
            it->ended_waiting = false; /* or the next turn would clear also the words that are still to be settled */
        if (count > 0 && !places_done(it, lane, opened, ended, count, err))
            return false;
    } while (count > 0); /* what was ended here has words of its own */
    if (finished > 0)
        LOG(LOG_WARN, "erasures-finished", LOG_N("count", finished));
    return true;
}

bool
settle(struct instance *it, struct err *err)
{
    int lane = store_lane(it->store);
    return lane_settle(it, lane, store_opened(it->store), err) && (lane == 0 || numbers_refill(it, err));
}

static bool
truth(struct instance *it, enum sql_id id, int lane, bool *ret, struct err *err)
{
    const struct val in[] = {val_int(lane)};
    struct val out[1];
    bool found = false;
    if (!rows_one(it->txn, &it->scratch, id, in, 1, out, 1, &found, err))
        return false;
    *ret = found && out[0].i != 0;
    return true;
}

/* Both locks of a fallen node's lane, or none. They outlive the turn, not the session. */
static bool
lane_lock(struct instance *it, int lane, bool *ret_had, struct err *err)
{
    bool keys = false, gone = false;
    if (!truth(it, SQL_lane_lock, lane, ret_had, err) || !*ret_had)
        return *ret_had || err->code == ERR_OK;
    if (!truth(it, SQL_lane_lock_keys, lane, &keys, err))
        return false;
    *ret_had = keys;
    return keys || truth(it, SQL_lane_unlock, lane, &gone, err);
}

static bool
lane_give(struct instance *it, int lane, uint64_t opened, bool settled, struct err *err)
{
    const struct val in[] = {val_int(lane)};
    bool gone = false;
    if (!step_begin(it, opened, err))
        return false;
    bool good = instance_turn_end(it, !settled || rows_run(it->txn, SQL_lane_settled, in, 1, NULL, err), err);
    struct err ignored; /* a lost session has lost its locks too */
    if (step_begin(it, opened, &ignored)) {
        (void)truth(it, SQL_lane_unlock_keys, lane, &gone, &ignored);
        (void)truth(it, SQL_lane_unlock, lane, &gone, &ignored);
        instance_turn_abort(it);
    }
    return good;
}

static bool
lane_adopt(struct instance *it, int lane, struct err *err)
{
    bool had = false;
    if (!instance_turn_begin(it, err))
        return false;
    uint64_t opened = store_opened(it->store);
    err_clear(err);
    /* Over new connections it may have become our own. */
    bool good = lane == store_lane(it->store) || lane_lock(it, lane, &had, err);
    instance_turn_abort(it);
    if (!good || !had)
        return good;
    good = lane_settle(it, lane, opened, err);
    if (opened != store_opened(it->store))
        return good; /* the locks went with the session */
    if (good)
        LOG(LOG_INFO, "lane-settled", LOG_T("text", "what another node left half done was finished"), LOG_N("lane", lane));
    struct err own;
    return lane_give(it, lane, opened, good, good ? err : &own) && good;
}

struct lanes {
    int lane[LIMIT_PG_LANES];
    size_t count;
};

static bool
lane_row(void *ctx, const struct val *row, struct err *err)
{
    (void)err;
    struct lanes *lanes = ctx;
    lanes->lane[lanes->count++] = (int)row[0].i;
    return true;
}

bool
settle_others(struct instance *it, struct err *err)
{
    struct lanes lanes = {.count = 0};
    bool held = false;
    if (!instance_turn_begin(it, err))
        return false;
    const struct val in[] = {val_int(store_lane(it->store)), val_int(LIMIT_PG_LANES)};
    bool good = lease_take(it, LEASE_SETTLE, &held, err) &&
                (!held || rows_each(it->txn, SQL_lane_others, in, 2, 1, LIMIT_PG_LANES, lane_row, &lanes, err));
    if (!instance_turn_end(it, good, err))
        return false;
    /* One that cannot be settled now must not keep the others from it. */
    struct err own;
    for (size_t i = 0; i < lanes.count; i++)
        if (!lane_adopt(it, lanes.lane[i], good ? err : &own))
            good = false;
    return good;
}
