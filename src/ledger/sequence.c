/* The sequencer: entries that their writers counted in lanes get their places in the one tree. */
#include "ledger/tree_priv.h"

/* The lanes are counted out in ledger.sql. */
_Static_assert(LIMIT_PG_LANES == 64, "ledger_lane_waiting and ledger_look name the lanes");

/* What waits in a lane, and how much of it this step takes. */
struct lane_wait {
    int64_t lane, no, count;
};

struct step {
    struct lane_wait lanes[LIMIT_PG_LANES];
    size_t lane_count;
    /* of the lane at hand */
    struct lane_wait *at;
    uint64_t seq;             /* its first entry's place */
    uint8_t (*leaves)[LEDGER_HASH];
    size_t leaf_count;
};

static bool
run_same(const struct ledger *ledger, const struct val *run, bool found)
{
    bool same = true;
    for (int i = 0; i < 4; i++)
        same = same && ledger->run[i] == (found ? run[i].i : 0);
    return same;
}

bool
ledger_follow(struct ledger *ledger, struct txn *txn, struct err *err)
{
    struct val run[4];
    bool found = false;
    TROTH_ASSERT(ledger->lane != 0);
    if (!rows_one(txn, NULL, SQL_ledger_run_last, NULL, 0, run, 4, &found, err))
        return false;
    return (ledger->follows && run_same(ledger, run, found)) || book_load_tree(txn, ledger, err);
}

static bool
lane_row(void *ctx, const struct val *row, struct err *err)
{
    struct step *step = ctx;
    if (row[0].i < 1 || row[0].i > LIMIT_PG_LANES || row[1].i < 0 || row[2].i < 1)
        return err_set(err, ERR_LEDGER, "lane %lld is no lane", (long long)row[0].i);
    step->lanes[step->lane_count++] = (struct lane_wait){row[0].i, row[1].i, row[2].i};
    return true;
}

/* Every lane that waits gets its share, and what is left over goes to the first. */
static void
share(struct step *step, uint64_t most)
{
    int64_t left = (int64_t)most;
    int64_t each = step->lane_count == 0 ? 0 : left / (int64_t)step->lane_count;
    int64_t wanted[LIMIT_PG_LANES];
    for (size_t i = 0; i < step->lane_count; i++) {
        struct lane_wait *lane = &step->lanes[i];
        wanted[i] = lane->count;
        lane->count = lane->count < each ? lane->count : each;
        left -= lane->count;
    }
    for (size_t i = 0; i < step->lane_count && left > 0; i++) {
        struct lane_wait *lane = &step->lanes[i];
        int64_t more = wanted[i] - lane->count < left ? wanted[i] - lane->count : left;
        lane->count += more;
        left -= more;
    }
}

static bool
entry_row(void *ctx, const struct val *row, struct err *err)
{
    struct step *step = ctx;
    struct ledger_entry entry;
    uint8_t bytes[LEDGER_ENTRY];
    uint64_t no = (uint64_t)step->at->no + step->leaf_count;
    uint64_t number = (uint64_t)step->at->lane << LEDGER_NO_BITS | no;
    if ((uint64_t)row[0].i != no)
        return err_set(err, ERR_LEDGER, "entry %llu is missing", (unsigned long long)number);
    if (!entry_at(row[1].s, step->seq + step->leaf_count, bytes, err) || !ledger_entry_get(bytes, &entry, err))
        return false;
    if (entry.number != number || entry.seq != step->seq + step->leaf_count)
        return err_set(err, ERR_LEDGER, "entry %llu stands where %llu should", (unsigned long long)entry.number,
                       (unsigned long long)number);
    ledger_leaf_hash(bytes, step->leaves[step->leaf_count++]);
    return true;
}

static void
lane_ask(const struct lane_wait *lane, struct val in[3])
{
    in[0] = val_int(lane->lane);
    in[1] = val_int(lane->no);
    in[2] = val_int(lane->count);
}

/* The run's row, its leaves, and the tiles they fill. */
static bool
run_put(struct ledger *ledger, struct txn *txn, const struct step *step, struct err *err)
{
    const int64_t run[4] = {(int64_t)step->seq, step->at->lane, step->at->no, (int64_t)step->leaf_count};
    const struct val in[] = {val_int(run[0]), val_int(run[1]), val_int(run[2]), val_int(run[3])};
    if (!rows_run(txn, SQL_ledger_run_put, in, 4, NULL, err))
        return false;
    for (size_t i = 0; i < step->leaf_count; i++)
        if (!tree_add(&ledger->tree, step->leaves[i], book_tile_full, txn, err))
            return false;
    memcpy(ledger->run, run, sizeof run);
    return true;
}

