/*
 * The tree over the lanes of many writers: any node may be the sequencer, and the one with the lease is. Its step takes
 * the lease, reads what waits in the lanes, gives it places and commits; what it signs is what was committed. Who
 * finds the tree changed by another reads it anew. All of it may be lost at any moment: entries are durable
 * before, and the next one goes on from what is in the store.
 */
#include "deeds/deed_priv.h"

enum { ALL_STEPS = 64 };

/* Ends the turn without a change: what its beginning did on the way goes back too. */
static bool
nothing(struct instance *it, bool good)
{
    instance_turn_abort(it);
    return good;
}

static bool
look_turn(struct instance *it, struct ledger_look *ret, struct err *err)
{
    return instance_turn_begin(it, err) && nothing(it, ledger_look(it->txn, ret, err));
}

/* One step of the sequencer. *ret_held false: another node is it. */
static bool
place_turn(struct instance *it, bool *ret_held, uint64_t *ret_placed, struct err *err)
{
    struct err own;
    *ret_held = false;
    *ret_placed = 0;
    if (!instance_turn_begin(it, err))
        return false;
    bool good = lease_take(it, LEASE_TREE, ret_held, err) &&
                (!*ret_held || ledger_sequence(it->ledger, it->txn, LIMIT_TREE_STEP, ret_placed, err));
    it->tree_held = good ? *ret_held : it->tree_held;
    if (*ret_placed == 0)
        return nothing(it, good || err_prefix(err, "the ledger's tree"));
    /* One lane may stand still because an entry of it is missing: the others go on, and it is told. */
    if (!instance_turn_commit(it, &own)) {
        *err = own;
        return false;
    }
    return good || err_prefix(err, "the ledger's tree");
}

/* Signs what is committed, when the newest checkpoint is of less. A keyd that has signed nothing since its start is
 * shown that one first; one that has must see that all signed since by others goes on from there. */
static bool
sign_turn(struct instance *it, struct err *err)
{
    bool held = false;
    struct ledger_look look = {0};
    if (!instance_turn_begin(it, err))
        return false;
    bool good = lease_take(it, LEASE_TREE, &held, err) &&
                (!held || (ledger_follow(it->ledger, it->txn, err) && ledger_look(it->txn, &look, err)));
    uint64_t size = ledger_size(it->ledger);
    bool due = good && held && look.checkpoint_size < size;
    if (due && it->signed_size == 0)
        good = resume_signing(it, err);
    if (!due || !good || !checkpoint_sign(it, err))
        return nothing(it, (good && !due) || err_prefix(err, "checkpoint"));
    if (!instance_turn_commit(it, err))
        return false;
    it->checkpoint_size = size;
    return true;
}

/* What there is to sign is signed when it is time. */
static bool
sign_due(struct instance *it, uint64_t size, int64_t mono_ms, struct err *err)
{
    if (mono_ms < it->checkpoint_ms || size == it->checkpoint_size)
        return true;
    it->checkpoint_ms = mono_ms + LIMIT_CHECKPOINT_MS;
    return sign_turn(it, err);
}

bool
sequence_step(struct instance *it, int64_t mono_ms, struct err *err)
{
    bool held = true, good = true;
    uint64_t placed = 0;
    it->tree_ms = mono_ms + LIMIT_TREE_REST_MS;
    if (!it->tree_busy) {
        if (!look_turn(it, &it->tree, err))
            return false;
        it->checkpoint_size = it->tree.checkpoint_size;
    }
    if (it->tree_busy || it->tree.waiting > 0)
        good = place_turn(it, &held, &placed, err);
    it->tree_busy = placed > 0;
    if (placed > 0)
        it->tree.size = ledger_size(it->ledger);
    uint64_t size = it->tree.size;
    if (!held || (placed == 0 && size == it->checkpoint_size))
        return good;
    it->tree_ms = mono_ms + (placed >= LIMIT_TREE_STEP ? 0 : LIMIT_TREE_MS);
    /* Also when a lane stands still: what the others have is signed, and the lane's fault is what is told. */
    struct err own;
    return sign_due(it, size, mono_ms, good ? err : &own) && good;
}

bool
sequence_all(struct instance *it, struct err *err)
{
    bool held = true;
    uint64_t placed = LIMIT_TREE_STEP;
    for (int i = 0; i < ALL_STEPS && held && placed == LIMIT_TREE_STEP; i++)
        if (!place_turn(it, &held, &placed, err))
            return false;
    return !held || sign_turn(it, err);
}
