/*
 * store/pg_priv.h - the PostgreSQL engine's nouns: place, connection, pipe, turn, store.
 *
 * A place is where a database is and how we come to it. A connection is one session
 * in pipeline mode with the statements prepared on it: what is sent is not waited
 * for until an answer is needed (pipe_wait), and that wait is a round trip, for
 * however much was sent. A turn is a transaction on both databases, begun in each
 * when it is first needed. Reads that will be needed may be announced (pg_ahead); they
 * go out with whatever is waited for next.
 *
 * What must never break: the session that writes holds the lock of one node
 * (pg_link.c), so a node that lost the lock has also lost the session it
 * could write by. A commit whose answer did not come is ERR_OUTCOME.
 *
 * No text of the server's goes into an err: it may hold values.
 *
 * Threads: a connection belongs to one thread at a time; readers are taken from a
 *          pool under a lock.
 */
#ifndef TROTH_STORE_PG_PRIV_H
#define TROTH_STORE_PG_PRIV_H

#include "base/limits.h"
#include "store/pg_lib.h"
#include "store/store_priv.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

enum { PG_MARKS_MAX = 2, PG_WORDS_MAX = 64, PG_TABLES_MAX = 32, PG_PEOPLE = 64, PG_AHEAD_BUCKETS = 512,
       PG_GUARD_SLOTS = 2 * LIMIT_PG_GUARDS };

/* Where a database is, as libpq wants it told. */
struct pg_place {
    PQconninfoOption *options; /* of the URL */
    const char *words[PG_WORDS_MAX + 1], *values[PG_WORDS_MAX + 1]; /* into options, or constant */
    char dbname[64];           /* in place of the URL's, when not empty */
};

/* What is known of a statement once the server has parsed it. */
struct pg_stmt {
    bool known;
    int columns;
    Oid param[SQL_PARAMS_MAX];
    Oid column[SQL_COLUMNS_MAX];
};

/* One message whose answer has not been read. */
enum pg_kind { PG_STEP, PG_PREPARE, PG_QUERY, PG_SYNC };
struct pg_sent {
    enum pg_kind kind;
    int id;         /* of the statement; -1: none */
    PGresult **to;  /* who wants the answer; NULL: nobody, unless it is a fault */
};

struct pg_conn {
    PGconn *pq;
    enum store_db db;
    bool piped;              /* in pipeline mode */
    bool lost;               /* the connection is of no use any more */
    bool warned;             /* the server said something beside the answer now being read, */
    bool step_warned;        /* and beside that to the last step somebody wanted the answer of */
    bool prepared[SQL_COUNT];
    struct pg_sent sent[LIMIT_PG_QUEUE];
    size_t first, count;     /* of the ring */
    uint64_t number;         /* of the newest message; they count from 1 */
    uint64_t fault_number;   /* of the first that failed since pipe_forgive; 0: none */
    int fault_id;
    char fault_state[6];     /* its SQLSTATE; empty: the connection went */
    uint64_t *trips;
};

/* A read that was announced. */
struct pg_ahead_row {
    enum sql_id id;
    uint64_t tick;           /* of the turn, when it was sent */
    uint64_t hash;
    struct span key;         /* its parameters as they were sent */
    int64_t person;          /* whose rows it reads; -1: anybody's */
    bool sent;               /* or waits for the guards */
    PGresult *result;
    int next;                /* in its bucket, as index + 1; 0: none */
};

/* What this turn wants to see unchanged, or to change alone. 0: not, 1: with others, 2: alone. */
struct pg_guard {
    int64_t key;
    uint8_t want, had, had_at_mark[PG_MARKS_MAX];
};

struct pg_mark {
    bool saved[STORE_DB_COUNT];
    bool dirty[STORE_DB_COUNT];
    uint64_t number[STORE_DB_COUNT]; /* of the SAVEPOINT's message */
};

