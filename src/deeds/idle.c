/* What happens between turns: checkpoints, the trace's index, the sweep, tidying. Each step is bounded. */
#include "base/clock.h"
#include "base/log.h"
#include "deeds/deed_priv.h"
#include "deeds/sweep.h"
#include "wire/text.h"

enum {
    SWEEP_EVERY_MS = 60000,
    SETTLE_EVERY_MS = 2000,
    REDATE_EVERY_MS = 20, /* with other nodes: whoever has not the lease must not ask without pause */
    INDEX_EVERY_MS = 5000,
    INDEX_STEP = 2000,
    INDEX_BACKLOG = 20000,
    TIDY_EVERY_MS = 200,
    EPOCH_EVERY_MS = 10000,
    CALM_MS = 1000
};

bool
checkpoint_sign(struct instance *it, struct err *err)
{
    uint64_t size = ledger_size(it->ledger);
    uint8_t root[32], sig[64];
    ledger_root(it->ledger, root);
    struct buf note = arena_buf(&it->scratch, LEDGER_NOTE_MAX);
    ledger_note(it->origin, size, root, &note);
    struct ledger_proof proof = {0};
    struct keyd_checkpoint ask = {.note = buf_span(&note),
                                  .size = size,
                                  .root = root,
                                  .old_size = it->signed_size,
                                  .proof = proof.hash};
    bool good = it->signed_size == 0 ||
                ledger_consistency(it->txn, &it->scratch, it->signed_size, size, &proof, err);
    ask.proof_count = proof.count;
    struct buf text = arena_buf(&it->scratch, LEDGER_NOTE_MAX);
    good = good && keyd_sign(it->keyd, &ask, sig, err);
    if (good)
        it->signed_size = size;
    if (good)
        ledger_note_signed(buf_span(&note), it->origin, keyd_ledger_public(it->keyd), sig, &text);
    return good && ledger_checkpoint_put(it->txn, size, it->now_us, buf_span(&text), err);
}

bool
instance_checkpoint(struct instance *it, struct err *err)
{
    TROTH_ASSERT(it->txn == NULL);
    if (store_lane(it->store) > 0)
        return sequence_all(it, err);
    uint64_t size = ledger_size(it->ledger);
    if (size == it->checkpoint_size || size == 0)
        return true;
    if (!instance_turn_begin(it, err))
        return false;
    if (!checkpoint_sign(it, err)) {
        instance_turn_abort(it);
        return err_prefix(err, "checkpoint");
    }
    if (!instance_turn_commit(it, err))
        return false;
    it->checkpoint_size = size;
    return true;
}

/* Moves what lies behind the mark into the index by person. */
static bool
index_traces(struct instance *it, struct err *err)
{
    uint64_t end = ledger_size(it->ledger);
    uint64_t to = it->trace_upto + INDEX_STEP < end ? it->trace_upto + INDEX_STEP : end;
    if (to == it->trace_upto)
        return true;
    if (!instance_turn_begin(it, err))
        return false;
    uint8_t upto[8];
    put_be64(upto, to);
    const struct val in[] = {val_int((int64_t)it->trace_upto), val_int((int64_t)to)};
    if (!rows_run(it->txn, SQL_trace_by_fill, in, 2, NULL, err) ||
        !meta_set(it, "trace-upto", span_of(upto, sizeof upto), err)) {
        instance_turn_abort(it);
        return err_prefix(err, "index of traces");
    }
    if (!instance_turn_commit(it, err))
        return false;
    it->trace_upto = to;
    return true;
}

