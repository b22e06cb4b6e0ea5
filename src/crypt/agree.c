#include "crypt/crypt_priv.h"

#include <sodium.h>

_Static_assert(CRYPT_KEY == crypto_scalarmult_SCALARBYTES, "secret");
_Static_assert(CRYPT_PUBLIC == crypto_scalarmult_BYTES, "public key");

void
crypt_agree_key(const uint8_t secret[CRYPT_KEY], uint8_t ret_public[CRYPT_PUBLIC])
{
    int bad = crypto_scalarmult_base(ret_public, secret);
    TROTH_ASSERT(bad == 0);
}

bool
crypt_agree(const uint8_t secret[CRYPT_KEY], const uint8_t their_public[CRYPT_PUBLIC],
            uint8_t ret[CRYPT_KEY])
{
    uint8_t mine[CRYPT_PUBLIC], point[crypto_scalarmult_BYTES];
    crypt_agree_key(secret, mine);
    bool good = crypto_scalarmult(point, secret, their_public) == 0;
    if (good) {
        /* Both public keys go in, in an order both sides know: X25519 itself overlooks a bit of each. */
        const uint8_t *low = memcmp(mine, their_public, CRYPT_PUBLIC) < 0 ? mine : their_public;
        const uint8_t *high = low == mine ? their_public : mine;
        uint8_t text[2 * CRYPT_PUBLIC];
        memcpy(text, low, CRYPT_PUBLIC);
        memcpy(text + CRYPT_PUBLIC, high, CRYPT_PUBLIC);
        crypt_blake2b(point, span_of(text, sizeof text), ret);
    }
    crypt_wipe(point, sizeof point);
    return good;
}
