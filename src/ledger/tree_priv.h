/*
 * ledger/tree_priv.h - the growing end of the Merkle tree: one partial tile for each level.
 *
 * Level 0 holds leaf hashes, level n the roots of full tiles of level n - 1. A
 * tile that fills moves up as one hash; so 8 levels hold 2^64 leaves.
 */
#ifndef TROTH_LEDGER_TREE_PRIV_H
#define TROTH_LEDGER_TREE_PRIV_H

#include "base/limits.h"
#include "ledger/ledger.h"

enum { TREE_LEVELS = 8 };

struct tree {
    uint64_t size;
    struct {
        uint64_t no;     /* of the tile being filled */
        unsigned count;  /* hashes in it, 0 … 255 */
        uint8_t hash[LEDGER_TILE][LEDGER_HASH];
    } level[TREE_LEVELS];
};

/* RFC 6962 section 2.1 over hashes that are roots of equal subtrees (the last may be smaller). count ≥ 1. */
void tree_fold(const uint8_t (*hashes)[LEDGER_HASH], size_t count, uint8_t ret[LEDGER_HASH]);

/* Adds a leaf. full is called for every tile that fills, lowest level first; false from it stops with err. */
typedef bool (*tree_full_fn)(void *ctx, unsigned level, uint64_t no,
                             const uint8_t (*hashes)[LEDGER_HASH], struct err *err);
MUST_USE bool tree_add(struct tree *tree, const uint8_t leaf[LEDGER_HASH], tree_full_fn full,
                       void *ctx, struct err *err);

/* SHA-256 of nothing for the empty tree. */
void tree_root(const struct tree *tree, uint8_t ret[LEDGER_HASH]);

/* The largest power of two below n; n ≥ 2. */
uint64_t tree_split(uint64_t n);

/* The root over leaves lo … hi - 1 from tiles and entries. */
MUST_USE bool tree_range(struct txn *txn, struct arena *arena, uint64_t lo, uint64_t hi,
                         uint8_t ret[LEDGER_HASH], struct err *err);
/* Hashes first … first + count - 1 of a level, all in one tile. */
MUST_USE bool tree_hashes(struct txn *txn, struct arena *arena, unsigned level, uint64_t first,
                          unsigned count, uint8_t (*ret)[LEDGER_HASH], struct err *err);

/* A stored row as the leaf at seq: whole, and its place filled in. ERR_LEDGER when its size is wrong. */
MUST_USE bool entry_at(struct span row, uint64_t seq, uint8_t ret[LEDGER_ENTRY], struct err *err);

/* The writer's ledger (book.c); its tree grows by its own entries on lane 0, else by the sequencer (sequence.c). */
struct ledger {
    char origin[128];
    int lane;
    struct tree tree;          /* what is committed (and, after flush, what this turn adds) */
    struct tree before;        /* the tree at the turn's begin, when flush filled a tile */
    bool saved;
    unsigned before_count;
    uint64_t before_size;
    int64_t last_us, turn_last_us;
    uint8_t (*rows)[LEDGER_ENTRY]; /* of this turn, not yet in the tree */
    size_t row_count, flushed;
    /* on lanes above 0 */
    uint64_t next_no;          /* of the turn's first entry */
    bool follows;              /* the tree is that of the newest run below */
    bool grown;                /* this turn sequenced */
    int64_t run[4];            /* the newest run: seq, lane, no, count; zeros: none */
};
/* A tree_full_fn for a txn: writes the tile. */
MUST_USE bool book_tile_full(void *ctx, unsigned level, uint64_t no, const uint8_t (*hashes)[LEDGER_HASH],
                             struct err *err);
/* The tree, from the store; and that the newest checkpoint is of it. */
MUST_USE bool book_load_tree(struct txn *txn, struct ledger *ledger, struct err *err);

#endif