struct pg_turn {
    struct txn head;
    struct pg_store *store;
    struct pg_conn *conn[STORE_DB_COUNT];
    bool open, reader;
    bool begun[STORE_DB_COUNT], dirty[STORE_DB_COUNT];
    enum err_code lost;      /* not ERR_OK: nothing of this turn can be */
    struct pg_mark marks[PG_MARKS_MAX];
    int mark_count;
    uint64_t tick;           /* counts what is announced and what writes */
    uint64_t wrote[PG_TABLES_MAX][PG_PEOPLE]; /* when each table was last written to, by the person's number */
    struct arena keys;       /* of the announced */
    struct pg_ahead_row ahead[LIMIT_PG_AHEAD];
    int ahead_count, buckets[PG_AHEAD_BUCKETS]; /* index + 1; 0: empty */
    int ahead_sent;          /* the first so many are on their way, unless gathering */
    bool gathering;          /* the first guards are not taken yet: announced reads wait for them */
    struct pg_guard guards[LIMIT_PG_GUARDS];
    int guard_count;
    int64_t late_ms;         /* until when guards that were not announced are waited for; 0: for none yet */
    uint16_t guard_slots[PG_GUARD_SLOTS]; /* index + 1; 0: empty */
};

struct pg_reader {
    struct store_reader head;
    uint64_t trips;
    struct pg_conn conn[STORE_DB_COUNT];
    struct pg_turn turn;
    struct pg_reader *next;
};

struct pg_store {
    struct store head;
    int lock_fd;
    bool read_only;
    int version;
    struct pg_place place[STORE_DB_COUNT];
    struct pg_conn conn[STORE_DB_COUNT];
    struct pg_stmt stmt[SQL_COUNT];
    struct pg_turn turn;
    uint64_t opened;         /* how often the connections were made anew */
    int lane;                /* whose lock both sessions hold */
    uint64_t trips;
    int64_t retry_ms;        /* no new attempt before this */
    bool commits_doubted;    /* a commit's answer did not come: the next connection shows first that it does */
    int64_t stuck_ms;        /* until then guards are not waited for, only tried (pg_guards_again) */
    int64_t sized_ms, bytes[STORE_DB_COUNT];
    pthread_mutex_t pool_lock;
    struct pg_reader *pool;
    int pooled, readers;
};

/* pg_place.c: a URL of libpq's, with TLS as it must be. ERR_CONFIG; its text never holds the URL. */
MUST_USE bool pg_place_open(const char *url, struct pg_place *ret, struct err *err);
void pg_place_close(struct pg_place *place);

/* pg_code.c: what an SQLSTATE means, in our words; returns false. */
enum err_code pg_code_of(const char *state);
bool pg_say(const char *state, const char *what, struct err *err);
/* The first fault of the pipe. */
bool pg_say_fault(const struct pg_conn *conn, struct err *err);

/* pg_conn.c */
MUST_USE bool pg_conn_open(const struct pg_place *place, enum store_db db, struct pg_conn *conn,
                           struct err *err);
void pg_conn_close(struct pg_conn *conn);
/* Before pipeline mode: text is run, the last result is given (may be NULL) and is the caller's. */
MUST_USE bool pg_conn_ask(struct pg_conn *conn, const char *text, int64_t most_ms, PGresult **ret,
                          struct err *err);
/* One number (or truth) that text selects. */
MUST_USE bool pg_conn_number(struct pg_conn *conn, const char *text, int64_t *ret, struct err *err);
MUST_USE bool pg_conn_pipe(struct pg_conn *conn, struct err *err);
/* The next result, waited for; sets lost when none can come. */
PGresult *pg_conn_next(struct pg_conn *conn, int64_t end_ms);

/* pg_pipe.c: nothing here waits but pipe_wait, and the sending functions when the ring is full. All return false
 * only when the connection is lost. */
bool pipe_step(struct pg_conn *conn, const char *text, PGresult **to);
bool pipe_prepare(struct pg_conn *conn, enum sql_id id, const struct pg_stmt *known);
bool pipe_describe(struct pg_conn *conn, enum sql_id id, PGresult **to);
struct pg_packed {
    int count;
    const char *values[SQL_PARAMS_MAX];
    int lengths[SQL_PARAMS_MAX], formats[SQL_PARAMS_MAX];
    uint8_t numbers[SQL_PARAMS_MAX][8];
};
bool pipe_query(struct pg_conn *conn, enum sql_id id, const struct pg_stmt *known,
                const struct pg_packed *packed, PGresult **to);
