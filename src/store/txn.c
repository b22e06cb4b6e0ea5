#include "store/txn.h"

#include "store/store_priv.h"

void (*store_test_between)(void);

bool
txn_begin(struct store *store, struct txn **ret, struct err *err)
{
    return store->engine->begin(store, ret, err);
}

bool
txn_commit(struct txn **txn, struct err *err)
{
    TROTH_ASSERT(*txn != NULL);
    struct txn *over = *txn;
    *txn = NULL;
    return over->engine->commit(over, err);
}

void
txn_rollback(struct txn **txn)
{
    if (*txn == NULL)
        return;
    struct txn *over = *txn;
    *txn = NULL;
    over->engine->rollback(over);
}

bool
txn_dirty(const struct txn *txn)
{
    return txn->engine->dirty(txn);
}

bool
txn_mark(struct txn *txn, struct err *err)
{
    return txn->engine->mark(txn, err);
}

bool
txn_mark_keep(struct txn *txn, struct err *err)
{
    return txn->engine->mark_keep(txn, err);
}

bool
txn_mark_back(struct txn *txn, struct err *err)
{
    return txn->engine->mark_back(txn, err);
}

void
txn_truncate_keys(struct txn *txn)
{
    txn->engine->truncate_keys(txn);
}

void
txn_guard(struct txn *txn, int64_t key, bool changes)
{
    if (txn->engine->guard != NULL)
        txn->engine->guard(txn, key, changes);
}

bool
txn_guards_take(struct txn *txn, struct err *err)
{
    return txn->engine->guards_take == NULL || txn->engine->guards_take(txn, err);
}

bool
txn_guards_again(struct txn *txn, struct err *err)
{
    return txn->engine->guards_again != NULL && txn->engine->guards_again(txn, err);
}

bool
txn_guarded(struct txn *txn, int64_t key, bool changes)
{
    return txn->engine->guarded == NULL || txn->engine->guarded(txn, key, changes);
}

bool
txn_guard_now(struct txn *txn, int64_t key, bool changes, bool *ret_had, struct err *err)
{
    *ret_had = true;
    return txn->engine->guard_now == NULL || txn->engine->guard_now(txn, key, changes, ret_had, err);
}
