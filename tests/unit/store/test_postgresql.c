/* What only PostgreSQL can do wrong: lost connections, unknown commits, faults nobody waited for, reads that were
 * announced; and that both engines are asked the same. */
#include "kit.h"

#include "base/clock.h"
#include "store/pg_priv.h"
#include "store/sqlite_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t
trips(struct kit *kit)
{
    struct store_figures figures;
    store_figures(kit->store, &figures);
    return figures.round_trips;
}

static uint64_t
opened(struct kit *kit)
{
    return store_opened(kit->store);
}

/* Every statement has the same parameters and columns on both engines; both have prepared them all. */
static void
test_statements_are_the_same(void **state)
{
    struct kit *kit = *state;
    struct store_options options = {.dir = kit->dir, .create = true};
    struct store *near = NULL;
    struct err err = {0};
    char sub[128];
    (void)snprintf(sub, sizeof sub, "%s/near", kit->dir);
    options.dir = sub;
    assert_true(store_open(&options, &near, &err));
    const struct pg_stmt *far = ((struct pg_store *)kit->store)->stmt;
    const struct stmt *here = ((struct sqlite_store *)near)->side.stmt;
    for (int id = 0; id < SQL_COUNT; id++) {
        if (here[id].columns != far[id].columns)
            fail_msg("%s: %d columns and %d", sql_rows[id].name, here[id].columns, far[id].columns);
        assert_int_equal(here[id].writes, sql_rows[id].writes != 0);
    }
    store_close(&near);
}

/* What belongs to a person has sn as the first column of each of its keys; the exceptions have names. */
static void
test_rows_lie_by_person(void **state)
{
    struct kit *kit = *state;
    kit_sql(kit, kit->base,
            "DO $$ DECLARE bad text; BEGIN "
            "SELECT string_agg(c.relname, ' ') INTO bad FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] "
            "WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique AND a.attname <> 'sn' "
            "AND c.relname NOT IN ('lookup_unique', 'lookup_plain', 'token', 'idempotency', 'meta', 'catalogue', 'lease', 'lane', "
            "'sn_block', 'policy_version', 'policy_rule', 'tally', 'troth_schema', 'ledger_entry', 'ledger_run', 'ledger_tile', 'ledger_checkpoint'); "
            "IF bad IS NOT NULL THEN RAISE EXCEPTION 'not by sn: %', bad; END IF; "
            "SELECT string_agg(c.relname, ' ') INTO bad FROM pg_class c WHERE c.relkind IN ('S', 'v', 'm', 'f') "
            "AND c.relnamespace = 'public'::regnamespace; "
            "IF bad IS NOT NULL THEN RAISE EXCEPTION 'a sequence or a view: %', bad; END IF; "
            "SELECT string_agg(c.relname || '.' || a.attname, ' ') INTO bad FROM pg_class c JOIN pg_attribute a "
            "ON a.attrelid = c.oid WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 "
            "AND a.atttypid = 'text'::regtype AND (c.relname, a.attname) NOT IN (('meta', 'name'), "
            "('catalogue', 'name'), ('policy_rule', 'name'), ('token', 'name'), ('token', 'role'), ('lease', 'name'), ('troth_schema', 'name')); "
            "IF bad IS NOT NULL THEN RAISE EXCEPTION 'a readable column: %', bad; END IF; END $$");
    char keys[64];
    (void)snprintf(keys, sizeof keys, "%s_keys", kit->base);
    kit_sql(kit, keys,
            "DO $$ DECLARE bad text; BEGIN "
            "SELECT string_agg(c.relname, ' ') INTO bad FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] "
            "WHERE c.relnamespace = 'public'::regnamespace AND a.attname <> 'sn' AND c.relname <> 'troth_keys_schema'; "
            "IF bad IS NOT NULL THEN RAISE EXCEPTION 'not by sn: %', bad; END IF; END $$");
}

static void
sessions_end(struct kit *kit)
{
    char text[200];
    (void)snprintf(text, sizeof text,
                   "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname LIKE '%s%%'",
                   kit->base);
    kit_sql(kit, "postgres", text);
}

