/* A move: who may be source and target, the marks that say so, and the order in which they come and go. */
#include "deeds/move_priv.h"

#include "base/clock.h"
#include "base/limits.h"

#include <stdlib.h>
#include <unistd.h>

enum { TURN_OPS = 4096, ARENA_BYTES = 8 * 1024 * 1024, ID = MOVE_ID, BLOCK = 4096, LOCK_STEP_US = 50000 };

static const int64_t sn_end_files = INT64_C(1) << 28; /* deeds/numbers.c */

void
move_say(struct move_state *move, enum move_step step, const struct move_table_report *table)
{
    if (move->ask->progress != NULL)
        move->ask->progress(move->ask->ctx, step, table);
}

/* With its connections a store on PostgreSQL lost the locks of the lanes. */
static bool
still_ours(const struct move_side *side, struct err *err)
{
    return side->opened == store_opened(side->store) ||
           err_set(err, ERR_UNAVAILABLE, "the connection to PostgreSQL was lost; run the same command again");
}

bool
move_side_turn(struct move_side *side, struct txn **ret, struct err *err)
{
    if (!txn_begin(side->store, ret, err))
        return false;
    if (still_ours(side, err))
        return true;
    txn_rollback(ret);
    return false;
}

bool
move_turn(struct move_state *move, size_t ops, struct err *err)
{
    move->ops += ops;
    return move->txn != NULL || move_side_turn(&move->to, &move->txn, err);
}

/* What was written lies in the log of SQLite until it is moved. */
static bool
tidy(struct move_state *move, struct err *err)
{
    bool more = !move->to.far;
    while (more)
        if (!store_tidy(move->to.store, &more, err))
            return false;
    return true;
}

bool
move_turn_end(struct move_state *move, bool whatever, struct err *err)
{
    if (move->txn == NULL || (!whatever && move->ops < TURN_OPS))
        return true;
    move->ops = 0;
    return txn_commit(&move->txn, err) && tidy(move, err);
}

/* The session of a run that was killed may need a moment to end. */
static bool
lane_take(struct move_state *move, struct txn *txn, int lane, bool *ret_taken, struct err *err)
{
    int64_t end_ms = clock_mono_ms() + LIMIT_STORE_BUSY_MS;
    const struct val in[] = {val_int(lane)};
    struct val out[1];
    bool found = false;
    for (;;) {
        if (!rows_one(txn, &move->arena, SQL_lane_lock, in, 1, out, 1, &found, err))
            return false;
        *ret_taken = found && out[0].i != 0;
        if (*ret_taken || clock_mono_ms() >= end_ms)
            return true;
        (void)usleep(LOCK_STEP_US);
    }
}

/* Nobody else writes, and nobody can begin to, for as long as this session lives: all lanes are taken. */
static bool
lanes_take(struct move_state *move, struct move_side *side, const char *which, struct err *err)
{
    struct txn *txn = NULL;
    bool good = true, taken = false;
    if (!side->far)
        return true; /* the folder's lock */
    if (!move_side_turn(side, &txn, err))
        return false;
    for (int lane = 1; good && lane <= LIMIT_PG_LANES; lane++)
        good = lane_take(move, txn, lane, &taken, err) &&
               (taken || err_set(err, ERR_BUSY, "a server is at work on the %s (lane %d): stop it first", which, lane));
    txn_rollback(&txn);
    return good;
}

static bool
side_open(const struct move_place *place, bool writes, bool create, struct move_side *side, struct err *err)
{
    const struct store_options options = {.dir = place->url == NULL ? place->dir : NULL,
                                          .url = place->url,
                                          .keys_url = place->keys_url,
                                          .create = create,
                                          .read_only = !writes,
                                          .reserve = UINT64_MAX};
    side->far = place->url != NULL;
    if (!store_open(&options, &side->store, err) || !store_reader_open(side->store, &side->reader, err))
        return false;
    side->opened = store_opened(side->store);
    return true;
}

static void
side_close(struct move_side *side)
{
    store_reader_close(&side->reader);
    store_close(&side->store);
}

