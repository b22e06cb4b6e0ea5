#include "kit.h"

#include "store/store_priv.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static enum err_code
try_open(struct kit *kit, bool create, bool read_only, struct err *err)
{
    struct store_options options = {.dir = kit->dir, .create = create, .read_only = read_only};
    struct store *store = NULL;
    err_clear(err);
    if (store_open(&options, &store, err)) {
        store_close(&store);
        return ERR_OK;
    }
    assert_null(store);
    return err->code;
}

static void
put_pairs(struct kit *kit, int64_t from, int64_t to)
{
    struct err err = {0};
    struct txn *txn = NULL;
    assert_true(txn_begin(kit->store, &txn, &err));
    for (int64_t n = from; n < to; n++)
        assert_true(pair_put(txn, n, 5, &err));
    assert_true(txn_commit(&txn, &err));
}

/* Another program's hands on a closed store's file. */
static void
raw(struct kit *kit, const char *name, const char *sql)
{
    char path[128];
    sqlite3 *db;
    kit_path(kit, name, path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
test_second_open_is_busy(void **state)
{
    struct kit *kit = *state;
    struct err err;
    char pid[32];
    assert_int_equal(try_open(kit, true, false, &err), ERR_BUSY);
    (void)snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    assert_non_null(strstr(err.text, pid));
    put_pairs(kit, 1, 2); /* the first has not noticed */
    kit_close(kit);
    assert_int_equal(try_open(kit, true, false, &err), ERR_OK);
}

static void
test_what_is_not_there(void **state)
{
    struct kit *kit = *state;
    struct err err;
    char path[128];
    assert_int_equal(try_open(kit, false, false, &err), ERR_NOT_FOUND);
    assert_int_equal(try_open(kit, false, true, &err), ERR_NOT_FOUND);
    kit_path(kit, "troth.db", path);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(try_open(kit, true, false, &err), ERR_OK);
    assert_int_equal(try_open(kit, false, false, &err), ERR_OK);
}

static void
test_modes(void **state)
{
    struct kit *kit = *state;
    static const char *const names[] = {"troth.db", "troth.db-wal", "troth.db-shm",
                                        "keys.db",  "keys.db-wal",  "lock"};
    char path[128];
    struct stat st;
    put_pairs(kit, 1, 2);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        kit_path(kit, names[i], path);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    (void)snprintf(path, sizeof path, "%s/new", kit->dir);
    struct store_options options = {.dir = path, .create = true};
    struct store *store;
    struct err err;
    assert_true(store_open(&options, &store, &err));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    store_close(&store);
}

/* Each row spoils a closed store in one way and says what opening it answers. */
static void
cut_main(struct kit *kit)
{
    char path[128];
    struct stat st;
    kit_path(kit, "troth.db", path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size / 2 / 4096 * 4096), 0);
}

static void
cut_in_header(struct kit *kit)
{
    char path[128];
    kit_path(kit, "troth.db", path);
    assert_int_equal(truncate(path, 50), 0);
}

static void
write_over(struct kit *kit)
{
    char path[128];
    kit_path(kit, "keys.db", path);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "this is no database", 19, 0), 19);
    (void)close(fd);
}

static void
lose_keys(struct kit *kit)
{
    char path[128];
    kit_path(kit, "keys.db", path);
    assert_int_equal(unlink(path), 0);
}

static void
lose_main(struct kit *kit)
{
    char path[128];
    kit_path(kit, "troth.db", path);
    assert_int_equal(unlink(path), 0);
}

static void
swap_files(struct kit *kit)
{
    char a[128], b[128], c[128];
    kit_path(kit, "keys.db", a);
    kit_path(kit, "troth.db", b);
    kit_path(kit, "c", c);
    assert_true(rename(a, c) == 0 && rename(b, a) == 0 && rename(c, b) == 0);
}

static void
newer_main(struct kit *kit)
{
    raw(kit, "troth.db", "PRAGMA user_version = 99");
}

