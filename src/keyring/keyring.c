#include "crypt/crypt.h"
#include "keyring/keyring_priv.h"

const struct keyring_key *
keyring_key(const struct keyring *keyring, enum keyring_kind kind, uint32_t id)
{
    for (size_t i = 0; i < keyring->key_count; i++) {
        const struct keyring_key *key = &keyring->keys[i];
        if (key->kind != kind || key->state == KEYRING_DESTROYED)
            continue;
        if (id == 0 ? key->state == KEYRING_ACTIVE && key->field == 0 : key->id == id)
            return key;
    }
    return NULL;
}

const struct keyring_key *
keyring_index_key(const struct keyring *keyring, uint16_t field)
{
    for (size_t i = 0; field != 0 && i < keyring->key_count; i++) {
        const struct keyring_key *key = &keyring->keys[i];
        if (key->kind == KEYRING_INDEX && key->state == KEYRING_ACTIVE && key->field == field)
            return key;
    }
    return keyring_key(keyring, KEYRING_INDEX, 0);
}

bool
keyring_key_add(struct keyring *keyring, enum keyring_kind kind, uint64_t now_us, struct err *err)
{
    if (keyring->key_count == KEYRING_KEYS)
        return err_set(err, ERR_FULL, "the keyring holds %d keys and is full", KEYRING_KEYS);
    uint32_t last = 0;
    size_t epochs = 0;
    for (size_t i = 0; i < keyring->key_count; i++) {
        if (keyring->keys[i].kind == kind && keyring->keys[i].id > last)
            last = keyring->keys[i].id;
        epochs += keyring->keys[i].kind == KEYRING_EPOCH &&
                  keyring->keys[i].state != KEYRING_DESTROYED;
    }
    if (last == UINT32_MAX || (kind == KEYRING_EPOCH && epochs == KEYRING_EPOCHS))
        return err_set(err, ERR_FULL, "the keyring holds %d live epochs", KEYRING_EPOCHS);
    struct keyring_key *key = &keyring->keys[keyring->key_count];
    *key = (struct keyring_key){
        .kind = kind, .state = KEYRING_ACTIVE, .id = last + 1, .created_us = now_us};
    key->tenant = kind == KEYRING_INDEX || kind == KEYRING_ACTOR ? 1 : 0;
    crypt_random(key->key, sizeof key->key);
    key_check_value(key->key, key->check);
    keyring->key_count++;
    return true;
}

bool
keyring_slot_add(struct keyring *keyring, struct unseal *unseal, struct keyring_stretch stretch,
                 struct err *err)
{
    if (keyring->slot_count == KEYRING_SLOTS)
        return err_set(err, ERR_FULL, "all %d slots of the keyring are taken", KEYRING_SLOTS);
    uint8_t row[KEYRING_ROW] = {0}, key[32], id_key[32], id[32], ad[ROW_AD_MAX];
    row[SLOT_ID] = (uint8_t)(keyring->slot_count + 1);
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
