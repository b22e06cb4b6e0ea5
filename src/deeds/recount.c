/* The running counts against the ledger, which holds all they were made of. */
#include "deeds/evidence.h"
#include "deeds/tally_priv.h"

#include <stdio.h>

enum { RECOUNT_ARENA = 32 * 1024 * 1024, STEP = 65536 };

static const struct tally_row *
tally_find(const struct tally *tally, const struct tally_row *key)
{
    for (size_t at = tally_place(tally, key); tally->rows[at].used; at = (at + 1) & (tally->room - 1))
        if (tally_same(&tally->rows[at], key))
            return &tally->rows[at];
    return NULL;
}

static void
differs(struct recount_reply *ret, const struct tally_row *row, uint64_t there, uint64_t right)
{
    if (ret->differ++ > 0)
        return;
    (void)snprintf(ret->fault, sizeof ret->fault, "rule %u under policy %lld, event %u, decision %u: %llu counted, %llu in the ledger",
                   row->rule, (long long)row->policy, row->event, row->decision, (unsigned long long)there,
                   (unsigned long long)right);
}

static void
compare(const struct tally *stored, const struct tally *right, struct recount_reply *ret)
{
    ret->rows = right->count;
    for (size_t i = 0; i < right->room; i++) {
        const struct tally_row *row = &right->rows[i];
        const struct tally_row *there = row->used ? tally_find(stored, row) : NULL;
        if (row->used && (there == NULL || there->count != row->count || there->first_us != row->first_us ||
                          there->last_us != row->last_us))
            differs(ret, row, there == NULL ? 0 : there->count, row->count);
    }
    for (size_t i = 0; i < stored->room; i++)
        if (stored->rows[i].used && tally_find(right, &stored->rows[i]) == NULL)
            differs(ret, &stored->rows[i], stored->rows[i].count, 0);
}

static bool
recount_in(const struct verify_ask *ask, struct txn *txn, struct arena *arena, void *into, struct err *err)
{
    struct recount_reply *ret = into;
    struct tally stored, right;
    uint64_t upto = 0, size = 0, at = 0;
    if (!tally_open(txn, arena, LIMIT_TALLY_ROWS, &stored, err) || !tally_open(txn, arena, LIMIT_TALLY_ROWS, &right, err) ||
        !tally_load(&stored, txn, arena, &upto, err) || !tally_size(txn, arena, &size, err))
        return false;
    if (upto > size)
        return err_set(err, ERR_LEDGER, "%llu lines are counted, and the ledger has %llu", (unsigned long long)upto,
                       (unsigned long long)size);
    while (at < upto) {
        uint64_t to = upto - at < STEP ? upto : at + STEP;
        if (!tally_read(&right, txn, arena, at, to, &at, err))
            return false;
        if (ask->progress != NULL)
            ask->progress(ask->ctx, at, upto);
    }
    ret->entries = upto;
    ret->waiting = size - upto;
    compare(&stored, &right, ret);
    return true;
}

bool
instance_recount(const struct verify_ask *ask, struct recount_reply *ret, struct err *err)
{
    *ret = (struct recount_reply){0};
    if (!instance_verify(ask, &ret->ledger, err))
        return false;
    /* Where the ledger is not sound there is nothing to compare with. */
    return !ret->ledger.sound || keyless_look(ask, RECOUNT_ARENA, recount_in, ret, err);
}