/* *ret_whole false with why set: an entry is missing or not what it should be; what came before it is placed. */
static bool
lane_place(struct ledger *ledger, struct txn *txn, struct step *step, bool *ret_whole, struct err *why,
           struct err *err)
{
    struct val in[3];
    struct err fault;
    err_clear(&fault);
    lane_ask(step->at, in);
    step->seq = ledger->tree.size;
    step->leaf_count = 0;
    bool read = rows_each(txn, SQL_ledger_lane_from, in, 3, 2, (size_t)step->at->count, entry_row, step, &fault);
    if (!read && fault.code != ERR_LEDGER) {
        *err = fault;
        return false;
    }
    if (read && step->leaf_count < (size_t)step->at->count)
        read = err_set(&fault, ERR_LEDGER, "entry %llu is missing",
                       (unsigned long long)((uint64_t)step->at->lane << LEDGER_NO_BITS |
                                            ((uint64_t)step->at->no + step->leaf_count)));
    if (!read && *ret_whole) {
        *ret_whole = false;
        *why = fault;
    }
    return step->leaf_count == 0 || run_put(ledger, txn, step, err);
}

bool
ledger_sequence(struct ledger *ledger, struct txn *txn, uint64_t most, uint64_t *ret_placed, struct err *err)
{
    struct arena arena;
    struct err why;
    bool whole = true;
    *ret_placed = 0;
    rows_ahead(txn, SQL_ledger_run_last, NULL, 0);
    rows_ahead(txn, SQL_ledger_lane_waiting, NULL, 0);
    if (!ledger_follow(ledger, txn, err) || !arena_open(&arena, most * LEDGER_HASH + 65536, err))
        return false;
    struct step *step = ARENA_NEW(&arena, struct step);
    bool good = step != NULL || err_set(err, ERR_TOO_LARGE, "no memory");
    good = good && rows_each(txn, SQL_ledger_lane_waiting, NULL, 0, 3, LIMIT_PG_LANES, lane_row, step, err);
    if (good && step->lane_count > 0) {
        uint64_t before = ledger->tree.size;
        share(step, most);
        step->leaves = arena_take(&arena, most * LEDGER_HASH);
        good = step->leaves != NULL || err_set(err, ERR_TOO_LARGE, "no memory");
        ledger->grown = true;
        for (size_t i = 0; good && i < step->lane_count; i++) {
            struct val in[3];
            lane_ask(&step->lanes[i], in);
            rows_ahead(txn, SQL_ledger_lane_from, in, 3);
        }
        for (size_t i = 0; good && i < step->lane_count; i++) {
            step->at = &step->lanes[i];
            good = step->at->count == 0 || lane_place(ledger, txn, step, &whole, &why, err);
        }
        *ret_placed = good ? ledger->tree.size - before : 0;
    }
    arena_close(&arena);
    if (good && !whole)
        *err = why;
    return good && whole;
}

bool
ledger_look(struct txn *txn, struct ledger_look *ret, struct err *err)
{
    struct val out[3];
    bool found = false;
    if (!rows_one(txn, NULL, SQL_ledger_look, NULL, 0, out, 3, &found, err))
        return false;
    *ret = (struct ledger_look){(uint64_t)out[0].i, (uint64_t)out[1].i, (uint64_t)out[2].i};
    return true;
}

bool
ledger_find(struct txn *txn, struct arena *arena, uint64_t number, enum ledger_place *ret_place, uint64_t *ret_seq,
            struct err *err)
{
    struct val out[2];
    struct span row;
    struct ledger_entry entry;
    bool found = false;
    const struct val in[] = {val_int((int64_t)number)};
    *ret_place = LEDGER_NO_SUCH;
    if (number > INT64_MAX)
        return true;
    if (!rows_one(txn, arena, SQL_ledger_entry_place, in, 1, out, 2, &found, err))
        return false;
    if (out[0].kind != VAL_INT) {
        *ret_place = out[1].i != 0 ? LEDGER_WAITS : LEDGER_NO_SUCH;
        return true;
    }
    *ret_seq = (uint64_t)out[0].i;
    if (!ledger_entries(txn, arena, *ret_seq, 1, &row, err) ||
        !ledger_entry_get((const uint8_t *)row.p, &entry, err))
        return false;
    /* Among entries of other lanes a place is not a number: the entry itself says which it has. */
    if (entry.number == number)
        *ret_place = LEDGER_PLACED;
    return true;
}
