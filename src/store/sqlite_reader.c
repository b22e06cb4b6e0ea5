#include "base/limits.h"
#include "store/sqlite_priv.h"

#include <stdlib.h>

bool
sqlite_reader_open(struct store *head, struct store_reader **ret, struct err *err)
{
    struct sqlite_store *store = (struct sqlite_store *)head;
    if (atomic_fetch_add(&store->readers, 1) >= LIMIT_STORE_READERS) {
        atomic_fetch_sub(&store->readers, 1);
        return err_set(err, ERR_UNAVAILABLE, "%d readers are open already", LIMIT_STORE_READERS);
    }
    struct sqlite_reader *reader = calloc(1, sizeof *reader);
    bool ok = reader != NULL || err_set(err, ERR_UNAVAILABLE, "no memory for a reader");
    for (int i = 0; ok && i < STORE_DB_COUNT; i++) {
        enum conn_mode mode = store->frozen[i] ? CONN_FROZEN : CONN_READ;
        ok = sqlite_conn_open(store->dir, (enum store_db)i, mode, &reader->side.conn[i], err) &&
             conn_settle(&reader->side.conn[i], mode, err);
    }
    if (!ok) {
        if (reader != NULL)
            side_close(&reader->side);
        free(reader);
        atomic_fetch_sub(&store->readers, 1);
        return false;
    }
    reader->head.engine = &store_sqlite;
    reader->store = store;
    reader->turn = (struct turn){
        .head.engine = &store_sqlite, .store = store, .side = &reader->side, .reader = true};
    *ret = &reader->head;
    return true;
}

void
sqlite_reader_close(struct store_reader *head)
{
    struct sqlite_reader *reader = (struct sqlite_reader *)head;
    TROTH_ASSERT(!reader->turn.open);
    side_close(&reader->side);
    atomic_fetch_sub(&reader->store->readers, 1);
    free(reader);
}

bool
sqlite_reader_begin(struct store_reader *head, struct txn **ret, struct err *err)
{
    struct sqlite_reader *reader = (struct sqlite_reader *)head;
    struct turn *turn = &reader->turn;
    if (!turn_open(turn, err))
        return false;
    bool ok = turn_need(turn, STORE_MAIN, false, err);
    if (ok) {
        sqlite3_stmt *look = reader->side.conn[STORE_MAIN].step[STEP_LOOK];
        int rc = sqlite3_step(look);
        (void)sqlite3_reset(look);
        ok = rc == SQLITE_ROW || turn_lose(turn, STORE_MAIN, rc, "begin", err);
    }
    if (!ok) {
        sqlite_turn_end(turn);
        return false;
    }
    *ret = &turn->head;
    return true;
}

void
sqlite_reader_end(struct txn *txn)
{
    struct turn *turn = (struct turn *)txn;
    TROTH_ASSERT(turn->reader);
    sqlite_turn_end(turn);
}
