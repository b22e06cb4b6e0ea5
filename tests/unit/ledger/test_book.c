/* The book as the writer keeps it: turns, marks, borders of tiles, and opening it again. */
#include "shelf.h"

#include "ledger/tree_priv.h"
#include "store/sqlite_priv.h"

static struct shelf shelf;

static void
reopen(void)
{
    struct err err = {0};
    ledger_close(&shelf.ledger);
    if (!ledger_open(shelf.txn, VECTOR_ORIGIN, store_lane(shelf.kit->store), &shelf.ledger, &err))
        fail_msg("the book does not open again: %s", err.text);
    ledger_turn_begin(shelf.ledger);
    shelf_check(&shelf);
}

/* Sizes around every border of the first tiles, in one turn and in many. */
static void
test_borders(void **state)
{
    static const size_t steps[] = {0, 1, 254, 1, 1, 255, 1, 256, 512, 1, 255, 0, 3};
    shelf_open(&shelf, *state, "borders");
    shelf_check(&shelf);
    assert_string_equal(ledger_origin(shelf.ledger), VECTOR_ORIGIN);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        shelf_append(&shelf, steps[i]);
        assert_int_equal(ledger_entry_next(shelf.ledger) & LEDGER_NO_MAX, shelf.count);
        if (!kit_far())
            assert_int_equal(ledger_size(shelf.ledger), shelf.count);
        shelf_turn(&shelf, true);
        shelf_check(&shelf);
        reopen();
    }
}

/* Turns as they come: deeds, deeds taken back, turns that fail, the program started anew. */
static void
test_random_turns(void **state)
{
    shelf_open(&shelf, *state, "turns");
    for (int turn = 0; turn < 120; turn++) {
        size_t begun = shelf.count;
        int64_t begun_us = shelf.time_us;
        for (uint64_t deeds = dice_below(&shelf.dice, 6); deeds > 0; deeds--) {
            uint64_t mark = ledger_mark(shelf.ledger);
            size_t before = shelf.count;
            shelf_append(&shelf,
                         dice_below(&shelf.dice, dice_below(&shelf.dice, 5) == 0 ? 300 : 9));
            if (dice_below(&shelf.dice, 3) == 0) {
                ledger_mark_back(shelf.ledger, mark);
                shelf.count = before;
            }
            assert_int_equal(ledger_entry_next(shelf.ledger) & LEDGER_NO_MAX, shelf.count);
        }
        bool commit = dice_below(&shelf.dice, 4) != 0;
        if (!commit && dice_below(&shelf.dice, 2) == 0) {
            struct err err = {0};
            assert_true(ledger_flush(shelf.ledger, shelf.txn, &err));
        }
        shelf_turn(&shelf, commit);
        if (!commit) {
            shelf.count = begun;
            shelf.time_us = begun_us;
        }
        shelf_check(&shelf);
        if (dice_below(&shelf.dice, 5) == 0)
            reopen();
    }
    struct ledger_report report;
    struct err err = {0};
    assert_true(ledger_verify(shelf.txn, VECTOR_ORIGIN, NULL, NULL, NULL, &report, &err));
    if (!report.sound)
        fail_msg("%s", report.fault);
    assert_int_equal(report.entries, shelf.count);
}

/* Rows may be written more than once in a turn; a roll-back takes all of it back, across a border
 * too. */
static void
test_flushed_twice_and_rolled_back(void **state)
{
    static const size_t counts[][3] = {
        /* before the turn, up to the first flush, up to the second */
        {0, 10, 10}, {250, 3, 10}, {250, 10, 3},  {200, 55, 1},
        {255, 1, 1}, {255, 0, 1},  {0, 300, 300},
    };
    if (kit_far())
        skip(); /* the tree does not grow by a flush there */
    shelf_open(&shelf, *state, "flushes");
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct err err = {0};
        shelf_append(&shelf,
                     (LEDGER_TILE - shelf.count % LEDGER_TILE + counts[i][0]) % LEDGER_TILE);
        shelf_turn(&shelf, true);
        size_t before = shelf.count;
        for (int flush = 1; flush <= 2; flush++) {
            shelf_append(&shelf, counts[i][flush]);
            assert_true(ledger_flush(shelf.ledger, shelf.txn, &err));
            shelf_check(&shelf);
        }
        shelf_turn(&shelf, false);
        shelf.count = before;
        shelf_check(&shelf);
        reopen();
    }
}

