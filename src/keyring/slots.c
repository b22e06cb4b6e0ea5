/* Slots: each holds the root key, sealed for one secret. */
#include "crypt/crypt.h"
#include "keyring/keyring_priv.h"

/* The lowest number that no slot has. */
static uint8_t
id_free(const struct keyring *keyring)
{
    for (uint8_t id = 1;; id++) {
        bool taken = false;
        for (size_t i = 0; i < keyring->slot_count; i++)
            taken |= keyring->slots[i][SLOT_ID] == id;
        if (!taken)
            return id; /* there are fewer slots than numbers */
    }
}

bool
keyring_slot_add(struct keyring *keyring, struct unseal *unseal, struct keyring_stretch stretch,
                 struct err *err)
{
    if (keyring->slot_count == KEYRING_SLOTS)
        return err_set(err, ERR_FULL, "all %d slots of the keyring are taken", KEYRING_SLOTS);
    uint8_t row[KEYRING_ROW] = {0}, key[32], id_key[32], id[32], ad[ROW_AD_MAX];
    row[SLOT_ID] = id_free(keyring);
    row[SLOT_PROVIDER] = (uint8_t)unseal->provider;
    if (unseal->provider == KEYRING_PASSPHRASE) {
        if (unseal->passphrase_n < KEYRING_PASSPHRASE_MIN)
            return err_set(err, ERR_INVALID, "a pass phrase needs at least %d bytes",
                           KEYRING_PASSPHRASE_MIN);
        put_be32(row + SLOT_PASSES, stretch.passes);
        put_be32(row + SLOT_KIB, stretch.kib);
        crypt_random(row + SLOT_SALT, 16);
    }
    bool tried;
    if (!unseal_key(unseal, row, key, &tried, err))
        return false;
    /* The id tells people which secret a slot is for; it is derived after the stretching, so that a
     * pass phrase is not guessed faster by it. Opening does not look at it. */
    crypt_kdf(key, 3, "trothkid", id_key);
    crypt_blake2b(NULL, span_of(id_key, 32), id);
    memcpy(row + SLOT_KEY_ID, id, 16);
    crypt_random(row + SLOT_NONCE, NONCE);
    size_t ad_n = row_ad(keyring->vault_id, row, SLOT_NONCE, ad);
    crypt_seal(key, row + SLOT_NONCE, span_of(ad, ad_n), span_of(keyring->root, 32),
               row + SLOT_SEALED);
    memcpy(keyring->slots[keyring->slot_count++], row, KEYRING_ROW);
    crypt_wipe(key, sizeof key);
    crypt_wipe(id_key, sizeof id_key);
    return true;
}

struct keyring_slot
keyring_slot(const struct keyring *keyring, size_t at)
{
    const uint8_t *row = keyring->slots[at];
    return (struct keyring_slot){
        .id = row[SLOT_ID], .provider = row[SLOT_PROVIDER], .key_id = row + SLOT_KEY_ID};
}

bool
keyring_slot_of(const struct keyring *keyring, struct unseal *unseal, int *ret, struct err *err)
{
    int found = -1;
    for (size_t i = 0; i < keyring->slot_count && found < 0; i++) {
        const uint8_t *row = keyring->slots[i];
        uint8_t key[32], root[32], ad[ROW_AD_MAX];
        bool tried = false;
        if (!unseal_key(unseal, row, key, &tried, err)) {
            if (tried)
                return false;
            continue;
        }
        size_t ad_n = row_ad(keyring->vault_id, row, SLOT_NONCE, ad);
        if (crypt_open(key, row + SLOT_NONCE, span_of(ad, ad_n),
                       span_of(row + SLOT_SEALED, SEALED_KEY), root))
            found = (int)i;
        crypt_wipe(key, sizeof key);
        crypt_wipe(root, sizeof root);
    }
    *ret = found;
    return true;
}

/* A new root key, in this slot; the others are of no use any more. */
static bool
slot_reseal_root(struct keyring *keyring, size_t at, struct unseal *unseal, struct err *err)
{
    uint8_t *row = keyring->slots[at], key[32], ad[ROW_AD_MAX];
    bool tried = false;
    if (!unseal_key(unseal, row, key, &tried, err))
        return tried ? false : err_set(err, ERR_INTERNAL, "the slot is of another kind");
    crypt_random(keyring->root, sizeof keyring->root);
    crypt_random(row + SLOT_NONCE, NONCE);
    size_t ad_n = row_ad(keyring->vault_id, row, SLOT_NONCE, ad);
    crypt_seal(key, row + SLOT_NONCE, span_of(ad, ad_n), span_of(keyring->root, 32),
               row + SLOT_SEALED);
    crypt_wipe(key, sizeof key);
    return true;
}

bool
keyring_slot_remove(struct keyring *keyring, uint8_t id, struct unseal *unseal, bool *ret_root,
                    struct err *err)
{
    int stays = -1;
    size_t at = 0;
    while (at < keyring->slot_count && keyring->slots[at][SLOT_ID] != id)
        at++;
    if (at == keyring->slot_count)
        return err_set(err, ERR_NOT_FOUND, "the keyring has no slot %d; see troth keys list", id);
    if (!keyring_slot_of(keyring, unseal, &stays, err))
        return false;
    if (stays < 0)
        return err_set(err, ERR_KEYS, "no slot of the keyring opens with this secret");
    if ((size_t)stays == at)
        return err_set(err, ERR_CONFLICT,
                       "slot %d is the one the given secret opens; give a secret whose slot stays", id);
    bool root = keyring->slot_count == 2;
    if (root && !slot_reseal_root(keyring, (size_t)stays, unseal, err))
        return false;
    *ret_root = root;
    keyring->slot_count--;
    memmove(keyring->slots[at], keyring->slots[at + 1], (keyring->slot_count - at) * KEYRING_ROW);
    memset(keyring->slots[keyring->slot_count], 0, KEYRING_ROW);
    return true;
}

bool
keyring_root_new(struct keyring *keyring, struct unseal *unseal, struct keyring_stretch stretch,
                 struct err *err)
{
    crypt_random(keyring->root, sizeof keyring->root);
    memset(keyring->slots, 0, sizeof keyring->slots);
    keyring->slot_count = 0;
    return keyring_slot_add(keyring, unseal, stretch, err);
}
