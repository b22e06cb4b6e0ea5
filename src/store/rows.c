#include "store/rows.h"

#include "store/store_priv.h"

static void
check_call(const struct txn *txn, enum sql_id id, const struct val *in, size_t in_count)
{
    TROTH_ASSERT(txn != NULL && (unsigned)id < SQL_COUNT);
    TROTH_ASSERT(in_count == sql_rows[id].params && (in != NULL || in_count == 0));
}

bool
rows_run(struct txn *txn, enum sql_id id, const struct val *in, size_t in_count,
         int64_t *ret_changed, struct err *err)
{
    check_call(txn, id, in, in_count);
    return txn->engine->run(txn, id, in, ret_changed, err);
}

bool
rows_one(struct txn *txn, struct arena *arena, enum sql_id id, const struct val *in,
         size_t in_count, struct val *out, size_t out_count, bool *ret_found, struct err *err)
{
    check_call(txn, id, in, in_count);
    TROTH_ASSERT(out_count > 0 && out_count <= SQL_COLUMNS_MAX);
    return txn->engine->one(txn, arena, id, in, out, out_count, ret_found, err);
}

bool
rows_far(const struct txn *txn)
{
    return txn->engine->ahead != NULL;
}

void
rows_ahead(struct txn *txn, enum sql_id id, const struct val *in, size_t in_count)
{
    check_call(txn, id, in, in_count);
    if (txn->engine->ahead != NULL)
        txn->engine->ahead(txn, id, in, false);
}

void
rows_ahead_again(struct txn *txn, enum sql_id id, const struct val *in, size_t in_count)
{
    check_call(txn, id, in, in_count);
    if (txn->engine->ahead != NULL)
        txn->engine->ahead(txn, id, in, true);
}

bool
rows_each(struct txn *txn, enum sql_id id, const struct val *in, size_t in_count, size_t out_count,
          size_t most, rows_each_fn each, void *ctx, struct err *err)
{
    check_call(txn, id, in, in_count);
    TROTH_ASSERT(out_count > 0 && out_count <= SQL_COLUMNS_MAX && each != NULL);
    return txn->engine->each(txn, id, in, out_count, most, each, ctx, err);
}

bool
rows_copy(struct arena *arena, enum sql_id id, struct val *row, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (row[i].kind != VAL_BLOB && row[i].kind != VAL_TEXT)
            continue;
        TROTH_ASSERT(arena != NULL);
        row[i].s = arena_copy(arena, row[i].s);
        if (row[i].s.p == NULL)
            return err_set(err, ERR_TOO_LARGE, "%s: no room for its row", sql_rows[id].name);
    }
    return true;
}
