/*
 * store/store.h - opening, guarding and looking after the two databases of an instance.
 *
 * On SQLite DIR/troth.db holds rows and the ledger, DIR/keys.db the wrapped data keys in
 * rows of one size. On PostgreSQL both are databases of a server, and a lost connection is made again by
 * a later turn. Exactly one connection writes and checkpoints (SQLite's
 * WAL-reset fault needs two); any number of readers run beside it on
 * connections of their own, each in its own thread.
 *
 * Threads: the struct store belongs to the writer's thread; store_reader_open may be called from any.
 */
#ifndef TROTH_STORE_STORE_H
#define TROTH_STORE_STORE_H

#include "store/rows.h"

struct store;

struct store_options {
    const char *dir;      /* with a url it holds only the lock, and may be NULL: no lock */
    const char *url;      /* postgresql://…: the databases are there; NULL: files in dir */
    const char *keys_url; /* that of the keys; NULL: the same server, its name and "_keys" */
    bool create;       /* make new databases when there are none; else ERR_NOT_FOUND */
    bool read_only;    /* for looking at a copy: no lock, no migration, no write */
    uint64_t reserve;  /* bytes kept back for what a full disk must not stop (os/reserve.h); 0: none;
                        * UINT64_MAX: as it is */
};

/* Takes the lock DIR/lock (ERR_BUSY names the holder's pid), runs the migrations that are due, each in its
 * own transaction (ERR_NEWER when the files come from a later version: nothing is touched). */
MUST_USE bool store_open(const struct store_options *options, struct store **ret, struct err *err);
void store_close(struct store **store);

/* How much room there is. Costs one look at the file system; for each turn. */
enum store_room {
    STORE_ROOM_PLENTY,
    STORE_ROOM_LOW, /* nothing that can wait should be added: the reserve is in use */
    STORE_ROOM_LAST /* less than half of the reserve is left: only what frees or must be obeyed */
};
enum store_room store_room(struct store *store);

/* True after a failed sync or I/O error: nothing may be written until the store was closed and opened anew.
 * Never so on PostgreSQL, where turns begin with new connections instead (figures: opened). */
bool store_failed(const struct store *store);

/* False while the databases' server cannot be reached; a later turn, or store_tidy, tries again. */
bool store_reachable(struct store *store);

/* How often its connections were made: who sees it change reads anew what it remembers of the store. */
uint64_t store_opened(const struct store *store);

/* The lane this store's writer writes in: a number that no other writer has meanwhile, under which it may count by
 * itself. 0 where there can be only one writer; on PostgreSQL 1 … LIMIT_PG_LANES, and perhaps another one when
 * store_opened has changed. */
int store_lane(const struct store *store);

/* Moves a bounded piece of the write-ahead log into the database; call between turns. *ret_more: call again. */
MUST_USE bool store_tidy(struct store *store, bool *ret_more, struct err *err);

/* A reader with a snapshot of its own, for long reading beside the writer (ledger proofs, checks). The txn it
 * gives can only read. Close it soon: it holds the log back. */
struct store_reader;
MUST_USE bool store_reader_open(struct store *store, struct store_reader **ret, struct err *err);
void store_reader_close(struct store_reader **reader);
MUST_USE bool store_reader_begin(struct store_reader *reader, struct txn **ret, struct err *err);
void store_reader_end(struct txn **txn);

int store_schema_version(const struct store *store);

/* Figures for /metrics: bytes of the files, pages in the log. */
struct store_figures {
    int64_t data_bytes;
    int64_t log_bytes;
    int64_t keys_bytes;
    int64_t keys_log_bytes;
    bool truncate_due; /* an erasure's rest still lies in the keys' log (a copy holds it) */
    uint64_t round_trips; /* to the server, waited for by the writer */
};
void store_figures(const struct store *store, struct store_figures *ret);

/* A copy of the live databases into an empty folder through the engine's backup API. */
MUST_USE bool store_copy(struct store *store, const char *to_dir, struct err *err);

#endif
