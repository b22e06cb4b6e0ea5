#include "base/limits.h"
#include "store/sqlite_priv.h"

#include <errno.h>
#include <stdio.h>

const char *const sqlite_file_names[STORE_DB_COUNT] = {
    [STORE_MAIN] = "troth.db",
    [STORE_KEYS] = "keys.db",
};

bool
conn_path(const char *dir, enum store_db which, const char *suffix, char *to, size_t to_size,
          struct err *err)
{
    int n = snprintf(to, to_size, "%s/%s%s", dir, sqlite_file_names[which], suffix);
    if (n < 0 || (size_t)n >= to_size)
        return err_set(err, ERR_CONFIG, "the path of the data folder is too long");
    return true;
}

/* Why the last write to the log, or to the database, failed. SQLite says FULL for ENOSPC alone, and
 * its own errno is not kept over a commit; the file remembers. */
static int
write_errno(sqlite3 *db, bool log)
{
    sqlite3_file *file = NULL;
    int why = 0, what = log ? SQLITE_FCNTL_JOURNAL_POINTER : SQLITE_FCNTL_FILE_POINTER;
    if (sqlite3_file_control(db, "main", what, &file) != SQLITE_OK || file == NULL ||
        file->pMethods == NULL ||
        file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &why) != SQLITE_OK)
        return 0;
    return why;
}

/* No room left, as far as this call could see. A failed sync is never only that. */
static bool
is_full(int rc, int why)
{
    return (rc & 0xff) == SQLITE_FULL ||
           (rc == SQLITE_IOERR_WRITE && (why == ENOSPC || why == EDQUOT || why == EFBIG));
}

static enum err_code
code_of(int rc)
{
    switch (rc) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return ERR_TAKEN;
    case SQLITE_IOERR_NOMEM:
        return ERR_UNAVAILABLE;
    case SQLITE_IOERR_CORRUPTFS:
        return ERR_CORRUPT;
    }
    switch (rc & 0xff) {
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_PROTOCOL:
        return ERR_IO;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_BUSY;
    case SQLITE_NOMEM:
        return ERR_UNAVAILABLE;
    case SQLITE_TOOBIG:
        return ERR_TOO_LARGE;
    default:
        return ERR_INTERNAL;
    }
}

/* SQLite's own text may hold a value; the names and numbers here do not. */
static bool
fault_say(struct conn *conn, int rc, bool log, const char *what, struct err *err)
{
    int why = rc == SQLITE_IOERR_WRITE ? write_errno(conn->db, log) : 0;
    enum err_code code = is_full(rc, why) ? ERR_FULL : code_of(rc);
    if (why != 0)
        return err_sys(err, code, why, "%s: %s (%d)", what, sqlite3_errstr(rc), rc);
    return err_set(err, code, "%s: %s (%d)", what, sqlite3_errstr(rc), rc);
}

bool
conn_fault(struct conn *conn, int rc, const char *what, struct err *err)
{
    return fault_say(conn, rc, true, what, err);
}

bool
conn_move_fault(struct conn *conn, int rc, const char *what, struct err *err)
{
    return fault_say(conn, rc, false, what, err);
}

bool
conn_run(struct conn *conn, const char *sql, struct err *err)
{
    int rc = sqlite3_exec(conn->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? true : conn_fault(conn, rc, "set-up of the store", err);
}

bool
conn_number(struct conn *conn, const char *sql, int64_t *ret, struct err *err)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(conn->db, sql, -1, &s, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        *ret = sqlite3_column_int64(s, 0);
    bool ok = rc == SQLITE_ROW || conn_fault(conn, rc, "set-up of the store", err);
    (void)sqlite3_finalize(s);
    return ok;
}

/* Statements can only be what store/sql holds anyway; these two are a second line of
 * defence. What is not named is refused. */
static int
allow_read(void *ctx, int action, const char *a, const char *b, const char *c, const char *d)
{
    (void)ctx, (void)a, (void)b, (void)c, (void)d;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_FUNCTION:
    case SQLITE_TRANSACTION:
        return SQLITE_OK;
    default:
        return SQLITE_DENY;
    }
}

static int
allow_write(void *ctx, int action, const char *a, const char *b, const char *c, const char *d)
{
    switch (action) {
    case SQLITE_SAVEPOINT:
        return SQLITE_OK;
    case SQLITE_INSERT:
        return strncmp(a, "sqlite_", 7) == 0 ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_UPDATE:
    case SQLITE_DELETE: /* the book is only ever appended to */
        return strncmp(a, "sqlite_", 7) == 0 || strncmp(a, "ledger_", 7) == 0 ? SQLITE_DENY
                                                                              : SQLITE_OK;
    default:
        return allow_read(ctx, action, a, b, c, d);
    }
}

