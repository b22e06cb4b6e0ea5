#include "ledger/verify_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool
walk_bad(struct walk *walk, uint64_t seq, struct err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(walk->report->fault, sizeof walk->report->fault, fmt, args);
    va_end(args);
    walk->report->sound = false;
    walk->report->first_bad = seq;
    return err_set(err, ERR_LEDGER, "%s", walk->report->fault);
}

static bool
checkpoint_row(void *ctx, const struct val *row, struct err *err)
{
    struct walk *walk = ctx;
    struct checkpoint *to = &walk->checkpoints[walk->checkpoint_count];
    if (row[0].i <= 0)
        return walk_bad(walk, walk->good_size, err, "there is a checkpoint of no entries");
    to->size = (uint64_t)row[0].i;
    if (row[2].s.n > sizeof to->note)
        return walk_bad(walk, walk->good_size, err, "the checkpoint of %llu entries is too long",
                        (unsigned long long)to->size);
    memcpy(to->note, row[2].s.p, row[2].s.n);
    to->note_size = row[2].s.n;
    walk->checkpoint_count++;
    return true;
}

static bool
checkpoints_load(struct walk *walk, struct err *err)
{
    const struct val in[] = {val_int(walk->checkpoint_last), val_int(CHECKPOINT_STEP)};
    walk->checkpoint_count = walk->checkpoint_at = 0;
    return rows_each(walk->txn, SQL_ledger_checkpoint_from, in, 2, 3, CHECKPOINT_STEP,
                     checkpoint_row, walk, err);
}

static bool
checkpoint_check(struct walk *walk, const struct checkpoint *c, struct err *err)
{
    uint8_t root[LEDGER_HASH];
    char mem[LEDGER_NOTE_MAX];
    struct buf want;
    tree_root(&walk->tree, root);
    buf_init(&want, mem, sizeof mem);
    ledger_note(walk->origin, c->size, root, &want);
    struct span note = span_of(c->note, c->note_size);
    struct err why;
    uint64_t size = 0;
    uint8_t said[LEDGER_HASH];
    if (walk->key != NULL && !ledger_note_check(note, walk->origin, walk->key, &size, said, &why))
        return walk_bad(walk, walk->good_size, err, "the checkpoint of %llu entries: %s",
                        (unsigned long long)c->size, why.text);
    if (!span_starts(note, buf_span(&want)))
        return walk_bad(walk, walk->good_size, err,
                        "an entry from %llu to %llu was changed: the tree does not fit the checkpoint of "
                        "%llu entries",
                        (unsigned long long)walk->good_size, (unsigned long long)c->size - 1,
                        (unsigned long long)c->size);
    walk->good_size = c->size;
    walk->report->checkpoints++;
    walk->report->signed_size = c->size;
    return true;
}

/* Every checkpoint of the size the tree has reached. */
static bool
checkpoints_at(struct walk *walk, struct err *err)
{
    while (walk->checkpoint_at < walk->checkpoint_count &&
           walk->checkpoints[walk->checkpoint_at].size <= walk->tree.size) {
        const struct checkpoint *c = &walk->checkpoints[walk->checkpoint_at++];
        if (c->size == walk->tree.size && !checkpoint_check(walk, c, err))
            return false;
        walk->checkpoint_last = (int64_t)c->size;
        if (walk->checkpoint_at == walk->checkpoint_count && !checkpoints_load(walk, err))
            return false;
    }
    return true;
}

