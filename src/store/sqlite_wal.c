#include "base/clock.h"
#include "base/limits.h"
#include "store/sqlite_priv.h"

/*
 * The logs. Nothing is moved inside a commit; between turns a step is taken when a log has grown
 * by LIMIT_WAL_PAGES since the last one, so that a step is never larger than that and one turn.
 * A log that was moved whole is written from its start again: its blocks are there already, and a
 * sync that need not grow a file costs half. Only when nothing happens it is cut to nothing.
 */

static int
on_commit(void *ctx, sqlite3 *db, const char *name, int pages)
{
    (void)db, (void)name;
    struct wal *wal = ctx;
    wal->pages = pages;
    wal->moved_ms = clock_mono_ms();
    wal->long_file = true;
    return SQLITE_OK;
}

void
wal_watch(struct sqlite_store *store)
{
    for (int i = 0; i < STORE_DB_COUNT; i++) {
        store->wal[i] = (struct wal){.next = LIMIT_WAL_PAGES};
        (void)sqlite3_wal_hook(store->side.conn[i].db, on_commit, &store->wal[i]);
    }
}

/* *ret_done false: a reader is in the way; try again later. */
static bool
wal_move(struct sqlite_store *store, enum store_db which, int how, bool *ret_done, struct err *err)
{
    struct conn *conn = &store->side.conn[which];
    struct wal *wal = &store->wal[which];
    int in_log = 0, moved = 0;
    int rc = sqlite3_wal_checkpoint_v2(conn->db, NULL, how, &in_log, &moved);
    if (rc == SQLITE_BUSY || rc == SQLITE_OK) {
        bool whole = rc == SQLITE_OK && in_log == moved;
        if (whole)
            *wal = (struct wal){.next = LIMIT_WAL_PAGES,
                                .long_file = wal->long_file && how != SQLITE_CHECKPOINT_TRUNCATE};
        else
            wal->next = wal->pages + LIMIT_WAL_PAGES;
        *ret_done = whole;
        return true;
    }
    struct err own;
    (void)conn_move_fault(conn, rc, "moving the log", &own);
    /* Full: the log still holds everything, and room may come. Else nobody knows. */
    if (own.code == ERR_IO || own.code == ERR_CORRUPT)
        atomic_store(&store->failed, true);
    wal->next = wal->pages + LIMIT_WAL_PAGES;
    if (err != NULL)
        *err = own;
    return false;
}

/* SQLite cuts the log but does not wait for the disk to know; an erasure does. */
static bool
wal_sync(struct conn *conn, struct err *err)
{
    sqlite3_file *file = NULL;
    int rc = sqlite3_file_control(conn->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
    if (rc == SQLITE_OK && file != NULL && file->pMethods != NULL)
        rc = file->pMethods->xSync(file, SQLITE_SYNC_FULL);
    return rc == SQLITE_OK ? true : conn_fault(conn, rc, "emptying the keys' log", err);
}

/* While a copy holds a snapshot of the keys the log cannot be cut; that is tried again by every
 * later turn and by store_tidy, and the figures say so. The first time it is worth a short wait. */
bool
wal_truncate_keys(struct sqlite_store *store, struct err *err)
{
    struct conn *conn = &store->side.conn[STORE_KEYS];
    struct err own;
    bool done = false;
    (void)sqlite3_busy_timeout(conn->db, store->truncate_due ? 0 : LIMIT_STORE_TRUNCATE_MS);
    store->truncate_due = true;
    bool ok = wal_move(store, STORE_KEYS, SQLITE_CHECKPOINT_TRUNCATE, &done, &own);
    (void)sqlite3_busy_timeout(conn->db, LIMIT_STORE_BUSY_MS);
    if (!ok && own.code == ERR_FULL)
        return true; /* what was committed stays true; the cut is still due */
    if (ok && done && !wal_sync(conn, &own)) {
        atomic_store(&store->failed, true);
        ok = false;
    }
    if (ok && done)
        store->truncate_due = false;
    if (!ok && err != NULL)
        *err = own;
    return ok;
}

/* Cuts a log to nothing without waiting for readers. */
static bool
wal_empty(struct sqlite_store *store, enum store_db which, struct err *err)
{
    sqlite3 *db = store->side.conn[which].db;
    bool done;
    (void)sqlite3_busy_timeout(db, 0);
    bool ok = wal_move(store, which, SQLITE_CHECKPOINT_TRUNCATE, &done, err);
    (void)sqlite3_busy_timeout(db, LIMIT_STORE_BUSY_MS);
    if (ok && !done)
        store->wal[which].moved_ms = clock_mono_ms(); /* not again at once */
    return ok;
}

bool
sqlite_tidy(struct store *head, bool *ret_more, struct err *err)
{
    struct sqlite_store *store = (struct sqlite_store *)head;
    TROTH_ASSERT(!store->turn.open && !store->read_only);
    if (atomic_load(&store->failed))
        return err_set(err, ERR_UNAVAILABLE, "the store has fallen and was not opened anew");
    bool done;
    if (store->truncate_due && !wal_truncate_keys(store, err))
        return false;
    for (int i = 0; i < STORE_DB_COUNT; i++) {
        if (store->wal[i].pages < store->wal[i].next)
            continue;
        *ret_more = true;
        return wal_move(store, (enum store_db)i, SQLITE_CHECKPOINT_PASSIVE, &done, err);
    }
    int64_t idle_ms = clock_mono_ms() - LIMIT_STORE_IDLE_MS;
    for (int i = 0; i < STORE_DB_COUNT; i++) {
        if (!store->wal[i].long_file || store->wal[i].moved_ms > idle_ms)
            continue;
        *ret_more = true;
        return wal_empty(store, (enum store_db)i, err);
    }
    *ret_more = false;
    return true;
}
