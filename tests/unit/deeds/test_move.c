/*
 * Two stores of both engines with whatever lies in them: after a run they hold the same, however often it was killed.
 * Without keys and policy, for the mover has none either: rows of all tables by chance, and a book.
 */
#include "../dice.h"
#include "../store/kit.h"

#include "crypt/crypt.h"
#include "deeds/move.h"
#include "ledger/ledger.h"
#include "store/sql_table_priv.h"

#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PEOPLE = 40, ROUNDS = 12, OPS = 300 };

static const char origin[] = "example.org/ledger/1";

struct town {
    struct kit *kit;
    bool far; /* the source is on PostgreSQL */
    struct dice dice;
    uint64_t upto, count;
};

static uint64_t
roll(struct town *town, uint64_t sides)
{
    return dice_below(&town->dice, sides);
}

static struct move_place
place_of(const struct town *town, bool far)
{
    return far ? (struct move_place){.url = town->kit->url} : (struct move_place){.dir = town->kit->dir};
}

static struct store *
store_of(const struct town *town, bool far)
{
    struct err err = {0};
    struct store *store = NULL;
    const struct store_options options = {
        .dir = far ? NULL : town->kit->dir, .url = far ? town->kit->url : NULL, .create = true, .reserve = UINT64_MAX};
    if (!store_open(&options, &store, &err))
        fail_msg("store_open: %s", err.text);
    return store;
}

/* What one statement does to a row that may be there or not. A unique value that is taken is no fault here. */
static void
act(struct txn *txn, enum sql_id id, const struct val *in, size_t count)
{
    struct err err = {0};
    if (!rows_run(txn, id, in, count, NULL, &err) && err.code != ERR_TAKEN)
        fail_msg("statement %d: %s", (int)id, err.text);
}
#define ACT(id, ...) act(txn, (id), V(__VA_ARGS__), VN(__VA_ARGS__))

static struct val
bytes_of(uint8_t *to, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)((seed >> 8 * (i % 4)) + i / 4);
    return val_blob(to, n);
}

