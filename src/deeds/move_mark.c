/*
 * The marks in meta that say which of two stores goes on. A store with neither is one that does; a target has move-in
 * until it is complete, a source that was moved has move-out for as long as it lies there, or until a move comes back to it.
 */
#include "deeds/move_priv.h"

#include "crypt/crypt.h"
#include "deeds/deed_priv.h"

enum { ID = MOVE_ID };

bool
move_mark_set(struct txn *txn, const char *name, struct span value, struct err *err)
{
    const struct val in[] = {val_text(span_str(name))};
    return value.p == NULL ? rows_run(txn, SQL_move_meta_drop, in, 1, NULL, err) : meta_write(txn, name, value, err);
}

bool
move_allows(struct instance *it, struct err *err)
{
    struct span in, out;
    if (!meta_get(it, MOVE_MARK_IN, &in, err) || !meta_get(it, MOVE_MARK_OUT, &out, err))
        return false;
    if (in.p != NULL) {
        (void)err_set(err, ERR_CONFLICT, "these data are the target of a move that is not complete: run troth move with "
                                         "--finish, or go on with the source");
        return err_rule(err, "move-incomplete");
    }
    if (out.p == NULL)
        return true;
    struct span where = span_sub(out, ID, SIZE_MAX);
    (void)err_set(err, ERR_CONFLICT, "these data were moved away, to %.*s, and go on there", SPAN_FMT(where));
    return err_rule(err, "moved-away");
}

bool
move_marks_get(struct move_state *move, struct move_side *side, struct move_marks *ret, struct err *err)
{
    struct txn *txn = NULL;
    if (!store_reader_begin(side->reader, &txn, err))
        return false;
    bool good = meta_read(txn, &move->arena, "vault", &ret->vault, err) && meta_read(txn, &move->arena, MOVE_MARK_IN, &ret->in, err) &&
                meta_read(txn, &move->arena, MOVE_MARK_OUT, &ret->out, err);
    store_reader_end(&txn);
    return good;
}

bool
move_same_id(struct span a, struct span b)
{
    return a.n >= ID && b.n >= ID && memcmp(a.p, b.p, ID) == 0;
}


/* Whether these two may be source and target of this, and the id of their move (a new one where none was begun). */
bool
move_pair_fits(struct move_state *move, const struct move_marks *from, const struct move_marks *to, uint8_t ret_id[ID], struct err *err)
{
    bool begun = to->in.p != NULL;
    if (from->vault.p == NULL)
        return err_set(err, ERR_NOT_FOUND, "the source holds no data: no server has started on it");
    if (from->in.p != NULL)
        return err_set(err, ERR_CONFLICT, "the source is itself the target of a move that is not complete");
    if (to->vault.p != NULL && !span_eq(to->vault, from->vault))
        return err_set(err, ERR_CONFLICT, "the target holds other data than the source: another vault");
    if (move->ask->how == MOVE_CHECK)
        return true;
    if (from->out.p != NULL && !(move_same_id(from->out, to->in) && move->ask->how == MOVE_FINISH))
        return err_set(err, ERR_CONFLICT, "the source was moved away already");
    if (!begun && to->out.p == NULL && to->vault.p != NULL)
        return err_set(err, ERR_CONFLICT, "the target is in use: it holds these data, and is not the target of a move");
    if (begun && to->in.n < ID)
        return err_set(err, ERR_CORRUPT, "the target's mark has the wrong form");
    if (begun)
        memcpy(ret_id, to->in.p, ID);
    else
        crypt_random(ret_id, ID);
    return true;
}

/* The whole trace is in its index by person, and the mark says so: a server goes on from there. Files only. */
bool
move_index(struct move_state *move, struct txn *txn, struct err *err)
{
    struct span upto;
    struct val last[2];
    uint8_t end[8];
    bool found = false;
    if (!meta_read(txn, &move->arena, "trace-upto", &upto, err) ||
        !rows_one(txn, &move->arena, SQL_ledger_entry_last, NULL, 0, last, 2, &found, err))
        return false;
    put_be64(end, found ? (uint64_t)last[0].i + 1 : 0);
    const struct val fill[] = {val_int(upto.n == 8 ? (int64_t)get_be64((const uint8_t *)upto.p) : 0)};
    return rows_run(txn, SQL_move_trace_by_fill, fill, 1, NULL, err) &&
           move_mark_set(txn, "trace-upto", span_of(end, sizeof end), err);
}

/* The target is one from now on; what it was before, when it was left by a move, is over. What is not yet in its index of
 * traces is brought there, for the walk goes by it. */
bool
move_target_mark(struct move_state *move, const struct move_marks *from, const uint8_t id[ID], struct err *err)
{
    uint8_t mark[2 * ID] = {0};
    memcpy(mark, id, ID);
    memcpy(mark + ID, from->vault.p, from->vault.n < ID ? from->vault.n : ID);
    if (!move_turn(move, 1, err) || !move_mark_set(move->txn, MOVE_MARK_IN, span_of(mark, sizeof mark), err) ||
        !move_mark_set(move->txn, MOVE_MARK_OUT, SPAN_NONE, err))
        return false;
    return (move->to.far || move_index(move, move->txn, err)) && move_turn_end(move, true, err);
}

bool
move_source_end(struct move_state *move, const uint8_t id[ID], struct err *err)
{
    struct txn *txn = NULL;
    char mark[ID + 128];
    struct buf buf;
    buf_init(&buf, mark, sizeof mark);
    buf_put(&buf, span_of(id, ID));
    buf_str(&buf, move->to.far ? "PostgreSQL" : "files");
    if (!move_side_turn(&move->from, &txn, err))
        return false;
    if (move_mark_set(txn, MOVE_MARK_OUT, buf_span(&buf), err))
        return txn_commit(&txn, err);
    txn_rollback(&txn);
    return false;
}

