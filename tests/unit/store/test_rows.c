#include "kit.h"

#include "store/store_priv.h"

/* Opening the store prepares every statement for real; here the table itself is looked at. */
static void
test_every_statement_is_prepared(void **state)
{
    struct kit *kit = *state;
    for (int id = 0; id < SQL_COUNT; id++) {
        assert_non_null(sql_rows[id].name);
        assert_true(sql_rows[id].params <= SQL_PARAMS_MAX);
        for (int engine = 0; engine < SQL_ENGINE_COUNT; engine++)
            assert_null(strchr(sql_rows[id].text[engine], ';'));
    }
    assert_int_equal(sql_rows[SQL_dk_put].db, STORE_KEYS);
    assert_int_equal(sql_rows[SQL_dk_put].params, 4);
    assert_int_equal(sql_rows[SQL_record_put].params, 9);
    assert_int_equal(sql_rows[SQL_event_set].db, STORE_MAIN);
    assert_int_equal(store_schema_version(kit->store), 2);
}

/* On PostgreSQL nobody waits for a write: our own mistakes show at the commit, and nothing of the turn stays. */
static void
constraints_far(struct kit *kit)
{
    for (int which = 0; which < 2; which++) {
        struct err err = {0};
        struct txn *txn = NULL;
        assert_true(txn_begin(kit->store, &txn, &err));
        assert_true(pair_put(txn, 1, 1, &err));
        if (which == 0)
            assert_true(RUN(txn, SQL_meta_set, val_text(SPAN("x")), val_null()));
        else
            assert_true(RUN(txn, SQL_dk_put, val_int(2), val_int(1), val_int(0), val_blob("short", 5)));
        assert_false(txn_commit(&txn, &err));
        assert_int_equal(err.code, ERR_INTERNAL);
        assert_true(txn_begin(kit->store, &txn, &err));
        assert_false(row_there(txn, 1) || key_there(txn, 1));
        txn_rollback(&txn);
    }
}

/* What goes in comes out, kind and bytes. */
static void
test_values_keep_their_kind(void **state)
{
    struct kit *kit = *state;
    static const struct {
        const char *what;
        struct val val;
    } rows[] = {
        {"int", {.kind = VAL_INT, .i = INT64_MIN}},
        {"blob", {.kind = VAL_BLOB, .s = {"a\0b", 3}}},
        {"empty blob", {.kind = VAL_BLOB, .s = {"", 0}}},
        {"empty blob without a pointer", {.kind = VAL_BLOB, .s = {NULL, 0}}},
        {"text", {.kind = VAL_TEXT, .s = {"J\xc3\xb6rg", 5}}},
        {"empty text", {.kind = VAL_TEXT, .s = {NULL, 0}}},
    };
    struct err err = {0};
    struct txn *txn = NULL;
    assert_true(txn_begin(kit->store, &txn, &err));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct val out = {0};
        bool found = false;
        /* On PostgreSQL a column has one kind, and this one is bytes. */
        if (kit_far() && rows[i].val.kind == VAL_INT) {
            assert_false(RUN(txn, SQL_meta_set, val_text(span_str(rows[i].what)), rows[i].val));
            assert_int_equal(err.code, ERR_INTERNAL);
            continue;
        }
        assert_true(RUN(txn, SQL_meta_set, val_text(span_str(rows[i].what)), rows[i].val));
        assert_true(rows_one(txn, &kit->arena, SQL_meta_get, V(val_text(span_str(rows[i].what))), 1,
                             &out, 1, &found, &err));
        assert_true(found);
        assert_int_equal(out.kind, kit_far() ? VAL_BLOB : rows[i].val.kind);
        assert_int_equal(out.i, rows[i].val.i);
        assert_true(span_eq(out.s, rows[i].val.s));
    }
    /* NULL where NULL may be, and a constraint that is our own mistake where it may not. */
    assert_true(RUN(txn, SQL_consent_set, val_int(1), val_int(1), val_int(1), val_int(1), val_int(1),
                    val_int(1), val_null()));
    struct val row[5];
    bool found = false;
    assert_true(rows_one(txn, &kit->arena, SQL_consent_get, V(val_int(1), val_int(1)), 2, row, 5,
                         &found, &err));
    assert_int_equal(row[4].kind, VAL_NULL);
    if (kit_far()) {
        txn_rollback(&txn);
        constraints_far(kit);
        return;
    }
    assert_false(RUN(txn, SQL_meta_set, val_text(SPAN("x")), val_null()));
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_false(RUN(txn, SQL_dk_put, val_int(1), val_int(1), val_int(0), val_blob("short", 5))); /* not 128 bytes */
    assert_int_equal(err.code, ERR_INTERNAL);
    txn_rollback(&txn);
}

