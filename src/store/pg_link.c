/*
 * The writer's two sessions. Each holds the lock of this node's lane in its own database for as long as the
 * session lives: who lost the lane has lost the session too, and writes nothing more in it.
 * After a loss the next turns try again, one short attempt at a time; between them the answer is at once no.
 */
#include "store/pg_priv.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <unistd.h>

enum { LOCK_STEP_US = 50000 };

_Static_assert(STORE_MAIN < STORE_KEYS, "the loops below come to the keys first");

void
pg_unlink(struct pg_store *store)
{
    for (int i = 0; i < STORE_DB_COUNT; i++)
        pg_conn_close(&store->conn[i]);
}

/* What function, one of PostgreSQL's for locks, says of a lane's. */
static bool
lock_ask(struct pg_conn *conn, const char *function, int lane, bool *ret, struct err *err)
{
    char text[64];
    int64_t said = 0;
    (void)snprintf(text, sizeof text, "SELECT %s(1953656692, %d)", function, lane); /* "trot" */
    if (!pg_conn_number(conn, text, &said, err))
        return false;
    *ret = said != 0;
    return true;
}

static bool
lock_try(struct pg_conn *conn, int lane, bool *ret_taken, struct err *err)
{
    return lock_ask(conn, "pg_try_advisory_lock", lane, ret_taken, err);
}

/* In the other database: the session of a server that was killed may need a moment to end there. */
static bool
lock_try_keys(struct pg_store *store, int lane, int64_t end_ms, bool *ret_taken, struct err *err)
{
    while (lock_try(&store->conn[STORE_KEYS], lane, ret_taken, err)) {
        if (*ret_taken || clock_mono_ms() >= end_ms)
            return true;
        (void)usleep(LOCK_STEP_US);
    }
    return false;
}

static bool
lock_drop(struct pg_conn *conn, int lane, struct err *err)
{
    bool was = false;
    return lock_ask(conn, "pg_advisory_unlock", lane, &was, err);
}

/* The first lane that is free in both databases. One that stays free in the first alone is of a node that stands
 * still: it is left to whoever settles it. */
static bool
lane_take(struct pg_store *store, struct err *err)
{
    bool taken = false;
    int64_t end_ms = clock_mono_ms() + LIMIT_STORE_BUSY_MS;
    for (int lane = 1; lane <= LIMIT_PG_LANES; lane++) {
        store->lane = lane;
        if (!lock_try(&store->conn[STORE_MAIN], lane, &taken, err))
            return false;
        if (!taken)
            continue;
        if (!lock_try_keys(store, lane, end_ms, &taken, err))
            return false;
        if (taken)
            return true;
        if (!lock_drop(&store->conn[STORE_MAIN], lane, err))
            return false;
    }
    return err_set(err, ERR_BUSY, "%d servers work on these databases already", LIMIT_PG_LANES);
}

static bool
open_one(struct pg_store *store, enum store_db which, int64_t *ret_version, struct err *err)
{
    struct pg_conn *conn = &store->conn[which];
    conn->trips = &store->trips;
    return pg_conn_open(&store->place[which], which, conn, err) && pg_schema_read(conn, ret_version, err);
}

/* While the standby is away commits wait without end. One of nobody's shows whether they do, and is waited for only a
 * moment, so that the server can say meanwhile that it is not ready. */
static bool
commits_come(struct pg_store *store, struct err *err)
{
    static const char text[] =
        "UPDATE lease SET until_us = 0 WHERE name = 'commit'";
    if (store->commits_doubted && !pg_conn_ask(&store->conn[STORE_MAIN], text, LIMIT_PG_RETRY_MS, NULL, err))
        return err_prefix(err, "a commit's answer does not come");
    store->commits_doubted = false;
    return true;
}

/* The keys are made first, so these are the only pairs a start can rightly find. */
static bool
pair_fits(struct pg_store *store, const int64_t version[STORE_DB_COUNT], bool create, struct err *err)
{
    int64_t any = 0;
    if (version[STORE_MAIN] > 0)
        return version[STORE_KEYS] > 0 ||
               err_set(err, ERR_CORRUPT, "the database for the data is there and that for the keys is empty");
    if (!create)
        return err_set(err, ERR_NOT_FOUND, "there is nothing of troth in the database");
    if (version[STORE_KEYS] == 0)
        return true;
    if (!pg_conn_number(&store->conn[STORE_KEYS], "SELECT EXISTS (SELECT 1 FROM dk)", &any, err))
        return false;
    return any == 0 ||
           err_set(err, ERR_CORRUPT, "there are keys, and the database for the data is empty");
}

