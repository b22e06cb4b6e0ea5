#include "ledger/tree_priv.h"

#include "crypt/crypt.h"

#include <stdlib.h>

enum { TURN_ENTRIES = 16384, ENTRIES_AT_ONCE = 16 };

struct ledger {
    char origin[128];
    struct tree tree;          /* what is committed (and, after flush, what this turn adds) */
    struct tree before;        /* the tree at the turn's begin, when flush filled a tile */
    bool saved;
    unsigned before_count;
    uint64_t before_size;
    int64_t last_us, turn_last_us;
    uint8_t (*rows)[LEDGER_ENTRY]; /* of this turn, not yet in the tree */
    size_t row_count, flushed;
};

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

/* The newest checkpoint must be of this tree: nothing before it may have changed or gone. */
static bool
fits_checkpoint(struct txn *txn, struct arena *arena, const struct ledger *ledger, struct err *err)
{
    uint64_t size = 0;
    struct span note;
    if (!ledger_checkpoint_last(txn, arena, &size, &note, err)) {
        if (err->code != ERR_NOT_FOUND)
            return false;
        err_clear(err);
        return true;
    }
    if (size > ledger->tree.size)
        return err_set(err, ERR_LEDGER,
                       "the ledger is cut off: %llu entries, the newest checkpoint covers %llu",
                       (unsigned long long)ledger->tree.size, (unsigned long long)size);
    uint8_t root[LEDGER_HASH];
    if (!tree_range(txn, arena, 0, size, root, err))
        return false;
    char mem[LEDGER_NOTE_MAX];
    struct buf want;
    buf_init(&want, mem, sizeof mem);
    ledger_note(ledger->origin, size, root, &want);
    return span_starts(note, buf_span(&want)) ||
           err_set(err, ERR_LEDGER, "the ledger does not fit its newest checkpoint of %llu entries",
                   (unsigned long long)size);
}

static bool
load(struct txn *txn, struct ledger *ledger, struct err *err)
{
    struct arena arena;
    if (!arena_open(&arena, 1024 * 1024, err))
        return false;
    struct val out[2];
    bool found = false;
    bool good = rows_one(txn, &arena, SQL_ledger_entry_last, NULL, 0, out, 2, &found, err);
    if (good && found) {
        struct ledger_entry entry;
        ledger->tree.size = (uint64_t)out[0].i + 1;
        good = out[1].s.n == LEDGER_ENTRY ||
               err_set(err, ERR_LEDGER, "the last entry has the wrong size");
        good = good && ledger_entry_get((const uint8_t *)out[1].s.p, &entry, err);
        ledger->last_us = good ? entry.time_us : 0;
    }
    for (unsigned level = 0; good && level < TREE_LEVELS; level++)
        good = load_level(txn, &arena, &ledger->tree, level, err);
    good = good && fits_checkpoint(txn, &arena, ledger, err);
    arena_close(&arena);
    return good;
}

bool
ledger_open(struct txn *txn, const char *origin, struct ledger **ret, struct err *err)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for the ledger");
    ledger->rows = calloc(TURN_ENTRIES, LEDGER_ENTRY);
    if (ledger->rows == NULL || !span_copy(span_str(origin), ledger->origin, sizeof ledger->origin)) {
        ledger_close(&ledger);
        return err_set(err, ERR_UNAVAILABLE, "no memory for the ledger, or its origin is too long");
    }
    if (!load(txn, ledger, err)) {
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
ledger_next(const struct ledger *ledger)
{
    return ledger->tree.size + ledger->row_count - ledger->flushed;
}

uint64_t
ledger_size(const struct ledger *ledger)
{
    return ledger_next(ledger);
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
    entry->seq = ledger_next(ledger);
    if (entry->time_us < ledger->turn_last_us)
        entry->time_us = ledger->turn_last_us; /* the book's time never goes back */
    ledger->turn_last_us = entry->time_us;
    ledger_entry_put(entry, ledger->rows[ledger->row_count++]);
    return true;
}

static bool
tile_full(void *ctx, unsigned level, uint64_t no, const uint8_t (*hashes)[LEDGER_HASH],
          struct err *err)
{
    const struct val in[] = {val_int(level), val_int((int64_t)no),
                             val_blob(hashes, LEDGER_TILE * LEDGER_HASH)};
    return rows_run(ctx, SQL_ledger_tile_put, in, 3, NULL, err);
}

bool
ledger_flush(struct ledger *ledger, struct txn *txn, struct err *err)
{
    /* Only when a tile fills does the tree lose something that a roll-back needs again. What an earlier flush
     * of this turn added lies behind it and is left out. */
    if (!ledger->saved &&
        ledger->tree.level[0].count + (ledger->row_count - ledger->flushed) >= LEDGER_TILE) {
        ledger->before = ledger->tree;
        ledger->before.level[0].count = ledger->before_count;
        ledger->before.size = ledger->before_size;
        ledger->saved = true;
    }
    while (ledger->flushed < ledger->row_count) {
        struct val in[2 * ENTRIES_AT_ONCE];
        size_t some = ledger->row_count - ledger->flushed < ENTRIES_AT_ONCE ? 1 : ENTRIES_AT_ONCE;
        for (size_t i = 0; i < some; i++) {
            in[2 * i] = val_int((int64_t)(ledger->tree.size + i));
            in[2 * i + 1] = val_blob(ledger->rows[ledger->flushed + i], LEDGER_ENTRY);
        }
        if (!rows_run(txn, some == 1 ? SQL_ledger_entry_put : SQL_ledger_entry_put_16, in, 2 * some,
                      NULL, err))
            return false;
        for (size_t i = 0; i < some; i++) {
            uint8_t leaf[LEDGER_HASH];
            ledger_leaf_hash(ledger->rows[ledger->flushed], leaf);
            if (!tree_add(&ledger->tree, leaf, tile_full, txn, err))
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
    ledger->saved = false;
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
    } else if (ledger->saved) {
        ledger->tree = ledger->before;
    } else {
        ledger->tree.level[0].count = ledger->before_count;
        ledger->tree.size = ledger->before_size;
    }
    ledger->row_count = ledger->flushed = 0;
    ledger->saved = false;
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
    TROTH_ASSERT(ledger->row_count == ledger->flushed);
    tree_root(&ledger->tree, ret);
}
