/*
 * store/store_priv.h - what an engine must be able to do, and the heads its objects begin with.
 *
 * rows.c, txn.c and store.c check what callers hand in and pass it on; an engine
 * (sqlite_*.c, pg_*.c) does the work. Every object of an
 * engine begins with the head below, so that a call finds its engine by one
 * pointer.
 */
#ifndef TROTH_STORE_STORE_PRIV_H
#define TROTH_STORE_STORE_PRIV_H

#include "store/sql_table_priv.h"
#include "store/store.h"
#include "store/txn.h"

struct engine {
    bool (*open)(const struct store_options *options, struct store **ret, struct err *err);
    void (*close)(struct store *store);
    bool (*failed)(const struct store *store);
    uint64_t (*opened)(const struct store *store); /* NULL: once */
    int (*lane)(const struct store *store); /* NULL: 0 */
    bool (*reachable)(struct store *store); /* NULL: always */
    enum store_room (*room)(struct store *store);
    bool (*tidy)(struct store *store, bool *ret_more, struct err *err);
    int (*schema_version)(const struct store *store);
    void (*figures)(const struct store *store, struct store_figures *ret);
    bool (*copy)(struct store *store, const char *to_dir, struct err *err);

    bool (*reader_open)(struct store *store, struct store_reader **ret, struct err *err);
    void (*reader_close)(struct store_reader *reader);
    bool (*reader_begin)(struct store_reader *reader, struct txn **ret, struct err *err);
    void (*reader_end)(struct txn *txn);

    bool (*begin)(struct store *store, struct txn **ret, struct err *err);
    bool (*commit)(struct txn *txn, struct err *err); /* the txn is over either way */
    void (*rollback)(struct txn *txn);
    bool (*dirty)(const struct txn *txn);
    bool (*mark)(struct txn *txn, struct err *err);
    bool (*mark_keep)(struct txn *txn, struct err *err);
    bool (*mark_back)(struct txn *txn, struct err *err);
    void (*truncate_keys)(struct txn *txn);

    bool (*run)(struct txn *txn, enum sql_id id, const struct val *in, int64_t *ret_changed,
                struct err *err);
    bool (*one)(struct txn *txn, struct arena *arena, enum sql_id id, const struct val *in,
                struct val *out, size_t out_count, bool *ret_found, struct err *err);
    bool (*each)(struct txn *txn, enum sql_id id, const struct val *in, size_t out_count,
                 size_t most, rows_each_fn each, void *ctx, struct err *err);
    void (*guard)(struct txn *txn, int64_t key, bool changes); /* NULL, and the next four: one writer, no need */
    bool (*guarded)(struct txn *txn, int64_t key, bool changes);
    bool (*guards_take)(struct txn *txn, struct err *err);
    bool (*guards_again)(struct txn *txn, struct err *err);
    bool (*guard_now)(struct txn *txn, int64_t key, bool changes, bool *ret_had, struct err *err);
    void (*ahead)(struct txn *txn, enum sql_id id, const struct val *in, bool again); /* NULL: nothing to gain */
};

struct store {
    const struct engine *engine;
};
struct store_reader {
    const struct engine *engine;
};
struct txn {
    const struct engine *engine;
};

extern const struct engine store_sqlite, store_postgresql;

/* For engines: copies what a row points to into the arena. ERR_TOO_LARGE. */
bool rows_copy(struct arena *arena, enum sql_id id, struct val *row, size_t count, struct err *err);

/* Called, when tests have set it, after the keys were committed and before the data are. */
extern void (*store_test_between)(void);

#endif