/* Each of these leaves the row with chosen content, whatever was there: first it goes, then perhaps another comes. */
static void
row_by_chance(struct town *town, struct txn *txn)
{
    uint8_t a[300], b[300], c[128];
    int64_t sn = 1 + (int64_t)roll(town, PEOPLE), small = (int64_t)roll(town, 3), now = (int64_t)roll(town, 1000000);
    bool comes = roll(town, 3) != 0;
    uint64_t seed = roll(town, 50);
    struct val id = bytes_of(a, 16, (uint64_t)sn * 1009), blob = bytes_of(b, 20 + roll(town, 200), seed);
    char name[32];
    (void)snprintf(name, sizeof name, "name %d", (int)roll(town, 20));
    switch (roll(town, 13)) {
    case 0:
        ACT(SQL_subject_delete, val_int(sn));
        if (comes)
            ACT(SQL_subject_put, val_int(sn), id, val_int(small), val_int(now), val_int(1));
        break;
    case 1:
        ACT(SQL_record_delete, val_int(sn), val_int(small), val_int(now % 4));
        if (comes)
            ACT(SQL_record_put, val_int(sn), val_int(small), val_int(now % 4), val_int(1), val_int(1), val_int(now),
                small == 0 ? val_null() : val_int(now), val_int(now + 1), blob);
        break;
    case 2: {
        struct val value = bytes_of(c, 16, (uint64_t)sn);
        for (int64_t other = 1; other <= PEOPLE; other++)
            ACT(SQL_lookup_unique_delete, val_int(small), value, val_int(other));
        if (comes)
            ACT(SQL_lookup_unique_put, val_int(small), value, val_int(1 + (int64_t)roll(town, PEOPLE)));
        break;
    }
    case 3: {
        struct val value = bytes_of(c, 16, seed);
        ACT(SQL_lookup_plain_delete, val_int(small), value, val_int(sn));
        if (comes)
            ACT(SQL_lookup_plain_put, val_int(small), value, val_int(sn));
        break;
    }
    case 4:
        if (!comes)
            ACT(SQL_consent_erase, val_int(sn));
        else
            ACT(SQL_consent_set, val_int(sn), val_int(small), val_int(2), val_int(1), val_int(1), val_int(now),
                small == 1 ? blob : val_null());
        break;
    case 5:
        if (!comes)
            ACT(SQL_event_erase, val_int(sn));
        else
            ACT(SQL_event_set, val_int(sn), val_int(small), val_int(now));
        break;
    case 6:
        ACT(SQL_purge_delete, val_int(sn), val_int(small));
        if (comes)
            ACT(SQL_purge_put, val_int(sn), val_int(small));
        break;
    case 7: /* the name goes from one hash to another: what a walk by hash must not trip over */
        ACT(SQL_token_erase, val_int(sn));
        if (comes)
            ACT(SQL_token_put, bytes_of(c, 32, roll(town, 10000) + 7), bytes_of(b, 16, roll(town, 10000)),
                val_text(SPAN("website")), val_text(span_str(name)), val_int(sn), val_int(now), val_int(now + 5));
        break;
    case 8:
        ACT(SQL_idempotency_erase, val_int(sn));
        if (comes)
            ACT(SQL_idempotency_old, val_int(INT64_MAX), val_int(1));
        if (comes)
            ACT(SQL_idempotency_put, bytes_of(c, 32, 1000 + ++town->count), id, val_int(200), blob, val_int(sn), val_int(now));
        break;
    case 9:
        ACT(SQL_dk_zero, val_int(sn), val_int(small), val_int(0));
        ACT(SQL_dk_delete, val_int(sn), val_int(small), val_int(0));
        if (comes)
            ACT(SQL_dk_put, val_int(sn), val_int(small), val_int(0), bytes_of(c, 128, seed));
        break;
    case 10:
        ACT(SQL_move_tally_drop, val_int(small - 1), val_int(now % 5), val_int(1), val_int(0), bytes_of(c, 16, seed));
        if (comes)
            ACT(SQL_tally_add, val_int(small - 1), val_int(now % 5), val_int(1), val_int(0), bytes_of(c, 16, seed), val_int(now),
                val_int(1), val_int(now + 1));
        break;
    case 11:
        ACT(SQL_move_policy_rule_drop, val_int(small), val_int(now % 5));
        if (comes)
            ACT(SQL_policy_rule_put, val_int(small), val_int(now % 5), val_text(span_str(name)));
        break;
    default:
        ACT(SQL_meta_set, val_text(span_str(name)), blob);
    }
}

/* A person's lines go, as the sweep does it. */
static void
traces_gone(struct town *town, struct txn *txn)
{
    int64_t sn = 1 + (int64_t)roll(town, PEOPLE);
    ACT(SQL_trace_erase_tail, val_int(sn), val_int(0));
    ACT(SQL_trace_erase, val_int(sn), val_int(100));
    ACT(SQL_trace_by_erase, val_int(sn), val_int(100));
}

static void
book_grow(struct town *town, struct txn *txn, struct ledger *ledger, size_t entries, int64_t now)
{
    struct err err = {0};
    uint8_t sealed[80];
    for (size_t i = 0; i < entries; i++) {
        struct ledger_entry entry = {.event = LEDGER_READ, .rule = 7, .time_us = now + (int64_t)roll(town, 3)};
        if (!ledger_append(ledger, txn, &entry, &err))
            fail_msg("append: %s", err.text);
        if (roll(town, 4) != 0)
            ACT(SQL_trace_put, val_int((int64_t)entry.number), val_int(1 + (int64_t)roll(town, PEOPLE)),
                bytes_of(sealed, sizeof sealed, entry.number), val_int(entry.time_us));
    }
    if (!ledger_flush(ledger, txn, &err))
        fail_msg("flush: %s", err.text);
    if (town->far || roll(town, 2) == 0)
        return;
    /* The index by person comes behind, and not always up to the end. */
    uint8_t upto[8];
    ACT(SQL_trace_by_fill, val_int((int64_t)town->upto), val_int((int64_t)ledger_size(ledger)));
    town->upto = ledger_size(ledger);
    put_be64(upto, town->upto);
    ACT(SQL_meta_set, val_text(SPAN("trace-upto")), val_blob(upto, 8));
}

