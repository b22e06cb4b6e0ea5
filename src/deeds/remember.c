/*
 * What an instance keeps in memory of its store, read at the start, and again when the store came back by new
 * connections: then nobody may have heard whether the last turn was committed.
 */
#include "deeds/deed_priv.h"

bool
begin_numbers(struct instance *it, struct err *err)
{
    struct span upto;
    if (!numbers_begin(it, err) || !meta_get(it, "trace-upto", &upto, err))
        return false;
    it->trace_upto = upto.n == 8 ? get_be64((const uint8_t *)upto.p) : 0;
    return tally_begin(it, err);
}

/* keyd is told where the ledger stood when it last signed. */
bool
resume_signing(struct instance *it, struct err *err)
{
    struct span note;
    uint64_t size = 0;
    if (!ledger_checkpoint_last(it->txn, &it->scratch, &size, &note, err)) {
        if (err->code != ERR_NOT_FOUND)
            return false;
        err_clear(err);
        return true;
    }
    uint8_t sig[64], root[32];
    struct span body;
    if (!ledger_note_split(note, it->origin, keyd_ledger_public(it->keyd), &body, sig, &size, root, err))
        return false;
    it->checkpoint_size = it->signed_size = size;
    return keyd_resume(it->keyd, body, sig, err);
}

/* What lies in memory, read again: whether the last turn was committed nobody may have heard. */
static bool
remember(struct instance *it, struct err *err)
{
    struct ledger *ledger = NULL;
    struct span policy, note;
    uint64_t size = 0;
    bool allowed = move_allows(it, err);
    it->moved = !allowed && err->code == ERR_CONFLICT;
    if (!allowed || !meta_get(it, "policy", &policy, err) || !ledger_open(it->txn, it->origin, store_lane(it->store), &ledger, err))
        return false;
    ledger_close(&it->ledger);
    it->ledger = ledger;
    ledger_turn_begin(it->ledger);
    it->deposed = it->policy != NULL && !span_eq(policy, span_of(it->policy->hash, 32));
    if (it->deposed)
        return err_set(err, ERR_UNAVAILABLE, "another node put another policy in force meanwhile");
    if (ledger_checkpoint_last(it->txn, &it->scratch, &size, &note, err))
        it->checkpoint_size = size;
    else if (err->code != ERR_NOT_FOUND)
        return false;
    err_clear(err);
    keys_forget(it->keys);
    it->ended_waiting = false; /* nobody knows whether that turn is durable: settle looks */
    return begin_numbers(it, err) && (it->policy == NULL || redate_resume(it, err));
}

bool
remember_anew(struct instance *it, struct err *err)
{
    uint64_t opened = store_opened(it->store);
    if (it->remembering) { /* lost again meanwhile */
        instance_turn_abort(it);
        return err_set(err, ERR_UNAVAILABLE, "the store was lost again");
    }
    it->remembering = true;
    bool good = remember(it, err);
    instance_turn_abort(it);
    if (good)
        it->store_opened = opened;
    good = good && epoch_bind_anew(it, err) && settle(it, err);
    it->remembering = false;
    if (!good)
        it->store_opened = 0; /* and again in the next turn */
    if (!good || !instance_turn_open(it, err))
        return false;
    if (it->store_opened == store_opened(it->store))
        return true;
    instance_turn_abort(it); /* lost again since, and made anew, perhaps on another lane */
    return err_set(err, ERR_UNAVAILABLE, "the store was lost again");
}
