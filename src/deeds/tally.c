#include "deeds/tally_priv.h"

enum { READ_STEP = 512, VERSIONS_MAX = 4096 };

size_t
tally_place(const struct tally *tally, const struct tally_row *row)
{
    uint64_t hash = (uint64_t)row->policy * 0x9e3779b97f4a7c15u ^ (uint64_t)row->rule << 16 ^ (uint64_t)row->event << 8 ^
                    row->decision ^ get_be64(row->purpose);
    hash *= 0x9e3779b97f4a7c15u;
    return (size_t)(hash >> 32) & (tally->room - 1);
}

bool
tally_same(const struct tally_row *a, const struct tally_row *b)
{
    return a->policy == b->policy && a->rule == b->rule && a->event == b->event && a->decision == b->decision &&
           memcmp(a->purpose, b->purpose, sizeof a->purpose) == 0;
}

bool
tally_add(struct tally *tally, const struct tally_row *row, struct err *err)
{
    size_t at = tally_place(tally, row);
    while (tally->rows[at].used && !tally_same(&tally->rows[at], row))
        at = (at + 1) & (tally->room - 1);
    struct tally_row *to = &tally->rows[at];
    if (to->used) {
        to->count += row->count;
        to->first_us = row->first_us < to->first_us ? row->first_us : to->first_us;
        to->last_us = row->last_us > to->last_us ? row->last_us : to->last_us;
        return true;
    }
    if (tally->count + tally->count / 2 >= tally->room)
        return err_set(err, ERR_TOO_LARGE, "the ledger names more rules and purposes than can be counted at once");
    *to = *row;
    to->used = true;
    tally->count++;
    return true;
}

static bool
version_row(void *ctx, const struct val *row, struct err *err)
{
    struct tally *tally = ctx;
    struct tally_version *to = &tally->versions[tally->version_count++];
    if (row[1].s.n != sizeof to->hash)
        return err_set(err, ERR_CORRUPT, "a policy's hash has the wrong size");
    to->no = row[0].i;
    to->activated_us = row[2].i;
    memcpy(to->hash, row[1].s.p, sizeof to->hash);
    return true;
}

