#include "crypt/crypt_priv.h"

#include <sodium.h>

_Static_assert(CRYPT_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
_Static_assert(CRYPT_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(CRYPT_TAG == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");
_Static_assert(CRYPT_KEY == crypto_kdf_KEYBYTES && crypto_kdf_CONTEXTBYTES == 8, "kdf");

static const unsigned char *
bytes(struct span s)
{
    return (const unsigned char *)s.p;
}

void
crypt_seal(const uint8_t key[CRYPT_KEY], const uint8_t nonce[CRYPT_NONCE], struct span ad,
           struct span text, uint8_t *to)
{
    unsigned long long n;
    int bad = crypto_aead_xchacha20poly1305_ietf_encrypt(to, &n, bytes(text), text.n, bytes(ad),
                                                         ad.n, NULL, nonce, key);
    TROTH_ASSERT(bad == 0 && n == text.n + CRYPT_TAG);
}

bool
crypt_open(const uint8_t key[CRYPT_KEY], const uint8_t nonce[CRYPT_NONCE], struct span ad,
           struct span sealed, uint8_t *to)
{
    if (sealed.n < CRYPT_TAG)
        return false;
    unsigned long long n;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(to, &n, NULL, bytes(sealed), sealed.n,
                                                   bytes(ad), ad.n, nonce, key) == 0)
        return true;
    crypt_wipe(to, sealed.n - CRYPT_TAG);
    return false;
}

void
crypt_kdf(const uint8_t key[CRYPT_KEY], uint64_t id, const char context[8],
          uint8_t ret[CRYPT_KEY])
{
    int bad = crypto_kdf_derive_from_key(ret, CRYPT_KEY, id, context, key);
    TROTH_ASSERT(bad == 0);
}

void
crypt_blake2b(const uint8_t *key, struct span text, uint8_t ret[CRYPT_HASH])
{
    int bad = crypto_generichash(ret, CRYPT_HASH, bytes(text), text.n, key,
                                 key == NULL ? 0 : CRYPT_KEY);
    TROTH_ASSERT(bad == 0);
}