static struct txn *
begin(struct kit *kit)
{
    struct txn *txn = NULL;
    struct err err = {0};
    for (int i = 0; !txn_begin(kit->store, &txn, &err); i++) {
        if (i > 40)
            fail_msg("txn_begin: %s", err.text);
        assert_int_equal(err.code, ERR_UNAVAILABLE);
        (void)usleep(100000);
    }
    return txn;
}

/* Lost between turns, in a turn, and before its commit: never done, and the next turn works. */
static void
test_lost_connection(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    struct txn *txn = begin(kit);
    assert_true(pair_put(txn, 1, 1, &err));
    assert_true(txn_commit(&txn, &err));
    assert_int_equal(opened(kit), 1);
    sessions_end(kit);
    txn = begin(kit);
    assert_int_equal(opened(kit), 2);
    assert_true(row_there(txn, 1) && key_there(txn, 1));
    assert_true(pair_put(txn, 2, 1, &err));
    sessions_end(kit);
    assert_false(txn_commit(&txn, &err));
    assert_true(err.code == ERR_UNAVAILABLE || err.code == ERR_OUTCOME);
    assert_false(store_failed(kit->store));
    txn = begin(kit);
    assert_int_equal(opened(kit), 3);
    assert_false(row_there(txn, 2) || key_there(txn, 2));
    sessions_end(kit);
    struct val out;
    bool found = false;
    assert_false(rows_one(txn, NULL, SQL_event_get, V(val_int(1), val_int(1)), 2, &out, 1, &found, &err));
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_false(pair_put(txn, 3, 1, &err));
    txn_rollback(&txn);
    txn = begin(kit);
    assert_true(row_there(txn, 1));
    txn_rollback(&txn);
}

/* A trigger stands for what may go wrong on the server; deferred, it goes wrong in the commit itself. */
static void
trap(struct kit *kit, bool in_commit, const char *what)
{
    char text[700];
    (void)snprintf(text, sizeof text,
                   "CREATE OR REPLACE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN %s; RETURN NULL; "
                   "END $$; "
                   "CREATE CONSTRAINT TRIGGER trap AFTER INSERT ON event DEFERRABLE INITIALLY %s FOR EACH ROW "
                   "EXECUTE FUNCTION trap()",
                   what, in_commit ? "DEFERRED" : "IMMEDIATE");
    kit_sql(kit, kit->base, text);
}

static void
test_faults_have_their_codes(void **state)
{
    struct kit *kit = *state;
    static const struct {
        bool in_commit;
        const char *what;
        enum err_code want;
    } rows[] = {
        {false, "RAISE EXCEPTION USING ERRCODE = '53100'", ERR_FULL},
        {false, "RAISE EXCEPTION USING ERRCODE = '40001'", ERR_UNAVAILABLE},
        {false, "RAISE EXCEPTION USING ERRCODE = '40P01'", ERR_UNAVAILABLE},
        {false, "RAISE EXCEPTION USING ERRCODE = '23505'", ERR_UNAVAILABLE}, /* nobody waited for it */
        {false, "RAISE EXCEPTION USING ERRCODE = 'XX001'", ERR_CORRUPT},
        {false, "PERFORM pg_terminate_backend(pg_backend_pid())", ERR_OUTCOME},
        {true, "RAISE EXCEPTION USING ERRCODE = '40001'", ERR_UNAVAILABLE},
        {true, "RAISE EXCEPTION USING ERRCODE = '57014'", ERR_OUTCOME},
        {true, "RAISE WARNING 'canceling wait for synchronous replication'", ERR_OUTCOME},
        {true, "PERFORM pg_terminate_backend(pg_backend_pid())", ERR_OUTCOME},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        trap(kit, rows[i].in_commit, rows[i].what);
        struct txn *txn = begin(kit);
        assert_true(RUN(txn, SQL_event_set, val_int(9), val_int((int64_t)i), val_int(0x5ec4e7)));
        assert_false(txn_commit(&txn, &err));
        if (err.code != rows[i].want)
            fail_msg("%s: %d %s", rows[i].what, err.code, err.text);
        assert_null(strstr(err.text, "6210791")); /* the value */
        kit_sql(kit, kit->base, "DROP TRIGGER trap ON event");
        txn = begin(kit);
        assert_true(pair_put(txn, 100 + (int64_t)i, 1, &err));
        assert_true(txn_commit(&txn, &err));
    }
}

