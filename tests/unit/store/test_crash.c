#include "kit.h"

#include "base/clock.h"
#include "store/store_priv.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a child a failed check must not run into the rest of the tests. */
#define CHILD(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            (void)fprintf(stderr, "child, line %d: %s (%s)\n", __LINE__, #cond, err.text);         \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

static void
await(pid_t pid, int want)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), want);
}

static bool
pair_erase(struct txn *txn, int64_t n, struct err *err)
{
    struct val place[] = {val_int(n), val_int(1), val_int(0)};
    txn_truncate_keys(txn);
    return rows_run(txn, SQL_dk_zero, place, 3, NULL, err) &&
           rows_run(txn, SQL_dk_delete, place, 3, NULL, err) &&
           rows_run(txn, SQL_event_erase, place, 1, NULL, err);
}

static void
die(void)
{
    _exit(42);
}

/* Death between the two commits leaves keys without rows, or rows whose key has ended; never a
 * row whose key was not durable before it. */
static void
test_between_the_commits(void **state)
{
    struct kit *kit = *state;
    kit_close(kit);
    for (int erase = 0; erase < 2; erase++) {
        pid_t pid = fork();
        if (pid == 0) {
            struct err err = {0};
            struct txn *txn;
            kit_open(kit);
            CHILD(txn_begin(kit->store, &txn, &err));
            CHILD(pair_put(txn, 1, 1, &err) || erase == 1);
            CHILD(erase == 1 || txn_commit(&txn, &err));
            if (erase == 1)
                txn_rollback(&txn);
            CHILD(txn_begin(kit->store, &txn, &err));
            CHILD(erase == 1 ? pair_erase(txn, 1, &err) : pair_put(txn, 2, 1, &err));
            store_test_between = die;
            _exit(txn_commit(&txn, &err) ? 0 : 1);
        }
        await(pid, 42);
        struct err err;
        struct txn *txn;
        kit_open(kit);
        assert_true(txn_begin(kit->store, &txn, &err));
        assert_int_equal(key_there(txn, 1), erase == 0);
        assert_true(row_there(txn, 1));
        assert_true(key_there(txn, 2)); /* a key alone: settled at start */
        assert_false(row_there(txn, 2));
        txn_rollback(&txn);
        kit_close(kit);
    }
}

enum { KILLS = 30, PER_TURN = 3 };

static void
write_until_killed(struct kit *kit, int64_t turn, int fd)
{
    struct err err = {0};
    kit_open(kit);
    for (;; turn++) {
        struct txn *txn;
        bool more;
        CHILD(txn_begin(kit->store, &txn, &err));
        for (int64_t n = turn * PER_TURN; n < (turn + 1) * PER_TURN; n++)
            CHILD(pair_put(txn, n, 1, &err));
        CHILD(txn_commit(&txn, &err));
        CHILD(write(fd, &turn, sizeof turn) == sizeof turn);
        CHILD(store_tidy(kit->store, &more, &err));
    }
}

/* G02, short form: what was acknowledged is there, a turn is whole or absent, no row is without its
 * key. */
static void
test_kill(void **state)
{
    struct kit *kit = *state;
    int64_t next = 0;
    int mid_work = 0;
    kit_close(kit);
    int kills = kit_far() ? KILLS / 2 : KILLS; /* opening takes longer there */
    for (int i = 0; i < kills; i++) {
        int fd[2];
        assert_int_equal(pipe(fd), 0);
        pid_t pid = fork();
        if (pid == 0) {
            (void)close(fd[0]);
            write_until_killed(kit, next, fd[1]);
        }
        (void)close(fd[1]);
        int64_t acked = next - 1, turn;
        /* Most are killed some time after the first turn, however slow the machine is; every fourth in the beginning. */
        struct pollfd first = {.fd = fd[0], .events = POLLIN};
        if (i % 4 != 3 && poll(&first, 1, 20000) == 1 && read(fd[0], &turn, sizeof turn) == sizeof turn)
            acked = turn;
        (void)usleep((useconds_t)(i * 1000));
        (void)kill(pid, SIGKILL);
        while (read(fd[0], &turn, sizeof turn) == sizeof turn)
            acked = turn;
        (void)close(fd[0]);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        mid_work += acked >= next;

        struct err err;
        struct txn *txn;
        kit_open(kit);
        assert_true(txn_begin(kit->store, &txn, &err));
        for (turn = next; turn <= acked + 2; turn++) {
            int rows = 0, keys = 0;
            for (int64_t n = turn * PER_TURN; n < (turn + 1) * PER_TURN; n++) {
                rows += row_there(txn, n);
                keys += key_there(txn, n);
            }
            assert_true(rows == 0 || rows == PER_TURN);
            assert_true(keys == 0 || keys == PER_TURN);
            assert_true(keys >= rows);
            assert_true(turn > acked || rows == PER_TURN);
        }
        txn_rollback(&txn);
        kit_close(kit);
        next = acked + 10;
    }
    assert_true(mid_work > kills / 2); /* else it was killed before it did anything */
}