static bool
sweep_step(struct instance *it, struct err *err)
{
    struct caller system = {.role = ACTOR_SYSTEM};
    if (!instance_turn_begin(it, err))
        return false;
    struct sweep ask = {.deed = {.it = it,
                                 .caller = &system,
                                 .arena = &it->scratch,
                                 .purpose = PURPOSE_RETENTION,
                                 .task = POLICY_NONE}};
    bool held = false;
    if (!lease_take(it, LEASE_SWEEP, &held, err)) {
        instance_turn_abort(it);
        return err_prefix(err, "sweep");
    }
    it->sweep_more = false;
    if (!held)
        return instance_turn_commit(it, err);
    if (sweep_run(&ask, err) != DEED_DONE) {
        instance_turn_abort(it);
        return err_prefix(err, "sweep");
    }
    if (!instance_turn_commit(it, err))
        return false;
    it->sweep_more |= ask.more;
    if (ask.erased + ask.depersonalised > 0)
        LOG(LOG_INFO, "swept", LOG_N("erased", ask.erased),
            LOG_N("depersonalised", ask.depersonalised));
    return true;
}

/* Whatever failed will fail again at once: a while of rest, or a full disk costs a processor and a line a turn. */
static void
failed(struct instance *it, const char *what, int64_t mono_ms, const struct err *err)
{
    it->calm_ms = mono_ms + CALM_MS;
    LOG(LOG_ERROR, "background", LOG_T("step", what), LOG_T("code", err_machine_code(err->code)),
        LOG_T("text", err->text));
}

/* True when the step may run again now; false pushes it a while away. */
static void
step(struct instance *it, const char *what, bool (*fn)(struct instance *, struct err *),
     int64_t *next_ms, int64_t mono_ms, int64_t every_ms)
{
    struct err err;
    err_clear(&err);
    bool good = fn(it, &err);
    if (!good)
        failed(it, what, mono_ms, &err);
    *next_ms = mono_ms + (good || every_ms > CALM_MS ? every_ms : CALM_MS);
}

/* Over lanes: a step of the tree, which signs too. */
static void
tree_step(struct instance *it, int64_t mono_ms)
{
    struct err err;
    err_clear(&err);
    if (mono_ms < it->tree_ms)
        return;
    if (!store_reachable(it->store)) { /* whoever tries to reach it again tells of it */
        it->tree_ms = mono_ms + LIMIT_TREE_REST_MS;
        return;
    }
    if (sequence_step(it, mono_ms, &err))
        return;
    failed(it, "tree", mono_ms, &err);
    it->tree_ms = mono_ms + CALM_MS;
}

/* What only this writer makes grow: the tree, and the trace's index. *ret_backlog: lines not indexed yet. */
static void
own_steps(struct instance *it, int64_t mono_ms, uint64_t *ret_backlog)
{
    uint64_t size = ledger_size(it->ledger);
    if (mono_ms >= it->checkpoint_ms && size != it->checkpoint_size)
        step(it, "checkpoint", instance_checkpoint, &it->checkpoint_ms, mono_ms, LIMIT_CHECKPOINT_MS);
    *ret_backlog = size - it->trace_upto;
    if ((*ret_backlog > 0 && mono_ms >= it->index_ms) || *ret_backlog > INDEX_BACKLOG)
        step(it, "index", index_traces, &it->index_ms, mono_ms, INDEX_EVERY_MS);
}

/* When the ledger wants the next step, if that is before next_ms. */
static int64_t
ledger_next_ms(const struct instance *it, int64_t next_ms)
{
    if (store_lane(it->store) > 0)
        return it->tree_ms < next_ms ? it->tree_ms : next_ms;
    if (ledger_size(it->ledger) != it->checkpoint_size && it->checkpoint_ms < next_ms)
        next_ms = it->checkpoint_ms;
    if (ledger_size(it->ledger) != it->trace_upto && it->index_ms < next_ms)
        next_ms = it->index_ms;
    return next_ms;
}

