#include "store/pg_priv.h"

#include "base/clock.h"
#include "store/dirlock_priv.h"

#include <stdlib.h>

enum { KEYS_BYTES = 1 << 20, SIZE_EVERY_MS = 60000 };

static void
store_free(struct pg_store *store)
{
    pg_pool_empty(store);
    pg_unlink(store);
    for (int i = 0; i < STORE_DB_COUNT; i++)
        pg_place_close(&store->place[i]);
    arena_close(&store->turn.keys);
    dirlock_drop(&store->lock_fd);
    (void)pthread_mutex_destroy(&store->pool_lock);
    free(store);
}

static bool
places_open(const struct store_options *options, struct pg_store *store, struct err *err)
{
    if (!pg_place_open(options->url, &store->place[STORE_MAIN], err))
        return false;
    if (options->keys_url != NULL)
        return pg_place_open(options->keys_url, &store->place[STORE_KEYS], err);
    if (!pg_place_open(options->url, &store->place[STORE_KEYS], err))
        return false;
    store->place[STORE_KEYS].dbname[0] = '\0'; /* pg_link finds it */
    return true;
}

/* The folder still holds the keyring and the socket, and those are one server's. */
static bool
pg_open(const struct store_options *options, struct store **ret, struct err *err)
{
    struct pg_store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for the store");
    store->head.engine = &store_postgresql;
    store->lock_fd = -1;
    store->read_only = options->read_only;
    (void)pthread_mutex_init(&store->pool_lock, NULL);
    struct pg_turn *turn = &store->turn;
    *turn = (struct pg_turn){.head.engine = &store_postgresql, .store = store};
    for (int i = 0; i < STORE_DB_COUNT; i++) {
        turn->conn[i] = &store->conn[i];
        store->conn[i].trips = &store->trips;
    }
    bool ok = places_open(options, store, err) && arena_open(&turn->keys, KEYS_BYTES, err) &&
              (options->read_only || options->dir == NULL || dirlock_take(options->dir, &store->lock_fd, err)) &&
              pg_link(store, options->create, err);
    if (!ok) {
        store_free(store);
        return false;
    }
    store->trips = 0;
    *ret = &store->head;
    return true;
}

static void
pg_close(struct store *head)
{
    struct pg_store *store = (struct pg_store *)head;
    TROTH_ASSERT(!store->turn.open && store->readers == 0);
    store_free(store);
}

/* What a lost connection left is settled with new ones: no fault asks for a new start. */
static bool
pg_failed(const struct store *head)
{
    (void)head;
    return false;
}

static int
pg_lane(const struct store *head)
{
    return ((const struct pg_store *)head)->lane;
}

static uint64_t
pg_opened(const struct store *head)
{
    return ((const struct pg_store *)head)->opened;
}

static bool
pg_reachable(struct store *head)
{
    struct pg_store *store = (struct pg_store *)head;
    bool good = true;
    for (int i = 0; i < STORE_DB_COUNT; i++) {
        if (!store->turn.open)
            pipe_look(&store->conn[i]);
        good = good && store->conn[i].pq != NULL && !store->conn[i].lost;
    }
    return good;
}

/* How full its disk is the server does not say; a turn that finds it full is taken back. */
static enum store_room
pg_room(struct store *head)
{
    (void)head;
    return STORE_ROOM_PLENTY;
}

static void
size_ask(struct pg_store *store)
{
    for (int i = 0; i < STORE_DB_COUNT; i++) {
        PGresult *answer = NULL;
        struct pg_conn *conn = &store->conn[i];
        pipe_forgive(conn);
        if (pipe_step(conn, "SELECT pg_database_size(current_database())", &answer) && pipe_wait(conn) &&
            answer != NULL && PQntuples(answer) == 1 && PQgetlength(answer, 0, 0) == 8)
            store->bytes[i] = (int64_t)get_be64((const uint8_t *)PQgetvalue(answer, 0, 0));
        pipe_detach(conn);
        PQclear(answer);
    }
}

/* Nothing to move; but between turns a lost connection is noticed, and made again. */
static bool
pg_tidy(struct store *head, bool *ret_more, struct err *err)
{
    struct pg_store *store = (struct pg_store *)head;
    TROTH_ASSERT(!store->turn.open);
    *ret_more = false;
    if (!pg_link(store, false, err))
        return false;
    if (clock_mono_ms() < store->sized_ms)
        return true;
    store->sized_ms = clock_mono_ms() + SIZE_EVERY_MS;
    size_ask(store);
    return true;
}

static int
pg_schema_version(const struct store *head)
{
    return ((const struct pg_store *)head)->version;
}

static void
pg_figures(const struct store *head, struct store_figures *ret)
{
    const struct pg_store *store = (const struct pg_store *)head;
    *ret = (struct store_figures){.data_bytes = store->bytes[STORE_MAIN],
                                  .keys_bytes = store->bytes[STORE_KEYS],
                                  .round_trips = store->trips};
}

static bool
pg_copy(struct store *head, const char *to_dir, struct err *err)
{
    (void)head, (void)to_dir;
    return err_set(err, ERR_UNAVAILABLE, "databases on PostgreSQL are copied with its own tools");
}

const struct engine store_postgresql = {
    .open = pg_open,
    .close = pg_close,
    .failed = pg_failed,
    .opened = pg_opened,
    .lane = pg_lane,
    .reachable = pg_reachable,
    .room = pg_room,
    .tidy = pg_tidy,
    .schema_version = pg_schema_version,
    .figures = pg_figures,
    .copy = pg_copy,
    .reader_open = pg_reader_open,
    .reader_close = pg_reader_close,
    .reader_begin = pg_reader_begin,
    .reader_end = pg_reader_end,
    .begin = pg_begin,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .dirty = pg_dirty,
    .mark = pg_mark,
    .mark_keep = pg_mark_keep,
    .mark_back = pg_mark_back,
    .truncate_keys = pg_truncate_keys,
    .run = pg_run,
    .one = pg_one,
    .each = pg_each,
    .guard = pg_guard,
    .guarded = pg_guarded,
    .guards_take = pg_guards_take,
    .guards_again = pg_guards_again,
    .guard_now = pg_guard_now,
    .ahead = pg_ahead,
};
