/*
 * [G10] Somebody with the disk in hand changes what is stored; the check of the whole book finds it
 * and names the first entry that may be bad: never one after it, and the very entry where a full
 * tile still knows its hash.
 */
#include "shelf.h"

#include "ledger/tree_priv.h"
#include "store/sqlite_priv.h"

#include <stdio.h>

enum { ENTRIES = 900, ROUNDS = 8 * LEDGER_ENTRY };

static struct shelf shelf;
static sqlite3 *db;
/* Sizes that were signed, ascending; the last covers everything. */
static uint64_t signed_sizes[16];
static size_t signed_count;

static void PRINTF_LIKE(1, 2) sql(const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(db));
}

static void
verify(const uint8_t *key, struct ledger_report *ret)
{
    struct err err = {0};
    if (!ledger_verify(shelf.txn, VECTOR_ORIGIN, key, NULL, NULL, ret, &err))
        fail_msg("the check itself failed: %s", err.text);
}

/* Everything before it is under a checkpoint that held. */
static uint64_t
surely_good(uint64_t seq)
{
    uint64_t good = 0;
    for (size_t i = 0; i < signed_count && signed_sizes[i] <= seq; i++)
        good = signed_sizes[i];
    return good;
}

static void
must_find_between(const char *what, uint64_t least, uint64_t most)
{
    struct ledger_report report;
    verify(shelf.key, &report);
    if (report.sound)
        fail_msg("%s at %llu was not found", what, (unsigned long long)most);
    if (report.first_bad > most || report.first_bad < least)
        fail_msg("%s, %llu to %llu: \"%s\", first bad %llu", what, (unsigned long long)least,
                 (unsigned long long)most, report.fault, (unsigned long long)report.first_bad);
    assert_true(report.fault[0] != '\0');
}

/* The first bad entry is `seq`, or with exact false one not before what is surely good. */
static void
must_find(const char *what, uint64_t seq, bool exact)
{
    must_find_between(what, exact ? seq : surely_good(seq), seq);
}

static void
undo(void)
{
    sql("ROLLBACK TO damage");
}

static int
start(void **state)
{
    struct err err = {0};
    if (!crypt_start_debuggable(&err) || kit_store(state) != 0)
        return -1;
    shelf_open(&shelf, *state, "verify");
    while (shelf.count < ENTRIES) {
        size_t step = 1 + dice_below(&shelf.dice, 160);
        shelf_append(&shelf, shelf.count + step > ENTRIES || signed_count > 12
                                 ? ENTRIES - shelf.count
                                 : step);
        assert_true(ledger_flush(shelf.ledger, shelf.txn, &err));
        shelf_checkpoint(&shelf);
        signed_sizes[signed_count++] = shelf.count;
    }
    shelf_turn(&shelf, true);
    db = ((struct turn *)shelf.txn)->side->conn[STORE_MAIN].db;
    (void)sqlite3_set_authorizer(db, NULL, NULL);
    /* The turn's first write opens its transaction; all damage is done and undone inside it. */
    assert_true(
        rows_run(shelf.txn, SQL_meta_set, V(val_text(SPAN("x")), val_blob("x", 1)), 2, NULL, &err));
    sql("SAVEPOINT damage");
    return 0;
}

static int
stop(void **state)
{
    shelf_close(&shelf);
    return kit_end(state);
}

static void
test_sound(void **state)
{
    (void)state;
    struct ledger_report report;
    uint8_t root[32];
    for (int with_key = 0; with_key < 2; with_key++) {
        verify(with_key ? shelf.key : NULL, &report);
        if (!report.sound)
            fail_msg("%s", report.fault);
        assert_int_equal(report.entries, ENTRIES);
        assert_int_equal(report.checkpoints, signed_count);
        assert_int_equal(report.signed_size, ENTRIES);
        assert_int_equal(report.signatures_checked, with_key);
        slow_root((const slow_hash *)shelf.leaves, ENTRIES, root);
        assert_memory_equal(report.root, root, 32);
    }
}