/* Our full tile against the stored one. */
static bool
tile_compare(void *ctx, unsigned level, uint64_t no, const uint8_t (*hashes)[LEDGER_HASH],
             struct err *err)
{
    struct walk *walk = ctx;
    const struct val in[] = {val_int(level), val_int((int64_t)no)};
    struct val out[1];
    bool found = false;
    size_t mark = arena_mark(walk->arena);
    if (!rows_one(walk->txn, walk->arena, SQL_ledger_tile_get, in, 2, out, 1, &found, err))
        return false;
    uint64_t first = no * LEDGER_TILE << (8 * level);
    if (!found)
        return walk_bad(walk, first, err, "tile %u/%llu is missing", level, (unsigned long long)no);
    if (out[0].s.n != LEDGER_TILE * LEDGER_HASH)
        return walk_bad(walk, first, err, "tile %u/%llu has the wrong size", level,
                        (unsigned long long)no);
    for (unsigned i = 0; i < LEDGER_TILE; i++) {
        if (memcmp(out[0].s.p + (size_t)i * LEDGER_HASH, hashes[i], LEDGER_HASH) == 0)
            continue;
        uint64_t seq = (no * LEDGER_TILE + i) << (8 * level);
        return level == 0 ? walk_bad(walk, seq, err, "entry %llu was changed (or its tile was)",
                                     (unsigned long long)seq)
                               : walk_bad(walk, seq, err, "tile %u/%llu was changed", level,
                                     (unsigned long long)no);
    }
    arena_back(walk->arena, mark);
    return true;
}

/* Which of two neighbours in a lane was changed cannot be told, unless a tile vouches for this one or a checkpoint for
 * the other. */
static bool
older(struct walk *walk, uint64_t seq, uint64_t before, struct err *err)
{
    uint64_t first = walk->has_tile || before < walk->good_size ? seq : before;
    return walk_bad(walk, first, err, "entry %llu is older than the one before it",
                    (unsigned long long)seq);
}

/* What an entry says of itself, against where it stands. */
static bool
entry_check(struct walk *walk, const uint8_t *bytes, uint64_t number, struct err *err)
{
    uint64_t want = walk->tree.size;
    unsigned long long name = want;
    struct ledger_entry entry;
    struct err why;
    if (!ledger_entry_get(bytes, &entry, &why))
        return walk_bad(walk, want, err, "entry %llu was changed: %s", name, why.text);
    if (entry.seq != want)
        return walk_bad(walk, want, err, "entry %llu stands where %llu should: the order was changed",
                        (unsigned long long)entry.seq, name);
    if (entry.number != number)
        return walk_bad(walk, want, err, "entry %llu has number %llu where %llu should be: it or its run was changed",
                        name,
                        (unsigned long long)entry.number, (unsigned long long)number);
    uint8_t leaf[LEDGER_HASH];
    ledger_leaf_hash(bytes, leaf);
    if (walk->has_tile && memcmp(leaf, walk->tile[want % LEDGER_TILE], LEDGER_HASH) != 0)
        return walk_bad(walk, want, err, "entry %llu was changed (or its tile was)", name);
    struct lane *lane = &walk->lanes[number >> LEDGER_NO_BITS];
    if (lane->any && entry.time_us < lane->last_us)
        return older(walk, want, lane->last_seq, err);
    *lane = (struct lane){.next_no = lane->next_no, .last_seq = want, .last_us = entry.time_us, .any = true};
    return tree_add(&walk->tree, leaf, tile_compare, walk, err) && checkpoints_at(walk, err);
}

static bool
entry_row(void *ctx, const struct val *row, struct err *err)
{
    struct walk *walk = ctx;
    uint64_t want = walk->tree.size, number = 0;
    uint8_t bytes[LEDGER_ENTRY];
    if (!walk_number(walk, &number, err))
        return false;
    if ((uint64_t)row[0].i != want)
        return walk_bad(walk, want, err, "entry %llu is missing", (unsigned long long)want);
    if (row[1].kind != VAL_BLOB || row[1].s.n != LEDGER_ENTRY || !entry_at(row[1].s, want, bytes, err))
        return walk_bad(walk, want, err, "entry %llu has %zu bytes instead of %d", (unsigned long long)want, row[1].s.n,
                        LEDGER_ENTRY);
    return entry_check(walk, bytes, number, err);
}

/* The stored tile of the next 256 entries, so that a changed one is named exactly. */
static bool
tile_load(struct walk *walk, struct err *err)
{
    const struct val in[] = {val_int(0), val_int((int64_t)(walk->tree.size / LEDGER_TILE))};
    struct val out[1];
    size_t mark = arena_mark(walk->arena);
    if (!rows_one(walk->txn, walk->arena, SQL_ledger_tile_get, in, 2, out, 1, &walk->has_tile, err))
        return false;
    walk->has_tile = walk->has_tile && out[0].s.n == sizeof walk->tile;
    if (walk->has_tile)
        memcpy(walk->tile, out[0].s.p, sizeof walk->tile);
    arena_back(walk->arena, mark);
    return true;
}