static void
newer_keys(struct kit *kit)
{
    raw(kit, "keys.db", "PRAGMA user_version = 99");
}

/* The newer number stands only in the log: the writer was killed before it was moved. */
static void
newer_in_log(struct kit *kit)
{
    pid_t pid = fork();
    if (pid == 0) {
        char path[128];
        sqlite3 *db;
        kit_path(kit, "troth.db", path);
        if (sqlite3_open(path, &db) == SQLITE_OK)
            (void)sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
someone_elses(struct kit *kit)
{
    lose_main(kit);
    lose_keys(kit);
    raw(kit, "troth.db", "CREATE TABLE cake (a)");
}

static void
nothing(struct kit *kit)
{
    (void)kit;
}

static void
test_spoiled_files(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        void (*spoil)(struct kit *kit);
        enum err_code want;
    } rows[] = {
        {"nothing", nothing, ERR_OK},
        {"half of troth.db", cut_main, ERR_CORRUPT},
        {"a header cut off", cut_in_header, ERR_CORRUPT},
        {"other bytes in keys.db", write_over, ERR_CORRUPT},
        {"no keys.db", lose_keys, ERR_CORRUPT},
        {"no troth.db beside keys", lose_main, ERR_CORRUPT},
        {"files changed about", swap_files, ERR_CORRUPT},
        {"newer troth.db", newer_main, ERR_NEWER},
        {"newer keys.db", newer_keys, ERR_NEWER},
        {"newer in the log only", newer_in_log, ERR_NEWER},
        {"a database of something else", someone_elses, ERR_CORRUPT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct kit *kit;
        struct err err;
        char main_path[128], keys_path[128];
        uint8_t *before[2], *after[2];
        assert_int_equal(kit_store((void **)&kit), 0);
        put_pairs(kit, 1, 500);
        kit_close(kit);
        rows[i].spoil(kit);
        kit_path(kit, "troth.db", main_path);
        kit_path(kit, "keys.db", keys_path);
        size_t n[2] = {kit_read(main_path, &before[0]), kit_read(keys_path, &before[1])};
        enum err_code got = try_open(kit, true, false, &err);
        if (got != rows[i].want)
            fail_msg("%s: %s %s", rows[i].what, err_machine_code(got), err.text);
        size_t m[2] = {kit_read(main_path, &after[0]), kit_read(keys_path, &after[1])};
        for (int k = 0; k < 2; k++) {
            if (rows[i].want == ERR_NEWER) {
                assert_int_equal(n[k], m[k]);
                assert_memory_equal(before[k], after[k], n[k]);
            }
            free(before[k]);
            free(after[k]);
        }
        (void)kit_end((void **)&kit);
    }
}

/* Damage inside a page shows when it is read, and from then on nothing is done. */
static void
test_damaged_page(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    char path[128];
    struct stat st;
    put_pairs(kit, 1, 20000);
    kit_close(kit);
    kit_path(kit, "troth.db", path);
    int fd = open(path, O_WRONLY);
    assert_int_equal(fstat(fd, &st), 0);
    for (off_t at = st.st_size / 2 / 4096 * 4096; at < st.st_size; at += 4096)
        assert_int_equal(pwrite(fd, "\xee\xee\xee\xee\xee\xee\xee\xee", 8, at), 8);
    (void)close(fd);
    kit_open(kit);
    struct txn *txn;
    bool ok = true;
    assert_true(txn_begin(kit->store, &txn, &err));
    for (int64_t n = 1; ok && n < 20000; n++) {
        struct val out;
        bool found;
        ok = rows_one(txn, NULL, SQL_event_get, V(val_int(n), val_int(1)), 2, &out, 1, &found, &err);
    }
    assert_false(ok);
    assert_int_equal(err.code, ERR_CORRUPT);
    assert_false(txn_commit(&txn, &err));
    assert_true(store_failed(kit->store));
    assert_false(txn_begin(kit->store, &txn, &err));
    assert_int_equal(err.code, ERR_UNAVAILABLE);
}

static void
test_copy(void **state)
{
    struct kit *kit = *state;
    struct kit copy = {0};
    struct err err = {0};
    struct store *store = NULL;
    struct txn *txn;
    struct stat st;
    char path[200];
    put_pairs(kit, 1, 3000);
    (void)snprintf(path, sizeof path, "%s/copy", kit->dir);
    assert_true(span_copy(span_str(path), copy.dir, sizeof copy.dir));
    assert_false(store_copy(kit->store, copy.dir, &err)); /* not there */
    assert_int_equal(mkdir(copy.dir, 0700), 0);
    assert_true(store_copy(kit->store, copy.dir, &err));
    put_pairs(kit, 5000, 5001);
    assert_false(store_copy(kit->store, copy.dir, &err)); /* not empty */
    assert_int_equal(err.code, ERR_CONFLICT);

    struct store_options options = {.dir = copy.dir, .read_only = true};
    if (!store_open(&options, &store, &err))
        fail_msg("%s", err.text);
    assert_int_equal(store_schema_version(store), 2);
    assert_true(txn_begin(store, &txn, &err));
    for (int64_t n = 1; n < 3000; n++)
        assert_true(key_there(txn, n) && row_there(txn, n));
    assert_false(row_there(txn, 5000));
    assert_false(RUN(txn, SQL_event_erase, val_int(1)));
    txn_rollback(&txn);
    store_close(&store);
    static const char *const none[] = {"lock", "troth.db-wal", "troth.db-shm", "keys.db-wal",
                                       "keys.db-shm", "troth.db-journal"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", copy.dir, none[i]);
        assert_int_not_equal(stat(path, &st), 0); /* looking leaves nothing */
    }
    (void)snprintf(path, sizeof path, "%s/keys.db", copy.dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    /* and it can be put into service */
    kit_open(&copy);
    put_pairs(&copy, 5000, 5001);
    kit_close(&copy);
}

/* Looking at a folder whose writer is alive, or was killed with a full log. */
static void
test_look_at_the_living_and_the_dead(void **state)
{
    struct kit *kit = *state;
    for (int dead = 0; dead < 2; dead++) {
        int up[2], down[2];
        assert_true(pipe(up) == 0 && pipe(down) == 0);
        pid_t pid = fork();
        if (pid == 0) {
            struct err err;
            struct txn *txn;
            char c;
            (void)close(down[1]);
            kit_open(kit);
            bool ok = txn_begin(kit->store, &txn, &err) && pair_put(txn, 1 + dead, 1, &err) &&
                      txn_commit(&txn, &err);
            ok = write(up[1], ok ? "y" : "n", 1) == 1 && ok;
            _exit(read(down[0], &c, 1) == 0 && ok ? 0 : 1);
        }
        char c = 0;
        (void)close(up[1]);
        (void)close(down[0]);
        assert_int_equal(read(up[0], &c, 1), 1);
        assert_int_equal(c, 'y');
        if (dead == 1) {
            (void)close(down[1]);
            assert_int_equal(waitpid(pid, NULL, 0), pid);
        }
        struct store_options options = {.dir = kit->dir, .read_only = true};
        struct store *store;
        struct txn *txn;
        struct err err;
        if (!store_open(&options, &store, &err))
            fail_msg("%s", err.text);
        assert_true(txn_begin(store, &txn, &err));
        assert_true(row_there(txn, 1 + dead) && key_there(txn, 1 + dead));
        txn_rollback(&txn);
        store_close(&store);
        if (dead == 0) {
            (void)close(down[1]);
            assert_int_equal(waitpid(pid, NULL, 0), pid);
        }
        (void)close(up[0]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_second_open_is_busy, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_what_is_not_there, kit_folder, kit_end),
        cmocka_unit_test_setup_teardown(test_modes, kit_store, kit_end),
        cmocka_unit_test(test_spoiled_files),
        cmocka_unit_test_setup_teardown(test_damaged_page, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_copy, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_look_at_the_living_and_the_dead, kit_folder, kit_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
