#include "deeds/tally_priv.h"

#include "base/clock.h"

enum { READ_STEP = 512, VERSIONS_MAX = 4096, EVERY_MS = 5000, BACKLOG = 20000, NAMES_MANY = 8 };

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

static bool
upto_read(struct txn *txn, struct arena *arena, uint64_t *ret, struct err *err)
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
    return upto_read(txn, arena, ret_upto, err) &&
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

static bool
write_all(struct instance *it, const struct tally *tally, uint64_t upto, struct err *err)
{
    uint8_t place[8];
    put_be64(place, upto);
    for (size_t i = 0; i < tally->room; i++) {
        const struct tally_row *row = &tally->rows[i];
        if (!row->used)
            continue;
        const struct val in[] = {val_int(row->policy),   val_int(row->rule),       val_int(row->event),
                                 val_int(row->decision), val_blob(row->purpose, 16), val_int((int64_t)row->count),
                                 val_int(row->first_us), val_int(row->last_us)};
        if (!rows_run(it->txn, SQL_tally_add, in, 8, NULL, err))
            return false;
    }
    return meta_set(it, "tally-upto", span_of(place, sizeof place), err);
}

/* In a turn: *ret_upto is where the counts stand now; *ret_some: it was moved. */
static bool
count_some(struct instance *it, uint64_t *ret_upto, bool *ret_some, struct err *err)
{
    uint64_t from = 0, size = 0;
    bool held = false;
    *ret_some = false;
    if (!lease_take(it, LEASE_TREE, &held, err) || !upto_read(it->txn, &it->scratch, &from, err) ||
        !tally_size(it->txn, &it->scratch, &size, err))
        return false;
    *ret_upto = from;
    if (!held || from >= size)
        return true;
    struct tally tally;
    uint64_t to = size - from < LIMIT_TALLY_STEP ? size : from + LIMIT_TALLY_STEP;
    if (!tally_open(it->txn, &it->scratch, LIMIT_TALLY_STEP, &tally, err) ||
        !tally_read(&tally, it->txn, &it->scratch, from, to, ret_upto, err) || !write_all(it, &tally, to, err))
        return false;
    *ret_some = true;
    return true;
}

bool
tally_step(struct instance *it, struct err *err)
{
    uint64_t upto = 0;
    bool some = false;
    it->tally_more = false;
    if (it->room != STORE_ROOM_PLENTY)
        return true; /* it can wait */
    if (!instance_turn_begin(it, err))
        return false;
    if (!count_some(it, &upto, &some, err)) {
        instance_turn_abort(it);
        return err_prefix(err, "count of the ledger's lines");
    }
    if (!some)
        instance_turn_abort(it);
    else if (!instance_turn_commit(it, err))
        return false;
    it->tally_upto = upto;
    it->tally_more = some;
    return true;
}

/* Over lanes the node counts that made the tree grow last. */
static uint64_t
backlog(const struct instance *it)
{
    uint64_t size = store_lane(it->store) == 0 ? ledger_size(it->ledger) : it->tree_held ? it->tree.size : 0;
    return size > it->tally_upto ? size - it->tally_upto : 0;
}

bool
tally_due(const struct instance *it, int64_t mono_ms)
{
    uint64_t waits = backlog(it);
    return (waits > BACKLOG && it->tally_more) || (waits > 0 && mono_ms >= it->tally_ms);
}

int64_t
tally_next_ms(const struct instance *it, int64_t next_ms)
{
    return backlog(it) > 0 && it->tally_ms < next_ms ? it->tally_ms : next_ms;
}

int64_t
tally_every_ms(void)
{
    return EVERY_MS;
}

bool
tally_begin(struct instance *it, struct err *err)
{
    return upto_read(it->txn, &it->scratch, &it->tally_upto, err);
}

bool
tally_names_put(struct instance *it, struct err *err)
{
    const struct policy *policy = it->policy;
    const struct val no = val_int(it->policy_no);
    struct val out[1], in[3 * NAMES_MANY];
    bool found = false;
    if (!rows_one(it->txn, &it->scratch, SQL_policy_rule_count, &no, 1, out, 1, &found, err))
        return false;
    if (found && out[0].i == policy->rule_count)
        return true;
    int at = 0;
    for (; at < policy->rule_count; at++) {
        size_t n = (size_t)(at % NAMES_MANY);
        in[3 * n] = no;
        in[3 * n + 1] = val_int(at);
        in[3 * n + 2] = val_text(policy->rules[at].name);
        if (n == NAMES_MANY - 1 && !rows_run(it->txn, SQL_policy_rule_put_8, in, 3 * NAMES_MANY, NULL, err))
            return false;
    }
    for (int i = 0; i < at % NAMES_MANY; i++)
        if (!rows_run(it->txn, SQL_policy_rule_put, in + 3 * i, 3, NULL, err))
            return false;
    return true;
}
