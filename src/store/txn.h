/*
 * store/txn.h - a turn's transaction over both databases.
 *
 * One turn of the loop is one transaction: all deeds that arrived together run
 * in it one after another, then it is committed once (group commit). The
 * wrapped keys lie in a database of their own; their changes are made durable
 * first: a key is durable before anything it seals, and a key's end is durable
 * before its rows' end. What a crash leaves between the two is settled at start
 * (deeds/settle.c).
 *
 * A mark is a savepoint: a deed that fails goes back to its mark and leaves the
 * others of the turn alone.
 *
 * Threads: the writer's. There is one at a time for each store.
 */
#ifndef TROTH_STORE_TXN_H
#define TROTH_STORE_TXN_H

#include "store/rows.h"

struct store;

/* Opens the turn; ERR_UNAVAILABLE, ERR_IO, ERR_CORRUPT. Writes nothing yet. */
MUST_USE bool txn_begin(struct store *store, struct txn **ret, struct err *err);

/* Keys first, then data, each synced. On failure nothing of the data is visible, *txn is NULL and the store
 * may have fallen (store_failed): then no further turn opens until it is opened anew. */
MUST_USE bool txn_commit(struct txn **txn, struct err *err);
void txn_rollback(struct txn **txn);

/* True when something was written since begin (a turn of pure reads needs no commit). */
bool txn_dirty(const struct txn *txn);

MUST_USE bool txn_mark(struct txn *txn, struct err *err);
MUST_USE bool txn_mark_keep(struct txn *txn, struct err *err);
MUST_USE bool txn_mark_back(struct txn *txn, struct err *err);

/* After an erasure: the keys database's log is truncated at commit, so that no wrapped key stays in it. */
void txn_truncate_keys(struct txn *txn);

#endif
