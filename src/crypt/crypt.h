/*
 * crypt/crypt.h - the primitives, and nothing built from them.
 *
 * AEAD is XChaCha20-Poly1305 (libsodium), hashing SHA-256 and HMAC-SHA-256
 * (OpenSSL, contexts fetched once), signatures Ed25519, keys agreed on by X25519,
 * pass phrases Argon2id, subkeys BLAKE2b (crypto_kdf). Random bytes are the kernel's, buffered.
 *
 * Threads: all functions may be called from any thread; contexts are per thread.
 * Memory:  keys are only ever held in struct secret or the caller's locked memory.
 */
#ifndef TROTH_CRYPT_CRYPT_H
#define TROTH_CRYPT_CRYPT_H

#include "base/err.h"
#include "base/span.h"

enum {
    CRYPT_KEY = 32,
    CRYPT_NONCE = 24,
    CRYPT_TAG = 16,
    CRYPT_HASH = 32,
    CRYPT_SIG = 64,
    CRYPT_PUBLIC = 32
};

/* Once for each process, before anything else here (again is harmless). Also: no core dumps, not
 * dumpable. A build with AddressSanitizer stays dumpable, because its leak check attaches to the
 * process; such a build is never shipped. ERR_INTERNAL: a library or the kernel does not answer. */
MUST_USE bool crypt_start(struct err *err);

/* The same, and the process may be dumped and debugged: for unit tests and benches, never for
 * `troth`. There is no switch in the environment or in a file that does this. */
MUST_USE bool crypt_start_debuggable(struct err *err);

/* From the kernel, through a buffer of each thread that is wiped as it is handed out and emptied by
 * fork. Stops the process when the kernel has none to give. */
void crypt_random(void *to, size_t n);

/* Overwrites in a way the compiler keeps. */
void crypt_wipe(void *p, size_t n);

/* Constant time. */
bool crypt_equal(const void *a, const void *b, size_t n);

/* Locked, not dumped, wiped-on-free memory between guard pages, zeroed, aligned to 16; NULL when
 * there is none. A forked child sees zeros and must not free it. */
void *crypt_secret_take(size_t n);
void crypt_secret_free(void *p);

/* to gets n + CRYPT_TAG bytes. Never fails. to and text may be the same. */
void crypt_seal(const uint8_t key[CRYPT_KEY], const uint8_t nonce[CRYPT_NONCE], struct span ad,
                struct span text, uint8_t *to);
/* sealed.n - CRYPT_TAG bytes into to; false (to wiped) when the seal does not hold. to may be where
 * the sealed bytes lie. */
MUST_USE bool crypt_open(const uint8_t key[CRYPT_KEY], const uint8_t nonce[CRYPT_NONCE],
                         struct span ad, struct span sealed, uint8_t *to);

/* Subkey number id of key (libsodium's crypto_kdf, BLAKE2b); context keeps uses apart. */
void crypt_kdf(const uint8_t key[CRYPT_KEY], uint64_t id, const char context[8],
               uint8_t ret[CRYPT_KEY]);

/* SHA-256 over the parts one after another. */
void crypt_sha256(const struct span *parts, size_t count, uint8_t ret[CRYPT_HASH]);
/* The two shapes the ledger hashes by the million: a one-byte prefix and 160, or 64, bytes. */
void crypt_sha256_prefixed(uint8_t prefix, const void *p, size_t n, uint8_t ret[CRYPT_HASH]);
void crypt_hmac(const uint8_t key[CRYPT_KEY], const struct span *parts, size_t count,
                uint8_t ret[CRYPT_HASH]);
/* BLAKE2b-256, keyed when key is not NULL. */
void crypt_blake2b(const uint8_t *key, struct span text, uint8_t ret[CRYPT_HASH]);

void crypt_sign_key(const uint8_t seed[CRYPT_KEY], uint8_t ret_public[CRYPT_PUBLIC]);
void crypt_sign(const uint8_t seed[CRYPT_KEY], struct span text, uint8_t ret[CRYPT_SIG]);
bool crypt_verify(const uint8_t public_key[CRYPT_PUBLIC], struct span text,
                  const uint8_t sig[CRYPT_SIG]);

/* X25519 (RFC 7748): the public key of a secret, and what two agree on when each has the other's: BLAKE2b keyed by
 * the shared point, over both public keys, the smaller one first. False for a public key that agrees with nobody. */
void crypt_agree_key(const uint8_t secret[CRYPT_KEY], uint8_t ret_public[CRYPT_PUBLIC]);
MUST_USE bool crypt_agree(const uint8_t secret[CRYPT_KEY], const uint8_t their_public[CRYPT_PUBLIC],
                          uint8_t ret[CRYPT_KEY]);

/* Argon2id, p = 1; slow and memory-hungry by design. ERR_UNAVAILABLE when memory is short. */
MUST_USE bool crypt_stretch(struct span passphrase, const uint8_t salt[16], uint32_t passes,
                            uint32_t kib, uint8_t ret[CRYPT_KEY], struct err *err);
/* A password as "$argon2id$…" (at most 127 chars and NUL), 64 MiB, t = 2. */
enum { CRYPT_PASSWORD_MAX = 128 };
MUST_USE bool crypt_password_hash(struct span password, char ret[CRYPT_PASSWORD_MAX],
                                  struct err *err);
bool crypt_password_check(struct span password, const char *hash);

#endif