static bool
in_full_tile(uint64_t seq)
{
    return seq / LEDGER_TILE < ENTRIES / LEDGER_TILE;
}

/* Each byte of an entry, each bit: over all entries, in as many rounds as there is time for. */
static void
test_every_bit_of_an_entry(void **state)
{
    (void)state;
    for (size_t round = 0; round < ROUNDS; round++) {
        uint64_t seq = dice_below(&shelf.dice, ENTRIES);
        size_t byte = round % LEDGER_ENTRY, bit = dice_below(&shelf.dice, 8);
        char what[64];
        sqlite3_blob *blob = NULL;
        uint8_t value;
        assert_int_equal(
            sqlite3_blob_open(db, "main", "ledger_entry", "row", (int64_t)seq, 1, &blob),
            SQLITE_OK);
        assert_int_equal(sqlite3_blob_read(blob, &value, 1, (int)byte), SQLITE_OK);
        value ^= (uint8_t)(1 << bit);
        assert_int_equal(sqlite3_blob_write(blob, &value, 1, (int)byte), SQLITE_OK);
        (void)sqlite3_blob_close(blob);
        (void)snprintf(what, sizeof what, "bit %zu of byte %zu", bit, byte);
        must_find(what, seq, in_full_tile(seq));
        undo();
    }
}

/* Rows and not bytes: what is missing, added, moved or of another shape is named exactly. */
static void
test_rows_of_entries(void **state)
{
    (void)state;
    for (int round = 0; round < 270; round++) {
        unsigned long long a = dice_below(&shelf.dice, ENTRIES),
                           b = dice_below(&shelf.dice, ENTRIES);
        unsigned long long low = a < b ? a : b, high = a < b ? b : a;
        switch (round % 9) {
        case 0:
            sql("DELETE FROM ledger_entry WHERE seq = %llu", a);
            must_find("one missing", a, true);
            break;
        case 1:
            sql("DELETE FROM ledger_entry WHERE seq >= %llu", a);
            must_find("all from here missing", a, true);
            break;
        case 2:
            sql("DELETE FROM ledger_entry WHERE seq >= %llu AND seq <= %llu", low, high);
            must_find("a stretch missing", low, true);
            break;
        case 3:
            if (a == b)
                continue;
            sql("UPDATE ledger_entry SET seq = 100000 WHERE seq = %llu", a);
            sql("UPDATE ledger_entry SET seq = %llu WHERE seq = %llu", a, b);
            sql("UPDATE ledger_entry SET seq = %llu WHERE seq = 100000", b);
            must_find("two swapped", low, true);
            break;
        case 4:
            if (a == b)
                continue;
            sql("UPDATE ledger_entry SET row = (SELECT row FROM ledger_entry WHERE seq = %llu) "
                "WHERE seq = %llu",
                a, b);
            must_find("one twice", b, true);
            break;
        case 5:
            sql("INSERT INTO ledger_entry SELECT %d, row FROM ledger_entry WHERE seq = %llu",
                ENTRIES, a);
            must_find("one more at the end", ENTRIES, true);
            break;
        case 6:
            sql("UPDATE ledger_entry SET row = substr(row, 1, %llu) WHERE seq = %llu",
                (unsigned long long)dice_below(&shelf.dice, LEDGER_ENTRY), a);
            must_find("one cut short", a, true);
            break;
        case 7:
            sql("UPDATE ledger_entry SET row = row || x'00' WHERE seq = %llu", a);
            must_find("one too long", a, true);
            break;
        case 8:
            sql("DELETE FROM ledger_entry WHERE seq = %llu", a);
            sql("UPDATE ledger_entry SET seq = -seq WHERE seq > %llu", a);
            sql("UPDATE ledger_entry SET seq = -seq - 1 WHERE seq < 0");
            must_find("one taken out and the rest moved up", a, true);
            break;
        }
        undo();
    }
}

