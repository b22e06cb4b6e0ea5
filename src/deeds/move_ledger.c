/*
 * The book. It only grows, so the target's is either the beginning of the source's or another one: what it has not is
 * added behind it. On files entries lie by their place in the tree, on PostgreSQL by lane and number; both are said by
 * the entry itself, and the runs, which tell the one by the other, are written from it, so a receipt's number finds its
 * entry on either engine and after any number of moves.
 */
#include "deeds/move_priv.h"

enum { BATCH = 1024, AT_ONCE = 16 };

struct run {
    int64_t seq, lane, no, count;
};

struct batch {
    uint64_t from;
    size_t count;
    uint8_t rows[BATCH][LEDGER_ENTRY];
    uint64_t number[BATCH];
};

static bool
side_one(struct move_state *move, struct move_side *side, enum sql_id id, size_t columns, struct val *out, bool *ret_found,
         struct err *err)
{
    struct txn *txn = NULL;
    if (!store_reader_begin(side->reader, &txn, err))
        return false;
    bool good = rows_one(txn, &move->arena, id, NULL, 0, out, columns, ret_found, err);
    store_reader_end(&txn);
    return good;
}

static bool
size_of(struct move_state *move, struct move_side *side, uint64_t *ret, struct err *err)
{
    struct val out[2];
    bool found = false;
    size_t mark = arena_mark(&move->arena);
    if (!side_one(move, side, SQL_ledger_entry_last, 2, out, &found, err))
        return false;
    arena_back(&move->arena, mark);
    *ret = found ? (uint64_t)out[0].i + 1 : 0;
    return true;
}

static bool
batch_row(void *ctx, const struct val *row, struct err *err)
{
    struct batch *batch = ctx;
    struct ledger_entry entry;
    uint64_t at = batch->from + batch->count;
    if ((uint64_t)row[0].i != at || row[1].kind != VAL_BLOB || row[1].s.n != LEDGER_ENTRY)
        return err_set(err, ERR_LEDGER, "entry %llu is missing or has the wrong size", (unsigned long long)at);
    if (!ledger_entry_get((const uint8_t *)row[1].s.p, &entry, err))
        return false;
    memcpy(batch->rows[batch->count], row[1].s.p, LEDGER_ENTRY);
    batch->number[batch->count++] = entry.number;
    return true;
}

/* Entries as they lie, from a place on. */
static bool
batch_read(struct move_side *side, uint64_t from, uint64_t to, struct batch *ret, struct err *err)
{
    struct txn *txn = NULL;
    const struct val in[] = {val_int((int64_t)from), val_int((int64_t)to)};
    ret->from = from;
    ret->count = 0;
    if (!store_reader_begin(side->reader, &txn, err))
        return false;
    bool good = rows_each(txn, SQL_ledger_entry_range, in, 2, 2, BATCH, batch_row, ret, err);
    store_reader_end(&txn);
    return good && (ret->count == to - from ||
                    err_set(err, ERR_LEDGER, "entry %llu is missing", (unsigned long long)(from + ret->count)));
}

