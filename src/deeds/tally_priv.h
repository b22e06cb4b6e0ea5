/*
 * deeds/tally_priv.h - the ledger's entries counted: by policy, rule, event, decision and purpose.
 *
 * The counts in the store (table tally) are of the tree's entries before meta
 * tally-upto, and of nothing else, so that anybody with the ledger can count them
 * again and must find the same (instance_recount). A step between turns goes on
 * from there; over lanes it is taken by the node that makes the tree grow, whose
 * lease its transaction holds, so no entry is counted twice and none left out.
 * A question counts what came since in memory (tally_read) and writes nothing.
 *
 * Nothing of it is about a person: entries do not say whom they are about.
 *
 * Threads: a struct tally belongs to whoever opened it; tally_step is the writer's.
 * Memory:  all in the arena.
 */
#ifndef TROTH_DEEDS_TALLY_PRIV_H
#define TROTH_DEEDS_TALLY_PRIV_H

#include "deeds/deed_priv.h"

enum { TALLY_NO_POLICY = 0, TALLY_UNKNOWN = -1 }; /* numbers of policies that policy_version has not */

struct tally_row {
    int64_t policy; /* its number in the store, or TALLY_… */
    uint32_t rule;
    uint8_t event, decision;
    bool used;
    uint8_t purpose[16];
    uint64_t count;
    int64_t first_us, last_us;
};
struct tally_version {
    int64_t no, activated_us;
    uint8_t hash[32];
};

/* An open hash table, and the policies' numbers. */
struct tally {
    struct tally_row *rows;
    size_t room, count; /* room is a power of two */
    struct tally_version *versions;
    size_t version_count;
};

/* room: at most so many different rows, and half as many again as places. Reads the policies that were in force. */
MUST_USE bool tally_open(struct txn *txn, struct arena *arena, size_t room, struct tally *ret, struct err *err);
/* Where a row's search begins; whether two are of the same things. */
size_t tally_place(const struct tally *tally, const struct tally_row *row);
bool tally_same(const struct tally_row *a, const struct tally_row *b);
MUST_USE bool tally_add(struct tally *tally, const struct tally_row *row, struct err *err);
/* Entries from … to - 1 of the tree. ERR_LEDGER: one is missing or misshapen; *ret_upto: all before it are counted. */
MUST_USE bool tally_read(struct tally *tally, struct txn *txn, struct arena *arena, uint64_t from, uint64_t to,
                         uint64_t *ret_upto, struct err *err);
/* Entries that are durable and have no place in the tree yet (PostgreSQL), at most `most`; *ret_count: how many. */
MUST_USE bool tally_read_waiting(struct tally *tally, struct txn *txn, uint64_t most, uint64_t *ret_count, struct err *err);
/* Up to where the store has counted. */
MUST_USE bool tally_upto(struct txn *txn, struct arena *arena, uint64_t *ret, struct err *err);
/* What it has counted, and up to where. */
MUST_USE bool tally_load(struct tally *tally, struct txn *txn, struct arena *arena, uint64_t *ret_upto, struct err *err);
/* The tree's size in this txn. */
MUST_USE bool tally_size(struct txn *txn, struct arena *arena, uint64_t *ret, struct err *err);

#endif
