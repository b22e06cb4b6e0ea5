#include "keyring/layout.h"

#include "crypt/crypt.h"
#include "keyring/keyring_priv.h"

static const char magic[] = "TROTHKR1";

static bool
all_zero(const uint8_t *p, size_t n)
{
    uint8_t seen = 0;
    for (size_t i = 0; i < n; i++)
        seen |= p[i];
    return seen == 0;
}

size_t
row_ad(const uint8_t vault_id[16], const uint8_t *row, size_t n, uint8_t ret[ROW_AD_MAX])
{
    TROTH_ASSERT(n <= SLOT_NONCE);
    memset(ret, 0, 16);
    memcpy(ret, "troth-kr-v1", 11);
    memcpy(ret + 16, vault_id, 16);
    memcpy(ret + 32, row, n);
    return 32 + n;
}

void
key_check_value(const uint8_t key[32], uint8_t ret[8])
{
    uint8_t mac[CRYPT_HASH];
    struct span kcv = SPAN("kcv");
    crypt_hmac(key, &kcv, 1, mac);
    memcpy(ret, mac, 8);
}

static void
copy_mac(const struct keyring *keyring, const uint8_t copy[KEYRING_COPY], uint8_t ret[CRYPT_HASH])
{
    uint8_t key[CRYPT_KEY];
    crypt_kdf(keyring->root, 2, "trothkrg", key);
    crypt_blake2b(key, span_of(copy, AT_MAC), ret);
    crypt_wipe(key, sizeof key);
}

static void
key_encode(const struct keyring *keyring, const struct keyring_key *key, uint8_t row[KEYRING_ROW])
{
    row[KEY_KIND] = (uint8_t)key->kind;
    row[KEY_STATE] = (uint8_t)key->state;
    put_be32(row + KEY_ID, key->id);
    put_be16(row + KEY_TENANT, key->tenant);
    put_be16(row + KEY_FIELD, key->field);
    put_be64(row + KEY_CREATED, key->created_us);
    put_be64(row + KEY_DESTROYED, key->destroyed_us);
    memcpy(row + KEY_CHECK, key->check, 8);
    if (key->state == KEYRING_DESTROYED)
        return; /* nonce and sealed key stay zero */
    uint8_t ad[ROW_AD_MAX];
    size_t ad_n = row_ad(keyring->vault_id, row, KEY_NONCE, ad);
    crypt_random(row + KEY_NONCE, NONCE);
    crypt_seal(keyring->root, row + KEY_NONCE, span_of(ad, ad_n), span_of(key->key, 32),
               row + KEY_SEALED);
}

void
keyring_encode(const struct keyring *keyring, uint8_t to[KEYRING_COPY])
{
    TROTH_ASSERT(keyring->slot_count <= KEYRING_SLOTS && keyring->key_count <= KEYRING_KEYS);
    memset(to, 0, KEYRING_COPY);
    memcpy(to + AT_MAGIC, magic, 8);
    put_be64(to + AT_GENERATION, keyring->generation);
    memcpy(to + AT_VAULT, keyring->vault_id, 16);
    put_be32(to + AT_SLOT_COUNT, (uint32_t)keyring->slot_count);
    put_be32(to + AT_KEY_COUNT, (uint32_t)keyring->key_count);
    memcpy(to + AT_SLOTS, keyring->slots, keyring->slot_count * KEYRING_ROW);
    for (size_t i = 0; i < keyring->key_count; i++)
        key_encode(keyring, &keyring->keys[i], to + AT_KEYS + i * KEYRING_ROW);
    copy_mac(keyring, to, to + AT_MAC);
}

