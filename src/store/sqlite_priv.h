/*
 * store/sqlite_priv.h - the SQLite engine's nouns: connection, side, turn, store.
 *
 * A connection is one handle on one of the two files. A side is a pair of
 * connections with the statements prepared on them: the store's own (the only
 * one that ever writes or checkpoints) and one for each reader. A turn is the
 * transaction over a side.
 *
 * Threads: a side belongs to one thread at a time; `failed` and `readers` are
 *          the only words shared.
 */
#ifndef TROTH_STORE_SQLITE_PRIV_H
#define TROTH_STORE_SQLITE_PRIV_H

#include "os/reserve.h"
#include "store/store_priv.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdatomic.h>

enum { MARKS_MAX = 2 };

/* The statements of a turn itself, prepared once on each connection. */
enum step {
    STEP_BEGIN,
    STEP_LOOK, /* reads one page, so that the snapshot is taken now */
    STEP_COMMIT,
    STEP_ROLLBACK,
    STEP_SAVE, /* … + the mark's number */
    STEP_KEEP = STEP_SAVE + MARKS_MAX,
    STEP_BACK = STEP_KEEP + MARKS_MAX,
    STEP_COUNT = STEP_BACK + MARKS_MAX
};

enum conn_mode {
    CONN_WRITE,  /* the store's own */
    CONN_READ,   /* a reader beside it */
    CONN_FROZEN, /* a copy nobody writes: leaves no files beside it */
};

struct conn {
    sqlite3 *db;
    sqlite3_stmt *step[STEP_COUNT];
};

struct stmt {
    sqlite3_stmt *s;
    int columns;
    bool writes;
    bool running; /* inside rows_each */
};

struct side {
    struct conn conn[STORE_DB_COUNT];
    struct stmt stmt[SQL_COUNT];
};

struct mark {
    bool saved[STORE_DB_COUNT]; /* the savepoint was really opened */
    bool dirty[STORE_DB_COUNT]; /* as it was when the mark was set */
    bool truncate_keys;
};

struct turn {
    struct txn head;
    struct sqlite_store *store;
    struct side *side;
    bool open;
    bool reader;
    bool truncate_keys;
    bool begun[STORE_DB_COUNT];
    bool dirty[STORE_DB_COUNT];
    enum err_code lost; /* not ERR_OK: the engine took the whole turn back */
    struct mark marks[MARKS_MAX];
    int mark_count;
};

/* What store_tidy knows of one write-ahead log. */
struct wal {
    int64_t pages;    /* in it after the last commit */
    int64_t next;     /* at how many pages a checkpoint is due */
    int64_t moved_ms; /* when the last commit was */
    bool long_file;   /* the file is not of length 0 */
};

struct sqlite_store {
    struct store head;
    char dir[PATH_MAX - 32];
    int lock_fd;
    bool read_only;
    bool frozen[STORE_DB_COUNT];
    bool truncate_due; /* keys' log still holds what an erasure took away */
    int version;
    atomic_bool failed;
    atomic_int readers;
    struct reserve reserve;
    struct wal wal[STORE_DB_COUNT];
    struct side side;
    struct turn turn;
};

struct sqlite_reader {
    struct store_reader head;
    struct sqlite_store *store;
    struct side side;
    struct turn turn;
};

extern const char *const sqlite_file_names[STORE_DB_COUNT];

/* sqlite_conn.c */
MUST_USE bool sqlite_conn_open(const char *dir, enum store_db which, enum conn_mode mode, struct conn *conn,
                        struct err *err);
void sqlite_conn_close(struct conn *conn);
MUST_USE bool conn_run(struct conn *conn, const char *sql, struct err *err);
MUST_USE bool conn_number(struct conn *conn, const char *sql, int64_t *ret, struct err *err);
MUST_USE bool conn_path(const char *dir, enum store_db which, const char *suffix, char *to,
                        size_t to_size, struct err *err);
/* What rc means, in our words; returns false. */
bool conn_fault(struct conn *conn, int rc, const char *what, struct err *err);
/* The same when it was the database that was written and not its log. */
bool conn_move_fault(struct conn *conn, int rc, const char *what, struct err *err);
/* Guards what may be prepared from now on, then prepares the steps of a turn. */
MUST_USE bool conn_settle(struct conn *conn, enum conn_mode mode, struct err *err);

/* sqlite_schema.c */
struct file_look {
    bool there;
    bool fresh;    /* not there, or without a schema yet */
    bool log_full; /* a write-ahead log of more than zero bytes lies beside it */
};
/* Looks at the bytes without opening the database. ERR_CORRUPT, ERR_NEWER. */
MUST_USE bool schema_look(const char *dir, enum store_db which, struct file_look *ret,
                          struct err *err);
MUST_USE bool schema_migrate(struct conn *conn, enum store_db which, int *ret_version,
                             struct err *err);
/* For a connection that must not migrate. */
MUST_USE bool schema_check(struct conn *conn, enum store_db which, int *ret_version,
                           struct err *err);

/* sqlite_rows.c */
MUST_USE bool side_prepare(struct side *side, enum sql_id id, struct err *err);
MUST_USE bool side_prepare_all(struct side *side, struct err *err);
void side_close(struct side *side);
bool sqlite_run(struct txn *txn, enum sql_id id, const struct val *in, int64_t *ret_changed,
                struct err *err);
bool sqlite_one(struct txn *txn, struct arena *arena, enum sql_id id, const struct val *in,
                struct val *out, size_t out_count, bool *ret_found, struct err *err);
bool sqlite_each(struct txn *txn, enum sql_id id, const struct val *in, size_t out_count,
                 size_t most, rows_each_fn each, void *ctx, struct err *err);

/* sqlite_turn.c */
MUST_USE bool turn_open(struct turn *turn, struct err *err);
MUST_USE bool turn_need(struct turn *turn, enum store_db which, bool write, struct err *err);
/* An error that leaves nothing of the turn: remembers it, marks the store. Returns false. */
bool turn_lose(struct turn *turn, enum store_db which, int rc, const char *what, struct err *err);
void sqlite_turn_end(struct turn *turn);
bool sqlite_begin(struct store *store, struct txn **ret, struct err *err);
bool sqlite_commit(struct txn *txn, struct err *err);
void sqlite_rollback(struct txn *txn);
bool sqlite_dirty(const struct txn *txn);
bool sqlite_mark(struct txn *txn, struct err *err);
bool sqlite_mark_keep(struct txn *txn, struct err *err);
bool sqlite_mark_back(struct txn *txn, struct err *err);
void sqlite_truncate_keys(struct txn *txn);

/* sqlite_wal.c */
void wal_watch(struct sqlite_store *store);
MUST_USE bool wal_truncate_keys(struct sqlite_store *store, struct err *err);
bool sqlite_tidy(struct store *store, bool *ret_more, struct err *err);

/* sqlite_copy.c */
bool sqlite_copy(struct store *store, const char *to_dir, struct err *err);

/* sqlite_reader.c */
bool sqlite_reader_open(struct store *store, struct store_reader **ret, struct err *err);
void sqlite_reader_close(struct store_reader *reader);
bool sqlite_reader_begin(struct store_reader *reader, struct txn **ret, struct err *err);
void sqlite_reader_end(struct txn *txn);

#endif
