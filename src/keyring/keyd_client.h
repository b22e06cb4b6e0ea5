/*
 * keyring/keyd_client.h - the server's end of the socket to the key process.
 *
 * Threads: as keyd.h.
 * Memory:  messages lie in locked memory and are wiped once sent or read.
 */
#ifndef TROTH_KEYRING_KEYD_CLIENT_H
#define TROTH_KEYRING_KEYD_CLIENT_H

#include "keyring/keyd_priv.h"

#include <sys/types.h>

struct keyd {
    int fd;
    pid_t pid; /* 0 in tests that play the key process themselves */
    bool alive;
    uint32_t number; /* of the last message sent */
    uint8_t vault_id[16];
    uint8_t ledger_public[32];
    uint64_t generation;
    struct epoch_mark epoch, newest;
    char copy_bad;
    char copy_why[256];
    struct sandbox doors;
    struct message out;
    uint8_t *out_bytes; /* MESSAGE_MAX */
    uint8_t *in;        /* MESSAGE_MAX */
};

/* A client over fd, which it owns from then on; NULL without memory (fd stays open). */
struct keyd *keyd_new(int fd, pid_t pid);

/* Starts a message in keyd->out. */
struct message *keyd_begin(struct keyd *keyd, enum message_type type, uint16_t count);

/* Sends keyd->out and wipes it; receives one message. After a failure the key process is
 * stopped. */
MUST_USE bool keyd_ask(struct keyd *keyd, struct err *err);
MUST_USE bool keyd_hear(struct keyd *keyd, struct message *ret, struct message_head *ret_head,
                        struct err *err);

/* Both, for requests with one answer; a refusal becomes err. */
MUST_USE bool keyd_exchange(struct keyd *keyd, struct message *ret, struct err *err);

/* It cannot be talked to any more: stops it. Returns false. */
bool keyd_lost(struct keyd *keyd, struct err *err, const char *why);

#endif