static struct kit *between_kit;

static void
end_main(void)
{
    char text[200];
    (void)snprintf(text, sizeof text,
                   "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '%s'",
                   between_kit->base);
    kit_sql(between_kit, "postgres", text);
}

/* The keys are durable and the data are not: unknown, and new connections see it as it is. */
static void
test_keys_ahead_of_data(void **state)
{
    struct kit *kit = between_kit = *state;
    struct err err = {0};
    struct txn *txn = begin(kit);
    uint64_t before = opened(kit);
    assert_true(pair_put(txn, 1, 1, &err));
    store_test_between = end_main;
    assert_false(txn_commit(&txn, &err));
    store_test_between = NULL;
    assert_int_equal(err.code, ERR_OUTCOME);
    txn = begin(kit);
    assert_int_equal(opened(kit), before + 1);
    assert_true(key_there(txn, 1));
    assert_false(row_there(txn, 1));
    txn_rollback(&txn);
}

/* Another node beside the one of the kit. */
static struct store *
beside(struct kit *kit, const char *name, bool read_only)
{
    struct err err = {0};
    char dir[160];
    struct store *second = NULL;
    (void)snprintf(dir, sizeof dir, "%s/%s", kit->dir, name);
    assert_int_equal(mkdir(dir, 0700), 0);
    const struct store_options options = {.dir = dir, .url = kit->url, .read_only = read_only};
    if (!store_open(&options, &second, &err))
        fail_msg("%s", err.text);
    return second;
}

static void
test_each_node_has_a_lane(void **state)
{
    struct kit *kit = *state;
    struct store *second = beside(kit, "second", false), *looks = beside(kit, "looks", true);
    assert_int_equal(store_lane(kit->store), 1);
    assert_int_equal(store_lane(second), 2);
    store_close(&looks); /* looking takes none */
    kit_close(kit);
    struct store *third = beside(kit, "third", false);
    assert_int_equal(store_lane(third), 1); /* free again */
    store_close(&second);
    store_close(&third);
}

/* Two nodes: what one has alone the other can neither have nor look at, until the turn is over. */
static void
test_guards(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    bool had = false;
    struct store *second = beside(kit, "second", false);
    struct txn *a = begin(kit), *b = NULL;
    assert_true(txn_begin(second, &b, &err));
    txn_guard(a, 7, false);
    txn_guard(a, 5, true);
    txn_guard(a, 9, false);
    txn_guard(a, 9, true); /* the stronger one counts */
    assert_false(txn_guarded(a, 7, false));
    assert_true(txn_guards_take(a, &err));
    assert_true(txn_guarded(a, 7, false) && !txn_guarded(a, 7, true));
    assert_true(txn_guarded(a, 5, true) && txn_guarded(a, 5, false) && txn_guarded(a, 9, true));
    struct val out;
    bool found;
    assert_true(rows_one(a, NULL, SQL_event_get, V(val_int(1), val_int(1)), 2, &out, 1, &found, &err));
    txn_guard(b, 7, false);
    assert_true(txn_guards_take(b, &err)); /* shared */
    assert_true(txn_guard_now(b, 5, false, &had, &err) && !had);
    assert_true(txn_guard_now(b, 7, true, &had, &err) && !had);
    txn_guard(b, 9, false);
    txn_guard(b, 11, true);
    assert_true(txn_guards_take(b, &err)); /* the second time they are only tried */
    assert_true(!txn_guarded(b, 9, false) && txn_guarded(b, 11, true));
    txn_rollback(&a);
    txn_rollback(&b);
    assert_true(txn_begin(second, &b, &err));
    assert_true(txn_guard_now(b, 5, true, &had, &err) && had);
    assert_true(txn_guarded(b, 5, true));
    txn_rollback(&b);
    assert_true(txn_begin(second, &b, &err));
    assert_false(txn_guarded(b, 5, true));
    txn_rollback(&b);
    store_close(&second);
}

