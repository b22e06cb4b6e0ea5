#include "ledger/tree_priv.h"

#include "crypt/crypt.h"

#include <stdlib.h>

enum { TURN_ENTRIES = 16384, ENTRIES_AT_ONCE = 16 };

static bool
load_level(struct txn *txn, struct arena *arena, struct tree *tree, unsigned level,
           struct err *err)
{
    uint64_t hashes = level == 0 ? tree->size : tree->size >> (8 * level);
    tree->level[level].no = hashes / LEDGER_TILE;
    tree->level[level].count = (unsigned)(hashes % LEDGER_TILE);
    if (tree->level[level].count == 0)
        return true;
    return tree_hashes(txn, arena, level, hashes / LEDGER_TILE * LEDGER_TILE,
                       tree->level[level].count, tree->level[level].hash, err);
}

/* The newest checkpoint, as it stood before the tree's size was read: the tree only grows, whoever makes it grow. */
struct newest {
    uint64_t size; /* 0: none */
    struct span note;
};

static bool
newest_read(struct txn *txn, struct arena *arena, struct newest *ret, struct err *err)
{
    *ret = (struct newest){0};
    if (ledger_checkpoint_last(txn, arena, &ret->size, &ret->note, err))
        return true;
    if (err->code != ERR_NOT_FOUND)
        return false;
    err_clear(err);
    return true;
}

/* It must be of this tree: nothing before it may have changed or gone. */
static bool
fits_checkpoint(struct txn *txn, struct arena *arena, const struct ledger *ledger, const struct newest *newest,
                struct err *err)
{
    if (newest->size == 0)
        return true;
    if (newest->size > ledger->tree.size)
        return err_set(err, ERR_LEDGER,
                       "the ledger is cut off: %llu entries, the newest checkpoint covers %llu",
                       (unsigned long long)ledger->tree.size, (unsigned long long)newest->size);
    uint8_t root[LEDGER_HASH];
    if (!tree_range(txn, arena, 0, newest->size, root, err))
        return false;
    char mem[LEDGER_NOTE_MAX];
    struct buf want;
    buf_init(&want, mem, sizeof mem);
    ledger_note(ledger->origin, newest->size, root, &want);
    return span_starts(newest->note, buf_span(&want)) ||
           err_set(err, ERR_LEDGER, "the ledger does not fit its newest checkpoint of %llu entries",
                   (unsigned long long)newest->size);
}

/* The end of the tree, and its last entry as far as anybody goes on from it. */
static bool
load_end(struct txn *txn, struct arena *arena, struct ledger *ledger, struct err *err)
{
    struct val out[2];
    bool found = false;
    ledger->tree.size = 0;
    if (!rows_one(txn, arena, SQL_ledger_entry_last, NULL, 0, out, 2, &found, err))
        return false;
    if (!found)
        return true;
    struct ledger_entry entry;
    uint8_t bytes[LEDGER_ENTRY];
    ledger->tree.size = (uint64_t)out[0].i + 1;
    if (out[1].kind != VAL_BLOB || !entry_at(out[1].s, (uint64_t)out[0].i, bytes, err))
        return err_set(err, ERR_LEDGER, "the last entry has the wrong size");
    if (!ledger_entry_get(bytes, &entry, err))
        return false;
    if (ledger->lane == 0)
        ledger->last_us = entry.time_us;
    return true;
}

bool
book_load_tree(struct txn *txn, struct ledger *ledger, struct err *err)
{
    struct arena arena;
    struct newest newest;
    struct val run[4];
    bool found = false;
    if (!arena_open(&arena, 1024 * 1024, err))
        return false;
    memset(ledger->run, 0, sizeof ledger->run);
    bool good = newest_read(txn, &arena, &newest, err) &&
                rows_one(txn, &arena, SQL_ledger_run_last, NULL, 0, run, 4, &found, err) &&
                load_end(txn, &arena, ledger, err);
    for (int i = 0; good && found && i < 4; i++)
        ledger->run[i] = run[i].i;
    for (unsigned level = 0; good && level < TREE_LEVELS; level++)
        good = load_level(txn, &arena, &ledger->tree, level, err);
    good = good && fits_checkpoint(txn, &arena, ledger, &newest, err);
    arena_close(&arena);
    ledger->follows = good;
    return good;
}

/* Where this writer goes on in its lane. */
static bool
load_lane(struct txn *txn, struct ledger *ledger, struct err *err)
{
    struct arena arena;
    struct val out[2];
    const struct val in[] = {val_int(ledger->lane)};
    bool found = false;
    if (ledger->lane == 0)
        return true;
    if (!arena_open(&arena, 64 * 1024, err))
        return false;
    bool good = rows_one(txn, &arena, SQL_ledger_lane_last, in, 1, out, 2, &found, err);
    struct ledger_entry entry;
    if (good && found) {
        ledger->next_no = (uint64_t)out[0].i + 1;
        good = (out[1].s.n == LEDGER_ENTRY && ledger->next_no <= LEDGER_NO_MAX) ||
               err_set(err, ERR_LEDGER, "the last entry of lane %d has the wrong size", ledger->lane);
        good = good && ledger_entry_get((const uint8_t *)out[1].s.p, &entry, err);
        ledger->last_us = good ? entry.time_us : 0;
    }
    arena_close(&arena);
    return good;
}

