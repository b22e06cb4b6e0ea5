#include "crypt/crypt_priv.h"

#include <sodium.h>

_Static_assert(CRYPT_SIG == crypto_sign_BYTES, "signature");
_Static_assert(CRYPT_PUBLIC == crypto_sign_PUBLICKEYBYTES, "public key");
_Static_assert(CRYPT_KEY == crypto_sign_SEEDBYTES, "seed");

static void
sign_pair(const uint8_t seed[CRYPT_KEY], uint8_t ret_public[CRYPT_PUBLIC],
          uint8_t ret_secret[crypto_sign_SECRETKEYBYTES])
{
    int bad = crypto_sign_seed_keypair(ret_public, ret_secret, seed);
    TROTH_ASSERT(bad == 0);
}

void
crypt_sign_key(const uint8_t seed[CRYPT_KEY], uint8_t ret_public[CRYPT_PUBLIC])
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    sign_pair(seed, ret_public, secret);
    crypt_wipe(secret, sizeof secret);
}

void
crypt_sign(const uint8_t seed[CRYPT_KEY], struct span text, uint8_t ret[CRYPT_SIG])
{
    uint8_t public_key[CRYPT_PUBLIC], secret[crypto_sign_SECRETKEYBYTES];
    sign_pair(seed, public_key, secret);
    int bad = crypto_sign_detached(ret, NULL, (const unsigned char *)text.p, text.n, secret);
    TROTH_ASSERT(bad == 0);
    crypt_wipe(secret, sizeof secret);
}

bool
crypt_verify(const uint8_t public_key[CRYPT_PUBLIC], struct span text, const uint8_t sig[CRYPT_SIG])
{
    return crypto_sign_verify_detached(sig, (const unsigned char *)text.p, text.n, public_key) == 0;
}
