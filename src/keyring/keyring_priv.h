/*
 * keyring/keyring_priv.h - what the files of this room share.
 */
#ifndef TROTH_KEYRING_KEYRING_PRIV_H
#define TROTH_KEYRING_KEYRING_PRIV_H

#include "keyring/keyring.h"
#include "keyring/layout.h"

/* The additional data of a slot or key row whose first n bytes come before its nonce; its
 * length. */
size_t row_ad(const uint8_t vault_id[16], const uint8_t *row, size_t n, uint8_t ret[ROW_AD_MAX]);

/* First 8 bytes of HMAC-SHA-256(key, "kcv"). */
void key_check_value(const uint8_t key[32], uint8_t ret[8]);

/* DIR/keyring.trk; false when it does not fit. */
MUST_USE bool keyring_path(const char *dir, char *path, size_t path_size, struct err *err);

#endif
