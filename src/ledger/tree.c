#include "ledger/tree_priv.h"

#include "crypt/crypt.h"

uint64_t
tree_split(uint64_t n)
{
    TROTH_ASSERT(n >= 2);
    return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

void
tree_fold(const uint8_t (*hashes)[LEDGER_HASH], size_t count, uint8_t ret[LEDGER_HASH])
{
    TROTH_ASSERT(count >= 1);
    if (count == 1) {
        memcpy(ret, hashes[0], LEDGER_HASH);
        return;
    }
    size_t k = tree_split(count);
    uint8_t left[LEDGER_HASH], right[LEDGER_HASH];
    tree_fold(hashes, k, left);
    tree_fold(hashes + k, count - k, right);
    ledger_node_hash(left, right, ret);
}

bool
tree_add(struct tree *tree, const uint8_t leaf[LEDGER_HASH], tree_full_fn full, void *ctx,
         struct err *err)
{
    uint8_t up[LEDGER_HASH];
    memcpy(up, leaf, LEDGER_HASH);
    for (unsigned l = 0; l < TREE_LEVELS; l++) {
        memcpy(tree->level[l].hash[tree->level[l].count++], up, LEDGER_HASH);
        if (tree->level[l].count < LEDGER_TILE)
            break;
        const uint8_t(*hashes)[LEDGER_HASH] = (const uint8_t(*)[LEDGER_HASH])tree->level[l].hash;
        if (full != NULL && !full(ctx, l, tree->level[l].no, hashes, err))
            return false;
        tree_fold(hashes, LEDGER_TILE, up);
        tree->level[l].no++;
        tree->level[l].count = 0;
    }
    tree->size++;
    return true;
}

void
tree_root(const struct tree *tree, uint8_t ret[LEDGER_HASH])
{
    if (tree->size == 0) {
        crypt_sha256(NULL, 0, ret);
        return;
    }
    uint8_t row[LEDGER_TILE + 1][LEDGER_HASH];
    uint8_t rest[LEDGER_HASH];
    bool some = false; /* rest is the root of everything below this level that fills no tile */
    for (unsigned l = 0; l < TREE_LEVELS; l++) {
        size_t count = tree->level[l].count;
        if (count == 0)
            continue;
        memcpy(row, tree->level[l].hash, count * LEDGER_HASH);
        if (some)
            memcpy(row[count++], rest, LEDGER_HASH);
        tree_fold((const uint8_t(*)[LEDGER_HASH])row, count, rest);
        some = true;
    }
    memcpy(ret, rest, LEDGER_HASH);
}

struct leaves {
    uint8_t (*to)[LEDGER_HASH];
    uint64_t next;
    unsigned count;
};

static bool
leaf_row(void *ctx, const struct val *row, struct err *err)
{
    struct leaves *leaves = ctx;
    uint8_t entry[LEDGER_ENTRY];
    if ((uint64_t)row[0].i != leaves->next)
        return err_set(err, ERR_LEDGER, "entry %llu is missing", (unsigned long long)leaves->next);
    if (!entry_at(row[1].s, leaves->next, entry, err))
        return false;
    ledger_leaf_hash(entry, leaves->to[leaves->count++]);
    leaves->next++;
    return true;
}

static bool
tile_row(struct txn *txn, struct arena *arena, unsigned level, uint64_t no, struct span *ret,
         bool *ret_found, struct err *err)
{
    const struct val in[] = {val_int(level), val_int((int64_t)no)};
    struct val out[1];
    if (!rows_one(txn, arena, SQL_ledger_tile_get, in, 2, out, 1, ret_found, err))
        return false;
    if (!*ret_found)
        return true;
    if (out[0].s.n != LEDGER_TILE * LEDGER_HASH)
        return err_set(err, ERR_LEDGER, "tile %u/%llu has the wrong size", level,
                       (unsigned long long)no);
    *ret = out[0].s;
    return true;
}

bool
tree_hashes(struct txn *txn, struct arena *arena, unsigned level, uint64_t first, unsigned count,
            uint8_t (*ret)[LEDGER_HASH], struct err *err)
{
    uint64_t no = first / LEDGER_TILE;
    TROTH_ASSERT(count > 0 && (first + count - 1) / LEDGER_TILE == no);
    size_t mark = arena_mark(arena);
    struct span tile = SPAN_NONE;
    bool found = false;
    if (!tile_row(txn, arena, level, no, &tile, &found, err))
        return false;
    if (found) {
        memcpy(ret, tile.p + first % LEDGER_TILE * LEDGER_HASH, (size_t)count * LEDGER_HASH);
        arena_back(arena, mark);
        return true;
    }
    if (level == 0) {
        const struct val in[] = {val_int((int64_t)first), val_int((int64_t)(first + count))};
        struct leaves leaves = {.to = ret, .next = first};
        if (!rows_each(txn, SQL_ledger_entry_range, in, 2, 2, count, leaf_row, &leaves, err))
            return false;
        return leaves.count == count ||
               err_set(err, ERR_LEDGER, "entry %llu is missing", (unsigned long long)leaves.next);
    }
    for (unsigned i = 0; i < count; i++) {
        const struct val in[] = {val_int(level - 1), val_int((int64_t)(first + i))};
        rows_ahead(txn, SQL_ledger_tile_get, in, 2);
    }
    for (unsigned i = 0; i < count; i++) {
        if (!tile_row(txn, arena, level - 1, first + i, &tile, &found, err))
            return false;
        if (!found)
            return err_set(err, ERR_LEDGER, "tile %u/%llu is missing", level - 1,
                           (unsigned long long)(first + i));
        tree_fold((const uint8_t(*)[LEDGER_HASH])(const void *)tile.p, LEDGER_TILE, ret[i]);
        arena_back(arena, mark);
    }
    return true;
}

/* A whole subtree: leaves index << height … */
static bool
perfect(struct txn *txn, struct arena *arena, unsigned height, uint64_t index,
        uint8_t ret[LEDGER_HASH], struct err *err)
{
    unsigned level = height / 8, more = height % 8;
    uint8_t(*hashes)[LEDGER_HASH] = arena_take(arena, ((size_t)1 << more) * LEDGER_HASH);
    if (hashes == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory for a proof");
    if (!tree_hashes(txn, arena, level, index << more, 1u << more, hashes, err))
        return false;
    tree_fold((const uint8_t(*)[LEDGER_HASH])hashes, (size_t)1 << more, ret);
    return true;
}

bool
tree_range(struct txn *txn, struct arena *arena, uint64_t lo, uint64_t hi, uint8_t ret[LEDGER_HASH],
           struct err *err)
{
    TROTH_ASSERT(lo < hi);
    uint64_t n = hi - lo;
    size_t mark = arena_mark(arena);
    if ((n & (n - 1)) == 0 && lo % n == 0) {
        unsigned height = (unsigned)__builtin_ctzll(n);
        bool good = perfect(txn, arena, height, lo >> height, ret, err);
        arena_back(arena, mark);
        return good;
    }
    uint64_t k = tree_split(n);
    uint8_t left[LEDGER_HASH], right[LEDGER_HASH];
    if (!tree_range(txn, arena, lo, lo + k, left, err) ||
        !tree_range(txn, arena, lo + k, hi, right, err))
        return false;
    ledger_node_hash(left, right, ret);
    return true;
}
