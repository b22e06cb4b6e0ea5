#include "crypt/crypt_priv.h"

#include <sodium.h>

enum { PASSWORD_PASSES = 2, PASSWORD_BYTES = 64 << 20, STRETCH_SALT = 16, KIB = 1024 };

_Static_assert(STRETCH_SALT == crypto_pwhash_SALTBYTES, "salt");
_Static_assert((int)CRYPT_PASSWORD_MAX == (int)crypto_pwhash_STRBYTES, "password text");

bool
crypt_stretch(struct span passphrase, const uint8_t salt[16], uint32_t passes, uint32_t kib,
              uint8_t ret[CRYPT_KEY], struct err *err)
{
    if (passes < 1 || kib < 8 || kib > UINT32_MAX / KIB)
        return err_set(err, ERR_INVALID, "Argon2id with %u passes and %u KiB is not possible",
                       passes, kib);
    /* The salt is always there; an empty pass phrase may come as a null pointer. */
    if (crypto_pwhash(ret, CRYPT_KEY, passphrase.n == 0 ? "" : passphrase.p, passphrase.n, salt,
                      passes, (size_t)kib * KIB, crypto_pwhash_ALG_ARGON2ID13) == 0)
        return true;
    crypt_wipe(ret, CRYPT_KEY);
    return err_set(err, ERR_UNAVAILABLE, "not enough memory for Argon2id (%u KiB)", kib);
}

bool
crypt_password_hash(struct span password, char ret[CRYPT_PASSWORD_MAX], struct err *err)
{
    char text[CRYPT_PASSWORD_MAX];
    if (crypto_pwhash_str(text, password.n == 0 ? "" : password.p, password.n, PASSWORD_PASSES,
                          PASSWORD_BYTES) != 0)
        return err_set(err, ERR_UNAVAILABLE, "not enough memory to hash a password");
    memcpy(ret, text, sizeof text);
    return true;
}

bool
crypt_password_check(struct span password, const char *hash)
{
    static const char ours[] = "$argon2id$v=19$m=65536,t=2,p=1$";
    /* Only our own setting: a hash from a tampered row must not choose how much memory we spend. */
    if (strncmp(hash, ours, sizeof ours - 1) != 0 ||
        strnlen(hash, CRYPT_PASSWORD_MAX) == CRYPT_PASSWORD_MAX)
        return false;
    return crypto_pwhash_str_verify(hash, password.n == 0 ? "" : password.p, password.n) == 0;
}
