/* The lanes in the check of the whole book: numbers by the runs, and entries without a place. */
#include "ledger/verify_priv.h"

static bool
run_row(void *ctx, const struct val *row, struct err *err)
{
    struct walk *walk = ctx;
    (void)err;
    walk->runs[walk->run_count++] = (struct run){row[0].i, row[1].i, row[2].i, row[3].i};
    return true;
}

static bool
runs_load(struct walk *walk, struct err *err)
{
    /* Behind the last one seen, not behind its end: one that overlaps is met too. */
    int64_t from = walk->run_count == 0 ? INT64_MIN : walk->runs[walk->run_count - 1].seq + 1;
    const struct val in[] = {val_int(from), val_int(RUN_STEP)};
    walk->run_count = walk->run_at = 0;
    return rows_each(walk->txn, SQL_ledger_run_from, in, 2, 4, RUN_STEP, run_row, walk, err);
}

/* A run goes on where the one before it ended, in the tree and in its lane. On lane 0 places are numbers. */
static bool
run_check(struct walk *walk, const struct run *run, struct err *err)
{
    uint64_t at = walk->tree.size;
    unsigned long long name = at;
    if (run->seq < 0 || (uint64_t)run->seq > at)
        return walk_bad(walk, at, err, "entries from %llu on have no run: one was taken away or changed", name);
    if ((uint64_t)run->seq < at || run->lane < 0 || run->lane >= LANES || run->count < 1 ||
        run->count > INT64_MAX - run->seq)
        return walk_bad(walk, at, err, "the run of entry %llu was changed", name);
    struct lane *lane = &walk->lanes[run->lane];
    uint64_t want = run->lane == 0 ? at : lane->next_no;
    if ((uint64_t)run->no != want)
        return walk_bad(walk, at, err, "entry %llu is number %lld of lane %lld, where %llu comes next", name,
                        (long long)run->no, (long long)run->lane, (unsigned long long)want);
    lane->next_no = want + (uint64_t)run->count;
    walk->run_next = run->seq + run->count;
    return true;
}

bool
walk_number(struct walk *walk, uint64_t *ret, struct err *err)
{
    uint64_t at = walk->tree.size;
    *ret = at;
    if ((int64_t)at == walk->run_next) {
        walk->run_at += walk->run_some;
        if (walk->run_at == walk->run_count && !runs_load(walk, err))
            return false;
        walk->run_some = walk->run_at < walk->run_count;
        if (walk->run_some && !run_check(walk, &walk->runs[walk->run_at], err))
            return false;
    }
    if (!walk->run_some)
        return true;
    const struct run *run = &walk->runs[walk->run_at];
    *ret = (uint64_t)run->lane << LEDGER_NO_BITS | ((uint64_t)run->no + at - (uint64_t)run->seq);
    return true;
}

/* The runs end where the tree does (or before it, where entries went on without). */
bool
walk_runs_end(struct walk *walk, struct err *err)
{
    uint64_t ignored = 0;
    if (walk->run_some && walk->run_next != (int64_t)walk->tree.size)
        return walk_bad(walk, walk->tree.size, err, "entry %llu is missing", (unsigned long long)walk->tree.size);
    return walk_number(walk, &ignored, err) &&
           (!walk->run_some ||
            walk_bad(walk, walk->tree.size, err, "there is a run of entry %llu, which is missing",
                     (unsigned long long)walk->tree.size));
}

/* An entry that has no place in the tree yet: it must go on in its lane. */
static bool
waits_row(void *ctx, const struct val *row, struct err *err)
{
    struct walk *walk = ctx;
    struct lane *lane = &walk->lanes[walk->waits_lane];
    uint64_t end = walk->tree.size, number = (uint64_t)walk->waits_lane << LEDGER_NO_BITS | lane->next_no;
    struct ledger_entry entry;
    struct err why;
    if (walk->waits_lane == 0)
        return walk_bad(walk, end, err, "entry %lld stands in no run", (long long)row[0].i);
    if ((uint64_t)row[0].i != lane->next_no)
        return walk_bad(walk, end, err, "entry %llu, not in the tree yet, is missing", (unsigned long long)number);
    if (row[1].s.n != LEDGER_ENTRY || !ledger_entry_get((const uint8_t *)row[1].s.p, &entry, &why) ||
        entry.number != number || entry.seq != 0 || (lane->any && entry.time_us < lane->last_us))
        return walk_bad(walk, end, err, "entry %llu, not in the tree yet, was changed", (unsigned long long)number);
    lane->any = true;
    lane->last_us = entry.time_us;
    lane->next_no++;
    walk->report->waiting++;
    return true;
}

bool
walk_waits(struct walk *walk, struct err *err)
{
    for (walk->waits_lane = -1;;) {
        const struct val behind[] = {val_int(walk->waits_lane)};
        struct val out[1];
        bool found = false;
        if (!rows_one(walk->txn, walk->arena, SQL_ledger_lane_next, behind, 1, out, 1, &found, err))
            return false;
        if (!found)
            return true;
        walk->waits_lane = out[0].i;
        if (walk->waits_lane < 0 || walk->waits_lane >= LANES)
            return walk_bad(walk, walk->tree.size, err, "there are entries in lane %lld, which is none",
                            (long long)walk->waits_lane);
        uint64_t before = 0;
        const struct lane *lane = &walk->lanes[walk->waits_lane];
        do {
            before = lane->next_no;
            const struct val in[] = {val_int(walk->waits_lane), val_int((int64_t)before), val_int(LEDGER_TILE)};
            if (!rows_each(walk->txn, SQL_ledger_lane_from, in, 3, 2, LEDGER_TILE, waits_row, walk, err))
                return false;
        } while (lane->next_no == before + LEDGER_TILE);
    }
}
