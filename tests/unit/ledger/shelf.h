/*
 * tests/unit/ledger/shelf.h - a ledger in a store of its own, with what it should hold beside it.
 *
 * Everything here fails the test itself.
 */
#ifndef TROTH_TESTS_LEDGER_SHELF_H
#define TROTH_TESTS_LEDGER_SHELF_H

#include "../dice.h"
#include "../store/kit.h"
#include "slow.h"

struct shelf {
    struct kit *kit;
    struct ledger *ledger;
    struct txn *txn;
    struct dice dice;
    uint8_t seed[32], key[32]; /* the log's signing key */
    /* what should be there: leaf hashes of all entries appended and not taken back */
    slow_hash *leaves;
    size_t count, cap;
    int64_t time_us; /* of the newest entry asked for */
};

/* A new store with an empty ledger, its first turn open. */
void shelf_open(struct shelf *shelf, struct kit *kit, const char *what);
void shelf_close(struct shelf *shelf);

/* Random entries; each must be given the next number. */
void shelf_append(struct shelf *shelf, size_t count);
/* Flushes and commits (or rolls back) and opens the next turn. */
void shelf_turn(struct shelf *shelf, bool commit);
/* All that was appended is in the tree: flushed, or committed where that comes first. */
void shelf_flush(struct shelf *shelf);
/* Signs and stores a checkpoint of what is flushed. */
void shelf_checkpoint(struct shelf *shelf);

/* The ledger's root and size are those of the entries beside it. */
void shelf_check(const struct shelf *shelf);

#endif
