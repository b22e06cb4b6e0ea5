#include "os/file.h"
#include "store/dirlock_priv.h"
#include "store/sqlite_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(STORE_MAIN < STORE_KEYS, "the loops below open the keys first");

/* Makes the folder when asked to; leaves its resolved path in store->dir. */
static bool
folder_open(const struct store_options *options, struct sqlite_store *store, struct err *err)
{
    if (options->create && mkdir(options->dir, 0700) != 0 && errno != EEXIST)
        return err_sys(err, ERR_IO, errno, "the data folder %s cannot be made", options->dir);
    char path[PATH_MAX];
    if (realpath(options->dir, path) == NULL)
        return err_sys(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, errno, "the data folder %s",
                       options->dir);
    if (!span_copy(span_str(path), store->dir, sizeof store->dir))
        return err_set(err, ERR_CONFIG, "the path of the data folder is too long");
    return true;
}

static bool
folder_look(struct sqlite_store *store, struct file_look look[STORE_DB_COUNT], struct err *err)
{
    for (int i = 0; i < STORE_DB_COUNT; i++)
        if (!schema_look(store->dir, (enum store_db)i, &look[i], err))
            return false;
    /* The keys are made first. Data without keys is a loss nobody may paper over with an
     * empty file. */
    if (!look[STORE_MAIN].fresh && look[STORE_KEYS].fresh)
        return err_set(err, ERR_CORRUPT, "troth.db is there and keys.db is not");
    return true;
}

static bool
file_make(const char *dir, enum store_db which, struct err *err)
{
    char path[PATH_MAX];
    if (!conn_path(dir, which, "", path, sizeof path, err))
        return false;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_sys(err, ERR_IO, errno, "%s cannot be made", sqlite_file_names[which]);
    (void)close(fd);
    return true;
}

/* Keys beside data that are not there may only be the empty ones of a start that was cut off. */
static bool
keys_are_empty(struct conn *conn, struct err *err)
{
    int64_t any;
    if (!conn_number(conn, "SELECT EXISTS (SELECT 1 FROM dk)", &any, err))
        return false;
    return any == 0 ? true : err_set(err, ERR_CORRUPT, "keys.db holds keys and troth.db is not there");
}

static bool
open_writing(struct sqlite_store *store, bool create, struct err *err)
{
    struct file_look look[STORE_DB_COUNT];
    if (!dirlock_take(store->dir, &store->lock_fd, err) || !folder_look(store, look, err))
        return false;
    bool fresh = look[STORE_MAIN].fresh;
    if (fresh && !create)
        return err_set(err, ERR_NOT_FOUND, "there is no database in the data folder %s", store->dir);
    for (int i = STORE_DB_COUNT; i-- > 0;) {
        struct conn *conn = &store->side.conn[i];
        int version;
        if (!file_make(store->dir, (enum store_db)i, err) ||
            !sqlite_conn_open(store->dir, (enum store_db)i, CONN_WRITE, conn, err) ||
            !schema_migrate(conn, (enum store_db)i, &version, err) ||
            (fresh && i == STORE_KEYS && !keys_are_empty(conn, err)) ||
            !conn_settle(conn, CONN_WRITE, err))
            return false;
        if (i == STORE_MAIN)
            store->version = version;
    }
    if (fresh && !dir_sync(store->dir, err))
        return false;
    wal_watch(store);
    /* What a crash left in the keys' log may hold what an erasure took away. */
    return side_prepare_all(&store->side, err) && wal_truncate_keys(store, err);
}

static bool
open_reading(struct sqlite_store *store, struct err *err)
{
    struct file_look look[STORE_DB_COUNT] = {0};
    bool live = dirlock_held(store->dir);
    if (!live && !folder_look(store, look, err))
        return false;
    if (look[STORE_MAIN].fresh)
        return err_set(err, ERR_NOT_FOUND, "there is no database in the data folder %s", store->dir);
    store->read_only = true;
    for (int i = STORE_DB_COUNT; i-- > 0;) {
        /* What stands still is read without leaving anything beside it. */
        store->frozen[i] = !live && !look[i].log_full;
        enum conn_mode mode = store->frozen[i] ? CONN_FROZEN : CONN_READ;
        struct conn *conn = &store->side.conn[i];
        if (!sqlite_conn_open(store->dir, (enum store_db)i, mode, conn, err) ||
            !schema_check(conn, (enum store_db)i, &store->version, err) ||
            !conn_settle(conn, mode, err))
            return false;
    }
    return true;
}

