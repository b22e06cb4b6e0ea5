/* [G09] Proofs from the store against the definition, and every way to get one wrong. */
#include "shelf.h"

#include "ledger/tree_priv.h"

enum { ENTRIES = 1400, ROUNDS = 2000 };

static struct shelf shelf;

static int
start(void **state)
{
    struct err err;
    if (!crypt_start_debuggable(&err) || kit_store(state) != 0)
        return -1;
    shelf_open(&shelf, *state, "proof");
    shelf_append(&shelf, ENTRIES);
    shelf_turn(&shelf, true);
    return 0;
}

static int
stop(void **state)
{
    shelf_close(&shelf);
    return kit_end(state);
}

static const slow_hash *
leaves(void)
{
    return (const slow_hash *)shelf.leaves;
}

static void
same(const struct ledger_proof *proof, const slow_hash *want, size_t count, size_t a, size_t b)
{
    if (proof->count != count)
        fail_msg("%zu in %zu: %zu hashes instead of %zu", a, b, proof->count, count);
    for (size_t i = 0; i < count; i++)
        if (memcmp(proof->hash[i], want[i], 32) != 0)
            fail_msg("%zu in %zu: hash %zu is wrong", a, b, i);
}

/* One bit of one hash; a hash too few; one too many; two changed about. */
static const char *
altered(struct dice *dice, const struct ledger_proof *from, struct ledger_proof *ret)
{
    *ret = *from;
    size_t at = from->count == 0 ? 0 : (size_t)dice_below(dice, from->count);
    switch (dice_below(dice, 4)) {
    case 0:
        if (from->count > 0) {
            ret->hash[at][dice_below(dice, 32)] ^= (uint8_t)(1 << dice_below(dice, 8));
            return "a bit";
        }
        break;
    case 1:
        if (from->count > 0) {
            ret->count--;
            memmove(ret->hash[at], ret->hash[at + 1], (ret->count - at) * 32);
            return "a hash left out";
        }
        break;
    case 2:
        if (from->count > 1) {
            size_t other = (at + 1) % from->count;
            memcpy(ret->hash[at], from->hash[other], 32);
            memcpy(ret->hash[other], from->hash[at], 32);
            return "two in the wrong order";
        }
        break;
    }
    memmove(ret->hash[at + 1], ret->hash[at], (from->count - at) * 32);
    dice_fill(dice, ret->hash[at], 32);
    ret->count++;
    return "a hash too many";
}

/* Small trees as often as large ones: their proofs are the odd ones. */
static size_t
some_size(struct dice *dice)
{
    return 1 + (size_t)dice_below(dice, dice_below(dice, 4) == 0 ? 20 : ENTRIES);
}

static void
test_inclusion(void **state)
{
    (void)state;
    struct err err = {0};
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = some_size(&shelf.dice), m = (size_t)dice_below(&shelf.dice, n);
        struct ledger_proof proof, wrong;
        slow_hash want[64], root, other;
        arena_reset(&shelf.kit->arena);
        if (!ledger_inclusion(shelf.txn, &shelf.kit->arena, m, n, &proof, &err))
            fail_msg("%zu in %zu: %s", m, n, err.text);
        same(&proof, (const slow_hash *)want, slow_path(m, leaves(), n, want), m, n);
        slow_root(leaves(), n, root);
        assert_true(ledger_inclusion_check(shelf.leaves[m], m, n, &proof, root));
        const char *how = altered(&shelf.dice, &proof, &wrong);
        if (ledger_inclusion_check(shelf.leaves[m], m, n, &wrong, root))
            fail_msg("%zu in %zu is accepted with %s", m, n, how);
        /* Of another entry, for another place, under another root. */
        assert_false(ledger_inclusion_check(shelf.leaves[(m + 1) % ENTRIES], m, n, &proof, root));
        if (n > 1)
            assert_false(ledger_inclusion_check(shelf.leaves[m], (m + 1) % n, n, &proof, root));
        assert_false(ledger_inclusion_check(shelf.leaves[m], n, n, &proof, root));
        memcpy(other, root, 32);
        other[dice_below(&shelf.dice, 32)] ^= 1;
        assert_false(ledger_inclusion_check(shelf.leaves[m], m, n, &proof, other));
        /* A tree with more levels has longer proofs. */
        assert_false(ledger_inclusion_check(shelf.leaves[m], m, 4 * n, &proof, root));
    }
}