/* What was taken behind a mark is gone with it; what is announced to be read is read behind the first guards. */
static void
test_guards_and_marks(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    bool had = false, found = false;
    struct val out;
    struct store *second = beside(kit, "second", false);
    struct txn *a = begin(kit), *b = NULL;
    txn_guard(a, 1, true);
    assert_true(txn_guards_take(a, &err) && txn_mark(a, &err));
    assert_true(rows_run(a, SQL_event_set, V(val_int(1), val_int(1), val_int(10)), 3, NULL, &err));
    assert_true(txn_guard_now(a, 2, true, &had, &err) && had);
    assert_true(txn_mark_back(a, &err));
    assert_true(txn_guarded(a, 1, true) && !txn_guarded(a, 2, true));
    assert_true(rows_run(a, SQL_event_set, V(val_int(1), val_int(1), val_int(10)), 3, NULL, &err));
    assert_true(txn_begin(second, &b, &err));
    assert_true(txn_guard_now(b, 2, true, &had, &err) && had);
    txn_rollback(&b);
    /* b announces a read of what a is about to commit, and then waits for the guard. */
    assert_true(txn_begin(second, &b, &err));
    rows_ahead(b, SQL_event_get, V(val_int(1), val_int(1)), 2);
    txn_guard(b, 1, false);
    assert_true(txn_guards_take(b, &err)); /* sent, not waited for */
    assert_true(txn_commit(&a, &err));
    assert_true(rows_one(b, NULL, SQL_event_get, V(val_int(1), val_int(1)), 2, &out, 1, &found, &err));
    assert_true(found && out.i == 10);
    txn_rollback(&b);
    store_close(&second);
}

/* Somebody who needs an announced row before the guards are taken gets it, and keeps nobody else's from waiting for them. */
static void
test_asked_before_the_guards(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    bool found = false;
    struct val out = {0};
    struct store *second = beside(kit, "second", false);
    struct txn *a = begin(kit), *b = NULL;
    txn_guard(a, 1, true);
    assert_true(txn_guards_take(a, &err));
    assert_true(rows_run(a, SQL_event_set, V(val_int(1), val_int(1), val_int(10)), 3, NULL, &err) && row_there(a, 1));
    assert_true(txn_begin(second, &b, &err));
    rows_ahead(b, SQL_event_get, V(val_int(1), val_int(1)), 2);
    rows_ahead(b, SQL_event_get, V(val_int(2), val_int(1)), 2);
    txn_guard(b, 1, false);
    assert_true(rows_one(b, NULL, SQL_event_get, V(val_int(2), val_int(1)), 2, &out, 1, &found, &err));
    assert_true(rows_one(b, NULL, SQL_event_get, V(val_int(1), val_int(1)), 2, &out, 1, &found, &err) && !found);
    assert_true(txn_guards_take(b, &err)); /* sent, and waits for a */
    assert_true(txn_commit(&a, &err));
    assert_true(rows_one(b, NULL, SQL_event_get, V(val_int(1), val_int(1)), 2, &out, 1, &found, &err));
    assert_true(found && out.i == 10 && txn_guarded(b, 1, false));
    txn_rollback(&b);
    store_close(&second);
}

/* A guard that was not to be had is not had by the way, when others are tried: who was without it read without it. */
static void
test_guard_missed(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    bool had = false;
    struct store *second = beside(kit, "second", false);
    struct txn *a = begin(kit), *b = NULL;
    struct val out;
    txn_guard(a, 1, true);
    assert_true(txn_guards_take(a, &err));
    (void)row_there(a, 1); /* it is taken by now */
    assert_true(txn_begin(second, &b, &err) && txn_guards_take(b, &err));
    txn_guard(b, 1, false);
    assert_true(txn_guards_take(b, &err) && !txn_guarded(b, 1, false));
    rows_ahead(b, SQL_event_get, V(val_int(1), val_int(1)), 2);
    assert_true(rows_run(a, SQL_event_set, V(val_int(1), val_int(1), val_int(10)), 3, NULL, &err));
    assert_true(txn_commit(&a, &err));
    txn_guard(b, 2, false);
    assert_true(txn_guards_take(b, &err) && txn_guarded(b, 2, false) && !txn_guarded(b, 1, false));
    assert_true(txn_guard_now(b, 1, false, &had, &err) && had);
    assert_true(rows_one(b, NULL, SQL_event_get, V(val_int(1), val_int(1)), 2, &out, 1, &had, &err) && had);
    txn_rollback(&b);
    store_close(&second);
}