static void
test_outputs_untouched(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    struct txn *txn = NULL;
    struct val out = val_int(77);
    bool found = true;
    assert_true(txn_begin(kit->store, &txn, &err));
    assert_true(rows_one(txn, &kit->arena, SQL_meta_get, V(val_text(SPAN("no"))), 1, &out, 1, &found,
                         &err));
    assert_false(found);
    assert_int_equal(out.i, 77);
    /* A row that does not fit into the arena. */
    static char big[8192];
    assert_true(RUN(txn, SQL_meta_set, val_text(SPAN("big")), val_blob(big, sizeof big)));
    struct arena small;
    assert_true(arena_open(&small, 4096, &err));
    found = true;
    assert_false(
        rows_one(txn, &small, SQL_meta_get, V(val_text(SPAN("big"))), 1, &out, 1, &found, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
    assert_true(found && out.i == 77 && out.kind == VAL_INT);
    arena_close(&small);
    /* The turn is none the worse for it. */
    int64_t changed = 9;
    assert_true(rows_run(txn, SQL_event_erase, V(val_int(1)), 1, &changed, &err));
    assert_int_equal(changed, 0);
    txn_rollback(&txn);
}

struct seen {
    int64_t sum;
    int count;
    int stop_at;
};

static bool
see(void *ctx, const struct val *row, struct err *err)
{
    struct seen *seen = ctx;
    seen->sum += row[1].i;
    if (++seen->count == seen->stop_at)
        return err_set(err, ERR_NO, "enough");
    return true;
}

static void
test_each(void **state)
{
    struct kit *kit = *state;
    static const struct {
        int64_t limit; /* the statement's */
        size_t most;
        int stop_at;
        bool ok;
        int count;
        int64_t sum;
    } rows[] = {
        {100, 100, 0, true, 10, 55}, {3, 100, 0, true, 3, 6},   {100, 4, 0, true, 4, 10},
        {100, 0, 0, true, 0, 0},     {100, 100, 2, false, 2, 3},
    };
    struct err err = {0};
    struct txn *txn = NULL;
    assert_true(txn_begin(kit->store, &txn, &err));
    for (int64_t i = 1; i <= 10; i++)
        assert_true(RUN(txn, SQL_event_set, val_int(5), val_int(i), val_int(i)));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct seen seen = {.stop_at = rows[i].stop_at};
        bool ok = rows_each(txn, SQL_event_of_subject, V(val_int(5), val_int(rows[i].limit)), 2, 2,
                            rows[i].most, see, &seen, &err);
        assert_int_equal(ok, rows[i].ok);
        assert_int_equal(seen.count, rows[i].count);
        assert_int_equal(seen.sum, rows[i].sum);
    }
    assert_int_equal(err.code, ERR_NO);
    txn_rollback(&txn);
}

/* The engine refuses more than this at run time; here the statements themselves are read. */
static void
test_ledger_is_only_appended_to(void **state)
{
    (void)state;
    for (int id = 0; id < SQL_COUNT; id++) {
        for (int engine = 0; engine < SQL_ENGINE_COUNT; engine++) {
            const char *text = sql_rows[id].text[engine];
            assert_true(strstr(text, "ledger_") == NULL || strncmp(text, "SELECT", 6) == 0 ||
                        strncmp(text, "INSERT", 6) == 0);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_statement_is_prepared, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_values_keep_their_kind, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_outputs_untouched, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_each, kit_store, kit_end),
        cmocka_unit_test(test_ledger_is_only_appended_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