/* The source goes on for a while; with a book of its own lane. */
static void
source_lives(struct town *town, size_t entries, int64_t now)
{
    struct err err = {0};
    struct store *store = store_of(town, town->far);
    struct txn *txn = NULL;
    struct ledger *ledger = NULL;
    uint64_t placed = 0;
    if (!txn_begin(store, &txn, &err) || !ledger_open(txn, origin, store_lane(store), &ledger, &err))
        fail_msg("%s", err.text);
    ledger_turn_begin(ledger);
    ACT(SQL_meta_set, val_text(SPAN("vault")), val_blob("0123456789abcdef", 16));
    ACT(SQL_meta_set, val_text(SPAN("origin")), val_blob(origin, sizeof origin - 1));
    ACT(SQL_meta_set, val_text(SPAN("ledger-key")), val_blob("0123456789abcdef0123456789abcdef", 32));
    for (size_t i = 0; i < OPS; i++)
        row_by_chance(town, txn);
    ACT(SQL_subject_delete, val_int(PEOPLE + 1)); /* nobody's number is above its keys' */
    ACT(SQL_subject_put, val_int(PEOPLE + 1), val_blob("the last of all.", 16), val_int(1), val_int(1), val_int(1));
    traces_gone(town, txn);
    book_grow(town, txn, ledger, entries, now);
    if (!txn_commit(&txn, &err))
        fail_msg("commit: %s", err.text);
    ledger_turn_end(ledger, true);
    if (town->far) {
        if (!txn_begin(store, &txn, &err))
            fail_msg("%s", err.text);
        ledger_turn_begin(ledger);
        if (!ledger_sequence(ledger, txn, 4096, &placed, &err) || !txn_commit(&txn, &err))
            fail_msg("sequence: %s", err.text);
        ledger_turn_end(ledger, true);
    }
    ledger_close(&ledger);
    store_close(&store);
}

/* Somebody was at the target. */
static void
target_suffers(struct town *town)
{
    struct err err = {0};
    struct store *store = store_of(town, !town->far);
    struct txn *txn = NULL;
    if (!txn_begin(store, &txn, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < OPS / 3; i++)
        row_by_chance(town, txn);
    traces_gone(town, txn);
    if (!txn_commit(&txn, &err))
        fail_msg("commit: %s", err.text);
    store_close(&store);
}

static bool
moves(const struct town *town, enum move_how how, struct move_report *report, struct err *err)
{
    const struct move_ask ask = {.from = place_of(town, town->far), .to = place_of(town, !town->far), .how = how};
    err_clear(err);
    return move(&ask, report, err);
}

static struct move_report
must_move(const struct town *town, enum move_how how)
{
    struct err err;
    struct move_report report;
    if (!moves(town, how, &report, &err))
        fail_msg("move %d: %s", (int)how, err.text);
    return report;
}

static void
move_killed(struct town *town, enum move_how how)
{
    pid_t child = fork();
    if (child == 0) {
        struct err err;
        struct move_report report;
        _exit(moves(town, how, &report, &err) ? 0 : 1);
    }
    assert_true(child > 0);
    (void)usleep((useconds_t)roll(town, 120000));
    (void)kill(child, SIGKILL);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    /* Its session on the server may need a moment to end, and holds the lanes until then. */
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) <= 1);
    (void)usleep(100000);
}

