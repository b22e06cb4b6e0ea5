/*
 * keyring/keyd_priv.h - the inside of the key process, so that tests can reach it.
 */
#ifndef TROTH_KEYRING_KEYD_PRIV_H
#define TROTH_KEYRING_KEYD_PRIV_H

#include "keyring/extend.h"
#include "keyring/keyring.h"
#include "keyring/message.h"
#include "os/sandbox.h"

/* How the two sides find each other: the child's descriptors. */
enum { KEYD_SOCKET_FD = 3, KEYD_PASSPHRASE_FD = 4 };

/* The key process: what it holds and where its ledger stands. In crypt_secret_take memory. */
struct keyd_core {
    struct keyring keyring;
    uint32_t epoch;       /* wrapped under; 0: the active one of the keyring */
    struct unseal unseal; /* wiped as soon as the keyring is open */
    bool stands;          /* something was signed or resumed since the start */
    uint64_t size;
    uint8_t root[32];
    size_t origin_n;
    char origin[NOTE_ORIGIN_MAX];
    uint64_t unwraps, unwraps_refused, wraps, indexes, actor_refs, macs, signs, signs_refused;
};

/* One request in `in` (n bytes), its answer in out. False: it is not well formed, end the
 * conversation. */
MUST_USE bool core_answer(struct keyd_core *core, uint8_t *in, size_t n, uint8_t *out,
                          struct message *ret_answer);

/* The two that look at the ledger (core_sign.c). ERR_LEDGER when refused; nothing changes then. */
struct core_sign_ask {
    struct span note;
    uint64_t size;
    const uint8_t *root;
    uint64_t old_size;
    const uint8_t (*proof)[32];
    size_t proof_count;
};
MUST_USE bool core_sign(struct keyd_core *core, const struct core_sign_ask *ask, uint8_t ret[64],
                        struct err *err);
MUST_USE bool core_resume(struct keyd_core *core, struct span note, const uint8_t sig[64],
                          struct err *err);

/* Shuts the process in: locked memory, no privileges, no capabilities, no files, no sockets, no
 * programs. */
MUST_USE bool keyd_lock_down(struct sandbox *ret, struct err *err);

/* What is told about the doors in the hello answer. */
enum { DOOR_NO_NEW_PRIVS = 1, DOOR_SECCOMP = 2, DOOR_NO_CAPS = 4, DOOR_LOCKED_MEMORY = 8 };

#endif