bool
move_same_book(struct move_state *move, uint64_t *ret_from, uint64_t *ret_to, struct err *err)
{
    struct batch *a = ARENA_NEW(&move->arena, struct batch), *b = ARENA_NEW(&move->arena, struct batch);
    if (a == NULL || b == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory");
    /* The target first: the source may grow meanwhile. */
    if (!size_of(move, &move->to, ret_to, err) || !size_of(move, &move->from, ret_from, err))
        return false;
    uint64_t both = *ret_to < *ret_from ? *ret_to : *ret_from;
    if (both == 0)
        return true;
    if (!batch_read(&move->from, both - 1, both, a, err) || !batch_read(&move->to, both - 1, both, b, err))
        return false;
    return memcmp(a->rows[0], b->rows[0], LEDGER_ENTRY) == 0 ||
           err_set(err, ERR_CONFLICT, "the target holds another ledger: entry %llu is not the source's",
                   (unsigned long long)both - 1);
}

static bool
run_put(struct move_state *move, const struct run *run, struct err *err)
{
    const struct val in[] = {val_int(run->seq), val_int(run->lane), val_int(run->no), val_int(run->count)};
    return move_turn(move, 1, err) && rows_run(move->txn, SQL_ledger_run_put, in, 4, NULL, err);
}

/* Where the target's runs end. Files that never were on PostgreSQL have none, and theirs may end before the tree does. */
static bool
runs_end(struct move_state *move, int64_t *ret, struct err *err)
{
    struct val out[4];
    bool found = false;
    if (!side_one(move, &move->to, SQL_ledger_run_last, 4, out, &found, err))
        return false;
    *ret = found ? out[0].i + out[3].i : 0;
    return true;
}

/* What follows on in one lane is a run. */
static bool
runs_put(struct move_state *move, const struct batch *batch, struct err *err)
{
    struct run run = {0};
    for (size_t i = 0; i < batch->count; i++) {
        int64_t lane = (int64_t)(batch->number[i] >> LEDGER_NO_BITS), no = (int64_t)(batch->number[i] & LEDGER_NO_MAX);
        if (run.count > 0 && run.lane == lane && run.no + run.count == no) {
            run.count++;
            continue;
        }
        if (run.count > 0 && !run_put(move, &run, err))
            return false;
        run = (struct run){(int64_t)(batch->from + i), lane, no, 1};
    }
    return run.count == 0 || run_put(move, &run, err);
}

static bool
entries_put(struct move_state *move, const struct batch *batch, struct err *err)
{
    struct val in[2 * AT_ONCE];
    for (size_t done = 0, some; done < batch->count; done += some) {
        some = batch->count - done < AT_ONCE ? 1 : AT_ONCE;
        for (size_t i = 0; i < some; i++) {
            uint64_t at = move->to.far ? batch->number[done + i] : batch->from + done + i;
            in[2 * i] = val_int((int64_t)at);
            in[2 * i + 1] = val_blob(batch->rows[done + i], LEDGER_ENTRY);
        }
        if (!move_turn(move, 1, err) ||
            !rows_run(move->txn, some == 1 ? SQL_ledger_entry_put : SQL_ledger_entry_put_16, in, 2 * some, NULL, err))
            return false;
    }
    return true;
}

static bool
entries_add(struct move_state *move, uint64_t at, uint64_t end, struct move_table_report *count, struct err *err)
{
    struct batch *batch = ARENA_NEW(&move->arena, struct batch);
    int64_t runs = 0;
    if (batch == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory");
    if (!runs_end(move, &runs, err))
        return false;
    struct run before = {runs, 0, runs, (int64_t)at - runs};
    if (before.count > 0 && !run_put(move, &before, err))
        return false;
    for (; at < end; at += batch->count) {
        if (!batch_read(&move->from, at, end - at < BATCH ? end : at + BATCH, batch, err) ||
            !entries_put(move, batch, err) || !runs_put(move, batch, err) || !move_turn_end(move, false, err))
            return false;
        count->added += batch->count;
        count->rows = at + batch->count;
        move_say(move, MOVE_STEP_TABLE, count);
    }
    return true;
}

bool
move_entries(struct move_state *move, struct err *err)
{
    struct move_table_report *count = &move->report->tables[MOVE_TABLES - 1];
    uint64_t from = 0, to = 0;
    size_t mark = arena_mark(&move->arena);
    *count = (struct move_table_report){.name = "ledger_entry"};
    if (!move_same_book(move, &from, &to, err))
        return false;
    if (to > from)
        return err_set(err, ERR_CONFLICT, "the target's ledger has %llu entries, the source's only %llu: make the target anew",
                       (unsigned long long)to, (unsigned long long)from);
    count->rows = from;
    if (from > to && move->writes && (!entries_add(move, to, from, count, err) || !move_turn_end(move, true, err)))
        return false;
    if (!move->writes)
        count->added = from - to;
    move->report->equal = move->report->equal && from == to;
    arena_back(&move->arena, mark);
    return true;
}

static bool
source_root(struct move_state *move, const char *origin, uint64_t *ret_size, uint8_t ret[LEDGER_HASH], struct err *err)
{
    struct txn *txn = NULL;
    struct ledger *ledger = NULL;
    if (!store_reader_begin(move->from.reader, &txn, err))
        return false;
    bool good = ledger_open(txn, origin, move->from.far ? 1 : 0, &ledger, err);
    if (good) {
        *ret_size = ledger_size(ledger);
        ledger_root(ledger, ret);
        ledger_close(&ledger);
    }
    store_reader_end(&txn);
    return good;
}

static void
verify_progress(void *ctx, uint64_t done, uint64_t total)
{
    struct move_table_report at = {.name = "ledger_entry", .rows = done, .added = total};
    move_say(ctx, MOVE_STEP_VERIFY, &at);
}

bool
move_verify(struct move_state *move, struct err *err)
{
    struct move_report *report = move->report;
    struct ledger_report book;
    struct txn *txn = NULL;
    struct span origin, key;
    uint64_t size = 0;
    uint8_t root[LEDGER_HASH];
    if (!store_reader_begin(move->to.reader, &txn, err))
        return false;
    bool good = meta_read(txn, &move->arena, "origin", &origin, err) && meta_read(txn, &move->arena, "ledger-key", &key, err) &&
                ((key.n == 32 && span_copy(origin, report->origin, sizeof report->origin)) ||
                 err_set(err, ERR_CORRUPT, "the target has no key of its ledger")) &&
                ledger_verify(txn, report->origin, (const uint8_t *)key.p, verify_progress, move, &book, err);
    store_reader_end(&txn);
    if (!good || !source_root(move, report->origin, &size, root, err))
        return false;
    if (!book.sound)
        return err_set(err, ERR_LEDGER, "the target's ledger does not hold: %s", book.fault);
    if (book.waiting > 0 || book.entries != size || memcmp(book.root, root, LEDGER_HASH) != 0)
        return err_set(err, ERR_LEDGER, "the target's tree of %llu entries is not the source's of %llu",
                       (unsigned long long)book.entries, (unsigned long long)size);
    report->entries = book.entries;
    report->checkpoints = book.checkpoints;
    report->signed_size = book.signed_size;
    memcpy(report->root, book.root, LEDGER_HASH);
    return true;
}
