#include "base/limits.h"
#include "store/sqlite_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static bool
folder_is_empty(const char *dir, struct err *err)
{
    DIR *d = opendir(dir);
    if (d == NULL)
        return err_sys(err, ERR_IO, errno, "the folder for the copy cannot be read");
    int others = 0;
    for (struct dirent *e = readdir(d); e != NULL && others == 0; e = readdir(d))
        others += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    (void)closedir(d);
    return others == 0 ? true : err_set(err, ERR_CONFLICT, "the folder for the copy is not empty");
}

/* Steps of bounded size; the source stands still, because its snapshot is held. */
static bool
copy_pages(sqlite3 *from, struct conn *to, struct err *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to->db, "main", from, "main");
    if (backup == NULL)
        return conn_fault(to, sqlite3_extended_errcode(to->db), "copy", err);
    int rc;
    do
        rc = sqlite3_backup_step(backup, LIMIT_STORE_COPY_STEP);
    while (rc == SQLITE_OK);
    int end = sqlite3_backup_finish(backup);
    if (rc != SQLITE_DONE || end != SQLITE_OK)
        return conn_move_fault(to, rc != SQLITE_DONE ? rc : end, "copy", err);
    return true;
}

static bool
copy_one(struct conn *from, const char *to_dir, enum store_db which, struct err *err)
{
    char path[PATH_MAX];
    if (!conn_path(to_dir, which, "", path, sizeof path, err))
        return false;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_sys(err, ERR_IO, errno, "%s of the copy cannot be made",
                       sqlite_file_names[which]);
    (void)close(fd);
    struct conn to;
    if (!sqlite_conn_open(to_dir, which, CONN_WRITE, &to, err))
        return false;
    /* A copy is one file that may lie on a medium nobody can write: no log beside it. */
    bool ok = copy_pages(from->db, &to, err) &&
              conn_run(&to, "PRAGMA journal_mode = DELETE", err);
    sqlite_conn_close(&to);
    return ok || err_prefix(err, "%s", sqlite_file_names[which]);
}

bool
sqlite_copy(struct store *head, const char *to_dir, struct err *err)
{
    struct sqlite_store *store = (struct sqlite_store *)head;
    char dir[PATH_MAX];
    if (realpath(to_dir, dir) == NULL)
        return err_sys(err, ERR_IO, errno, "the folder for the copy is not there");
    if (!folder_is_empty(dir, err))
        return false;
    /* Data first, then keys: every row in the copy has its key there, unless it was erased
     * meanwhile, and then the copy does not bring it back. */
    bool ok = true;
    for (int i = 0; ok && i < STORE_DB_COUNT; i++) {
        struct conn from;
        enum conn_mode mode = store->frozen[i] ? CONN_FROZEN : CONN_READ;
        ok = sqlite_conn_open(store->dir, (enum store_db)i, mode, &from, err);
        if (!ok)
            break;
        ok = conn_run(&from, "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1", err) &&
             copy_one(&from, dir, (enum store_db)i, err);
        sqlite_conn_close(&from);
    }
    int fd = ok ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (ok && (fd < 0 || fsync(fd) != 0))
        ok = err_sys(err, ERR_IO, errno, "the folder of the copy cannot be synced");
    if (fd >= 0)
        (void)close(fd);
    return ok;
}
