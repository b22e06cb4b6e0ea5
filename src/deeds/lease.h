/*
 * deeds/lease.h - work that one node does for all: the tree, the sweep, what a fallen node left.
 *
 * A lease is a row in the store. The transaction that does the work begins with
 * lease_take, which renews the row and locks it until the commit. So two nodes
 * never commit the same work: whoever was paused and comes back finds the lease
 * taken over and changes nothing; whoever is paused inside the transaction is
 * ended by PostgreSQL (LIMIT_PG_IDLE_MS), and the transaction with it. Times are
 * those of the database's clock, so clocks that differ between nodes do no harm.
 * Over one's own files a lease is always had.
 */
#ifndef TROTH_DEEDS_LEASE_H
#define TROTH_DEEDS_LEASE_H

#include "deeds/instance.h"

enum lease { LEASE_TREE, LEASE_SWEEP, LEASE_SETTLE, LEASE_COUNT };

/* In a turn, first of all. *ret_held false: another node does this; end the turn. It is ours for LIMIT_LEASE_MS
 * from now, longer when it is taken again. Waits for the store once. */
MUST_USE bool lease_take(struct instance *it, enum lease lease, bool *ret_held, struct err *err);

/* At a clean end: others need not wait until they run out, and nobody has to look after our lane. */
void leases_give(struct instance *it);

#endif
