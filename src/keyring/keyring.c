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