/* All that one turn waits for in vain, guard by guard, is bounded. */
static void
test_late_guards_do_not_add_up(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    bool had = true;
    struct store *second = beside(kit, "second", false);
    struct txn *a = begin(kit), *b = NULL;
    for (int64_t key = 1; key <= 20; key++)
        txn_guard(a, key, true);
    assert_true(txn_guards_take(a, &err));
    (void)row_there(a, 1);
    assert_true(txn_begin(second, &b, &err) && txn_guards_take(b, &err));
    int64_t begun = clock_mono_ms();
    for (int64_t key = 1; key <= 20; key++)
        assert_true(txn_guard_now(b, key, false, &had, &err) && !had);
    assert_true(clock_mono_ms() - begun < 3 * LIMIT_PG_GUARD_MS);
    txn_rollback(&a);
    txn_rollback(&b);
    assert_true(txn_begin(second, &b, &err));
    for (int64_t key = 1; key <= LIMIT_PG_GUARDS; key++)
        txn_guard(b, key, false);
    assert_true(txn_guards_take(b, &err) && txn_guarded(b, LIMIT_PG_GUARDS, false));
    begun = clock_mono_ms();
    assert_true(txn_guard_now(b, LIMIT_PG_GUARDS + 1, false, &had, &err) && !had); /* there is no room for it */
    assert_true(clock_mono_ms() - begun < LIMIT_PG_GUARD_MS);
    txn_rollback(&b);
    store_close(&second);
}

/* A node stands still with somebody's guard: who waits for it in vain begins anew without, and the next does not wait. */
static void
test_waited_in_vain(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    bool found = false;
    struct val out;
    struct store *second = beside(kit, "second", false);
    struct txn *a = begin(kit), *b = NULL;
    txn_guard(a, 1, true);
    assert_true(txn_guards_take(a, &err));
    (void)row_there(a, 1);
    for (int turn = 0; turn < 2; turn++) {
        int64_t begun = clock_mono_ms();
        assert_true(txn_begin(second, &b, &err));
        txn_guard(b, 1, false);
        txn_guard(b, 2, true);
        rows_ahead(b, SQL_event_get, V(val_int(1), val_int(1)), 2);
        rows_ahead(b, SQL_dk_get, V(val_int(1), val_int(1)), 2);
        bool good = txn_guards_take(b, &err) &&
                    rows_one(b, NULL, SQL_event_get, V(val_int(1), val_int(1)), 2, &out, 1, &found, &err);
        assert_int_equal(good, turn == 1);
        assert_int_equal(txn_guards_again(b, &err), turn == 0);
        assert_true(!txn_guarded(b, 1, false) && txn_guarded(b, 2, true));
        assert_true(!row_there(b, 1) && !key_there(b, 1));
        assert_true(pair_put(b, 2 + turn, 1, &err));
        assert_false(txn_guards_again(b, &err));
        assert_true(txn_commit(&b, &err));
        assert_true((clock_mono_ms() - begun < LIMIT_PG_LOCK_MS / 2) == (turn == 1));
    }
    txn_rollback(&a);
    assert_true(txn_begin(second, &b, &err));
    assert_true(row_there(b, 2) && row_there(b, 3));
    txn_rollback(&b);
    store_close(&second);
}

/* The session over the keys of a node that stands still outlives the other one: its lane is neither free nor in anybody's way. */
static void
test_half_a_lane(void **state)
{
    struct kit *kit = *state;
    char where[300];
    (void)snprintf(where, sizeof where, "host=%s user=troth_owner dbname=%s_keys", getenv("TROTH_PG"), kit->base);
    kit_close(kit);
    PGconn *half = PQconnectdb(where);
    PGresult *locked = PQexec(half, "SELECT pg_advisory_lock(1953656692, 1)");
    assert_int_equal(PQresultStatus(locked), PGRES_TUPLES_OK);
    PQclear(locked);
    struct store *next = beside(kit, "next", false), *third = beside(kit, "third", false);
    assert_int_equal(store_lane(next), 2);
    assert_int_equal(store_lane(third), 3);
    PQfinish(half);
    store_close(&next);
    store_close(&third);
}

