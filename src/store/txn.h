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

/*
 * Guards keep several nodes from overtaking each other: between the moment a turn has a guard and its end no other
 * node's turn changes what the key stands for (or, when it is to be changed here, looks at it). Keys are 64
 * bits of something random or hashed; two that are the same by chance only wait for each other.
 * Over one's own files there is one writer, and every guard is had.
 */
/* Announces: it is taken with the others by txn_guards_take. What is announced to be read (rows_ahead) before that is
 * read behind them. */
void txn_guard(struct txn *txn, int64_t key, bool changes);
/* The first time waits for each (at most LIMIT_PG_LOCK_MS, else the turn is lost); later in a turn they are only tried,
 * and txn_guarded says which are had. */
MUST_USE bool txn_guards_take(struct txn *txn, struct err *err);
/* After that wait was in vain, and nothing was written yet: all announced reads are forgotten and the guards only tried.
 * false, with err as it was: that is not what happened, or it cannot be mended. */
bool txn_guards_again(struct txn *txn, struct err *err);
bool txn_guarded(struct txn *txn, int64_t key, bool changes);
/* One that was not announced, tried for LIMIT_PG_GUARD_MS; what was announced before is read again. Gone with the
 * mark it was taken behind, when that is taken back. */
MUST_USE bool txn_guard_now(struct txn *txn, int64_t key, bool changes, bool *ret_had, struct err *err);

/* After an erasure: the keys database's log is truncated at commit, so that no wrapped key stays in it. */
void txn_truncate_keys(struct txn *txn);

#endif
