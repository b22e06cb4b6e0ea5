#include "deeds/lease.h"

#include "deeds/deed_priv.h"

static const char *const names[LEASE_COUNT] = {
    [LEASE_TREE] = "tree", [LEASE_SWEEP] = "sweep", [LEASE_SETTLE] = "settle"};

bool
lease_take(struct instance *it, enum lease lease, bool *ret_held, struct err *err)
{
    const struct val in[] = {val_text(span_str(names[lease])), val_blob(it->node, sizeof it->node),
                             val_int((int64_t)LIMIT_LEASE_MS * 1000)};
    int64_t changed = 0;
    *ret_held = store_lane(it->store) == 0;
    if (*ret_held)
        return true;
    if (!rows_run(it->txn, SQL_lease_take, in, 3, &changed, err))
        return false;
    *ret_held = changed == 1;
    return true;
}

void
leases_give(struct instance *it)
{
    const struct val node[] = {val_blob(it->node, sizeof it->node)};
    const struct val lane[] = {val_int(store_lane(it->store))};
    struct err err;
    if (lane[0].i == 0 || !store_reachable(it->store) || !instance_turn_begin(it, &err))
        return;
    /* The turn's begin has cleared what the last one ended; so this lane is settled. */
    (void)!instance_turn_end(it, rows_run(it->txn, SQL_leases_give, node, 1, NULL, &err) &&
                                     rows_run(it->txn, SQL_lane_settled, lane, 1, NULL, &err), &err);
}
