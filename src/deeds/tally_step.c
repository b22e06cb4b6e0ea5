/* The counts go on between turns; and what they are told with later, the names of the rules. */
#include "deeds/tally_priv.h"

enum { EVERY_MS = 5000, BACKLOG = 20000, NAMES_MANY = 8 };

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
    if (!lease_take(it, LEASE_TREE, &held, err) || !tally_upto(it->txn, &it->scratch, &from, err) ||
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
    return tally_upto(it->txn, &it->scratch, &it->tally_upto, err);
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