/* What can be seen without any key; none of it depends on the secret. */
static enum keyring_read
form_check(const uint8_t *copy, struct err *err)
{
    if (memcmp(copy + AT_MAGIC, magic, 7) == 0 && copy[AT_MAGIC + 7] > magic[7] &&
        copy[AT_MAGIC + 7] <= '9') {
        err_set(err, ERR_NEWER, "format %c is newer than this program", copy[AT_MAGIC + 7]);
        return KEYRING_NEWER;
    }
    uint32_t slots = get_be32(copy + AT_SLOT_COUNT), keys = get_be32(copy + AT_KEY_COUNT);
    size_t slots_end = AT_SLOTS + (size_t)slots * KEYRING_ROW;
    size_t keys_end = AT_KEYS + (size_t)keys * KEYRING_ROW;
    const char *fault = NULL;
    if (memcmp(copy + AT_MAGIC, magic, 8) != 0)
        fault = "the magic number is wrong";
    else if (get_be64(copy + AT_GENERATION) == 0)
        fault = "the generation is zero";
    else if (slots < 1 || slots > KEYRING_SLOTS)
        fault = "the slot count is out of range";
    else if (keys < 1 || keys > KEYRING_KEYS)
        fault = "the entry count is out of range";
    else if (!all_zero(copy + AT_RESERVED, AT_SLOTS - AT_RESERVED))
        fault = "the reserved bytes at 40 are not zero";
    else if (!all_zero(copy + slots_end, AT_KEYS - slots_end))
        fault = "unused slots are not zero";
    else if (!all_zero(copy + keys_end, AT_ZERO - keys_end))
        fault = "unused entries are not zero";
    else if (!all_zero(copy + AT_ZERO, AT_MAC - AT_ZERO))
        fault = "the reserved bytes at 14400 are not zero";
    if (fault == NULL)
        return KEYRING_WHOLE;
    err_set(err, ERR_KEYS, "%s", fault);
    return KEYRING_DAMAGED;
}

/* Finds the root key. Every slot of the secret's kind is tried: the work does not tell which is
 * near. */
static enum keyring_read
slots_open(const uint8_t *copy, struct unseal *unseal, struct keyring *ret, struct err *err)
{
    bool found = false;
    for (size_t i = 0; i < ret->slot_count; i++) {
        uint8_t *row = ret->slots[i];
        uint8_t key[32], root[32], ad[ROW_AD_MAX];
        memcpy(row, copy + AT_SLOTS + i * KEYRING_ROW, KEYRING_ROW);
        bool tried = false;
        if (!unseal_key(unseal, row, key, &tried, err)) {
            if (tried)
                return KEYRING_SHORT_OF_MEMORY;
            continue;
        }
        size_t ad_n = row_ad(ret->vault_id, row, SLOT_NONCE, ad);
        if (crypt_open(key, row + SLOT_NONCE, span_of(ad, ad_n),
                       span_of(row + SLOT_SEALED, SEALED_KEY), root) && !found) {
            memcpy(ret->root, root, 32);
            found = true;
        }
        crypt_wipe(key, sizeof key);
        crypt_wipe(root, sizeof root);
    }
    return found ? KEYRING_WHOLE : KEYRING_CLOSED;
}

static const char *
key_decode(const struct keyring *keyring, const uint8_t *row, struct keyring_key *ret)
{
    uint8_t ad[ROW_AD_MAX], check[8];
    *ret = (struct keyring_key){
        .kind = row[KEY_KIND],
        .state = row[KEY_STATE],
        .id = get_be32(row + KEY_ID),
        .tenant = get_be16(row + KEY_TENANT),
        .field = get_be16(row + KEY_FIELD),
        .created_us = get_be64(row + KEY_CREATED),
        .destroyed_us = get_be64(row + KEY_DESTROYED),
    };
    memcpy(ret->check, row + KEY_CHECK, 8);
    if (row[KEY_KIND] < KEYRING_EPOCH || row[KEY_KIND] > KEYRING_ACTOR)
        return "the kind is unknown";
    if (row[KEY_STATE] < KEYRING_ACTIVE || row[KEY_STATE] > KEYRING_PREPARED)
        return "the state is unknown";
    if (ret->id == 0)
        return "the number is zero";
    if (!all_zero(row + KEY_PAD, KEYRING_ROW - KEY_PAD))
        return "the padding is not zero";
    if ((ret->state == KEYRING_DESTROYED) != (ret->destroyed_us != 0))
        return "the state and the time of destruction disagree";
    if (ret->state == KEYRING_DESTROYED)
        return all_zero(row + KEY_NONCE, KEY_PAD - KEY_NONCE) ? NULL
                                                              : "a destroyed key is still there";
    size_t ad_n = row_ad(keyring->vault_id, row, KEY_NONCE, ad);
    if (!crypt_open(keyring->root, row + KEY_NONCE, span_of(ad, ad_n),
                    span_of(row + KEY_SEALED, SEALED_KEY), ret->key))
        return "the key does not open";
    key_check_value(ret->key, check);
    return crypt_equal(check, ret->check, 8) ? NULL : "the check value is wrong";
}

