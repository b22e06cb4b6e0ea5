/* Readers: snapshots on sessions of their own. A session costs milliseconds, so a few are kept for the next. */
#include "store/pg_priv.h"

#include <stdlib.h>

enum { KEYS_BYTES = 1 << 16 };

static void
reader_free(struct pg_reader *reader)
{
    for (int i = 0; i < STORE_DB_COUNT; i++)
        pg_conn_close(&reader->conn[i]);
    arena_close(&reader->turn.keys);
    free(reader);
}

static bool
reader_sound(struct pg_reader *reader)
{
    bool sound = true;
    for (int i = 0; i < STORE_DB_COUNT; i++) {
        pipe_look(&reader->conn[i]);
        sound = sound && !reader->conn[i].lost;
    }
    return sound;
}

static struct pg_reader *
pool_take(struct pg_store *store)
{
    for (;;) {
        (void)pthread_mutex_lock(&store->pool_lock);
        struct pg_reader *reader = store->pool;
        if (reader != NULL) {
            store->pool = reader->next;
            store->pooled--;
        }
        (void)pthread_mutex_unlock(&store->pool_lock);
        if (reader == NULL || reader_sound(reader))
            return reader;
        reader_free(reader);
    }
}

static bool
reader_make(struct pg_store *store, struct pg_reader **ret, struct err *err)
{
    struct pg_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for a reader");
    reader->head.engine = &store_postgresql;
    reader->turn = (struct pg_turn){.head.engine = &store_postgresql, .store = store, .reader = true};
    bool ok = arena_open(&reader->turn.keys, KEYS_BYTES, err);
    for (int i = 0; i < STORE_DB_COUNT; i++) {
        struct pg_conn *conn = reader->turn.conn[i] = &reader->conn[i];
        conn->trips = &reader->trips;
        ok = ok && pg_conn_open(&store->place[i], (enum store_db)i, conn, err) && pg_conn_pipe(conn, err);
    }
    if (!ok) {
        reader_free(reader);
        return false;
    }
    *ret = reader;
    return true;
}

bool
pg_reader_open(struct store *head, struct store_reader **ret, struct err *err)
{
    struct pg_store *store = (struct pg_store *)head;
    (void)pthread_mutex_lock(&store->pool_lock);
    bool room = store->readers < LIMIT_STORE_READERS;
    store->readers += room;
    (void)pthread_mutex_unlock(&store->pool_lock);
    if (!room)
        return err_set(err, ERR_UNAVAILABLE, "%d readers are open already", LIMIT_STORE_READERS);
    struct pg_reader *reader = pool_take(store);
    if (reader == NULL && !reader_make(store, &reader, err)) {
        (void)pthread_mutex_lock(&store->pool_lock);
        store->readers--;
        (void)pthread_mutex_unlock(&store->pool_lock);
        return false;
    }
    *ret = &reader->head;
    return true;
}

void
pg_reader_close(struct store_reader *head)
{
    struct pg_reader *reader = (struct pg_reader *)head;
    struct pg_store *store = reader->turn.store;
    TROTH_ASSERT(!reader->turn.open);
    bool sound = reader_sound(reader);
    (void)pthread_mutex_lock(&store->pool_lock);
    store->readers--;
    bool keep = sound && store->pooled < LIMIT_PG_POOL;
    if (keep) {
        reader->next = store->pool;
        store->pool = reader;
        store->pooled++;
    }
    (void)pthread_mutex_unlock(&store->pool_lock);
    if (!keep)
        reader_free(reader);
}

void
pg_pool_empty(struct pg_store *store)
{
    (void)pthread_mutex_lock(&store->pool_lock);
    struct pg_reader *reader = store->pool;
    store->pool = NULL;
    store->pooled = 0;
    (void)pthread_mutex_unlock(&store->pool_lock);
    for (struct pg_reader *next; reader != NULL; reader = next) {
        next = reader->next;
        reader_free(reader);
    }
}

/* The first statement of a transaction takes its snapshot. */
bool
pg_reader_begin(struct store_reader *head, struct txn **ret, struct err *err)
{
    struct pg_reader *reader = (struct pg_reader *)head;
    struct pg_turn *turn = &reader->turn;
    struct pg_conn *conn = &reader->conn[STORE_MAIN];
    if (!pg_turn_open(turn, err))
        return false;
    bool ok = pg_turn_need(turn, STORE_MAIN, false, err) &&
              ((pipe_step(conn, "SELECT 1", NULL) && pipe_wait(conn) && conn->fault_number == 0) ||
               pg_turn_lose(turn, STORE_MAIN, err));
    if (!ok) {
        pg_turn_end(turn);
        return false;
    }
    *ret = &turn->head;
    return true;
}

void
pg_reader_end(struct txn *txn)
{
    pg_turn_end((struct pg_turn *)txn);
}