/* As a crash between the last two commits leaves it: the source has ended, and the target is not complete. */
static void
half_finished(struct town *town)
{
    struct err err = {0};
    struct txn *txn = NULL;
    struct val out[1];
    bool found = false;
    struct store *source = store_of(town, town->far), *target = NULL;
    const struct val in[] = {val_text(SPAN("move-out"))};
    if (!txn_begin(source, &txn, &err) || !rows_one(txn, &town->kit->arena, SQL_meta_get, in, 1, out, 1, &found, &err))
        fail_msg("%s", err.text);
    assert_true(found && out[0].s.n > 16);
    txn_rollback(&txn);
    store_close(&source);
    target = store_of(town, !town->far);
    if (!txn_begin(target, &txn, &err))
        fail_msg("%s", err.text);
    ACT(SQL_meta_set, val_text(SPAN("move-in")), val_blob(out[0].s.p, 16));
    if (!txn_commit(&txn, &err))
        fail_msg("%s", err.text);
    store_close(&target);
}

static void
rounds(void **state, bool far)
{
    struct town town = {.kit = *state, .far = far, .dice = dice_open("move")};
    struct move_report report;
    struct err err;
    struct store *made = store_of(&town, !far); /* its tables */
    store_close(&made);
    for (int round = 0; round < ROUNDS; round++) {
        source_lives(&town, roll(&town, 3) == 0 ? 700 : roll(&town, 40), 1000 * (round + 1));
        if (round > 0)
            target_suffers(&town);
        for (uint64_t i = roll(&town, 3); i > 0; i--)
            move_killed(&town, MOVE_COPY);
        (void)must_move(&town, MOVE_COPY);
        report = must_move(&town, MOVE_COPY);
        /* The tail of the traces that is not indexed yet is left to the last run. */
        for (size_t i = 0; i < MOVE_TABLES; i++)
            assert_int_equal(report.tables[i].added + report.tables[i].changed + report.tables[i].removed, 0);
        assert_true(must_move(&town, MOVE_CHECK).equal);
    }
    target_suffers(&town);
    assert_false(must_move(&town, MOVE_CHECK).equal);
    for (int i = 0; i < 4; i++)
        move_killed(&town, MOVE_FINISH);
    if (moves(&town, MOVE_FINISH, &report, &err))
        assert_true(report.equal && report.entries > 0);
    else
        assert_int_equal(err.code, ERR_CONFLICT); /* one of those that were to be killed was quick enough */
    assert_true(must_move(&town, MOVE_CHECK).equal);
    assert_false(moves(&town, MOVE_FINISH, &report, &err));
    half_finished(&town);
    assert_false(moves(&town, MOVE_COPY, &report, &err));
    assert_true(must_move(&town, MOVE_FINISH).equal);
    /* And back, onto what was left there. */
    town.far = !far;
    assert_false(moves(&town, MOVE_UNDO, &report, &err));
    report = must_move(&town, MOVE_FINISH);
    assert_true(report.equal);
    town.far = far;
    assert_true(must_move(&town, MOVE_CHECK).equal);
}

static void
test_from_files(void **state)
{
    rounds(state, false);
}

static void
test_from_postgresql(void **state)
{
    rounds(state, true);
}