/* [G09] A tile of tiles: 65,536 entries and what lies around that border. */
static void
test_second_level(void **state)
{
    struct err err = {0};
    struct span tile;
    shelf_open(&shelf, *state, "second level");
    while (shelf.count < 65530) {
        shelf_append(&shelf, shelf.count + 16384 < 65530 ? 16384 : 65530 - shelf.count);
        shelf_turn(&shelf, true);
    }
    shelf_append(&shelf, 4);
    shelf_turn(&shelf, true);
    shelf_append(&shelf, 40); /* over both borders, and back */
    assert_true(ledger_flush(shelf.ledger, shelf.txn, &err));
    if (!kit_far())
        shelf_check(&shelf);
    shelf_turn(&shelf, false);
    shelf.count = 65534;
    shelf_check(&shelf);
    for (int i = 0; i < 5; i++) {
        shelf_append(&shelf, i == 4 ? 300 : 1);
        shelf_turn(&shelf, true);
        shelf_check(&shelf);
    }
    reopen();
    assert_true(ledger_tile(shelf.txn, &shelf.kit->arena, 1, 0, 256, shelf.count, &tile, &err));
    assert_true(ledger_tile(shelf.txn, &shelf.kit->arena, 2, 0, 1, shelf.count, &tile, &err));
    slow_hash want;
    slow_root((const slow_hash *)shelf.leaves, 65536, want);
    assert_memory_equal(tile.p, want, 32);
    static const size_t asked[][2] = {{0, 65536}, {65535, 65536}, {65536, 65537},
                                      {3, 65838}, {65837, 65838}, {40000, 65700}};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        struct ledger_proof proof;
        slow_hash hashes[64];
        size_t m = asked[i][0], n = asked[i][1];
        assert_true(ledger_inclusion(shelf.txn, &shelf.kit->arena, m, n, &proof, &err));
        assert_int_equal(proof.count, slow_path(m, (const slow_hash *)shelf.leaves, n, hashes));
        assert_memory_equal(proof.hash, hashes, proof.count * 32);
        assert_true(ledger_consistency(shelf.txn, &shelf.kit->arena, m + 1, n, &proof, &err));
        assert_int_equal(proof.count,
                         slow_proof(m + 1, (const slow_hash *)shelf.leaves, n, hashes));
        assert_memory_equal(proof.hash, hashes, proof.count * 32);
    }
    shelf_checkpoint(&shelf);
    struct ledger_report report;
    assert_true(ledger_verify(shelf.txn, VECTOR_ORIGIN, shelf.key, NULL, NULL, &report, &err));
    if (!report.sound)
        fail_msg("%s", report.fault);
    assert_int_equal(report.signed_size, shelf.count);
}

/* The clock may jump; the book's time never goes back, within a turn, over turns and after a start.
 */
static void
test_time_never_goes_back(void **state)
{
    static const int64_t asked[] = {100, 200, 150, 200, 90, 300, 0};
    static const int64_t given[] = {100, 200, 200, 200, 200, 300, 300};
    struct err err = {0};
    shelf_open(&shelf, *state, "time");
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        struct ledger_entry entry = {.event = LEDGER_READ, .time_us = asked[i]};
        assert_true(ledger_append(shelf.ledger, shelf.txn, &entry, &err));
        assert_int_equal(entry.time_us, given[i]);
        assert_int_equal(entry.number & LEDGER_NO_MAX, i);
        if (i % 2 == 1)
            shelf_turn(&shelf, true);
        if (i == 3) {
            ledger_close(&shelf.ledger);
            assert_true(ledger_open(shelf.txn, VECTOR_ORIGIN, store_lane(shelf.kit->store), &shelf.ledger, &err));
            ledger_turn_begin(shelf.ledger);
        }
    }
    /* A turn that was rolled back leaves no trace in the time either. */
    shelf_turn(&shelf, true);
    struct ledger_entry late = {.event = LEDGER_READ, .time_us = 1000};
    assert_true(ledger_append(shelf.ledger, shelf.txn, &late, &err));
    shelf_turn(&shelf, false);
    late.time_us = 400;
    assert_true(ledger_append(shelf.ledger, shelf.txn, &late, &err));
    assert_int_equal(late.time_us, 400);
}

static void
test_a_turn_has_a_limit(void **state)
{
    struct err err = {0};
    struct ledger_entry entry = {.event = LEDGER_READ};
    shelf_open(&shelf, *state, "limit");
    shelf_append(&shelf, 16384);
    assert_false(ledger_append(shelf.ledger, shelf.txn, &entry, &err));
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    shelf_turn(&shelf, true);
    shelf_check(&shelf);
}