/* Every tile the tree has filled was there; one more would be read instead of the entries under it. */
static bool
tiles_count(struct walk *walk, struct err *err)
{
    struct val out[1];
    bool found = false;
    if (!rows_one(walk->txn, walk->arena, SQL_ledger_tile_count, NULL, 0, out, 1, &found, err))
        return false;
    uint64_t want = 0;
    for (uint64_t full = walk->tree.size / LEDGER_TILE; full > 0; full /= LEDGER_TILE)
        want += full;
    return (uint64_t)out[0].i == want ||
           walk_bad(walk, walk->good_size, err, "there are %lld tiles stored where %llu are full",
                    (long long)out[0].i, (unsigned long long)want);
}

static bool
walk_all(struct walk *walk, uint64_t total, ledger_progress_fn progress, void *ctx, struct err *err)
{
    if (!checkpoints_load(walk, err))
        return false;
    for (;;) {
        uint64_t from = walk->tree.size;
        if (!tile_load(walk, err))
            return false;
        uint64_t to = total - from < LEDGER_TILE ? total : from + LEDGER_TILE;
        const struct val in[] = {val_int((int64_t)from), val_int((int64_t)to)};
        if (!rows_each(walk->txn, SQL_ledger_entry_range, in, 2, 2, LEDGER_TILE, entry_row, walk,
                       err))
            return false;
        if (progress != NULL && from % PROGRESS_STEP == 0)
            progress(ctx, walk->tree.size, total);
        if (walk->tree.size == from || walk->tree.size == total)
            break;
    }
    uint64_t ignored = 0; /* an entry that is missing, or the run that gives it its place */
    if (walk->tree.size < total)
        return walk_number(walk, &ignored, err) && walk_bad(walk, walk->tree.size, err, "entry %llu is missing",
                                                            (unsigned long long)walk->tree.size);
    if (walk->checkpoint_at < walk->checkpoint_count)
        return walk_bad(walk, walk->tree.size, err,
                        "the ledger is cut off after %llu entries: a checkpoint covers %llu",
                        (unsigned long long)walk->tree.size,
                        (unsigned long long)walk->checkpoints[walk->checkpoint_at].size);
    if (walk->has_tile && walk->tree.size % LEDGER_TILE != 0)
        return walk_bad(walk, walk->tree.size, err,
                        "the ledger is cut off after %llu entries: their tile is full",
                        (unsigned long long)walk->tree.size);
    return walk_runs_end(walk, err) && tiles_count(walk, err) && walk_waits(walk, err);
}

bool
ledger_verify(struct txn *txn, const char *origin, const uint8_t *public_key,
              ledger_progress_fn progress, void *ctx, struct ledger_report *ret, struct err *err)
{
    struct arena arena;
    struct walk *walk = calloc(1, sizeof *walk);
    *ret = (struct ledger_report){.sound = true, .signatures_checked = public_key != NULL};
    if (walk == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory");
    if (!arena_open(&arena, 1024 * 1024, err)) {
        free(walk);
        return false;
    }
    walk->txn = txn;
    walk->arena = &arena;
    walk->checkpoint_last = INT64_MIN;
    walk->origin = origin;
    walk->key = public_key;
    walk->report = ret;
    struct val out[2];
    bool found = false;
    bool good = rows_one(txn, &arena, SQL_ledger_entry_last, NULL, 0, out, 2, &found, err);
    uint64_t total = good && found ? (uint64_t)out[0].i + 1 : 0;
    good = good && walk_all(walk, total, progress, ctx, err);
    ret->entries = walk->tree.size;
    tree_root(&walk->tree, ret->root);
    arena_close(&arena);
    free(walk);
    return good || !ret->sound; /* a fault that was found is an answer */
}