bool
tally_open(struct txn *txn, struct arena *arena, size_t room, struct tally *ret, struct err *err)
{
    *ret = (struct tally){.room = 16};
    while (ret->room < room + room / 2 + 1)
        ret->room *= 2;
    ret->rows = ARENA_ARRAY(arena, struct tally_row, ret->room);
    ret->versions = ARENA_ARRAY(arena, struct tally_version, VERSIONS_MAX);
    if (ret->rows == NULL || ret->versions == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory to count in");
    return rows_each(txn, SQL_policy_version_all, NULL, 0, 3, VERSIONS_MAX, version_row, ret, err);
}

static int64_t
policy_of(const struct tally *tally, const uint8_t hash[32])
{
    static const uint8_t none[32];
    for (size_t i = tally->version_count; i-- > 0;)
        if (memcmp(tally->versions[i].hash, hash, 32) == 0)
            return tally->versions[i].no;
    return memcmp(hash, none, sizeof none) == 0 ? TALLY_NO_POLICY : TALLY_UNKNOWN;
}

static bool
entry_add(struct tally *tally, const uint8_t bytes[LEDGER_ENTRY], struct err *err)
{
    struct ledger_entry entry;
    if (!ledger_entry_get(bytes, &entry, err))
        return false;
    struct tally_row row = {.policy = policy_of(tally, entry.policy),
                            .rule = entry.rule,
                            .event = (uint8_t)entry.event,
                            .decision = (uint8_t)entry.decision,
                            .count = 1,
                            .first_us = entry.time_us,
                            .last_us = entry.time_us};
    memcpy(row.purpose, entry.purpose, sizeof row.purpose);
    return tally_add(tally, &row, err);
}

bool
tally_read(struct tally *tally, struct txn *txn, struct arena *arena, uint64_t from, uint64_t to, uint64_t *ret_upto,
           struct err *err)
{
    *ret_upto = from;
    while (*ret_upto < to) {
        size_t mark = arena_mark(arena);
        struct span rows;
        uint64_t most = to - *ret_upto < READ_STEP ? to - *ret_upto : READ_STEP;
        if (!ledger_entries(txn, arena, *ret_upto, most, &rows, err))
            return false;
        if (rows.n == 0)
            return err_set(err, ERR_LEDGER, "entry %llu is missing", (unsigned long long)*ret_upto);
        for (size_t at = 0; at < rows.n; at += LEDGER_ENTRY, ++*ret_upto)
            if (!entry_add(tally, (const uint8_t *)rows.p + at, err))
                return err_prefix(err, "entry %llu", (unsigned long long)*ret_upto);
        arena_back(arena, mark);
    }
    return true;
}

struct waiting {
    struct tally *tally;
    struct {
        int64_t lane, first, count;
    } lanes[LIMIT_PG_LANES];
    size_t lane_count;
    uint64_t read;
};

static bool
waiting_lane(void *ctx, const struct val *row, struct err *err)
{
    struct waiting *w = ctx;
    (void)err;
    w->lanes[w->lane_count].lane = row[0].i;
    w->lanes[w->lane_count].first = row[1].i;
    w->lanes[w->lane_count++].count = row[2].i;
    return true;
}

static bool
waiting_row(void *ctx, const struct val *row, struct err *err)
{
    struct waiting *w = ctx;
    if (row[1].s.n != LEDGER_ENTRY)
        return err_set(err, ERR_LEDGER, "a waiting entry has the wrong size");
    w->read++;
    return entry_add(w->tally, (const uint8_t *)row[1].s.p, err);
}

bool
tally_read_waiting(struct tally *tally, struct txn *txn, uint64_t most, uint64_t *ret_count, struct err *err)
{
    struct waiting w = {.tally = tally};
    if (!rows_each(txn, SQL_ledger_lane_waiting, NULL, 0, 3, LIMIT_PG_LANES, waiting_lane, &w, err))
        return false;
    for (size_t i = 0; i < w.lane_count && w.read < most; i++) {
        uint64_t count = (uint64_t)w.lanes[i].count < most - w.read ? (uint64_t)w.lanes[i].count : most - w.read;
        const struct val in[] = {val_int(w.lanes[i].lane), val_int(w.lanes[i].first), val_int((int64_t)count)};
        if (!rows_each(txn, SQL_ledger_lane_from, in, 3, 2, (size_t)count, waiting_row, &w, err))
            return false;
    }
    *ret_count = w.read;
    return true;
}

static bool
stored_row(void *ctx, const struct val *row, struct err *err)
{
    if (row[4].s.n != 16)
        return err_set(err, ERR_CORRUPT, "a purpose's id has the wrong size");
    struct tally_row add = {.policy = row[0].i,
                            .rule = (uint32_t)row[1].i,
                            .event = (uint8_t)row[2].i,
                            .decision = (uint8_t)row[3].i,
                            .count = (uint64_t)row[5].i,
                            .first_us = row[6].i,
                            .last_us = row[7].i};
    memcpy(add.purpose, row[4].s.p, sizeof add.purpose);
    return tally_add(ctx, &add, err);
}

bool
tally_upto(struct txn *txn, struct arena *arena, uint64_t *ret, struct err *err)
{
    struct span upto;
    if (!meta_read(txn, arena, "tally-upto", &upto, err))
        return false;
    *ret = upto.n == 8 ? get_be64((const uint8_t *)upto.p) : 0;
    return true;
}

bool
tally_load(struct tally *tally, struct txn *txn, struct arena *arena, uint64_t *ret_upto, struct err *err)
{
    const struct val most[] = {val_int((int64_t)tally->room)};
    return tally_upto(txn, arena, ret_upto, err) &&
           rows_each(txn, SQL_tally_all, most, 1, 8, tally->room, stored_row, tally, err);
}

bool
tally_size(struct txn *txn, struct arena *arena, uint64_t *ret, struct err *err)
{
    struct val out[1];
    bool found = false;
    if (!rows_one(txn, arena, SQL_ledger_entry_end, NULL, 0, out, 1, &found, err))
        return false;
    *ret = found ? (uint64_t)out[0].i : 0;
    return true;
}