static void
test_consistency(void **state)
{
    (void)state;
    struct err err = {0};
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = some_size(&shelf.dice), m = 1 + (size_t)dice_below(&shelf.dice, n);
        struct ledger_proof proof, wrong;
        slow_hash want[64], old, root, other;
        arena_reset(&shelf.kit->arena);
        if (!ledger_consistency(shelf.txn, &shelf.kit->arena, m, n, &proof, &err))
            fail_msg("%zu to %zu: %s", m, n, err.text);
        same(&proof, (const slow_hash *)want, slow_proof(m, leaves(), n, want), m, n);
        slow_root(leaves(), m, old);
        slow_root(leaves(), n, root);
        assert_true(ledger_consistency_check(m, old, n, root, &proof));
        const char *how = altered(&shelf.dice, &proof, &wrong);
        if (ledger_consistency_check(m, old, n, root, &wrong))
            fail_msg("%zu to %zu is accepted with %s", m, n, how);
        memcpy(other, m % 2 == 0 ? old : root, 32);
        other[dice_below(&shelf.dice, 32)] ^= 0x80;
        assert_false(ledger_consistency_check(m, m % 2 == 0 ? other : old, n,
                                              m % 2 == 0 ? root : other, &proof));
        if (m < n) {
            assert_false(ledger_consistency_check(n, root, m, old, &proof));
            assert_false(ledger_consistency_check(m, root, n, root, &proof));
            assert_false(ledger_consistency_check(m, old, 4 * n, root, &proof));
        }
    }
}

/* Every pair of sizes over the smallest trees: no pair of another shape passes for it. */
static void
test_small_trees_whole(void **state)
{
    (void)state;
    enum { TOP = 20 };
    static struct ledger_proof proofs[TOP + 1][TOP + 1];
    slow_hash roots[TOP + 1];
    struct err err = {0};
    for (size_t n = 1; n <= TOP; n++) {
        slow_root(leaves(), n, roots[n]);
        for (size_t m = 1; m <= n; m++)
            assert_true(
                ledger_consistency(shelf.txn, &shelf.kit->arena, m, n, &proofs[m][n], &err));
    }
    for (size_t n = 1; n <= TOP; n++)
        for (size_t m = 1; m <= n; m++)
            for (size_t size = 1; size <= TOP; size++)
                for (size_t old = 1; old <= size; old++) {
                    bool good =
                        ledger_consistency_check(old, roots[old], size, roots[size], &proofs[m][n]);
                    bool fits = old == m && size == n;
                    bool both_empty = old == size && m == n;
                    if (good != (fits || both_empty))
                        fail_msg("the proof of %zu to %zu for %zu to %zu", m, n, old, size);
                }
}

static void
test_questions_without_an_answer(void **state)
{
    (void)state;
    static const struct {
        bool inclusion;
        uint64_t a, size;
    } rows[] = {
        {true, 0, 0},
        {true, 5, 5},
        {true, 0, ENTRIES + 1},
        {true, ENTRIES, ENTRIES + 1},
        {true, UINT64_MAX, UINT64_MAX},
        {true, 0, UINT64_MAX},
        {false, 0, 5},
        {false, 6, 5},
        {false, 5, ENTRIES + 1},
        {false, UINT64_MAX, UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        struct ledger_proof proof;
        bool good = rows[i].inclusion ? ledger_inclusion(shelf.txn, &shelf.kit->arena, rows[i].a,
                                                         rows[i].size, &proof, &err)
                                      : ledger_consistency(shelf.txn, &shelf.kit->arena, rows[i].a,
                                                           rows[i].size, &proof, &err);
        if (good || err.code != ERR_NOT_FOUND)
            fail_msg("row %zu: %d", i, err.code);
    }
    static struct ledger_proof proof = {.count = LEDGER_PROOF_MAX + 1};
    assert_false(ledger_inclusion_check(shelf.leaves[0], 0, UINT64_MAX, &proof, shelf.leaves[0]));
    assert_false(ledger_consistency_check(1, shelf.leaves[0], UINT64_MAX, shelf.leaves[0], &proof));
    assert_false(ledger_consistency_check(0, shelf.leaves[0], 5, shelf.leaves[0], &proof));
}

/* Tiles as C2SP tlog-tiles wants them: leaf hashes below, roots of full tiles above, part of the
 * last one. */
static void
test_tiles(void **state)
{
    (void)state;
    static const struct {
        unsigned level, width;
        uint64_t no;
        bool there;
    } rows[] = {
        {0, 256, 0, true}, {0, 1, 0, true},           {0, 256, 4, true},
        {0, 120, 5, true}, {0, 121, 5, false},        {0, 256, 5, false},
        {0, 1, 6, false},  {0, 0, 0, false},          {0, 257, 0, false},
        {1, 5, 0, true},   {1, 1, 0, true},           {1, 6, 0, false},
        {1, 1, 1, false},  {2, 1, 0, false},          {8, 1, 0, false},
        {64, 1, 0, false}, {0, 1, UINT64_MAX, false}, {0, 1, UINT64_MAX / LEDGER_TILE, false},
    };
    assert_int_equal(ENTRIES, 5 * LEDGER_TILE + 120);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        struct span tile = SPAN_NONE;
        arena_reset(&shelf.kit->arena);
        bool good = ledger_tile(shelf.txn, &shelf.kit->arena, rows[i].level, rows[i].no,
                                rows[i].width, ENTRIES, &tile, &err);
        if (good != rows[i].there)
            fail_msg("row %zu: %s", i, good ? "there" : err.text);
        if (!good) {
            assert_int_equal(err.code, ERR_NOT_FOUND);
            continue;
        }
        assert_int_equal(tile.n, rows[i].width * LEDGER_HASH);
        for (size_t k = 0; k < rows[i].width; k++) {
            slow_hash want;
            size_t under = rows[i].level == 0 ? 1 : LEDGER_TILE;
            slow_root(leaves() + (rows[i].no * LEDGER_TILE + k) * under, under, want);
            assert_memory_equal(tile.p + k * LEDGER_HASH, want, 32);
        }
    }
}