/* A new start finds what does not fit the newest checkpoint, and does not go on from it. */
static void
test_opening_finds_what_does_not_fit(void **state)
{
    if (kit_far())
        skip(); /* the damage is done by SQLite's hands */
    static const struct {
        const char *name, *sql;
        bool opens;
    } rows[] = {
        {"as it was left", "SELECT 1", true},
        {"the last entry gone", "DELETE FROM ledger_entry WHERE seq = 699", false},
        {"all entries gone", "DELETE FROM ledger_entry", false},
        {"an early tile changed",
         "UPDATE ledger_tile SET hashes = x'ff' || substr(hashes, 2) WHERE no = 1", false},
        {"an early tile gone", "DELETE FROM ledger_tile WHERE no = 0", false},
        {"a tile too short", "UPDATE ledger_tile SET hashes = substr(hashes, 1, 8191) WHERE no = 0",
         false},
        {"a late entry changed",
         "UPDATE ledger_entry SET row = substr(row, 1, 150) || x'aa' || substr(row, 152) WHERE seq "
         "= 690",
         false},
        {"a late entry gone", "DELETE FROM ledger_entry WHERE seq = 690", false},
        {"a late entry too short",
         "UPDATE ledger_entry SET row = substr(row, 1, 159) WHERE seq = 690", false},
        {"the last entry no entry",
         "UPDATE ledger_entry SET row = x'00' || substr(row, 2) WHERE seq = 699", false},
        {"the checkpoint of another tree",
         "UPDATE ledger_checkpoint SET note = replace(CAST(note AS TEXT), char(10) || '700', "
         "char(10) || '699')",
         false},
        {"a checkpoint of more", "UPDATE ledger_checkpoint SET size = 701 WHERE size = 700", false},
        {"no checkpoint", "DELETE FROM ledger_checkpoint", true},
    };
    struct err err = {0};
    shelf_open(&shelf, *state, "opening");
    shelf_append(&shelf, 400);
    assert_true(ledger_flush(shelf.ledger, shelf.txn, &err));
    shelf_checkpoint(&shelf);
    shelf_append(&shelf, 300);
    assert_true(ledger_flush(shelf.ledger, shelf.txn, &err));
    shelf_checkpoint(&shelf);
    shelf_turn(&shelf, true);
    sqlite3 *db = ((struct turn *)shelf.txn)->side->conn[STORE_MAIN].db;
    (void)sqlite3_set_authorizer(db, NULL, NULL); /* somebody with the disk in hand asks nobody */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ledger *again = NULL;
        err = (struct err){0};
        assert_true(
            ledger_checkpoint_put(shelf.txn, 10000 + i, 0, SPAN("x"), &err)); /* a write begins */
        assert_int_equal(
            sqlite3_exec(db, "DELETE FROM ledger_checkpoint WHERE size >= 10000", NULL, NULL, NULL),
            SQLITE_OK);
        if (sqlite3_exec(db, rows[i].sql, NULL, NULL, NULL) != SQLITE_OK)
            fail_msg("%s: %s", rows[i].name, sqlite3_errmsg(db));
        bool opens = ledger_open(shelf.txn, VECTOR_ORIGIN, store_lane(shelf.kit->store), &again, &err);
        if (opens != rows[i].opens)
            fail_msg("%s: %s", rows[i].name, opens ? "opened" : err.text);
        if (!opens)
            assert_int_equal(err.code, ERR_LEDGER);
        ledger_close(&again);
        shelf_turn(&shelf, false);
    }
    char long_name[200];
    memset(long_name, 'a', sizeof long_name);
    long_name[199] = '\0';
    struct ledger *again = NULL;
    assert_false(ledger_open(shelf.txn, long_name, 0, &again, &err));
    assert_false(ledger_open(shelf.txn, "troth.example/ledger/t2", 0, &again, &err));
    assert_int_equal(err.code, ERR_LEDGER);
}

