#include "ledger/tree_priv.h"

static bool
proof_add(struct txn *txn, struct arena *arena, uint64_t lo, uint64_t hi, struct ledger_proof *proof,
          struct err *err)
{
    TROTH_ASSERT(proof->count < LEDGER_PROOF_MAX);
    return tree_range(txn, arena, lo, hi, proof->hash[proof->count++], err);
}

/* PATH(m, D[lo:hi]) of RFC 6962 section 2.1.1. */
static bool
path(struct txn *txn, struct arena *arena, uint64_t m, uint64_t lo, uint64_t hi,
     struct ledger_proof *proof, struct err *err)
{
    if (hi - lo == 1)
        return true;
    uint64_t k = tree_split(hi - lo);
    return m < k ? path(txn, arena, m, lo, lo + k, proof, err) &&
                       proof_add(txn, arena, lo + k, hi, proof, err)
                 : path(txn, arena, m - k, lo + k, hi, proof, err) &&
                       proof_add(txn, arena, lo, lo + k, proof, err);
}

/* SUBPROOF(m, D[lo:hi], b) of RFC 6962 section 2.1.2. */
static bool
subproof(struct txn *txn, struct arena *arena, uint64_t m, uint64_t lo, uint64_t hi, bool b,
         struct ledger_proof *proof, struct err *err)
{
    if (m == hi - lo)
        return b || proof_add(txn, arena, lo, hi, proof, err);
    uint64_t k = tree_split(hi - lo);
    return m <= k ? subproof(txn, arena, m, lo, lo + k, b, proof, err) &&
                        proof_add(txn, arena, lo + k, hi, proof, err)
                  : subproof(txn, arena, m - k, lo + k, hi, false, proof, err) &&
                        proof_add(txn, arena, lo, lo + k, proof, err);
}

/* Entries there are in this snapshot. */
static bool
size_of(struct txn *txn, struct arena *arena, uint64_t *ret, struct err *err)
{
    struct val out[2];
    bool found = false;
    if (!rows_one(txn, arena, SQL_ledger_entry_last, NULL, 0, out, 2, &found, err))
        return false;
    *ret = found ? (uint64_t)out[0].i + 1 : 0;
    return true;
}

static bool
size_fits(struct txn *txn, struct arena *arena, uint64_t size, struct err *err)
{
    uint64_t there = 0;
    if (!size_of(txn, arena, &there, err))
        return false;
    return size <= there || err_set(err, ERR_NOT_FOUND, "the ledger has %llu entries, not %llu",
                                    (unsigned long long)there, (unsigned long long)size);
}

bool
ledger_inclusion(struct txn *txn, struct arena *arena, uint64_t seq, uint64_t size,
                 struct ledger_proof *ret, struct err *err)
{
    ret->count = 0;
    if (seq >= size)
        return err_set(err, ERR_NOT_FOUND, "entry %llu is not among the first %llu",
                       (unsigned long long)seq, (unsigned long long)size);
    return size_fits(txn, arena, size, err) && path(txn, arena, seq, 0, size, ret, err);
}

bool
ledger_consistency(struct txn *txn, struct arena *arena, uint64_t old_size, uint64_t size,
                   struct ledger_proof *ret, struct err *err)
{
    ret->count = 0;
    if (old_size == 0 || old_size > size)
        return err_set(err, ERR_NOT_FOUND, "no tree of %llu entries is older than one of %llu",
                       (unsigned long long)old_size, (unsigned long long)size);
    return size_fits(txn, arena, size, err) &&
           (old_size == size || subproof(txn, arena, old_size, 0, size, true, ret, err));
}