static void
test_tiles(void **state)
{
    (void)state;
    for (int round = 0; round < 180; round++) {
        uint64_t no = dice_below(&shelf.dice, ENTRIES / LEDGER_TILE);
        unsigned long long at = no, byte = dice_below(&shelf.dice, LEDGER_TILE * LEDGER_HASH);
        uint64_t first = no * LEDGER_TILE;
        switch (round % 6) {
        case 0:
            sql("UPDATE ledger_tile SET hashes = substr(hashes, 1, %llu) || x'%02x' || "
                "substr(hashes, %llu) WHERE no = %llu",
                byte, (unsigned)dice_below(&shelf.dice, 256), byte + 2, at);
            if (sqlite3_changes(db) == 1) {
                struct ledger_report report;
                verify(NULL, &report);
                if (!report.sound) /* else the byte was that already */
                    must_find("a byte of a tile", first + byte / LEDGER_HASH, true);
            }
            break;
        case 1:
            sql("DELETE FROM ledger_tile WHERE no = %llu", at);
            must_find("a tile missing", first, true);
            break;
        case 2:
            sql("UPDATE ledger_tile SET hashes = substr(hashes, 1, %llu) WHERE no = %llu", byte,
                at);
            must_find("a tile cut short", first, true);
            break;
        case 3:
            sql("UPDATE ledger_tile SET hashes = (SELECT hashes FROM ledger_tile WHERE no = %llu) "
                "WHERE no = %llu",
                (at + 1) % (ENTRIES / LEDGER_TILE), at);
            must_find("the tile of others", first, true);
            break;
        case 4:
            sql("UPDATE ledger_tile SET no = no + 100 WHERE no = %llu", at);
            must_find("a tile moved away", first, true);
            break;
        case 5:
            sql("UPDATE ledger_tile SET level = 1 WHERE no = %llu", at);
            must_find("a tile lifted", first, true);
            break;
        }
        undo();
    }
}

/* A tile that is not full yet must not be there: proofs would be made from it. */
static void
test_tiles_too_many(void **state)
{
    (void)state;
    static const struct {
        int level, no, size;
    } rows[] = {{0, 3, 8192},       {0, 3, 8191}, {0, 3, 0},     {0, 4, 8192},
                {0, 4000000, 8192}, {1, 0, 8192}, {1, 1, 8192},  {2, 0, 8192},
                {7, 0, 8192},       {8, 0, 8192}, {-1, 0, 8192}, {0, -1, 8192}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char what[64];
        sql("INSERT INTO ledger_tile VALUES (%d, %d, zeroblob(%d))", rows[i].level, rows[i].no,
            rows[i].size);
        (void)snprintf(what, sizeof what, "tile %d/%d of %d bytes", rows[i].level, rows[i].no,
                       rows[i].size);
        must_find_between(what, 0, ENTRIES);
        undo();
    }
    /* The hashes of the unfinished tile, and nothing after them. */
    sql("INSERT INTO ledger_tile VALUES (0, 3, zeroblob(8192))");
    sqlite3_stmt *s = NULL;
    static uint8_t hashes[LEDGER_TILE][LEDGER_HASH];
    memcpy(hashes, shelf.leaves + 3 * LEDGER_TILE, (ENTRIES - 3 * LEDGER_TILE) * sizeof(slow_hash));
    assert_int_equal(
        sqlite3_prepare_v2(db, "UPDATE ledger_tile SET hashes = ? WHERE no = 3", -1, &s, NULL),
        SQLITE_OK);
    (void)sqlite3_bind_blob(s, 1, hashes, sizeof hashes, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(s), SQLITE_DONE);
    (void)sqlite3_finalize(s);
    must_find("a tile before its time", ENTRIES, true);
    undo();
}

