/*
 * serve/peers_priv.h - how many connections each address has open.
 *
 * IPv6 addresses count by their first 64 bits, which is what one customer gets.
 *
 * Threads: the loop's.
 * Memory:  one entry for each connection at most, taken at start.
 */
#ifndef TROTH_SERVE_PEERS_PRIV_H
#define TROTH_SERVE_PEERS_PRIV_H

#include "base/err.h"

#include <stdint.h>

struct sockaddr_storage;

struct peer {
    struct peer *next;
    uint64_t key[2];
    unsigned count;
};

enum { PEERS_HEADS = 4096 };

struct peers {
    struct peer *heads[PEERS_HEADS];
    struct peer *all;
    struct peer *free;
    uint64_t seed; /* random, so that nobody can choose addresses of one list */
};

MUST_USE bool peers_open(struct peers *peers, size_t most, struct err *err);
void peers_close(struct peers *peers);

/* Counts one more; NULL when the address has `most` already, or there is no entry left. */
struct peer *peers_take(struct peers *peers, const struct sockaddr_storage *addr, unsigned most);
void peers_give(struct peers *peers, struct peer *peer);

/* 127.0.0.0/8, ::1 and the first written as IPv6. */
bool peers_loopback(const struct sockaddr_storage *addr);

#endif