static void
test_timeouts(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    char where[300];
    (void)snprintf(where, sizeof where, "host=%s user=troth_owner dbname=%s", getenv("TROTH_PG"), kit->base);
    PGconn *other = PQconnectdb(where);
    PQclear(PQexec(other, "BEGIN; LOCK TABLE event"));
    struct txn *txn = begin(kit);
    int64_t begun = clock_mono_ms();
    struct val out;
    bool found;
    assert_false(rows_one(txn, NULL, SQL_event_get, V(val_int(1), val_int(1)), 2, &out, 1, &found, &err));
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_true(clock_mono_ms() - begun < LIMIT_PG_LOCK_MS + 2000);
    txn_rollback(&txn);
    PQfinish(other);
    txn = begin(kit);
    assert_false(row_there(txn, 1));
    txn_rollback(&txn);
}

/* Announced reads come with the next answer; what was written behind one is not missed. */
static void
test_ahead(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    struct txn *txn = begin(kit);
    for (int64_t n = 1; n <= 100; n++)
        assert_true(pair_put(txn, n, 1, &err));
    assert_true(txn_commit(&txn, &err));
    txn = begin(kit);
    uint64_t before = trips(kit);
    for (int64_t n = 1; n <= 100; n++)
        rows_ahead(txn, SQL_event_get, V(val_int(n), val_int(1)), 2);
    for (int64_t n = 1; n <= 100; n++)
        rows_ahead(txn, SQL_dk_get, V(val_int(n), val_int(1)), 2);
    for (int64_t n = 1; n <= 100; n++)
        assert_true(row_there(txn, n) && key_there(txn, n));
    assert_int_equal(trips(kit) - before, 2); /* one for each database */
    assert_false(row_there(txn, 101));
    assert_int_equal(trips(kit) - before, 3);
    /* A write to the table makes it be asked again; one to another table does not. */
    rows_ahead(txn, SQL_event_get, V(val_int(101), val_int(1)), 2);
    assert_true(RUN(txn, SQL_purge_put, val_int(1), val_int(1)));
    assert_false(row_there(txn, 101));
    rows_ahead(txn, SQL_event_get, V(val_int(102), val_int(1)), 2);
    assert_true(txn_mark(txn, &err));
    assert_true(pair_put(txn, 102, 1, &err));
    assert_true(row_there(txn, 102));
    rows_ahead(txn, SQL_event_get, V(val_int(102), val_int(1)), 2);
    assert_true(row_there(txn, 102));
    assert_true(txn_mark_back(txn, &err));
    assert_false(row_there(txn, 102));
    txn_rollback(&txn);
    /* The next turn knows nothing of it. */
    txn = begin(kit);
    assert_true(pair_put(txn, 101, 1, &err));
    assert_true(txn_commit(&txn, &err));
    txn = begin(kit);
    assert_true(row_there(txn, 101));
    txn_rollback(&txn);
}

/* More than the ring holds, and values that fill the socket both ways. */
static void
test_large_turn(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    static char big[100000];
    struct txn *txn = begin(kit);
    for (int64_t n = 0; n < 3 * LIMIT_PG_QUEUE; n++)
        assert_true(RUN(txn, SQL_event_set, val_int(n), val_int(1), val_int(n)));
    for (int i = 0; i < 200; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "big%d", i);
        assert_true(RUN(txn, SQL_meta_set, val_text(span_str(name)), val_blob(big, sizeof big)));
    }
    assert_true(txn_commit(&txn, &err));
    txn = begin(kit);
    assert_true(row_there(txn, 3 * LIMIT_PG_QUEUE - 1));
    for (int i = 0; i < 100; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "big%d", i);
        rows_ahead(txn, SQL_meta_get, V(val_text(span_str(name))), 1);
    }
    struct val out;
    bool found = false;
    assert_true(rows_one(txn, &kit->arena, SQL_meta_get, V(val_text(SPAN("big99"))), 1, &out, 1, &found, &err));
    assert_int_equal(out.s.n, sizeof big);
    txn_rollback(&txn);
}