static void
test_checkpoints(void **state)
{
    struct err err = {0};
    struct span note;
    uint64_t size = 0;
    shelf_open(&shelf, *state, "checkpoints");
    assert_false(ledger_checkpoint_last(shelf.txn, &shelf.kit->arena, &size, &note, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    for (int i = 0; i < 3; i++) {
        shelf_append(&shelf, 100);
        shelf_flush(&shelf);
        shelf_checkpoint(&shelf);
        uint8_t root[32], want[32];
        uint64_t said = 0;
        assert_true(ledger_checkpoint_last(shelf.txn, &shelf.kit->arena, &size, &note, &err));
        assert_int_equal(size, shelf.count);
        assert_true(ledger_note_check(note, VECTOR_ORIGIN, shelf.key, &said, root, &err));
        assert_int_equal(said, shelf.count);
        slow_root((const slow_hash *)shelf.leaves, shelf.count, want);
        assert_memory_equal(root, want, 32);
    }
    if (kit_far())
        return; /* nobody waits for that refusal there: it comes at the commit */
    /* One checkpoint for one size. */
    assert_false(ledger_checkpoint_put(shelf.txn, shelf.count, 0, note, &err));
    assert_int_equal(err.code, ERR_TAKEN);
}

/* What a store on PostgreSQL brought to files: entries lie by place, runs tell their numbers, and the one writer goes on
 * with numbers that are places. */
static void
test_numbers_brought_along(void **state)
{
    static const int64_t runs[][4] = {{0, 0, 0, 10}, {10, 1, 0, 40}, {50, 2, 0, 5}, {55, 1, 40, 45}};
    struct err err = {0};
    struct ledger_report report;
    if (kit_far())
        skip(); /* there all entries lie by number */
    shelf_open(&shelf, *state, "brought");
    for (size_t run = 0; run < 4; run++) {
        const int64_t *r = runs[run];
        assert_true(RUN(shelf.txn, SQL_ledger_run_put, val_int(r[0]), val_int(r[1]), val_int(r[2]), val_int(r[3])));
        for (int64_t i = 0; i < r[3]; i++) {
            uint8_t bytes[LEDGER_ENTRY];
            const struct ledger_entry entry = {.event = LEDGER_READ, .time_us = 1000 - r[1] * 100 + r[2] + i,
                                               .seq = (uint64_t)(r[0] + i),
                                               .number = (uint64_t)r[1] << LEDGER_NO_BITS | (uint64_t)(r[2] + i)};
            ledger_entry_put(&entry, bytes);
            assert_true(RUN(shelf.txn, SQL_ledger_entry_put, val_int(r[0] + i), val_blob(bytes, LEDGER_ENTRY)));
        }
    }
    shelf_turn(&shelf, true);
    ledger_close(&shelf.ledger);
    assert_true(ledger_open(shelf.txn, VECTOR_ORIGIN, 0, &shelf.ledger, &err));
    ledger_turn_begin(shelf.ledger);
    for (int i = 0; i < 20; i++) {
        struct ledger_entry entry = {.event = LEDGER_READ, .time_us = 5000};
        assert_true(ledger_append(shelf.ledger, shelf.txn, &entry, &err));
        assert_int_equal(entry.number, 100 + i);
        assert_int_equal(entry.seq, 100 + i);
    }
    shelf_turn(&shelf, true);
    assert_true(ledger_verify(shelf.txn, VECTOR_ORIGIN, NULL, NULL, NULL, &report, &err));
    if (!report.sound)
        fail_msg("%s", report.fault);
    assert_int_equal(report.entries, 120);
    assert_int_equal(report.waiting, 0);
    static const struct {
        uint64_t lane, no;
        bool there;
        uint64_t seq;
    } asked[] = {{0, 0, true, 0},   {0, 9, true, 9},    {0, 10, false, 0},   {0, 99, false, 0}, {0, 100, true, 100},
                 {0, 119, true, 119}, {0, 120, false, 0}, {1, 0, true, 10},  {1, 39, true, 49}, {1, 40, true, 55},
                 {1, 84, true, 99}, {1, 85, false, 0},  {2, 4, true, 54},    {2, 5, false, 0},  {3, 0, false, 0}};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        enum ledger_place place;
        uint64_t seq = 0, number = asked[i].lane << LEDGER_NO_BITS | asked[i].no;
        assert_true(ledger_find(shelf.txn, &shelf.kit->arena, number, &place, &seq, &err));
        assert_int_equal(place, asked[i].there ? LEDGER_PLACED : LEDGER_NO_SUCH);
        if (asked[i].there)
            assert_int_equal(seq, asked[i].seq);
    }
    assert_true(RUN(shelf.txn, SQL_ledger_run_put, val_int(100), val_int(2), val_int(5), val_int(20)));
    assert_true(ledger_verify(shelf.txn, VECTOR_ORIGIN, NULL, NULL, NULL, &report, &err));
    assert_false(report.sound); /* a run that says otherwise than the entries */
}

static int
finish(void **state)
{
    shelf_close(&shelf);
    return kit_end(state);
}

static int
start(void **state)
{
    (void)state;
    struct err err;
    return crypt_start_debuggable(&err) ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_borders, kit_store, finish),
        cmocka_unit_test_setup_teardown(test_random_turns, kit_store, finish),
        cmocka_unit_test_setup_teardown(test_flushed_twice_and_rolled_back, kit_store, finish),
        cmocka_unit_test_setup_teardown(test_second_level, kit_store, finish),
        cmocka_unit_test_setup_teardown(test_time_never_goes_back, kit_store, finish),
        cmocka_unit_test_setup_teardown(test_a_turn_has_a_limit, kit_store, finish),
        cmocka_unit_test_setup_teardown(test_opening_finds_what_does_not_fit, kit_store, finish),
        cmocka_unit_test_setup_teardown(test_checkpoints, kit_store, finish),
        cmocka_unit_test_setup_teardown(test_numbers_brought_along, kit_store, finish),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