int64_t
instance_idle(struct instance *it, int64_t mono_ms)
{
    if (it->txn != NULL || store_failed(it->store) || it->policy == NULL)
        return CALM_MS;
    if (mono_ms < it->calm_ms)
        return it->calm_ms - mono_ms;
    struct err err;
    err_clear(&err);
    keys_tidy(it->keys, mono_ms);
    uint64_t backlog = 0;
    if (store_lane(it->store) > 0)
        tree_step(it, mono_ms);
    else
        own_steps(it, mono_ms, &backlog);
    if (it->redate.going && mono_ms >= it->redate_ms)
        step(it, "redate", redate_step, &it->redate_ms, mono_ms, store_lane(it->store) == 0 ? 0 : REDATE_EVERY_MS);
    if (store_lane(it->store) != 0 && mono_ms >= it->settle_ms)
        step(it, "settle", settle_others, &it->settle_ms, mono_ms, SETTLE_EVERY_MS);
    if (it->sweep_more || mono_ms >= it->sweep_ms)
        step(it, "sweep", sweep_step, &it->sweep_ms, mono_ms, SWEEP_EVERY_MS);
    /* Over new connections at once: on its new lane stands somebody else's note until this one binds anew. */
    if (store_lane(it->store) != 0 && (mono_ms >= it->epoch_ms || it->store_opened != store_opened(it->store)))
        step(it, "epoch", epoch_follow, &it->epoch_ms, mono_ms, EPOCH_EVERY_MS);
    if (tally_due(it, mono_ms))
        step(it, "tally", tally_step, &it->tally_ms, mono_ms, tally_every_ms());
    bool tidy_more = false;
    if (mono_ms >= it->tidy_ms) {
        if (!store_tidy(it->store, &tidy_more, &err))
            failed(it, "tidy", mono_ms, &err);
        it->tidy_ms = mono_ms + (tidy_more ? 0 : TIDY_EVERY_MS);
    }
    if (mono_ms < it->calm_ms)
        return it->calm_ms - mono_ms;
    if (tidy_more || it->sweep_more || backlog > INDEX_BACKLOG ||
        (it->redate.going && it->redate_ms <= mono_ms))
        return 0;
    if (tally_due(it, mono_ms))
        return 0;
    int64_t wait = tally_next_ms(it, ledger_next_ms(it, it->sweep_ms)) - mono_ms;
    return wait < 1 ? 1 : wait > CALM_MS ? CALM_MS : wait;
}

/* Over lanes what other nodes do is known from the store alone, as this one saw it last. */
static void
ledger_figures(struct instance *it, struct instance_figures *ret)
{
    struct err ignored; /* then it is what was seen before */
    ret->ledger_size = ledger_size(it->ledger);
    ret->checkpoint_size = it->checkpoint_size;
    ret->ledger_waiting = 0;
    ret->ledger_sequencer = it->tree_held;
    if (store_lane(it->store) == 0)
        return;
    if (it->txn != NULL)
        (void)!ledger_look(it->txn, &it->tree, &ignored);
    ret->ledger_waiting = it->tree.waiting + ledger_mark(it->ledger); /* this turn's are not written yet */
    ret->ledger_size = it->tree.size + ret->ledger_waiting;
    ret->checkpoint_size = it->tree.checkpoint_size;
}

void
instance_figures(struct instance *it, struct instance_figures *ret)
{
    *ret = it->figures;
    ledger_figures(it, ret);
    keys_figures(it->keys, &ret->key_hits, &ret->key_misses);
    struct store_figures store;
    store_figures(it->store, &store);
    ret->data_bytes = store.data_bytes;
    ret->log_bytes = store.log_bytes;
    ret->keys_bytes = store.keys_bytes;
    ret->store_round_trips = store.round_trips;
    ret->store_opened = store_opened(it->store);
    ret->room = (int)it->room;
    if (it->txn == NULL)
        return;
    struct val out[2];
    bool found = false;
    struct err ignored; /* a figure that cannot be had is left out */
    if (rows_one(it->txn, &it->scratch, SQL_record_due_first, NULL, 0, out, 1, &found, &ignored) &&
        found && out[0].kind == VAL_INT && out[0].i < it->now_us)
        ret->overdue_oldest_s = (it->now_us - out[0].i) / CLOCK_US_PER_S;
    if (rows_one(it->txn, &it->scratch, SQL_purge_count, NULL, 0, out, 1, &found, &ignored) && found)
        ret->purge_waiting = (uint64_t)out[0].i;
}
