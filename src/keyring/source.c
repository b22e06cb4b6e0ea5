#include "crypt/crypt.h"
#include "keyring/keyring_priv.h"
#include "os/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A keyring from elsewhere must not choose how much memory or time we spend. */
enum { STRETCH_PASSES_MAX = 16, STRETCH_KIB_MAX = 1024 * 1024 };
enum { PATH_BYTES = 4096 };

bool
source_resolve(const struct key_source *source, enum keyring_provider *ret_provider, char *path,
               size_t path_size, struct err *err)
{
    bool file = source->file != NULL, credential = source->credential != NULL;
    bool descriptor = source->passphrase_fd > 0 ||
                      (source->passphrase_fd == 0 && !file && !credential);
    if (file + credential + descriptor != 1)
        return err_set(err, ERR_CONFIG,
                       "the unseal secret comes from exactly one of file, credential, phrase");
    int n = 0;
    path[0] = '\0';
    if (file)
        n = snprintf(path, path_size, "%s", source->file);
    if (credential) {
        const char *dir = getenv("CREDENTIALS_DIRECTORY");
        if (dir == NULL || dir[0] != '/')
            return err_set(err, ERR_CONFIG, "CREDENTIALS_DIRECTORY is not set by systemd");
        if (source->credential[0] == '\0' || source->credential[0] == '.' ||
            strchr(source->credential, '/') != NULL)
            return err_set(err, ERR_CONFIG, "a credential's name has no slash or leading dot");
        n = snprintf(path, path_size, "%s/%s", dir, source->credential);
    }
    if (n < 0 || (size_t)n >= path_size)
        return err_set(err, ERR_CONFIG, "the path of the unseal secret is too long");
    *ret_provider = file ? KEYRING_KEYFILE : credential ? KEYRING_CREDENTIAL : KEYRING_PASSPHRASE;
    return true;
}

/* Until the end, cap bytes, or (when lines) a newline; -1 on an error. */
static ssize_t
read_some(int fd, void *to, size_t cap, bool lines)
{
    char *at = to;
    size_t n = 0;
    while (n < cap) {
        /* Byte by byte when lines count: what follows the newline is not ours. */
        ssize_t got = read(fd, at + n, lines ? 1 : cap - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0 || (lines && at[n] == '\n'))
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

bool
unseal_file(struct unseal *unseal, enum keyring_provider provider, const char *path,
            struct err *err)
{
    uint8_t bytes[33];
    int fd = file_open_secret(
        path, provider == KEYRING_CREDENTIAL ? FILE_SECRET_CREDENTIAL : FILE_SECRET_OWN, err);
    if (fd < 0)
        return err_prefix(err, "root key");
    ssize_t n = read_some(fd, bytes, sizeof bytes, false);
    int errnum = errno;
    (void)close(fd);
    bool good = n == 32;
    if (n < 0)
        err_sys(err, ERR_KEYS, errnum, "the root key file %s", path);
    else if (!good)
        err_set(err, ERR_KEYS, "the root key file %s must hold exactly 32 bytes", path);
    if (good) {
        unseal->provider = provider;
        memcpy(unseal->secret, bytes, 32);
    }
    crypt_wipe(bytes, sizeof bytes);
    return good;
}

bool
unseal_passphrase(struct unseal *unseal, int fd, struct err *err)
{
    ssize_t n = read_some(fd, unseal->passphrase, sizeof unseal->passphrase, true);
    if (n < 0)
        return err_sys(err, ERR_KEYS, errno, "reading the pass phrase");
    if (n == 0)
        return err_set(err, ERR_KEYS, "the pass phrase is empty");
    if (n == KEYRING_PASSPHRASE_MAX) {
        crypt_wipe(unseal->passphrase, sizeof unseal->passphrase);
        return err_set(err, ERR_KEYS, "the pass phrase is longer than %d bytes",
                       KEYRING_PASSPHRASE_MAX - 1);
    }
    unseal->provider = KEYRING_PASSPHRASE;
    unseal->passphrase_n = (size_t)n;
    unseal->stretched = false;
    return true;
}

bool
unseal_source(struct unseal *unseal, const struct key_source *source, struct err *err)
{
    char path[PATH_BYTES];
    enum keyring_provider provider;
    if (!source_resolve(source, &provider, path, sizeof path, err))
        return false;
    return provider == KEYRING_PASSPHRASE ? unseal_passphrase(unseal, source->passphrase_fd, err)
                                          : unseal_file(unseal, provider, path, err);
}

bool
unseal_key(struct unseal *unseal, const uint8_t slot[KEYRING_ROW], uint8_t ret[32],
           bool *ret_tried, struct err *err)
{
    *ret_tried = false;
    uint8_t provider = slot[SLOT_PROVIDER];
    /* The same 32 bytes may come from a file today and from systemd tomorrow. */
    if (unseal->provider != KEYRING_PASSPHRASE) {
        memcpy(ret, unseal->secret, 32);
        return provider == KEYRING_KEYFILE || provider == KEYRING_CREDENTIAL;
    }
    uint32_t passes = get_be32(slot + SLOT_PASSES), kib = get_be32(slot + SLOT_KIB);
    if (provider != KEYRING_PASSPHRASE || passes < 1 || passes > STRETCH_PASSES_MAX || kib < 8 ||
        kib > STRETCH_KIB_MAX)
        return false;
    if (!unseal->stretched || memcmp(unseal->stretched_by, slot + SLOT_PASSES, 24) != 0) {
        unseal->stretched = false;
        if (!crypt_stretch(span_of(unseal->passphrase, unseal->passphrase_n), slot + SLOT_SALT,
                           passes, kib, unseal->stretched_to, err)) {
            *ret_tried = true;
            return false;
        }
        memcpy(unseal->stretched_by, slot + SLOT_PASSES, 24);
        unseal->stretched = true;
    }
    memcpy(ret, unseal->stretched_to, 32);
    return true;
}