/* The service's role cannot rewrite the book. */
static void
test_least_privilege(void **state)
{
    struct kit *kit = *state;
    static const char *const tries[] = {
        "UPDATE ledger_entry SET row = row", "DELETE FROM ledger_entry", "TRUNCATE ledger_entry",
        "DELETE FROM ledger_tile", "UPDATE ledger_run SET no = 0", "DELETE FROM ledger_run", "TRUNCATE ledger_run", "UPDATE ledger_checkpoint SET note = note", "DROP TABLE ledger_entry",
        "CREATE TABLE mine (a int)", "UPDATE troth_schema SET version = 9"};
    char where[300], url[200];
    (void)snprintf(where, sizeof where, "host=%s user=troth_service dbname=%s", getenv("TROTH_PG"), kit->base);
    PGconn *service = PQconnectdb(where);
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        PGresult *done = PQexec(service, tries[i]);
        assert_string_equal(PQresultErrorField(done, PG_DIAG_SQLSTATE), "42501");
        PQclear(done);
    }
    PQfinish(service);
    kit_close(kit);
    (void)snprintf(url, sizeof url, "postgresql://troth_service@/%s?host=%s", kit->base, getenv("TROTH_PG"));
    memcpy(kit->url, url, sizeof url);
    kit_open(kit);
    struct err err = {0};
    struct txn *txn = begin(kit);
    assert_true(pair_put(txn, 1, 1, &err));
    assert_true(RUN(txn, SQL_ledger_entry_put, val_int(0), val_blob("row", 3)));
    assert_true(txn_commit(&txn, &err));
}

static void
test_urls(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool good;
    } rows[] = {
        {"postgresql:///troth?host=/run/postgresql", true},
        {"postgresql://localhost/troth", true},
        {"postgresql://127.0.0.1/troth?sslmode=disable", true},
        {"postgresql://[::1]/troth?sslmode=prefer", true},
        {"postgresql://a@/troth?host=/run/one,/run/two&target_session_attrs=read-write&sslmode=disable", true},
        {"postgresql:///troth?host=/run/one,db.example.org&sslmode=disable", false},
        {"postgresql://db.example.org/troth", true}, /* verify-full is put in */
        {"postgres://db.example.org/troth?sslmode=verify-full", true},
        {"postgresql://a:secret@db.example.org/troth?sslmode=require", false},
        {"postgresql://db.example.org/troth?sslmode=verify-ca", false},
        {"postgresql://localhost,db.example.org/troth?sslmode=disable", false},
        {"postgresql://localhost/troth?hostaddr=192.0.2.1&sslmode=disable", false},
        {"postgresql:///troth?sslmode=disable", false}, /* who knows what PGHOST says */
        {"postgresql://a:secret@localhost/troth?nonsense=1", false},
        {"postgresql://a:secret%zz@localhost/troth", false},
        {"mysql://localhost/troth", false},
        {"host=localhost", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pg_place place = {0};
        struct err err = {0};
        bool good = pg_place_open(rows[i].url, &place, &err);
        if (good != rows[i].good)
            fail_msg("%s: %s", rows[i].url, err.text);
        assert_null(strstr(err.text, "secret"));
        bool verify = false;
        for (size_t k = 0; good && place.words[k] != NULL; k++)
            verify |= strcmp(place.words[k], "sslmode") == 0 && strcmp(place.values[k], "verify-full") == 0;
        if (good)
            assert_int_equal(verify, strstr(rows[i].url, "example") != NULL);
        if (good)
            pg_place_close(&place);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test_setup_teardown(test_statements_are_the_same, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_rows_lie_by_person, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_lost_connection, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_faults_have_their_codes, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_keys_ahead_of_data, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_each_node_has_a_lane, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_guards, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_guards_and_marks, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_asked_before_the_guards, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_guard_missed, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_late_guards_do_not_add_up, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_waited_in_vain, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_half_a_lane, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_timeouts, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_ahead, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_large_turn, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_least_privilege, kit_store, kit_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
