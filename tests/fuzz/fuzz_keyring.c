/*
 * A keyring copy from an enemy: every byte is theirs, and they know the secret. The first byte says
 * whether
 * the copy is taken as it is or first given the seals it needs, so that what lies behind them is
 * reached too.
 */
#include "crypt/crypt.h"
#include "keyring/keyring_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Seals slot 0 and every key row over whatever is in them, and the whole. */
static void
reseal(uint8_t copy[KEYRING_COPY], const uint8_t secret[32])
{
    static const uint8_t root[32] = {42};
    uint8_t ad[ROW_AD_MAX], key[32];
    uint8_t *slot = copy + AT_SLOTS;
    size_t n = row_ad(copy + AT_VAULT, slot, SLOT_NONCE, ad);
    crypt_seal(secret, slot + SLOT_NONCE, span_of(ad, n), span_of(root, 32), slot + SLOT_SEALED);
    uint32_t keys = get_be32(copy + AT_KEY_COUNT);
    for (uint32_t i = 0; i < keys && i < KEYRING_KEYS; i++) {
        uint8_t *row = copy + AT_KEYS + i * KEYRING_ROW;
        memcpy(key, row + KEY_SEALED, 32);
        key_check_value(key, row + KEY_CHECK);
        n = row_ad(copy + AT_VAULT, row, KEY_NONCE, ad);
        crypt_seal(root, row + KEY_NONCE, span_of(ad, n), span_of(key, 32), row + KEY_SEALED);
    }
    crypt_kdf(root, 2, "trothkrg", key);
    crypt_blake2b(key, span_of(copy, AT_MAC), copy + AT_MAC);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t copy[KEYRING_COPY];
    static struct keyring ring;
    static struct unseal unseal = {.provider = KEYRING_KEYFILE, .secret = {7}};
    struct err err;
    if (size < 1 || size - 1 > KEYRING_COPY || !crypt_start_debuggable(&err))
        return 0;
    memset(copy, 0, sizeof copy);
    memcpy(copy, data + 1, size - 1);
    if (data[0] & 1) {
        memcpy(copy, "TROTHKR1", 8);
        reseal(copy, unseal.secret);
    }
    if (keyring_decode(copy, &unseal, &ring, &err) == KEYRING_WHOLE) {
        /* What was accepted can be used and written, and reads the same again. */
        static struct keyring again;
        TROTH_ASSERT(keyring_key(&ring, KEYRING_EPOCH, 0) != NULL);
        TROTH_ASSERT(keyring_index_key(&ring, 1) != NULL);
        keyring_encode(&ring, copy);
        TROTH_ASSERT(keyring_decode(copy, &unseal, &again, &err) == KEYRING_WHOLE);
        TROTH_ASSERT(again.key_count == ring.key_count && again.generation == ring.generation);
        size_t news = 1;
        TROTH_ASSERT(keyring_merge(&again, &ring, &news, &err) && news == 0);
        const struct keyring_key *prepared = keyring_epoch_prepared(&ring);
        TROTH_ASSERT(keyring_epoch_newest(&ring) != NULL);
        if (prepared != NULL) {
            TROTH_ASSERT(keyring_epoch_activate(&again, prepared->id, &err));
            TROTH_ASSERT(keyring_fault(&again) == NULL && keyring_merge(&ring, &again, &news, &err));
        }
    }
    return 0;
}