/* The highest number that may ever have been given to a person of the source. */
static bool
sn_top(struct move_state *move, int64_t *ret, struct err *err)
{
    struct txn *txn = NULL;
    struct span sn = SPAN_NONE;
    struct val last[1], block[1];
    bool found = false;
    const struct val in[] = {val_int(0), val_int(INT64_MAX)};
    if (!store_reader_begin(move->from.reader, &txn, err))
        return false;
    bool good = rows_one(txn, &move->arena, SQL_subject_last, in, 2, last, 1, &found, err) &&
                rows_one(txn, &move->arena, SQL_move_block_last, NULL, 0, block, 1, &found, err) &&
                meta_read(txn, &move->arena, "sn", &sn, err);
    store_reader_end(&txn);
    if (!good)
        return false;
    *ret = last[0].i;
    if (move->from.far && block[0].i > 0 && block[0].i + BLOCK - 1 > *ret)
        *ret = block[0].i + BLOCK - 1;
    if (!move->from.far && sn.n == 8 && (int64_t)get_be64((const uint8_t *)sn.p) > *ret)
        *ret = (int64_t)get_be64((const uint8_t *)sn.p);
    return move->to.far || *ret < sn_end_files - 1 ||
           err_set(err, ERR_TOO_LARGE, "a person's number may be %lld, and files have room for numbers below %lld",
                   (long long)*ret, (long long)sn_end_files - 1);
}

static bool
source_any(struct move_state *move, struct txn *txn, enum sql_id id, const struct val *in, size_t count, bool *ret,
           struct err *err)
{
    struct val out[4];
    return rows_one(txn, &move->arena, id, in, count, out, 1, ret, err);
}

/* What a crash of its server left half done only a start of the server can settle (deeds/settle.c). */
static bool
source_settled(struct move_state *move, int64_t top, struct err *err)
{
    struct txn *txn = NULL;
    struct ledger_look look = {0};
    struct val key[1] = {val_null()};
    bool ended = false, lane = false, found = false;
    const struct val lanes[] = {val_int(-1), val_int(1)}, above[] = {val_int(top + 1), val_int(INT64_C(1) << 40)};
    if (!store_reader_begin(move->from.reader, &txn, err))
        return false;
    bool good = source_any(move, txn, SQL_move_ended_any, NULL, 0, &ended, err) &&
                source_any(move, txn, SQL_lane_others, lanes, 2, &lane, err) && ledger_look(txn, &look, err) &&
                rows_one(txn, &move->arena, SQL_dk_last, above, 2, key, 1, &found, err);
    store_reader_end(&txn);
    if (!good)
        return false;
    if (ended || lane || look.waiting > 0 || key[0].kind == VAL_INT)
        return err_set(err, ERR_CONFLICT, "the source's server did not end in order: start it once more, stop it with "
                                          "SIGTERM, then run the same command again");
    return true;
}

/* The source stands still from here on. */
static bool
source_still(struct move_state *move, int64_t top, struct err *err)
{
    struct txn *txn = NULL;
    if (!source_settled(move, top, err))
        return false;
    if (move->from.far)
        return true;
    /* The end of its traces may not be in their index yet. */
    if (!move_side_turn(&move->from, &txn, err))
        return false;
    if (move_index(move, txn, err))
        return txn_commit(&txn, err);
    txn_rollback(&txn);
    return false;
}

/* What each engine counts by itself, so that nothing is given twice and nothing indexed twice. */
static bool
target_counts(struct move_state *move, int64_t top, struct err *err)
{
    uint8_t sn[8], upto[8];
    put_be64(sn, (uint64_t)top);
    put_be64(upto, move->report->entries);
    const struct val block[] = {val_int(top)};
    if (!move_turn(move, 1, err))
        return false;
    if (move->to.far)
        return (top == 0 || rows_run(move->txn, SQL_move_block_put, block, 1, NULL, err)) && move_turn_end(move, true, err);
    return move_mark_set(move->txn, "sn", span_of(sn, 8), err) && move_mark_set(move->txn, "trace-upto", span_of(upto, 8), err) &&
           move_turn_end(move, true, err);
}

static bool
finish(struct move_state *move, int64_t top, const uint8_t id[ID], struct err *err)
{
    if (!move_rows(move, MOVE_STEP_AGAIN, err) || !move_verify(move, err) || !target_counts(move, top, err))
        return false;
    /* From the first of these commits to the second no server opens either; a run in between goes on here. */
    if (!move_source_end(move, id, err) || !move_turn(move, 1, err) || !move_mark_set(move->txn, MOVE_MARK_IN, SPAN_NONE, err) ||
        !move_turn_end(move, true, err))
        return false;
    move->report->equal = true;
    return true;
}