/* Numbers first, then the switches: what an attacker with a file of ours could lean on is off. */
static bool
conn_guard(struct conn *conn, struct err *err)
{
    static const struct {
        int what;
        int on;
    } rows[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 0},    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},    {SQLITE_DBCONFIG_DQS_DML, 0},
        {SQLITE_DBCONFIG_DQS_DDL, 0},        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int rc = sqlite3_db_config(conn->db, rows[i].what, rows[i].on, (int *)NULL);
        if (rc != SQLITE_OK)
            return conn_fault(conn, rc, "set-up of the store", err);
    }
    (void)sqlite3_limit(conn->db, SQLITE_LIMIT_ATTACHED, 0);
    (void)sqlite3_limit(conn->db, SQLITE_LIMIT_WORKER_THREADS, 0);
    (void)sqlite3_limit(conn->db, SQLITE_LIMIT_VARIABLE_NUMBER, SQL_PARAMS_MAX);
    (void)sqlite3_limit(conn->db, SQLITE_LIMIT_LENGTH, LIMIT_STORE_VALUE);
    (void)sqlite3_extended_result_codes(conn->db, 1);
    return true;
}

/* "file:…?immutable=1": what a URI gives a meaning to is written as %XX. */
static bool
frozen_uri(const char *path, char *to, size_t to_size, struct err *err)
{
    struct buf buf;
    buf_init(&buf, to, to_size - 1);
    buf_str(&buf, "file:");
    for (const char *c = path; *c != '\0'; c++) {
        if (*c == '?' || *c == '#' || *c == '%')
            buf_fmt(&buf, "%%%02X", (unsigned)(unsigned char)*c);
        else
            buf_char(&buf, *c);
    }
    buf_str(&buf, "?immutable=1");
    if (!buf_ok(&buf))
        return err_set(err, ERR_CONFIG, "the path of the data folder is too long");
    to[buf.n] = '\0';
    return true;
}

bool
sqlite_conn_open(const char *dir, enum store_db which, enum conn_mode mode, struct conn *conn,
          struct err *err)
{
    char path[PATH_MAX], uri[2 * PATH_MAX];
    if (!conn_path(dir, which, "", path, sizeof path, err))
        return false;
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
    flags |= mode == CONN_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    if (mode == CONN_FROZEN && !frozen_uri(path, uri, sizeof uri, err))
        return false;
    if (mode == CONN_FROZEN)
        flags |= SQLITE_OPEN_URI;
    *conn = (struct conn){0};
    int rc = sqlite3_open_v2(mode == CONN_FROZEN ? uri : path, &conn->db, flags, NULL);
    if (rc != SQLITE_OK) {
        (void)conn_fault(conn, rc, sqlite_file_names[which], err);
        sqlite_conn_close(conn);
        return false;
    }
    /* First of all: every later step may meet a lock. */
    (void)sqlite3_busy_timeout(conn->db, LIMIT_STORE_BUSY_MS);
    char sizes[64];
    int kib = which == STORE_KEYS    ? LIMIT_STORE_CACHE_KEYS
              : mode == CONN_WRITE   ? LIMIT_STORE_CACHE
                                     : LIMIT_STORE_CACHE_READER;
    (void)snprintf(sizes, sizeof sizes, "PRAGMA cache_size = -%d", kib);
    bool ok = conn_guard(conn, err) &&
              conn_run(conn,
                       "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL;"
                       "PRAGMA secure_delete = ON; PRAGMA cell_size_check = ON;"
                       "PRAGMA automatic_index = OFF;"
                       "PRAGMA wal_autocheckpoint = 0",
                       err) &&
              conn_run(conn, sizes, err) &&
              (mode == CONN_WRITE || conn_run(conn, "PRAGMA query_only = ON", err));
    if (!ok)
        sqlite_conn_close(conn);
    return ok;
}

bool
conn_settle(struct conn *conn, enum conn_mode mode, struct err *err)
{
    static const char *const text[STEP_COUNT] = {
        [STEP_BEGIN] = "BEGIN",
        [STEP_LOOK] = "SELECT 1 FROM sqlite_schema LIMIT 1",
        [STEP_COMMIT] = "COMMIT",
        [STEP_ROLLBACK] = "ROLLBACK",
        [STEP_SAVE + 0] = "SAVEPOINT a",
        [STEP_SAVE + 1] = "SAVEPOINT b",
        [STEP_KEEP + 0] = "RELEASE a",
        [STEP_KEEP + 1] = "RELEASE b",
        [STEP_BACK + 0] = "ROLLBACK TO a",
        [STEP_BACK + 1] = "ROLLBACK TO b",
    };
    int steps = mode == CONN_WRITE ? STEP_COUNT : STEP_SAVE;
    (void)sqlite3_set_authorizer(conn->db, mode == CONN_WRITE ? allow_write : allow_read, NULL);
    for (int i = 0; i < steps; i++) {
        int rc = sqlite3_prepare_v3(conn->db, text[i], -1, SQLITE_PREPARE_PERSISTENT, &conn->step[i],
                                    NULL);
        if (rc != SQLITE_OK)
            return conn_fault(conn, rc, text[i], err);
    }
    return true;
}

void
sqlite_conn_close(struct conn *conn)
{
    if (conn->db == NULL)
        return;
    for (int i = 0; i < STEP_COUNT; i++)
        (void)sqlite3_finalize(conn->step[i]);
    int rc = sqlite3_close(conn->db);
    TROTH_ASSERT(rc == SQLITE_OK); /* else a statement was forgotten */
    *conn = (struct conn){0};
}
