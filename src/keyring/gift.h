/*
 * keyring/gift.h - a keyring on its way from one node to another.
 *
 * A node's unseal secret has a public key. Who has it can seal a keyring so that
 * only that secret opens it: no secret ever travels, and each node keeps its own.
 * A gift has all keys of the vault, a root key of its own, and no slot of the
 * giver's. Who can change a gift can only spoil it; who replaces it whole cannot
 * put this vault's ledger key and epochs in, and the store asks for those.
 *
 * On disk: "TROTHKG1", the public key of a secret that was used once, one copy
 * of a keyring (keyring.h) whose only slot opens with what the two agree on.
 *
 * Threads: any.
 * Memory:  as keyring.h.
 */
#ifndef TROTH_KEYRING_GIFT_H
#define TROTH_KEYRING_GIFT_H

#include "keyring/keyring.h"

enum { GIFT_BYTES = 8 + 32 + KEYRING_COPY, GIFT_KEY = 32, GIFT_KEY_TEXT = 11 + 72 + 1 };

/* The public key of a secret in a file or credential. ERR_CONFIG for a pass phrase: it would be as easy to guess by its
 * public key as by a stolen keyring, without there being one. */
MUST_USE bool gift_key(const struct unseal *unseal, uint8_t ret[GIFT_KEY], struct err *err);

/* As people carry it: "troth-node-", the key and four bytes that find a slip of the hand, in hex. ERR_INVALID. */
void gift_key_put(const uint8_t key[GIFT_KEY], char ret[GIFT_KEY_TEXT]);
MUST_USE bool gift_key_get(struct span text, uint8_t ret[GIFT_KEY], struct err *err);

/* ERR_INVALID for a key that nobody can have. */
MUST_USE bool gift_seal(const struct keyring *keyring, const uint8_t to[GIFT_KEY],
                        uint8_t ret[GIFT_BYTES], struct err *err);
/* ERR_KEYS: given for another secret, or changed on the way (not told apart); ERR_NEWER. */
MUST_USE bool gift_open(const uint8_t gift[GIFT_BYTES], const struct unseal *unseal,
                        struct keyring *ret, struct err *err);

#endif