/* Numbers rise with time, so the retiring lie below the active one and the prepared one above all. */
static bool
epoch_in_order(const struct keyring *keyring, const struct keyring_key *epoch)
{
    for (size_t i = 0; i < keyring->key_count; i++) {
        const struct keyring_key *other = &keyring->keys[i];
        if (other->kind != KEYRING_EPOCH || other == epoch)
            continue;
        if (epoch->state == KEYRING_PREPARED &&
            (other->id > epoch->id || other->state == KEYRING_PREPARED))
            return false;
        if (epoch->state == KEYRING_ACTIVE && other->id > epoch->id &&
            other->state != KEYRING_PREPARED)
            return false;
    }
    return true;
}

const char *
keyring_fault(const struct keyring *keyring)
{
    size_t active[KEYRING_ACTOR + 1] = {0}, epochs = 0;
    for (size_t i = 0; i < keyring->key_count; i++) {
        const struct keyring_key *key = &keyring->keys[i];
        epochs += key->kind == KEYRING_EPOCH && key->state != KEYRING_DESTROYED;
        active[key->kind] += key->state == KEYRING_ACTIVE && key->field == 0;
        for (size_t j = 0; j < i; j++)
            if (keyring->keys[j].kind == key->kind && keyring->keys[j].id == key->id)
                return "two entries have one number";
        if (key->kind != KEYRING_EPOCH && key->state == KEYRING_PREPARED)
            return "a key that is no epoch's is prepared";
    }
    if (epochs > KEYRING_EPOCHS)
        return "there are too many live epochs";
    for (size_t kind = KEYRING_EPOCH; kind <= KEYRING_ACTOR; kind++)
        if (active[kind] != 1)
            return "there is not exactly one active key of a kind";
    for (size_t i = 0; i < keyring->key_count; i++)
        if (keyring->keys[i].kind == KEYRING_EPOCH && !epoch_in_order(keyring, &keyring->keys[i]))
            return "the epochs are out of order";
    return NULL;
}

enum keyring_read
keyring_decode(const uint8_t copy[KEYRING_COPY], struct unseal *unseal, struct keyring *ret,
               struct err *err)
{
    enum keyring_read form = form_check(copy, err);
    if (form != KEYRING_WHOLE)
        return form;
    ret->generation = get_be64(copy + AT_GENERATION);
    memcpy(ret->vault_id, copy + AT_VAULT, 16);
    ret->slot_count = get_be32(copy + AT_SLOT_COUNT);
    ret->key_count = get_be32(copy + AT_KEY_COUNT);
    enum keyring_read slots = slots_open(copy, unseal, ret, err);
    if (slots != KEYRING_WHOLE)
        return slots;
    uint8_t mac[CRYPT_HASH];
    const char *fault = NULL;
    for (size_t i = 0; fault == NULL && i < ret->key_count; i++) {
        fault = key_decode(ret, copy + AT_KEYS + i * KEYRING_ROW, &ret->keys[i]);
        if (fault != NULL)
            err_set(err, ERR_KEYS, "entry %zu: %s", i, fault);
    }
    if (fault == NULL) {
        copy_mac(ret, copy, mac);
        fault = crypt_equal(mac, copy + AT_MAC, sizeof mac) ? keyring_fault(ret)
                                                            : "the checksum of the whole is wrong";
        if (fault != NULL)
            err_set(err, ERR_KEYS, "%s", fault);
    }
    return fault == NULL ? KEYRING_WHOLE : KEYRING_DAMAGED;
}
