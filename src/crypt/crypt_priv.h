/*
 * crypt/crypt_priv.h - what the files of this room share.
 */
#ifndef TROTH_CRYPT_CRYPT_PRIV_H
#define TROTH_CRYPT_CRYPT_PRIV_H

#include "crypt/crypt.h"

/* Fetches SHA-256 once for the process; false when OpenSSL has none. Safe to call twice. */
MUST_USE bool hash_start(void);

/* Makes the keys by which each thread's buffers are given back when it ends. */
MUST_USE bool random_start(void);

#endif
