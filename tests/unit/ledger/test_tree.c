/* The growing tree, held against the definition. */
#include "slow.h"

#include "../dice.h"
#include "ledger/tree_priv.h"

#include <stdlib.h>

enum { MANY = 66000, TILES = MANY / LEDGER_TILE + 1 };

static slow_hash *leaves;

/* What the tree said had filled. */
static struct {
    unsigned level;
    uint64_t no;
    slow_hash hash[LEDGER_TILE];
} * full;
static size_t full_count;

static bool
filled(void *ctx, unsigned level, uint64_t no, const uint8_t (*hashes)[LEDGER_HASH],
       struct err *err)
{
    (void)err;
    assert_ptr_equal(ctx, &full_count);
    assert_true(full_count < 2 * TILES);
    full[full_count].level = level;
    full[full_count].no = no;
    memcpy(full[full_count++].hash, hashes, sizeof full[0].hash);
    return true;
}

static void
add(struct tree *tree, size_t i)
{
    struct err err;
    assert_true(tree_add(tree, leaves[i], filled, &full_count, &err));
}

static void
root_is_right(const struct tree *tree, size_t n)
{
    uint8_t root[32], want[32];
    assert_int_equal(tree->size, n);
    tree_root(tree, root);
    slow_root((const slow_hash *)leaves, n, want);
    if (memcmp(root, want, 32) != 0)
        fail_msg("the root of %zu leaves is wrong", n);
}

static void
test_empty(void **state)
{
    (void)state;
    static const char nothing[] =
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    static struct tree tree;
    uint8_t root[32], want[32];
    tree_root(&tree, root);
    hash_of(nothing, want);
    assert_memory_equal(root, want, 32);
}

/* [G09] Every size over the first borders of tiles. */
static void
test_roots_of_all_sizes(void **state)
{
    (void)state;
    static struct tree tree;
    tree = (struct tree){0};
    full_count = 0;
    for (size_t n = 0; n <= 1100; n++) {
        root_is_right(&tree, n);
        add(&tree, n);
    }
}

/* The tile that fills a tile of the level above, and its neighbours. */
static void
test_second_level(void **state)
{
    (void)state;
    static const size_t sizes[] = {65279, 65280, 65281, 65535, 65536, 65537, 65791, 65792, 65793};
    static struct tree tree;
    tree = (struct tree){0};
    full_count = 0;
    size_t n = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (; n < sizes[i]; n++)
            add(&tree, n);
        root_is_right(&tree, n);
    }
    assert_int_equal(full_count, 257 + 1);
    /* Tile 255 of level 0 fills first, then tile 0 of level 1. */
    for (size_t i = 0; i < full_count; i++) {
        bool up = i == 256;
        assert_int_equal(full[i].level, up);
        assert_int_equal(full[i].no, up ? 0 : i < 256 ? i : 256);
    }
    for (size_t i = 0; i < LEDGER_TILE; i++) {
        uint8_t want[32];
        assert_memory_equal(full[255].hash[i], leaves[255 * LEDGER_TILE + i], 32);
        slow_root((const slow_hash *)leaves + i * LEDGER_TILE, LEDGER_TILE, want);
        assert_memory_equal(full[256].hash[i], want, 32);
    }
}

static void
test_fold_and_split(void **state)
{
    (void)state;
    static const struct {
        uint64_t n, k;
    } rows[] = {{2, 1},
                {3, 2},
                {4, 2},
                {5, 4},
                {8, 4},
                {9, 8},
                {256, 128},
                {257, 256},
                {UINT64_C(1) << 40, UINT64_C(1) << 39},
                {(UINT64_C(1) << 63) + 1, UINT64_C(1) << 63},
                {UINT64_MAX, UINT64_C(1) << 63}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(tree_split(rows[i].n), rows[i].k);
    for (size_t n = 1; n <= 300; n++) {
        uint8_t root[32], want[32];
        tree_fold((const uint8_t(*)[LEDGER_HASH])leaves, n, root);
        slow_root((const slow_hash *)leaves, n, want);
        assert_memory_equal(root, want, 32);
    }
}

/* A tile that cannot be stored stops the tree, and err is the caller's. */
static bool
refuses(void *ctx, unsigned level, uint64_t no, const uint8_t (*hashes)[LEDGER_HASH],
        struct err *err)
{
    (void)ctx, (void)level, (void)no, (void)hashes;
    return err_set(err, ERR_FULL, "no room");
}

static void
test_a_tile_that_does_not_fit(void **state)
{
    (void)state;
    static struct tree tree;
    struct err err = {0};
    tree = (struct tree){0};
    for (size_t n = 0; n < LEDGER_TILE - 1; n++)
        assert_true(tree_add(&tree, leaves[n], refuses, NULL, &err));
    assert_false(tree_add(&tree, leaves[LEDGER_TILE - 1], refuses, NULL, &err));
    assert_int_equal(err.code, ERR_FULL);
}

static void
test_vectors(void **state)
{
    (void)state;
    static struct tree tree;
    tree = (struct tree){0};
    for (unsigned i = 0; i < 5; i++) {
        const struct ledger_entry entry = vector_entry(i);
        uint8_t bytes[LEDGER_ENTRY], leaf[32], root[32], want[32];
        struct err err;
        ledger_entry_put(&entry, bytes);
        ledger_leaf_hash(bytes, leaf);
        assert_true(tree_add(&tree, leaf, NULL, NULL, &err));
        tree_root(&tree, root);
        if (i != 2 && i != 4)
            continue;
        hash_of(i == 2 ? VECTOR_ROOT3 : VECTOR_ROOT5, want);
        assert_memory_equal(root, want, 32);
    }
}

static int
start(void **state)
{
    (void)state;
    struct err err;
    struct dice dice = dice_open("tree");
    leaves = calloc(MANY, sizeof *leaves);
    full = calloc(2 * TILES, sizeof *full);
    if (!crypt_start_debuggable(&err) || leaves == NULL || full == NULL)
        return -1;
    dice_fill(&dice, leaves, MANY * sizeof *leaves);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    free(leaves);
    free(full);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_roots_of_all_sizes),
        cmocka_unit_test(test_second_level),
        cmocka_unit_test(test_fold_and_split),
        cmocka_unit_test(test_a_tile_that_does_not_fit),
        cmocka_unit_test(test_vectors),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