bool
ledger_open(struct txn *txn, const char *origin, int lane, struct ledger **ret, struct err *err)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for the ledger");
    ledger->rows = calloc(TURN_ENTRIES, LEDGER_ENTRY);
    if (ledger->rows == NULL || !span_copy(span_str(origin), ledger->origin, sizeof ledger->origin)) {
        ledger_close(&ledger);
        return err_set(err, ERR_UNAVAILABLE, "no memory for the ledger, or its origin is too long");
    }
    ledger->lane = lane;
    if (!load_lane(txn, ledger, err) || !book_load_tree(txn, ledger, err)) {
        ledger_close(&ledger);
        return false;
    }
    *ret = ledger;
    return true;
}

void
ledger_close(struct ledger **ledger)
{
    if (*ledger == NULL)
        return;
    free((*ledger)->rows);
    free(*ledger);
    *ledger = NULL;
}

uint64_t
ledger_entry_next(const struct ledger *ledger)
{
    return ledger->lane == 0 ? ledger_size(ledger)
                             : (uint64_t)ledger->lane << LEDGER_NO_BITS | (ledger->next_no + ledger->row_count);
}

uint64_t
ledger_size(const struct ledger *ledger)
{
    return ledger->lane == 0 ? ledger->tree.size + ledger->row_count - ledger->flushed : ledger->tree.size;
}

const char *
ledger_origin(const struct ledger *ledger)
{
    return ledger->origin;
}

bool
ledger_append(struct ledger *ledger, struct txn *txn, struct ledger_entry *entry, struct err *err)
{
    (void)txn;
    if (ledger->row_count == TURN_ENTRIES)
        return err_set(err, ERR_UNAVAILABLE, "too many deeds in one turn");
    entry->number = ledger_entry_next(ledger);
    entry->seq = ledger->lane == 0 ? entry->number : 0;
    if (entry->time_us < ledger->turn_last_us)
        entry->time_us = ledger->turn_last_us; /* a lane's time never goes back */
    ledger->turn_last_us = entry->time_us;
    ledger_entry_put(entry, ledger->rows[ledger->row_count++]);
    return true;
}

bool
book_tile_full(void *ctx, unsigned level, uint64_t no, const uint8_t (*hashes)[LEDGER_HASH],
          struct err *err)
{
    const struct val in[] = {val_int(level), val_int((int64_t)no),
                             val_blob(hashes, LEDGER_TILE * LEDGER_HASH)};
    return rows_run(ctx, SQL_ledger_tile_put, in, 3, NULL, err);
}

/* Only when a tile fills does the tree lose something that a roll-back needs again. What an earlier flush of this
 * turn added lies behind it and is left out. */
static void
tree_save(struct ledger *ledger)
{
    if (ledger->saved || ledger->lane != 0 ||
        ledger->tree.level[0].count + (ledger->row_count - ledger->flushed) < LEDGER_TILE)
        return;
    ledger->before = ledger->tree;
    ledger->before.level[0].count = ledger->before_count;
    ledger->before.size = ledger->before_size;
    ledger->saved = true;
}

static uint64_t
flushed_number(const struct ledger *ledger, size_t i)
{
    return ledger_entry_next(ledger) - ledger->row_count + ledger->flushed + i;
}

bool
ledger_flush(struct ledger *ledger, struct txn *txn, struct err *err)
{
    tree_save(ledger);
    while (ledger->flushed < ledger->row_count) {
        struct val in[2 * ENTRIES_AT_ONCE];
        size_t some = ledger->row_count - ledger->flushed < ENTRIES_AT_ONCE ? 1 : ENTRIES_AT_ONCE;
        for (size_t i = 0; i < some; i++) {
            in[2 * i] = val_int((int64_t)flushed_number(ledger, i));
            in[2 * i + 1] = val_blob(ledger->rows[ledger->flushed + i], LEDGER_ENTRY);
        }
        if (!rows_run(txn, some == 1 ? SQL_ledger_entry_put : SQL_ledger_entry_put_16, in, 2 * some,
                      NULL, err))
            return false;
        for (size_t i = 0; i < some; i++) {
            uint8_t leaf[LEDGER_HASH];
            ledger_leaf_hash(ledger->rows[ledger->flushed], leaf);
            if (ledger->lane == 0 && !tree_add(&ledger->tree, leaf, book_tile_full, txn, err))
                return false;
            ledger->flushed++;
        }
    }
    return true;
}

void
ledger_turn_begin(struct ledger *ledger)
{
    ledger->row_count = ledger->flushed = 0;
    ledger->saved = ledger->grown = false;
    ledger->before_count = ledger->tree.level[0].count;
    ledger->before_size = ledger->tree.size;
    ledger->turn_last_us = ledger->last_us;
}

void
ledger_turn_end(struct ledger *ledger, bool committed)
{
    if (committed) {
        TROTH_ASSERT(ledger->flushed == ledger->row_count);
        ledger->last_us = ledger->turn_last_us;
        ledger->next_no += ledger->row_count;
    } else if (ledger->lane != 0) {
        ledger->follows = ledger->follows && !ledger->grown;
    } else if (ledger->saved) {
        ledger->tree = ledger->before;
    } else {
        ledger->tree.level[0].count = ledger->before_count;
        ledger->tree.size = ledger->before_size;
    }
    ledger->row_count = ledger->flushed = 0;
    ledger->saved = ledger->grown = false;
}

uint64_t
ledger_mark(const struct ledger *ledger)
{
    return ledger->row_count;
}

void
ledger_mark_back(struct ledger *ledger, uint64_t mark)
{
    TROTH_ASSERT(mark <= ledger->row_count && ledger->flushed == 0);
    ledger->row_count = (size_t)mark;
}

void
ledger_root(const struct ledger *ledger, uint8_t ret[LEDGER_HASH])
{
    TROTH_ASSERT(ledger->row_count == ledger->flushed || ledger->lane != 0);
    tree_root(&ledger->tree, ret);
}