/* Sends what waits to be sent, and does not wait. */
void pipe_push(struct pg_conn *conn);
/* Every answer that is due. */
bool pipe_wait(struct pg_conn *conn);
/* Nobody wants the answers any more. */
void pipe_detach(struct pg_conn *conn);
/* Looks whether the server has closed the connection; does not wait. */
void pipe_look(struct pg_conn *conn);
void pipe_forgive(struct pg_conn *conn);

/* pg_schema.c */
MUST_USE bool pg_schema_read(struct pg_conn *conn, int64_t *ret_version, struct err *err);
MUST_USE bool pg_schema_migrate(struct pg_conn *conn, int64_t version, struct err *err);
void pg_schema_warn(struct pg_conn *conn);

/* pg_link.c: both connections, ready for turns; also after they were lost. */
MUST_USE bool pg_link(struct pg_store *store, bool create, struct err *err);
void pg_unlink(struct pg_store *store);

/* pg_rows.c */
bool pg_pack(const struct pg_stmt *stmt, enum sql_id id, const struct val *in,
             struct pg_packed *ret, struct err *err);
/* Sent, and its answer wanted by nobody unless it is a fault. */
bool pg_send(struct pg_turn *turn, enum sql_id id, const struct val *in, struct err *err);
bool pg_run(struct txn *txn, enum sql_id id, const struct val *in, int64_t *ret_changed,
            struct err *err);
bool pg_one(struct txn *txn, struct arena *arena, enum sql_id id, const struct val *in,
            struct val *out, size_t out_count, bool *ret_found, struct err *err);
bool pg_each(struct txn *txn, enum sql_id id, const struct val *in, size_t out_count, size_t most,
             rows_each_fn each, void *ctx, struct err *err);

/* pg_ahead.c: the tables of a statement that writes were changed now; person -1: anybody's rows. */
void pg_ahead_wrote(struct pg_turn *turn, uint32_t tables, int64_t person);
void pg_ahead(struct txn *txn, enum sql_id id, const struct val *in, bool again);
/* The row announced with the same parameters, when nothing was written since to what it reads; or NULL. */
struct pg_ahead_row *pg_ahead_find(struct pg_turn *turn, enum sql_id id,
                                   const struct pg_packed *packed);
/* Those that waited for the guards go out. */
bool pg_ahead_send(struct pg_turn *turn, struct err *err);
void pg_ahead_forget(struct pg_turn *turn);

/* pg_guard.c */
void pg_guard(struct txn *txn, int64_t key, bool changes);
bool pg_guarded(struct txn *txn, int64_t key, bool changes);
bool pg_guards_take(struct txn *txn, struct err *err);
bool pg_guards_again(struct txn *txn, struct err *err);
bool pg_guard_now(struct txn *txn, int64_t key, bool changes, bool *ret_had, struct err *err);
void pg_guards_mark(struct pg_turn *turn, int at);
void pg_guards_back(struct pg_turn *turn, int at);
void pg_guards_forget(struct pg_turn *turn);

/* pg_turn.c */
MUST_USE bool pg_turn_open(struct pg_turn *turn, struct err *err);
MUST_USE bool pg_turn_need(struct pg_turn *turn, enum store_db which, bool write, struct err *err);
/* After a wait that brought a fault: the turn is lost. Returns false. */
bool pg_turn_lose(struct pg_turn *turn, enum store_db which, struct err *err);
void pg_turn_end(struct pg_turn *turn);
bool pg_begin(struct store *store, struct txn **ret, struct err *err);
bool pg_commit(struct txn *txn, struct err *err);
void pg_rollback(struct txn *txn);
bool pg_dirty(const struct txn *txn);
bool pg_mark(struct txn *txn, struct err *err);
bool pg_mark_keep(struct txn *txn, struct err *err);
bool pg_mark_back(struct txn *txn, struct err *err);
void pg_truncate_keys(struct txn *txn);

/* pg_reader.c */
bool pg_reader_open(struct store *store, struct store_reader **ret, struct err *err);
void pg_reader_close(struct store_reader *reader);
bool pg_reader_begin(struct store_reader *reader, struct txn **ret, struct err *err);
void pg_reader_end(struct txn *txn);
void pg_pool_empty(struct pg_store *store);

#endif
