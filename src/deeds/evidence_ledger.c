/* What holds of the ledger as a whole, without reading all of it; instance_recount does. */
#include "crypt/crypt.h"
#include "deeds/evidence_priv.h"

enum { NEWEST_LOOK = 64 };

static bool
entry_get(struct gather *g, uint64_t seq, struct span *ret, struct ledger_entry *ret_entry, struct err *err)
{
    return ledger_entries(g->txn, g->arena, seq, 1, ret, err) &&
           ledger_entry_get((const uint8_t *)ret->p, ret_entry, err);
}

/* Under which rules the newest lines were written: those that name a policy at all. */
static bool
newest_look(struct gather *g, struct err *err)
{
    static const uint8_t none[32];
    struct span bytes;
    struct ledger_entry entry;
    uint64_t size = g->facts->size;
    g->facts->newest_none = true;
    for (uint64_t i = 0; i < NEWEST_LOOK && i < size && g->facts->newest_none; i++) {
        if (!entry_get(g, size - 1 - i, &bytes, &entry, err))
            return false;
        if (memcmp(entry.policy, none, sizeof none) == 0)
            continue;
        g->facts->newest_none = false;
        g->facts->newest_other = memcmp(entry.policy, g->it->policy->hash, 32) != 0;
    }
    return true;
}

static bool
spot_holds(struct gather *g, uint64_t seq, uint64_t size, const uint8_t root[LEDGER_HASH], struct err *err)
{
    struct ledger_proof *proof = ARENA_NEW(g->arena, struct ledger_proof);
    uint8_t leaf[LEDGER_HASH];
    struct span bytes;
    if (proof == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory for a proof");
    if (!ledger_entries(g->txn, g->arena, seq, 1, &bytes, err) || !ledger_inclusion(g->txn, g->arena, seq, size, proof, err))
        return false;
    ledger_leaf_hash((const uint8_t *)bytes.p, leaf);
    return ledger_inclusion_check(leaf, seq, size, proof, root) ||
           err_set(err, ERR_LEDGER, "line %llu is not the one that was signed", (unsigned long long)seq);
}

/* All lines of a small book, some by chance of a larger one; the last signed one always. */
static bool
spots_look(struct gather *g, uint64_t size, const uint8_t root[LEDGER_HASH], struct err *err)
{
    bool all = size <= LIMIT_EVIDENCE_SPOTS;
    uint64_t count = all ? size : LIMIT_EVIDENCE_SPOTS;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t seq = all ? i : 0;
        size_t mark = arena_mark(g->arena);
        if (!all)
            crypt_random(&seq, sizeof seq);
        if (!spot_holds(g, i + 1 == count ? size - 1 : seq % size, size, root, err))
            return false;
        arena_back(g->arena, mark);
        g->facts->spots++;
    }
    return true;
}

static bool
signed_look(struct gather *g, struct err *err)
{
    struct span note, bytes;
    struct ledger_entry entry;
    uint64_t size = 0;
    uint8_t root[LEDGER_HASH];
    if (!ledger_checkpoint_last(g->txn, g->arena, &size, &note, err)) {
        if (err->code != ERR_NOT_FOUND)
            return false;
        err_clear(err);
    } else if (!ledger_note_check(note, g->it->origin, keyd_ledger_public(g->it->keyd), &size, root, err) ||
               !spots_look(g, size, root, err)) {
        return false;
    }
    g->facts->signed_size = size;
    if (size >= g->facts->size)
        return true;
    if (!entry_get(g, size, &bytes, &entry, err))
        return false;
    g->facts->unsigned_us = entry.time_us;
    return true;
}

/* A fault of the ledger is a finding, not a failure of the question. */
bool
evidence_ledger(struct gather *g, struct err *err)
{
    struct err fault;
    struct ledger_look look = {0};
    err_clear(&fault);
    if (!ledger_look(g->txn, &look, err))
        return false;
    g->facts->size = look.size;
    g->facts->waiting = look.waiting;
    if (newest_look(g, &fault) && signed_look(g, &fault))
        return true;
    if (fault.code != ERR_LEDGER && fault.code != ERR_NOT_FOUND) {
        *err = fault;
        return false;
    }
    g->facts->fault = arena_copy(g->arena, span_str(fault.text));
    return true;
}
