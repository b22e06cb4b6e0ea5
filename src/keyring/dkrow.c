#include "crypt/crypt.h"
#include "keyring/keyring.h"

/* One wrapped data key. Everything before the nonce says whose it is and is bound to the sealed
 * key. */
enum {
    DK_VERSION = 0,
    DK_ALGORITHM = 1,
    DK_CATEGORY = 2,
    DK_EPOCH = 4,
    DK_KEY_ID = 8,
    DK_SUBJECT = 24,
    DK_CREATED = 40,
    DK_NONCE = 48,
    DK_SEALED = 72,
    DK_PAD = 120,
    DK_AD = 16 + DK_NONCE
};

static void
dk_ad(const uint8_t row[DK_ROW], uint8_t ret[DK_AD])
{
    memset(ret, 0, 16);
    memcpy(ret, "troth-dk-v1", 11);
    memcpy(ret + 16, row, DK_NONCE);
}

void
dk_row_seal(const struct keyring_key *epoch, const struct keyd_wrap *wrap, uint8_t ret[DK_ROW])
{
    uint8_t ad[DK_AD];
    memset(ret, 0, DK_ROW);
    ret[DK_VERSION] = 1;
    ret[DK_ALGORITHM] = 1;
    put_be16(ret + DK_CATEGORY, wrap->category);
    put_be32(ret + DK_EPOCH, epoch->id);
    memcpy(ret + DK_KEY_ID, wrap->key_id, 16);
    memcpy(ret + DK_SUBJECT, wrap->subject_id, 16);
    put_be64(ret + DK_CREATED, wrap->created_us);
    crypt_random(ret + DK_NONCE, CRYPT_NONCE);
    dk_ad(ret, ad);
    crypt_seal(epoch->key, ret + DK_NONCE, span_of(ad, sizeof ad), span_of(wrap->key, CRYPT_KEY),
               ret + DK_SEALED);
}

bool
dk_row_open(const struct keyring *keyring, const uint8_t row[DK_ROW], uint8_t ret[32])
{
    static const uint8_t zero[DK_ROW - DK_PAD];
    uint8_t ad[DK_AD];
    if (row[DK_VERSION] != 1 || row[DK_ALGORITHM] != 1 || get_be32(row + DK_EPOCH) == 0 ||
        memcmp(row + DK_PAD, zero, sizeof zero) != 0)
        return false;
    const struct keyring_key *epoch = keyring_key(keyring, KEYRING_EPOCH, get_be32(row + DK_EPOCH));
    if (epoch == NULL)
        return false;
    dk_ad(row, ad);
    return crypt_open(epoch->key, row + DK_NONCE, span_of(ad, sizeof ad),
                      span_of(row + DK_SEALED, CRYPT_KEY + CRYPT_TAG), ret);
}