static void
test_checkpoints(void **state)
{
    (void)state;
    for (size_t round = 0; round < 500; round++) {
        unsigned long long size = signed_sizes[dice_below(&shelf.dice, signed_count)];
        sqlite3_blob *blob = NULL;
        uint8_t value;
        assert_int_equal(
            sqlite3_blob_open(db, "main", "ledger_checkpoint", "note", (int64_t)size, 1, &blob),
            SQLITE_OK);
        int at = (int)dice_below(&shelf.dice, (uint64_t)sqlite3_blob_bytes(blob));
        assert_int_equal(sqlite3_blob_read(blob, &value, 1, at), SQLITE_OK);
        value ^= (uint8_t)(1 << dice_below(&shelf.dice, 8));
        assert_int_equal(sqlite3_blob_write(blob, &value, 1, at), SQLITE_OK);
        (void)sqlite3_blob_close(blob);
        must_find("a bit of a checkpoint", size - 1, false);
        undo();
    }
    static const struct {
        const char *what, *sql;
        bool at_once; /* seen before the first entry is read */
    } rows[] = {
        {"a checkpoint of more than there is",
         "UPDATE ledger_checkpoint SET size = size + 1 WHERE size = %llu"},
        {"a checkpoint of less", "UPDATE ledger_checkpoint SET size = size - 1 WHERE size = %llu"},
        {"a checkpoint of nothing", "UPDATE ledger_checkpoint SET size = 0 WHERE size = %llu",
         true},
        {"a checkpoint of less than nothing",
         "UPDATE ledger_checkpoint SET size = -5 WHERE size = %llu", true},
        {"a checkpoint cut short",
         "UPDATE ledger_checkpoint SET note = substr(note, 1, length(note) - 1) WHERE size = %llu"},
        {"a checkpoint with words after",
         "UPDATE ledger_checkpoint SET note = note || 'x' WHERE size = %llu"},
        {"a checkpoint with a line after", "UPDATE ledger_checkpoint SET note = CAST(note AS TEXT) "
                                           "|| 'more' || char(10) WHERE size = %llu"},
        {"an empty checkpoint", "UPDATE ledger_checkpoint SET note = x'' WHERE size = %llu"},
        {"a checkpoint too long",
         "UPDATE ledger_checkpoint SET note = CAST(note AS TEXT) || hex(zeroblob(4000)) WHERE size "
         "= %llu",
         true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t k = 0; k < signed_count; k++) {
            char text[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            (void)snprintf(text, sizeof text, rows[i].sql, (unsigned long long)signed_sizes[k]);
#pragma GCC diagnostic pop
            if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
                continue; /* two of one size cannot be */
            must_find_between(rows[i].what, rows[i].at_once ? 0 : surely_good(signed_sizes[k] - 1),
                              signed_sizes[k]);
            undo();
        }
    }
}

/* Whoever has no key to check by still sees what does not fit the entries, and is told what was not
 * checked. */
static void
test_without_the_key(void **state)
{
    (void)state;
    struct ledger_report report;
    uint8_t other[32] = {1};
    verify(other, &report);
    assert_false(report.sound);
    assert_int_equal(report.first_bad, 0);
    sql("UPDATE ledger_checkpoint SET note = replace(CAST(note AS TEXT), char(10) || '%d', "
        "char(10) || '1') WHERE size = %d",
        ENTRIES, ENTRIES);
    verify(NULL, &report);
    assert_false(report.sound);
    assert_false(report.signatures_checked);
    undo();
}

/* A second history: entry, tile and all; only the signed roots stand against it. */
static void
test_entry_and_tile_rewritten_together(void **state)
{
    (void)state;
    for (int round = 0; round < 30; round++) {
        uint64_t seq = dice_below(&shelf.dice, ENTRIES / LEDGER_TILE * LEDGER_TILE);
        sqlite3_stmt *s = NULL;
        uint8_t bytes[LEDGER_ENTRY], leaf[32];
        const struct val in[] = {val_int((int64_t)seq)};
        struct val out[1];
        struct err err = {0};
        bool found = false;
        arena_reset(&shelf.kit->arena);
        assert_true(rows_one(shelf.txn, &shelf.kit->arena, SQL_ledger_entry_get, in, 1, out, 1,
                             &found, &err));
        memcpy(bytes, out[0].s.p, LEDGER_ENTRY);
        bytes[24 + dice_below(&shelf.dice, 128)] ^= 1;
        slow_leaf(bytes, leaf);
        assert_int_equal(
            sqlite3_prepare_v2(db, "UPDATE ledger_entry SET row = ? WHERE seq = ?", -1, &s, NULL),
            SQLITE_OK);
        (void)sqlite3_bind_blob(s, 1, bytes, LEDGER_ENTRY, SQLITE_STATIC);
        (void)sqlite3_bind_int64(s, 2, (int64_t)seq);
        assert_int_equal(sqlite3_step(s), SQLITE_DONE);
        (void)sqlite3_finalize(s);
        char hex[65];
        hex_put(hex, leaf, 32);
        unsigned long long at = seq % LEDGER_TILE * LEDGER_HASH;
        sql("UPDATE ledger_tile SET hashes = substr(hashes, 1, %llu) || x'%s' || substr(hashes, "
            "%llu) WHERE no = %llu",
            at, hex, at + LEDGER_HASH + 1, (unsigned long long)(seq / LEDGER_TILE));
        must_find("an entry and its tile", seq, false);
        undo();
    }
}

/* What no checkpoint covers yet is checked for its form and order. */
static void
test_an_unsigned_end(void **state)
{
    (void)state;
    struct ledger_report report;
    unsigned long long last = signed_sizes[signed_count - 2];
    sql("DELETE FROM ledger_checkpoint WHERE size > %llu", last);
    verify(shelf.key, &report);
    assert_true(report.sound);
    assert_int_equal(report.signed_size, last); /* the report says how far the signatures go */
    assert_int_equal(report.entries, ENTRIES);
    undo();
    sql("DELETE FROM ledger_checkpoint");
    verify(shelf.key, &report);
    assert_true(report.sound);
    assert_int_equal(report.signed_size, 0);
    assert_int_equal(report.checkpoints, 0);
    undo();
}

static uint64_t told, told_total;

static void
tell(void *ctx, uint64_t done, uint64_t total)
{
    assert_ptr_equal(ctx, &told);
    told = done;
    told_total = total;
}

static void
test_says_how_far_it_is(void **state)
{
    (void)state;
    struct ledger_report report;
    struct err err = {0};
    assert_true(ledger_verify(shelf.txn, VECTOR_ORIGIN, shelf.key, tell, &told, &report, &err));
    assert_true(told > 0);
    assert_int_equal(told_total, ENTRIES);
}

/* An empty book holds; another's does not pass for it. */
static void
test_empty_and_another(void **state)
{
    (void)state;
    struct ledger_report report;
    struct err err = {0};
    assert_true(
        ledger_verify(shelf.txn, "troth.example/ledger/t2", shelf.key, NULL, NULL, &report, &err));
    assert_false(report.sound);
    sql("DELETE FROM ledger_entry; DELETE FROM ledger_tile; DELETE FROM ledger_checkpoint");
    verify(shelf.key, &report);
    assert_true(report.sound);
    assert_int_equal(report.entries, 0);
    undo();
    sql("DELETE FROM ledger_entry; DELETE FROM ledger_tile");
    must_find("everything gone", 0, true);
    undo();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound),
        cmocka_unit_test(test_every_bit_of_an_entry),
        cmocka_unit_test(test_rows_of_entries),
        cmocka_unit_test(test_tiles),
        cmocka_unit_test(test_tiles_too_many),
        cmocka_unit_test(test_checkpoints),
        cmocka_unit_test(test_without_the_key),
        cmocka_unit_test(test_entry_and_tile_rewritten_together),
        cmocka_unit_test(test_an_unsigned_end),
        cmocka_unit_test(test_says_how_far_it_is),
        cmocka_unit_test(test_empty_and_another),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