static bool
big_put(struct txn *txn, int64_t sn, struct err *err)
{
    static char sealed[3000];
    struct val row[] = {val_int(sn), val_int(1), val_int(0), val_int(1),   val_int(1),
                        val_int(sn), val_null(), val_null(), val_blob(sealed, sizeof sealed)};
    return rows_run(txn, SQL_record_put, row, 9, NULL, err);
}

static void
limit_files(rlim_t bytes)
{
    struct rlimit limit;
    struct err err = {.text = "limit"};
    CHILD(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    limit.rlim_cur = bytes;
    CHILD(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

/* `count` large rows with their keys in one turn; the error's code, or ERR_OK. */
static enum err_code
big_turn(struct kit *kit, int64_t from, int64_t count)
{
    struct err err = {0};
    struct txn *txn;
    CHILD(txn_begin(kit->store, &txn, &err));
    bool ok = true;
    for (int64_t n = from; ok && n < from + count; n++)
        ok = pair_put(txn, n, 9, &err) && big_put(txn, n, &err);
    if (ok)
        ok = txn_commit(&txn, &err);
    else
        CHILD(!txn_commit(&txn, &(struct err){0})); /* a lost turn cannot be saved */
    CHILD(txn == NULL);
    return ok ? ERR_OK : err.code;
}

/* G05's base: full is an answer, nothing is half there, and with room things go on. 10 rows
 * meet it at commit, 10,000 when the page cache spills in the middle of the turn. */
static void
test_disk_full(void **state)
{
    struct kit *kit = *state;
    kit_close(kit);
    pid_t pid = fork();
    if (pid == 0) {
        struct err err = {.text = "-"};
        struct store_figures figures;
        (void)signal(SIGXFSZ, SIG_IGN);
        kit_open(kit);
        CHILD(big_turn(kit, 1, 30) == ERR_OK);
        store_figures(kit->store, &figures);
        limit_files((rlim_t)figures.log_bytes + 8000);
        for (int i = 0; i < 3; i++) {
            CHILD(big_turn(kit, 1000, 10) == ERR_FULL);
            CHILD(big_turn(kit, 1000, 10000) == ERR_FULL);
            CHILD(!store_failed(kit->store));
        }
        struct txn *txn;
        CHILD(txn_begin(kit->store, &txn, &err));
        CHILD(row_there(txn, 1)); /* reading goes on */
        CHILD(!row_there(txn, 1000) && !key_there(txn, 1000));
        txn_rollback(&txn);
        limit_files(RLIM_INFINITY);
        CHILD(big_turn(kit, 2000, 30) == ERR_OK);
        _exit(0);
    }
    await(pid, 0);
    struct err err;
    struct txn *txn;
    kit_open(kit);
    assert_true(txn_begin(kit->store, &txn, &err));
    for (int64_t n = 0; n < 30; n++) {
        assert_true(row_there(txn, 1 + n) && key_there(txn, 1 + n));
        assert_true(row_there(txn, 2000 + n) && key_there(txn, 2000 + n));
        assert_false(row_there(txn, 1000 + n) || key_there(txn, 1000 + n));
    }
    txn_rollback(&txn);
}

enum { KEYS = 5000, ERASED = 1000 };

static void
key_bytes(int64_t n, uint8_t key[128])
{
    uint64_t x = (uint64_t)n * 0x9e3779b97f4a7c15u + 1;
    for (int i = 0; i < 128; i += 8) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        put_be64(key + i, x);
    }
}

/* How many of the keys have a part of 16 bytes anywhere in the file? */
static int
keys_found(const char *path, int64_t from, int64_t to)
{
    uint8_t *bytes, key[128];
    size_t n = kit_read(path, &bytes);
    int found = 0;
    for (int64_t k = from; bytes != NULL && k < to; k++) {
        key_bytes(k, key);
        for (int part = 0; part < 128; part += 56)
            if (memmem(bytes, n, key + part, 16) != NULL) {
                found++;
                break;
            }
    }
    free(bytes);
    return found;
}

/* trust.md's finding 4 in our own files: after zero, delete and the emptied log no byte of a wrapped
 * key is left, while the store is open. */
static void
test_erased_keys_are_gone(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    struct txn *txn;
    uint8_t key[128];
    char db[128], wal[128];
    kit_path(kit, "keys.db", db);
    kit_path(kit, "keys.db-wal", wal);
    for (int64_t n = 0; n < KEYS;) {
        assert_true(txn_begin(kit->store, &txn, &err));
        for (int i = 0; i < 100; i++, n++) {
            key_bytes(n, key);
            /* mixed places, so that pages split in the middle */
            assert_true(RUN(txn, SQL_dk_put, val_int(n * 7919 % KEYS), val_int(1), val_int(0),
                            val_blob(key, sizeof key)));
        }
        assert_true(txn_commit(&txn, &err));
    }
    assert_int_equal(keys_found(wal, 0, ERASED), ERASED); /* the search finds what is there */
    for (int64_t n = 0; n < ERASED;) {
        assert_true(txn_begin(kit->store, &txn, &err));
        for (int i = 0; i < 50; i++, n++)
            assert_true(pair_erase(txn, n * 7919 % KEYS, &err));
        assert_true(txn_commit(&txn, &err));
        assert_int_equal(keys_found(wal, n - 50, n), 0);
    }
    struct store_figures figures;
    store_figures(kit->store, &figures);
    assert_int_equal(figures.keys_log_bytes, 0);
    assert_false(figures.truncate_due);
    assert_int_equal(keys_found(db, 0, ERASED), 0);
    assert_int_equal(keys_found(db, ERASED, ERASED + 100), 100); /* the others' are */
}

/* A reader's look at the keys holds nothing; a copy's snapshot cannot stop an erasure either, only its
 * last cut: that is then due, said so, and done as soon as it can be. */
static void
test_cut_is_due_while_a_copy_holds(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    struct txn *txn, *old;
    struct store_reader *reader;
    struct store_figures figures;
    sqlite3 *copier;
    char path[128];
    bool more;
    assert_true(txn_begin(kit->store, &txn, &err));
    assert_true(pair_put(txn, 1, 3, &err) && pair_put(txn, 2, 3, &err) && txn_commit(&txn, &err));
    assert_true(store_reader_open(kit->store, &reader, &err));
    assert_true(store_reader_begin(reader, &old, &err));
    assert_true(key_there(old, 1));
    assert_true(txn_begin(kit->store, &txn, &err));
    assert_true(pair_erase(txn, 1, &err) && txn_commit(&txn, &err));
    store_figures(kit->store, &figures);
    assert_false(figures.truncate_due);
    assert_int_equal(figures.keys_log_bytes, 0);
    store_reader_end(&old);
    store_reader_close(&reader);

    kit_path(kit, "keys.db", path);
    assert_int_equal(sqlite3_open(path, &copier), SQLITE_OK);
    assert_int_equal(sqlite3_exec(copier, "BEGIN; SELECT * FROM dk", NULL, NULL, NULL), SQLITE_OK);
    assert_true(txn_begin(kit->store, &txn, &err));
    assert_true(pair_erase(txn, 2, &err) && txn_commit(&txn, &err));
    store_figures(kit->store, &figures);
    assert_true(figures.truncate_due && figures.keys_log_bytes > 0);
    assert_true(store_tidy(kit->store, &more, &err));
    store_figures(kit->store, &figures);
    assert_true(figures.truncate_due);
    assert_int_equal(sqlite3_close(copier), SQLITE_OK);
    assert_true(store_tidy(kit->store, &more, &err));
    store_figures(kit->store, &figures);
    assert_false(figures.truncate_due);
    assert_int_equal(figures.keys_log_bytes, 0);
}

/* Between turns the log is moved when it is long, and emptied when nothing happens. */
static void
test_tidy(void **state)
{
    struct kit *kit = *state;
    struct err err = {0};
    struct store_figures figures;
    bool more = true;
    int64_t longest = 0, sn = 1;
    for (int turn = 0; turn < 400; turn++) {
        struct txn *txn;
        assert_true(txn_begin(kit->store, &txn, &err));
        for (int i = 0; i < 60; i++)
            assert_true(big_put(txn, sn++, &err));
        assert_true(txn_commit(&txn, &err));
        assert_true(store_tidy(kit->store, &more, &err));
        store_figures(kit->store, &figures);
        longest = figures.log_bytes > longest ? figures.log_bytes : longest;
    }
    assert_true(figures.data_bytes > INT64_C(60) * 400 * 3000); /* it was moved meanwhile */
    assert_true(longest < INT64_C(4400) * (4096 + 24));
    int64_t end_ms = clock_mono_ms() + 5000;
    do {
        assert_true(store_tidy(kit->store, &more, &err));
        (void)usleep(20000);
        store_figures(kit->store, &figures);
    } while (figures.log_bytes > 0 && clock_mono_ms() < end_ms);
    assert_int_equal(figures.log_bytes, 0);
    assert_true(store_tidy(kit->store, &more, &err));
    assert_false(more);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_between_the_commits, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_kill, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_disk_full, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_erased_keys_are_gone, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_cut_is_due_while_a_copy_holds, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_tidy, kit_store, kit_end),
    };
    /* The others are about our own files. */
    const struct CMUnitTest far[] = {tests[0], tests[1]};
    return kit_far() ? cmocka_run_group_tests(far, NULL, NULL) : cmocka_run_group_tests(tests, NULL, NULL);
}