static void
store_free(struct sqlite_store *store)
{
    side_close(&store->side);
    dirlock_drop(&store->lock_fd);
    free(store);
}

static bool
sqlite_open(const struct store_options *options, struct store **ret, struct err *err)
{
    struct sqlite_store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for the store");
    store->head.engine = &store_sqlite;
    store->lock_fd = -1;
    store->turn = (struct turn){
        .head.engine = &store_sqlite, .store = store, .side = &store->side};
    bool ok = folder_open(options, store, err) &&
              (options->read_only ? open_reading(store, err)
                                  : open_writing(store, options->create, err) &&
                                        reserve_open(&store->reserve, store->dir, options->reserve, err));
    if (!ok) {
        store_free(store);
        return false;
    }
    *ret = &store->head;
    return true;
}

static void
sqlite_close(struct store *head)
{
    struct sqlite_store *store = (struct sqlite_store *)head;
    TROTH_ASSERT(!store->turn.open && atomic_load(&store->readers) == 0);
    /* A clean end leaves one file for each database. What fails here, the next start does. */
    for (int i = 0; !store->read_only && i < STORE_DB_COUNT; i++)
        if (!atomic_load(&store->failed))
            (void)sqlite3_wal_checkpoint_v2(store->side.conn[i].db, NULL,
                                            SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    store_free(store);
}

static bool
sqlite_failed(const struct store *head)
{
    return atomic_load(&((const struct sqlite_store *)head)->failed);
}

static enum store_room
sqlite_room(struct store *head)
{
    struct sqlite_store *store = (struct sqlite_store *)head;
    static const enum store_room rooms[] = {[RESERVE_WHOLE] = STORE_ROOM_PLENTY,
                                            [RESERVE_TOUCHED] = STORE_ROOM_LOW,
                                            [RESERVE_LAST] = STORE_ROOM_LAST};
    return store->read_only ? STORE_ROOM_PLENTY : rooms[reserve_look(&store->reserve)];
}

static int
sqlite_schema_version(const struct store *head)
{
    return ((const struct sqlite_store *)head)->version;
}

/* By stat alone: opening and closing one of these files would drop SQLite's locks on it. */
static int64_t
file_bytes(const struct sqlite_store *store, enum store_db which, const char *suffix)
{
    char path[PATH_MAX];
    struct stat st;
    if (!conn_path(store->dir, which, suffix, path, sizeof path, NULL) || stat(path, &st) != 0)
        return 0;
    return (int64_t)st.st_size;
}

static void
sqlite_figures(const struct store *head, struct store_figures *ret)
{
    const struct sqlite_store *store = (const struct sqlite_store *)head;
    *ret = (struct store_figures){
        .data_bytes = file_bytes(store, STORE_MAIN, ""),
        .log_bytes = file_bytes(store, STORE_MAIN, "-wal"),
        .keys_bytes = file_bytes(store, STORE_KEYS, ""),
        .keys_log_bytes = file_bytes(store, STORE_KEYS, "-wal"),
        .truncate_due = store->truncate_due,
    };
}

const struct engine store_sqlite = {
    .open = sqlite_open,
    .close = sqlite_close,
    .failed = sqlite_failed,
    .room = sqlite_room,
    .tidy = sqlite_tidy,
    .schema_version = sqlite_schema_version,
    .figures = sqlite_figures,
    .copy = sqlite_copy,
    .reader_open = sqlite_reader_open,
    .reader_close = sqlite_reader_close,
    .reader_begin = sqlite_reader_begin,
    .reader_end = sqlite_reader_end,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .dirty = sqlite_dirty,
    .mark = sqlite_mark,
    .mark_keep = sqlite_mark_keep,
    .mark_back = sqlite_mark_back,
    .truncate_keys = sqlite_truncate_keys,
    .run = sqlite_run,
    .one = sqlite_one,
    .each = sqlite_each,
};
