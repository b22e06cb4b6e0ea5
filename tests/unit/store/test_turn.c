#include "kit.h"

#include "store/store_priv.h"

static struct txn *
begin(struct kit *kit)
{
    struct txn *txn = NULL;
    struct err err = {0};
    if (!txn_begin(kit->store, &txn, &err))
        fail_msg("txn_begin: %s", err.text);
    return txn;
}

static void
commit(struct txn *txn)
{
    struct err err = {0};
    if (!txn_commit(&txn, &err))
        fail_msg("txn_commit: %s", err.text);
    assert_null(txn);
}

static void
test_commit_and_rollback(void **state)
{
    struct kit *kit = *state;
    struct err err;
    struct txn *txn = begin(kit);
    assert_false(txn_dirty(txn));
    assert_false(row_there(txn, 1));
    assert_false(txn_dirty(txn)); /* reading is not writing */
    assert_true(pair_put(txn, 1, 7, &err));
    assert_true(txn_dirty(txn));
    assert_true(key_there(txn, 1) && row_there(txn, 1)); /* sees its own */
    txn_rollback(&txn);
    assert_null(txn);

    txn = begin(kit);
    assert_false(key_there(txn, 1) || row_there(txn, 1));
    assert_true(pair_put(txn, 2, 7, &err));
    commit(txn);
    kit_close(kit);
    kit_open(kit);
    txn = begin(kit);
    assert_true(key_there(txn, 2) && row_there(txn, 2));
    assert_false(key_there(txn, 1) || row_there(txn, 1));
    commit(txn); /* a turn of pure reads */
}

/* What each kind of end leaves of: 1 before the marks, 2 in the outer, 3 in the inner one. */
static void
test_marks(void **state)
{
    struct kit *kit = *state;
    static const struct {
        bool inner_keep, outer_keep;
        bool left[3];
    } rows[] = {
        {true, true, {true, true, true}},
        {false, true, {true, true, false}},
        {true, false, {true, false, false}},
        {false, false, {true, false, false}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t n = (int64_t)i * 10;
        struct err err;
        struct txn *txn = begin(kit);
        assert_true(pair_put(txn, n, 1, &err));
        assert_true(txn_mark(txn, &err));
        assert_true(pair_put(txn, n + 1, 1, &err));
        assert_true(txn_mark(txn, &err));
        assert_true(pair_put(txn, n + 2, 1, &err));
        assert_true(rows[i].inner_keep ? txn_mark_keep(txn, &err) : txn_mark_back(txn, &err));
        assert_true(rows[i].outer_keep ? txn_mark_keep(txn, &err) : txn_mark_back(txn, &err));
        commit(txn);
        txn = begin(kit);
        for (int64_t k = 0; k < 3; k++) {
            assert_int_equal(row_there(txn, n + k), rows[i].left[k]);
            assert_int_equal(key_there(txn, n + k), rows[i].left[k]);
        }
        txn_rollback(&txn);
    }
}

static void
test_mark_taken_back_is_clean(void **state)
{
    struct kit *kit = *state;
    struct err err;
    struct txn *txn = begin(kit);
    assert_true(txn_mark(txn, &err));
    assert_true(txn_mark_keep(txn, &err)); /* nothing written: no savepoint was needed */
    assert_true(txn_mark(txn, &err));
    assert_true(pair_put(txn, 1, 1, &err));
    assert_true(txn_mark_back(txn, &err));
    assert_false(txn_dirty(txn)); /* so the turn needs no sync */
    commit(txn);
    txn = begin(kit);
    assert_false(key_there(txn, 1) || row_there(txn, 1));
    txn_rollback(&txn);
}

static void
test_taken_leaves_the_turn_alone(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    struct txn *txn = begin(kit);
    assert_true(pair_put(txn, 1, 1, &err));
    assert_true(RUN(txn, SQL_lookup_unique_put, val_int(1), val_blob("value", 5), val_int(1)));
    assert_true(txn_mark(txn, &err));
    assert_true(pair_put(txn, 3, 1, &err));
    assert_false(RUN(txn, SQL_lookup_unique_put, val_int(1), val_blob("value", 5), val_int(3)));
    assert_int_equal(err.code, ERR_TAKEN);
    assert_true(txn_mark_back(txn, &err));
    assert_true(pair_put(txn, 2, 1, &err));
    commit(txn);
    assert_false(store_failed(kit->store));
    txn = begin(kit);
    assert_true(row_there(txn, 1) && row_there(txn, 2));
    assert_false(row_there(txn, 3) || key_there(txn, 3));
    txn_rollback(&txn);
}

static void
test_reader_has_a_snapshot(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    struct store_reader *reader = NULL;
    struct txn *txn = begin(kit), *old = NULL;
    assert_true(pair_put(txn, 1, 1, &err));
    commit(txn);
    assert_true(store_reader_open(kit->store, &reader, &err));
    assert_true(store_reader_begin(reader, &old, &err));
    txn = begin(kit);
    assert_true(pair_put(txn, 2, 1, &err));
    assert_true(RUN(txn, SQL_dk_delete, val_int(1), val_int(1), val_int(0)));
    commit(txn);
    assert_true(row_there(old, 1));
    assert_false(row_there(old, 2)); /* committed since */
    assert_false(key_there(old, 1)); /* an erased key is gone for everybody at once */
    store_reader_end(&old);
    assert_true(store_reader_begin(reader, &old, &err));
    assert_true(row_there(old, 2));
    /* and it cannot write */
    assert_false(RUN(old, SQL_event_erase, val_int(1)));
    assert_int_equal(err.code, ERR_INTERNAL);
    store_reader_end(&old);
    store_reader_close(&reader);
    assert_null(reader);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_commit_and_rollback, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_marks, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_mark_taken_back_is_clean, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_taken_leaves_the_turn_alone, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_reader_has_a_snapshot, kit_store, kit_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
