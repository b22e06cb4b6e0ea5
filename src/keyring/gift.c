#include "keyring/gift.h"

#include "crypt/crypt.h"
#include "keyring/keyring_priv.h"

enum { GIFT_PUBLIC = 8, GIFT_RING = 40, SUM = 4 };

static const char magic[] = "TROTHKG1", prefix[] = "troth-node-";

static bool
node_secret(const struct unseal *unseal, uint8_t ret[32], struct err *err)
{
    if (unseal->provider == KEYRING_PASSPHRASE)
        return err_set(err, ERR_CONFIG,
                       "a keyring is given to a secret in a file or credential; add a pass phrase afterwards "
                       "(troth keys slot add)");
    crypt_kdf(unseal->secret, 4, "trothgft", ret);
    return true;
}

bool
gift_key(const struct unseal *unseal, uint8_t ret[GIFT_KEY], struct err *err)
{
    uint8_t secret[32];
    if (!node_secret(unseal, secret, err))
        return false;
    crypt_agree_key(secret, ret);
    crypt_wipe(secret, sizeof secret);
    return true;
}

static void
sum(const uint8_t key[GIFT_KEY], uint8_t ret[SUM])
{
    uint8_t hash[32];
    crypt_blake2b(NULL, span_of(key, GIFT_KEY), hash);
    memcpy(ret, hash, SUM);
}

void
gift_key_put(const uint8_t key[GIFT_KEY], char ret[GIFT_KEY_TEXT])
{
    uint8_t check[SUM];
    sum(key, check);
    memcpy(ret, prefix, sizeof prefix - 1);
    hex_put(ret + sizeof prefix - 1, key, GIFT_KEY);
    hex_put(ret + sizeof prefix - 1 + 2 * (size_t)GIFT_KEY, check, SUM);
}

bool
gift_key_get(struct span text, uint8_t ret[GIFT_KEY], struct err *err)
{
    uint8_t bytes[GIFT_KEY + SUM], check[SUM];
    size_t n = sizeof prefix - 1;
    if (text.n != GIFT_KEY_TEXT - 1 || memcmp(text.p, prefix, n) != 0 ||
        !hex_get(span_sub(text, n, text.n - n), bytes, sizeof bytes))
        return err_set(err, ERR_INVALID,
                       "that is no node's key; take the whole line that troth keys ask printed there");
    sum(bytes, check);
    if (memcmp(check, bytes + GIFT_KEY, SUM) != 0)
        return err_set(err, ERR_INVALID,
                       "a digit of that node's key is wrong; take the line as troth keys ask printed it");
    memcpy(ret, bytes, GIFT_KEY);
    return true;
}

/* Both in locked memory; given is changed. */
static bool
seal_with(struct keyring *given, struct unseal *agreed, const uint8_t to[GIFT_KEY],
          uint8_t ret[GIFT_BYTES], struct err *err)
{
    uint8_t once[32];
    crypt_random(once, sizeof once);
    memcpy(ret, magic, 8);
    crypt_agree_key(once, ret + GIFT_PUBLIC);
    agreed->provider = KEYRING_KEYFILE;
    bool good = crypt_agree(once, to, agreed->secret) ||
                err_set(err, ERR_INVALID, "that is no node's key: nobody can have it");
    crypt_wipe(once, sizeof once);
    good = good && keyring_root_new(given, agreed, KEYRING_STRETCH, err);
    if (good)
        keyring_encode(given, ret + GIFT_RING);
    return good;
}

bool
gift_seal(const struct keyring *keyring, const uint8_t to[GIFT_KEY], uint8_t ret[GIFT_BYTES],
          struct err *err)
{
    struct keyring *given = crypt_secret_take(sizeof *given);
    struct unseal *agreed = crypt_secret_take(sizeof *agreed);
    bool good = given != NULL && agreed != NULL;
    if (!good)
        err_set(err, ERR_UNAVAILABLE, "no memory for the keyring");
    if (good) {
        memcpy(given, keyring, sizeof *given);
        good = seal_with(given, agreed, to, ret, err);
    }
    crypt_secret_free(agreed);
    crypt_secret_free(given);
    return good;
}

static bool
open_with(const uint8_t *gift, const struct unseal *unseal, struct unseal *agreed,
          struct keyring *ret, struct err *err)
{
    uint8_t secret[32];
    struct err why = {0};
    if (!node_secret(unseal, secret, err))
        return false;
    agreed->provider = KEYRING_KEYFILE;
    bool good = crypt_agree(secret, gift + GIFT_PUBLIC, agreed->secret);
    crypt_wipe(secret, sizeof secret);
    enum keyring_read got = good ? keyring_decode(gift + GIFT_RING, agreed, ret, &why)
                                 : KEYRING_CLOSED;
    if (got == KEYRING_NEWER)
        return err_set(err, ERR_NEWER, "it was written by a newer version of troth");
    return got == KEYRING_WHOLE ||
           err_set(err, ERR_KEYS, "it was given for another secret than this one, or is damaged");
}

bool
gift_open(const uint8_t gift[GIFT_BYTES], const struct unseal *unseal, struct keyring *ret,
          struct err *err)
{
    if (memcmp(gift, magic, 7) != 0)
        return err_set(err, ERR_KEYS, "it is not a keyring that was given with troth keys give");
    if (gift[7] != magic[7])
        return err_set(err, gift[7] > magic[7] && gift[7] <= '9' ? ERR_NEWER : ERR_KEYS,
                       gift[7] > magic[7] && gift[7] <= '9'
                           ? "it was written by a newer version of troth"
                           : "it is not a keyring that was given with troth keys give");
    struct unseal *agreed = crypt_secret_take(sizeof *agreed);
    if (agreed == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for the keyring");
    bool good = open_with(gift, unseal, agreed, ret, err);
    crypt_secret_free(agreed);
    return good;
}