static bool
shape(struct pg_store *store, const int64_t version[STORE_DB_COUNT], struct err *err)
{
    for (int i = STORE_DB_COUNT; i-- > 0;) {
        size_t known = sql_migrations[SQL_ENGINE_POSTGRESQL][i].count;
        if (store->read_only && version[i] != (int64_t)known)
            return err_set(err, ERR_CONFLICT, "the database has schema %lld of an earlier version; this one reads %zu",
                           (long long)version[i], known);
        if (!pg_schema_migrate(&store->conn[i], version[i], err))
            return false;
    }
    store->version = (int)sql_migrations[SQL_ENGINE_POSTGRESQL][STORE_MAIN].count;
    return true;
}

static bool
stmt_learn(const PGresult *said, enum sql_id id, struct pg_stmt *ret, struct err *err)
{
    const struct sql_row *row = &sql_rows[id];
    int columns = PQnfields(said);
    if (PQnparams(said) != (int)row->params || columns > SQL_COLUMNS_MAX)
        return err_set(err, ERR_INTERNAL, "%s: PostgreSQL counts other parameters or columns", row->name);
    if (ret->known)
        return true; /* the same as before; readers in other threads look at it */
    *ret = (struct pg_stmt){.known = true, .columns = columns};
    for (int i = 0; i < (int)row->params; i++)
        ret->param[i] = PQparamtype(said, i);
    for (int i = 0; i < columns; i++)
        ret->column[i] = PQftype(said, i);
    return true;
}

/* All statements of one database in one round trip, and what the server makes of them. */
static bool
prepare_all(struct pg_store *store, enum store_db which, struct err *err)
{
    struct pg_conn *conn = &store->conn[which];
    PGresult *said[SQL_COUNT] = {NULL};
    bool ok = pg_conn_pipe(conn, err);
    if (!ok)
        return false;
    for (int id = 0; id < SQL_COUNT; id++)
        if (sql_rows[id].db == which && !conn->lost)
            ok = pipe_prepare(conn, (enum sql_id)id, NULL) && pipe_describe(conn, (enum sql_id)id, &said[id]);
    ok = pipe_wait(conn) && ok && conn->fault_number == 0;
    if (!ok)
        (void)pg_say_fault(conn, err);
    pipe_detach(conn);
    for (int id = 0; id < SQL_COUNT; id++) {
        if (said[id] != NULL && ok)
            ok = stmt_learn(said[id], (enum sql_id)id, &store->stmt[id], err);
        PQclear(said[id]);
    }
    return ok;
}

static bool
link_open(struct pg_store *store, bool create, struct err *err)
{
    int64_t version[STORE_DB_COUNT] = {0};
    /* Without a name of its own the database for the keys is called after the other. */
    if (!open_one(store, STORE_MAIN, &version[STORE_MAIN], err))
        return err_prefix(err, "the data");
    struct pg_place *keys = &store->place[STORE_KEYS];
    if (keys->dbname[0] == '\0' &&
        snprintf(keys->dbname, sizeof keys->dbname, "%s_keys", PQdb(store->conn[STORE_MAIN].pq)) >=
            (int)sizeof keys->dbname)
        return err_set(err, ERR_CONFIG, "the name of the store's database is too long");
    if (!open_one(store, STORE_KEYS, &version[STORE_KEYS], err))
        return err_prefix(err, "the keys");
    if (!store->read_only && (!commits_come(store, err) || !lane_take(store, err)))
        return false;
    if (!pair_fits(store, version, create, err) || !shape(store, version, err))
        return false;
    if (store->opened == 0 && store->lock_fd >= 0) /* a server, not the owner at work */
        pg_schema_warn(&store->conn[STORE_MAIN]);
    return prepare_all(store, STORE_KEYS, err) && prepare_all(store, STORE_MAIN, err);
}

bool
pg_link(struct pg_store *store, bool create, struct err *err)
{
    bool good = true;
    for (int i = 0; i < STORE_DB_COUNT; i++) {
        pipe_look(&store->conn[i]);
        good = good && store->conn[i].pq != NULL && !store->conn[i].lost;
    }
    if (good)
        return true;
    pg_unlink(store);
    pg_pool_empty(store);
    if (clock_mono_ms() < store->retry_ms)
        return err_set(err, ERR_UNAVAILABLE, "PostgreSQL cannot be reached; it is tried again in a moment");
    if (!link_open(store, create, err)) {
        pg_unlink(store);
        store->retry_ms = clock_mono_ms() + LIMIT_PG_RETRY_MS;
        return false;
    }
    if (store->opened++ > 0)
        LOG(LOG_INFO, "store-again", LOG_T("text", "PostgreSQL is reached again"));
    return true;
}
