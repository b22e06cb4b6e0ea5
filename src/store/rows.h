/*
 * store/rows.h - named statements run inside a transaction that somebody else opened.
 *
 * All SQL lies in store/sql/NAME.sql as named paragraphs; the build makes enum sql_id
 * from them (store/sql_ids.h). Engine types never show: parameters and columns
 * are struct val.
 *
 * Memory: text and blob columns are copied into the arena given with the txn.
 */
#ifndef TROTH_STORE_ROWS_H
#define TROTH_STORE_ROWS_H

#include "base/arena.h"
#include "store/sql_ids.h" /* made from store/sql/ */

struct txn;

enum val_kind { VAL_NULL, VAL_INT, VAL_BLOB, VAL_TEXT };
struct val {
    enum val_kind kind;
    int64_t i;
    struct span s;
};

static inline struct val
val_int(int64_t i)
{
    return (struct val){.kind = VAL_INT, .i = i};
}
static inline struct val
val_blob(const void *p, size_t n)
{
    return (struct val){.kind = VAL_BLOB, .s = {(const char *)p, n}};
}
static inline struct val
val_text(struct span s)
{
    return (struct val){.kind = VAL_TEXT, .s = s};
}
static inline struct val
val_null(void)
{
    return (struct val){.kind = VAL_NULL};
}

/* Runs a statement that gives no rows. *ret_changed (may be NULL): rows changed. ERR_TAKEN when a
 * unique constraint refused it, ERR_FULL when the disk is full, ERR_IO and ERR_CORRUPT else. */
MUST_USE bool rows_run(struct txn *txn, enum sql_id id, const struct val *in, size_t in_count,
                       int64_t *ret_changed, struct err *err);

/* The first row into out[0 … out_count); *ret_found false (out untouched) when there is none. */
MUST_USE bool rows_one(struct txn *txn, struct arena *arena, enum sql_id id, const struct val *in,
                       size_t in_count, struct val *out, size_t out_count, bool *ret_found,
                       struct err *err);

/* Every row: each is called with the columns (valid only during the call) and may stop by false with err
 * set; at most `most` rows are read (the statement should say LIMIT as well). */
typedef bool (*rows_each_fn)(void *ctx, const struct val *row, struct err *err);
MUST_USE bool rows_each(struct txn *txn, enum sql_id id, const struct val *in, size_t in_count,
                        size_t out_count, size_t most, rows_each_fn each, void *ctx,
                        struct err *err);

/* Says that these rows will be asked for (rows_one, rows_each with the same statement and parameters) in this turn.
 * Where the rows are far away they are sent for at once and waited for together; nothing written before they are
 * asked for is missed. Never fails: what cannot be sent for is read when it is asked for. */
/* Whether announcing gains anything: the rows are on a server, and every answer waited for costs a round trip. */
bool rows_far(const struct txn *txn);
void rows_ahead(struct txn *txn, enum sql_id id, const struct val *in, size_t in_count);
/* The same, and what was announced or read before is not good enough: a guard (store/txn.h) was taken meanwhile. */
void rows_ahead_again(struct txn *txn, enum sql_id id, const struct val *in, size_t in_count);

#endif
