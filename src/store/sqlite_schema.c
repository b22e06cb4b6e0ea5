#include "store/sqlite_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Tells our files, and one from the other, in the header that file(1) reads. */
static const int64_t application_ids[STORE_DB_COUNT] = {
    [STORE_MAIN] = 0x74727468, /* "trth" */
    [STORE_KEYS] = 0x7472746b, /* "trtk" */
};

static bool
is_newer(enum store_db which, int64_t version, struct err *err)
{
    return err_set(err, ERR_NEWER, "%s was written by a newer version of troth: it has format %lld, this one knows up to %zu",
                   sqlite_file_names[which], (long long)version, sql_migrations[SQL_ENGINE_SQLITE][which].count);
}

/* The file format's header: https://www.sqlite.org/fileformat2.html section 1.3. */
static bool
look_header(const uint8_t *head, int64_t size, enum store_db which, bool log_full, bool *ret_fresh,
            struct err *err)
{
    const char *name = sqlite_file_names[which];
    if (memcmp(head, "SQLite format 3", 16) != 0)
        return err_set(err, ERR_CORRUPT, "%s is not a database", name);
    int64_t page = get_be16(head + 16) == 1 ? 65536 : get_be16(head + 16);
    int64_t pages = get_be32(head + 28);
    bool pages_known = get_be32(head + 24) == get_be32(head + 92);
    /* While a log lies beside it the file may rightly be short of its pages. */
    if (!log_full && pages_known && size < page * pages)
        return err_set(err, ERR_CORRUPT, "%s is cut off: %lld bytes where there should be %lld",
                       name, (long long)size, (long long)(page * pages));
    int64_t version = get_be32(head + 60);
    int64_t application = get_be32(head + 68);
    if (version != 0 && application != application_ids[which])
        return err_set(err, ERR_CORRUPT, "%s is a database of something else", name);
    if (version > (int64_t)sql_migrations[SQL_ENGINE_SQLITE][which].count)
        return is_newer(which, version, err);
    *ret_fresh = version == 0 && !log_full;
    return true;
}

bool
schema_look(const char *dir, enum store_db which, struct file_look *ret, struct err *err)
{
    char path[PATH_MAX];
    struct stat st;
    struct file_look look = {0};
    if (!conn_path(dir, which, "-wal", path, sizeof path, err))
        return false;
    look.log_full = stat(path, &st) == 0 && st.st_size > 0;
    if (!conn_path(dir, which, "", path, sizeof path, err))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno != ENOENT)
        return err_sys(err, ERR_IO, errno, "%s cannot be opened", sqlite_file_names[which]);
    if (fd < 0) {
        *ret = (struct file_look){.fresh = true, .log_full = look.log_full};
        return true;
    }
    look.there = true;
    uint8_t head[100];
    ssize_t got = pread(fd, head, sizeof head, 0);
    int why = errno;
    bool ok = fstat(fd, &st) == 0 && got >= 0;
    (void)close(fd); /* before SQLite opens it: closing drops the process's locks on the file */
    if (!ok)
        return err_sys(err, ERR_IO, why, "%s cannot be read", sqlite_file_names[which]);
    if (st.st_size == 0)
        look.fresh = !look.log_full;
    else if (got < (ssize_t)sizeof head)
        return err_set(err, ERR_CORRUPT, "%s is cut off", sqlite_file_names[which]);
    else if (!look_header(head, (int64_t)st.st_size, which, look.log_full, &look.fresh, err))
        return false;
    *ret = look;
    return true;
}

static bool
schema_read(struct conn *conn, enum store_db which, int64_t *ret_version, struct err *err)
{
    int64_t version, application, tables;
    if (!conn_number(conn, "PRAGMA user_version", &version, err) ||
        !conn_number(conn, "PRAGMA application_id", &application, err) ||
        !conn_number(conn, "SELECT COUNT(*) FROM sqlite_schema", &tables, err))
        return err_prefix(err, "%s", sqlite_file_names[which]);
    if (version > (int64_t)sql_migrations[SQL_ENGINE_SQLITE][which].count)
        return is_newer(which, version, err);
    if (version < 0 || (version == 0 && tables > 0) ||
        (version > 0 && application != application_ids[which]))
        return err_set(err, ERR_CORRUPT, "%s is a database of something else",
                       sqlite_file_names[which]);
    *ret_version = version;
    return true;
}

static bool
migrate_one(struct conn *conn, enum store_db which, int64_t version, struct err *err)
{
    char after[96];
    (void)snprintf(after, sizeof after, "PRAGMA application_id = %lld; PRAGMA user_version = %lld",
                   (long long)application_ids[which], (long long)version + 1);
    if (!conn_run(conn, "BEGIN IMMEDIATE", err))
        return false;
    if (conn_run(conn, sql_migrations[SQL_ENGINE_SQLITE][which].text[version], err) && conn_run(conn, after, err) &&
        conn_run(conn, "COMMIT", err))
        return true;
    if (sqlite3_get_autocommit(conn->db) == 0)
        (void)sqlite3_exec(conn->db, "ROLLBACK", NULL, NULL, NULL);
    return err_prefix(err, "%s, step to schema %lld", sqlite_file_names[which],
                      (long long)version + 1);
}

bool
schema_migrate(struct conn *conn, enum store_db which, int *ret_version, struct err *err)
{
    int64_t version = 0, count = (int64_t)sql_migrations[SQL_ENGINE_SQLITE][which].count;
    if (!schema_read(conn, which, &version, err))
        return false;
    /* Only now, when it is known to be ours and not newer, anything is written. */
    if (!conn_run(conn, "PRAGMA journal_mode = WAL", err))
        return false;
    for (; version < count; version++)
        if (!migrate_one(conn, which, version, err))
            return false;
    *ret_version = (int)version;
    return true;
}

bool
schema_check(struct conn *conn, enum store_db which, int *ret_version, struct err *err)
{
    int64_t version = 0;
    if (!schema_read(conn, which, &version, err))
        return false;
    if (version != (int64_t)sql_migrations[SQL_ENGINE_SQLITE][which].count)
        return err_set(err, ERR_CONFLICT, "%s has schema %lld of an earlier version; this one reads %zu",
                       sqlite_file_names[which], (long long)version, sql_migrations[SQL_ENGINE_SQLITE][which].count);
    *ret_version = (int)version;
    return true;
}