static bool
run(struct move_state *move, struct err *err)
{
    const struct move_ask *ask = move->ask;
    struct move_marks from, to;
    uint8_t id[ID] = {0};
    int64_t top = 0;
    /* What is looked at behind the locks nobody changes any more. */
    if ((ask->how == MOVE_FINISH && !lanes_take(move, &move->from, "source", err)) ||
        (move->writes && !lanes_take(move, &move->to, "target", err)))
        return false;
    if (!move_marks_get(move, &move->from, &from, err) || !move_marks_get(move, &move->to, &to, err) ||
        !move_pair_fits(move, &from, &to, id, err) || !sn_top(move, &top, err))
        return false;
    if (ask->how == MOVE_FINISH && !source_still(move, top, err))
        return false;
    if (move->writes && !move_target_mark(move, &from, id, err))
        return false;
    return move_entries(move, err) && move_rows(move, MOVE_STEP_TABLE, err) &&
           (ask->how != MOVE_FINISH || finish(move, top, id, err));
}

/* The target has done nothing of its own: its book ends where the source's does. */
static bool
target_rests(struct move_state *move, const struct move_marks *from, const struct move_marks *to, struct err *err)
{
    uint64_t size_from = 0, size_to = 0;
    if (to->out.p != NULL || to->vault.p == NULL || !span_eq(to->vault, from->vault))
        return err_set(err, ERR_CONFLICT, "the target is not the one these data were moved to");
    if (!move_same_book(move, &size_from, &size_to, err))
        return false;
    return size_from == size_to ||
           err_set(err, ERR_CONFLICT, "the target has gone on: its ledger has %llu entries, the source's %llu; move back "
                                      "instead", (unsigned long long)size_to, (unsigned long long)size_from);
}

static bool
undo(struct move_state *move, struct err *err)
{
    struct move_marks from, to = {0};
    struct txn *txn = NULL;
    uint8_t id[ID];
    if (!lanes_take(move, &move->from, "source", err) || !move_marks_get(move, &move->from, &from, err))
        return false;
    if (from.out.n < ID)
        return err_set(err, ERR_CONFLICT, "the source was not moved away");
    memcpy(id, from.out.p, ID);
    if (!move->ask->without_target) {
        if (!lanes_take(move, &move->to, "target", err) || !move_marks_get(move, &move->to, &to, err))
            return false;
        if (!move_same_id(from.out, to.in) && !target_rests(move, &from, &to, err))
            return false;
        if (to.in.p == NULL && !move_target_mark(move, &from, id, err))
            return false;
    }
    if (!move_side_turn(&move->from, &txn, err))
        return false;
    if (move_mark_set(txn, MOVE_MARK_OUT, SPAN_NONE, err))
        return txn_commit(&txn, err);
    txn_rollback(&txn);
    return false;
}

static bool
open_and_run(struct move_state *move, struct err *err)
{
    const struct move_ask *ask = move->ask;
    bool ours = ask->how == MOVE_FINISH || ask->how == MOVE_UNDO;
    move->writes = ask->how != MOVE_CHECK;
    if (!side_open(&ask->from, ours, false, &move->from, err))
        return err_prefix(err, "the source");
    /* Tables on PostgreSQL are their owner's to make (troth store prepare); files anybody makes. */
    bool make = move->writes && ask->how != MOVE_UNDO && ask->to.url == NULL;
    if (!ask->without_target && !side_open(&ask->to, move->writes, make, &move->to, err))
        return err_prefix(err, "the target");
    return ask->how == MOVE_UNDO ? undo(move, err) : run(move, err);
}

bool
move(const struct move_ask *ask, struct move_report *ret, struct err *err)
{
    struct move_state *move = calloc(1, sizeof *move);
    *ret = (struct move_report){.equal = true};
    if (move == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory");
    move->ask = ask;
    move->report = ret;
    bool good = arena_open(&move->arena, ARENA_BYTES, err) && open_and_run(move, err);
    if (move->txn != NULL)
        txn_rollback(&move->txn);
    side_close(&move->to);
    side_close(&move->from);
    arena_close(&move->arena);
    free(move);
    return good;
}