/* RFC 9162 section 2.1.3.2 */
bool
ledger_inclusion_check(const uint8_t leaf[LEDGER_HASH], uint64_t seq, uint64_t size,
                       const struct ledger_proof *proof, const uint8_t root[LEDGER_HASH])
{
    if (seq >= size || proof->count > LEDGER_PROOF_MAX)
        return false;
    uint64_t fn = seq, sn = size - 1;
    uint8_t r[LEDGER_HASH];
    memcpy(r, leaf, LEDGER_HASH);
    for (size_t i = 0; i < proof->count; i++) {
        if (sn == 0)
            return false;
        if ((fn & 1) || fn == sn) {
            ledger_node_hash(proof->hash[i], r, r);
            while (!(fn & 1) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            ledger_node_hash(r, proof->hash[i], r);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && memcmp(r, root, LEDGER_HASH) == 0;
}

/* RFC 9162 section 2.1.4.2 */
bool
ledger_consistency_check(uint64_t old_size, const uint8_t old_root[LEDGER_HASH], uint64_t size,
                         const uint8_t root[LEDGER_HASH], const struct ledger_proof *proof)
{
    if (old_size == 0 || old_size > size || proof->count > LEDGER_PROOF_MAX)
        return false;
    if (old_size == size)
        return proof->count == 0 && memcmp(old_root, root, LEDGER_HASH) == 0;
    bool power = (old_size & (old_size - 1)) == 0;
    if (!power && proof->count == 0)
        return false;
    uint64_t fn = old_size - 1, sn = size - 1;
    while (fn & 1) {
        fn >>= 1;
        sn >>= 1;
    }
    uint8_t fr[LEDGER_HASH], sr[LEDGER_HASH];
    memcpy(fr, power ? old_root : proof->hash[0], LEDGER_HASH);
    memcpy(sr, fr, LEDGER_HASH);
    for (size_t i = power ? 0 : 1; i < proof->count; i++) {
        if (sn == 0)
            return false;
        if ((fn & 1) || fn == sn) {
            ledger_node_hash(proof->hash[i], fr, fr);
            ledger_node_hash(proof->hash[i], sr, sr);
            while (!(fn & 1) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            ledger_node_hash(sr, proof->hash[i], sr);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && memcmp(fr, old_root, LEDGER_HASH) == 0 && memcmp(sr, root, LEDGER_HASH) == 0;
}

bool
ledger_tile(struct txn *txn, struct arena *arena, unsigned level, uint64_t index, unsigned width,
            uint64_t size, struct span *ret, struct err *err)
{
    uint64_t there = level < TREE_LEVELS ? size >> (8 * level) : 0;
    if (width == 0 || width > LEDGER_TILE || index > there / LEDGER_TILE ||
        index * LEDGER_TILE + width > there)
        return err_set(err, ERR_NOT_FOUND, "there is no such tile under the newest checkpoint");
    uint8_t(*hashes)[LEDGER_HASH] = arena_take(arena, (size_t)width * LEDGER_HASH);
    if (hashes == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory for a tile");
    if (!tree_hashes(txn, arena, level, index * LEDGER_TILE, width, hashes, err))
        return false;
    *ret = span_of(hashes, (size_t)width * LEDGER_HASH);
    return true;
}

struct entries {
    struct buf *buf;
    uint64_t next;
};

static bool
entries_row(void *ctx, const struct val *row, struct err *err)
{
    struct entries *entries = ctx;
    uint8_t entry[LEDGER_ENTRY];
    if ((uint64_t)row[0].i != entries->next)
        return err_set(err, ERR_LEDGER, "entry %llu is missing", (unsigned long long)entries->next);
    if (!entry_at(row[1].s, entries->next++, entry, err))
        return false;
    buf_put(entries->buf, span_of(entry, LEDGER_ENTRY));
    return true;
}

bool
ledger_entries(struct txn *txn, struct arena *arena, uint64_t seq, uint64_t most, struct span *ret,
               struct err *err)
{
    uint64_t there = 0;
    if (!size_of(txn, arena, &there, err))
        return false;
    if (seq >= there)
        return err_set(err, ERR_NOT_FOUND, "the ledger has %llu entries", (unsigned long long)there);
    if (most > there - seq)
        most = there - seq;
    struct buf buf = arena_buf(arena, most * LEDGER_ENTRY);
    const struct val in[] = {val_int((int64_t)seq), val_int((int64_t)(seq + most))};
    struct entries entries = {.buf = &buf, .next = seq};
    if (!rows_each(txn, SQL_ledger_entry_range, in, 2, 2, most, entries_row, &entries, err))
        return false;
    if (!buf_ok(&buf))
        return err_set(err, ERR_TOO_LARGE, "so many entries do not fit into one answer");
    *ret = buf_span(&buf);
    return true;
}
