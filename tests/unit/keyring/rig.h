/*
 * A vault's keys in a directory of their own, for the tests of this room.
 */
#ifndef TROTH_TESTS_KEYRING_RIG_H
#define TROTH_TESTS_KEYRING_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/log.h"
#include "crypt/crypt.h"
#include "keyring/keyd_client.h"
#include "keyring/keyring_priv.h"

struct rig {
    char dir[64];
    char ring[96];   /* DIR/keyring.trk */
    char secret[96]; /* DIR/unseal.key */
};

/* Makes the directory and the secret file. */
void rig_open(struct rig *rig);
void rig_close(struct rig *rig);
struct key_source rig_source(const struct rig *rig);

/* The whole file as bytes, and back. */
void rig_read(const struct rig *rig, uint8_t to[KEYRING_FILE]);
void rig_write(const struct rig *rig, const uint8_t *from, size_t n);

/* A descriptor from which text can be read. */
int rig_pipe(const char *text);

#endif