/* A difference planted in any table is found, and named. */
static void
test_each_difference_is_found(void **state)
{
    static const struct {
        const char *table, *text;
    } rows[] = {
        {"subject", "UPDATE subject SET state = state + 1 WHERE sn = 41"},
        {"record", "UPDATE record SET due_us = NULL WHERE (sn, category, rec) IN (SELECT sn, category, rec FROM record LIMIT 1)"},
        {"lookup_unique", "DELETE FROM lookup_unique WHERE field = 1"},
        {"lookup_plain", "INSERT INTO lookup_plain VALUES (7, '\\x0102', 3)"},
        {"consent", "UPDATE consent SET code = '\\x' WHERE code IS NULL"},
        {"event", "DELETE FROM event WHERE event = 1"},
        {"purge", "INSERT INTO purge VALUES (1, 99)"},
        {"token", "UPDATE token SET revoked_us = 1"},
        {"idempotency", "UPDATE idempotency SET status = 201"},
        {"trace", "DELETE FROM trace WHERE sn IN (SELECT MIN(sn) FROM trace)"},
        {"catalogue", "INSERT INTO catalogue VALUES (1, 'x', 77)"},
        {"policy_version", "INSERT INTO policy_version VALUES (9, '\\x01', 1, '\\x02')"},
        {"meta", "INSERT INTO meta VALUES ('other', '\\x01')"},
    };
    struct town town = {.kit = *state, .dice = dice_open("move")};
    struct move_report report;
    struct err err;
    struct store *made = store_of(&town, true);
    store_close(&made);
    for (int i = 0; i < 4; i++)
        source_lives(&town, 100, 1000 * (i + 1));
    (void)must_move(&town, MOVE_FINISH);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        kit_sql(town.kit, town.kit->base, rows[i].text);
        report = must_move(&town, MOVE_CHECK);
        bool named = false;
        for (size_t t = 0; t < MOVE_TABLES; t++) {
            const struct move_table_report *at = &report.tables[t];
            named = named || (strcmp(at->name, rows[i].table) == 0 && at->added + at->changed + at->removed > 0);
        }
        if (report.equal || !named)
            fail_msg("a difference in %s was not seen", rows[i].table);
    }
    /* A book that says something else is never written over. */
    assert_false(moves(&town, MOVE_COPY, &report, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
}

/* What a migration adds is moved too, or stands here with the reason. */
static void
test_every_column_moves(void **state)
{
    static const char *const not_moved[] = {
        "troth_schema", "troth_keys_schema",      /* each engine's own */
        "lease", "lane", "sn_block",              /* agreements of nodes that are at work */
        "ended",                                  /* empty, or the move is refused */
        "ledger_entry", "ledger_run",             /* in another way: src/deeds/move_ledger.c */
    };
    struct kit *kit = *state;
    struct town town = {.kit = kit};
    struct store *made = store_of(&town, true);
    size_t seen = 0;
    store_close(&made);
    for (int i = 0; i < 2; i++) {
        char where[300];
        (void)snprintf(where, sizeof where, "host=%s user=troth_owner dbname=%s%s", getenv("TROTH_PG"), kit->base,
                       i == 0 ? "" : "_keys");
        PGconn *pq = PQconnectdb(where);
        PGresult *rows = PQexec(pq, "SELECT table_name, column_name FROM information_schema.columns "
                                    "WHERE table_schema = 'public'");
        for (int row = 0; row < PQntuples(rows); row++) {
            const char *table = PQgetvalue(rows, row, 0), *column = PQgetvalue(rows, row, 1);
            char name[80];
            bool skip = false, moved = false;
            for (size_t n = 0; n < sizeof not_moved / sizeof not_moved[0]; n++)
                skip = skip || strcmp(not_moved[n], table) == 0;
            if (skip)
                continue;
            (void)snprintf(name, sizeof name, "move_%s_page", strncmp(table, "ledger_", 7) == 0 ? table + 7 : table);
            for (int id = 0; id < SQL_COUNT; id++)
                moved = moved || (strcmp(sql_rows[id].name, name) == 0 &&
                                  strstr(sql_rows[id].text[SQL_ENGINE_POSTGRESQL], column) != NULL);
            if (!moved)
                fail_msg("%s.%s is not moved (src/store/sql/move.sql)", table, column);
            seen++;
        }
        PQclear(rows);
        PQfinish(pq);
    }
    assert_true(seen > 60);
}

int
main(void)
{
    struct err err;
    if (!kit_far())
        return 77;
    if (!crypt_start_debuggable(&err))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_from_files, kit_folder, kit_end),
        cmocka_unit_test_setup_teardown(test_from_postgresql, kit_folder, kit_end),
        cmocka_unit_test_setup_teardown(test_every_column_moves, kit_folder, kit_end),
        cmocka_unit_test_setup_teardown(test_each_difference_is_found, kit_folder, kit_end),
    };
    return cmocka_run_group_tests_name("deeds/move", tests, NULL, NULL);
}