static void
test_entries(void **state)
{
    (void)state;
    static const struct {
        uint64_t seq, most, count;
    } rows[] = {{0, 1, 1}, {0, 300, 300}, {255, 2, 2}, {ENTRIES - 1, 5, 1}, {1390, 64, 10}};
    struct err err = {0};
    struct span bytes;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        arena_reset(&shelf.kit->arena);
        assert_true(
            ledger_entries(shelf.txn, &shelf.kit->arena, rows[i].seq, rows[i].most, &bytes, &err));
        assert_int_equal(bytes.n, rows[i].count * LEDGER_ENTRY);
        for (size_t k = 0; k < rows[i].count; k++) {
            slow_hash leaf;
            slow_leaf((const uint8_t *)bytes.p + k * LEDGER_ENTRY, leaf);
            assert_memory_equal(leaf, shelf.leaves[rows[i].seq + k], 32);
        }
    }
    assert_false(ledger_entries(shelf.txn, &shelf.kit->arena, ENTRIES, 1, &bytes, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_false(ledger_entries(shelf.txn, &shelf.kit->arena, UINT64_MAX, 1, &bytes, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    struct arena small = {.p = shelf.kit->arena.p, .cap = 1024};
    assert_false(ledger_entries(shelf.txn, &small, 0, 300, &bytes, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
}

/* The published proof of entry 2 among five. Its outer hashes are printed in full by their own
 * roots. */
static void
test_vectors(void **state)
{
    (void)state;
    slow_hash leaf[5], root3, root5, want[3];
    struct ledger_proof proof = {.count = 3};
    for (unsigned i = 0; i < 5; i++) {
        const struct ledger_entry entry = vector_entry(i);
        uint8_t bytes[LEDGER_ENTRY];
        ledger_entry_put(&entry, bytes);
        slow_leaf(bytes, leaf[i]);
    }
    assert_int_equal(slow_path(2, (const slow_hash *)leaf, 5, want), 3);
    hash_of("9db46619c2593580184d5cc1289aee6bfe37fb030c9f544f591f7ca275decc58", proof.hash[1]);
    assert_memory_equal(want[1], proof.hash[1], 32);
    assert_memory_equal(want[0], "\x02\xa5\x6a\xb5", 4); /* as far as it is published */
    assert_memory_equal(want[0] + 30, "\xb8\xf2", 2);
    assert_memory_equal(want[2], "\xe0\x48\xb6\xfe", 4);
    assert_memory_equal(want[2] + 30, "\x4b\x76", 2);
    memcpy(proof.hash[0], leaf[3], 32);
    memcpy(proof.hash[2], leaf[4], 32);
    hash_of(VECTOR_ROOT3, root3);
    hash_of(VECTOR_ROOT5, root5);
    assert_true(ledger_inclusion_check(leaf[2], 2, 5, &proof, root5));
    assert_false(ledger_inclusion_check(leaf[2], 2, 4, &proof, root5));
    proof.count = slow_proof(3, (const slow_hash *)leaf, 5, proof.hash);
    assert_true(ledger_consistency_check(3, root3, 5, root5, &proof));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inclusion),
        cmocka_unit_test(test_consistency),
        cmocka_unit_test(test_small_trees_whole),
        cmocka_unit_test(test_questions_without_an_answer),
        cmocka_unit_test(test_tiles),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_vectors),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
