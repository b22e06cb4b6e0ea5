#include "base/clock.h"
#include "base/log.h"
#include "crypt/crypt.h"
#include "keyring/keyring_priv.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

bool
keyring_path(const char *dir, char *path, size_t path_size, struct err *err)
{
    int n = snprintf(path, path_size, "%s/keyring.trk", dir);
    if (n < 0 || (size_t)n >= path_size)
        return err_set(err, ERR_CONFIG, "the path of the keyring is too long");
    return true;
}

/* The part of the file that one copy has, or fewer bytes when it is cut short; -1 on an error. */
static ssize_t
copy_read(int fd, uint8_t copy[KEYRING_COPY], off_t at)
{
    size_t n = 0;
    while (n < KEYRING_COPY) {
        ssize_t got = pread(fd, copy + n, KEYRING_COPY - n, at + (off_t)n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

static bool
copy_write(int fd, const uint8_t copy[KEYRING_COPY], off_t at, struct err *err)
{
    if (!file_put(fd, copy, KEYRING_COPY, at, err))
        return false;
    return fdatasync(fd) == 0 || err_sys(err, ERR_IO, errno, "sync");
}

bool
keyring_save(const char *dir, struct keyring *keyring, struct err *err)
{
    char path[PATH_BYTES];
    uint8_t copy[KEYRING_COPY];
    if (!keyring_path(dir, path, sizeof path, err))
        return false;
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_sys(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, errno, "%s", path);
    keyring->generation++;
    keyring_encode(keyring, copy);
    bool good = copy_write(fd, copy, KEYRING_COPY, err) && copy_write(fd, copy, 0, err);
    (void)close(fd);
    return good || err_prefix(err, "%s", path);
}

bool
keyring_save_new(const char *dir, const struct keyring *keyring, struct err *err)
{
    char path[PATH_BYTES];
    uint8_t file[KEYRING_FILE];
    if (!keyring_path(dir, path, sizeof path, err))
        return false;
    keyring_encode(keyring, file);
    memcpy(file + KEYRING_COPY, file, KEYRING_COPY);
    return file_write_durable(path, span_of(file, sizeof file), 0600, FILE_NEW, err);
}

static bool
create_fill(struct keyring *keyring, struct unseal *unseal, struct keyring_stretch stretch,
            struct err *err)
{
    int64_t now_us = clock_now_us();
    if (now_us <= 0)
        return err_set(err, ERR_UNAVAILABLE, "the clock cannot be read or stands before 2024");
    keyring->generation = 1;
    crypt_random(keyring->vault_id, sizeof keyring->vault_id);
    crypt_random(keyring->root, sizeof keyring->root);
    for (enum keyring_kind kind = KEYRING_EPOCH; kind <= KEYRING_ACTOR; kind++)
        if (!keyring_key_add(keyring, kind, (uint64_t)now_us, err))
            return false;
    return keyring_slot_add(keyring, unseal, stretch, err);
}

bool
keyring_create_with(const char *dir, const struct key_source *source,
                    struct keyring_stretch stretch, struct err *err)
{
    char path[PATH_BYTES], secret_path[PATH_BYTES];
    enum keyring_provider provider;
    if (!keyring_path(dir, path, sizeof path, err) ||
        !source_resolve(source, &provider, secret_path, sizeof secret_path, err))
        return false;
    /* Asked again by the write itself; here so that nobody types a pass phrase in vain. */
    if (access(path, F_OK) == 0)
        return err_set(err, ERR_CONFLICT, "%s is there already and is never overwritten", path);
    struct keyring *keyring = crypt_secret_take(sizeof *keyring);
    struct unseal *unseal = crypt_secret_take(sizeof *unseal);
    bool good = keyring != NULL && unseal != NULL;
    if (!good)
        err_set(err, ERR_UNAVAILABLE, "no memory for the keyring");
    good = good && unseal_source(unseal, source, err) &&
           create_fill(keyring, unseal, stretch, err) && keyring_save_new(dir, keyring, err);
    if (good && provider == KEYRING_KEYFILE && file_same_filesystem(dir, secret_path))
        LOG(LOG_WARN, "unseal-secret-beside-data",
            LOG_T("why", "a copy of this file system has keyring and secret together"));
    crypt_secret_free(unseal);
    crypt_secret_free(keyring);
    return good;
}

bool
keyring_create(const char *dir, const struct key_source *source, struct err *err)
{
    return keyring_create_with(dir, source, KEYRING_STRETCH, err);
}

bool
key_file_create(const char *path, struct err *err)
{
    uint8_t secret[32];
    crypt_random(secret, sizeof secret);
    bool good = file_write_durable(path, span_of(secret, sizeof secret), 0400, FILE_NEW, err);
    crypt_wipe(secret, sizeof secret);
    return good;
}

/* Both copies as read: what each gave. */
struct pair {
    uint8_t bytes[2][KEYRING_COPY];
    enum keyring_read got[2];
    char why[2][120];
};

static void
pair_read(struct pair *pair, int fd, struct unseal *unseal, struct keyring *rings)
{
    for (int i = 0; i < 2; i++) {
        struct err why = {0};
        ssize_t n = copy_read(fd, pair->bytes[i], i * KEYRING_COPY);
        if (n < 0)
            err_sys(&why, ERR_IO, errno, "it cannot be read");
        else if (n < KEYRING_COPY)
            err_set(&why, ERR_KEYS, "it ends after %zd of %d bytes", n, KEYRING_COPY);
        pair->got[i] = n == KEYRING_COPY ? keyring_decode(pair->bytes[i], unseal, &rings[i], &why)
                                         : KEYRING_DAMAGED;
        if (pair->got[i] == KEYRING_CLOSED)
            err_set(&why, ERR_KEYS, "none of its slots opens");
        (void)snprintf(pair->why[i], sizeof pair->why[i], "%.119s", why.text);
    }
}

/* Which copy counts; -1 and err when none does. */
static int
pair_choose(const struct pair *pair, const struct keyring *rings, struct err *err)
{
    bool a = pair->got[0] == KEYRING_WHOLE, b = pair->got[1] == KEYRING_WHOLE;
    if (a && b) {
        if (rings[0].generation != rings[1].generation)
            return rings[0].generation > rings[1].generation ? 0 : 1;
        if (memcmp(pair->bytes[0], pair->bytes[1], KEYRING_COPY) == 0)
            return 0;
        err_set(err, ERR_KEYS, "copies A and B of the keyring differ within one generation");
        return -1;
    }
    if (a || b)
        return a ? 0 : 1;
    if (pair->got[0] == KEYRING_NEWER || pair->got[1] == KEYRING_NEWER) {
        err_set(err, ERR_NEWER, "the keyring was written by a newer version of troth");
        return -1;
    }
    const char *closed = "no slot of the keyring opens with this secret";
    if (pair->got[0] == KEYRING_SHORT_OF_MEMORY || pair->got[1] == KEYRING_SHORT_OF_MEMORY)
        err_set(err, ERR_UNAVAILABLE, "there is not enough memory to stretch the pass phrase");
    else if (pair->got[0] == KEYRING_CLOSED && pair->got[1] == KEYRING_CLOSED)
        err_set(err, ERR_KEYS, "%s", closed);
    else if (pair->got[0] == KEYRING_CLOSED)
        err_set(err, ERR_KEYS, "%s (copy B is damaged: %s)", closed, pair->why[1]);
    else if (pair->got[1] == KEYRING_CLOSED)
        err_set(err, ERR_KEYS, "%s (copy A is damaged: %s)", closed, pair->why[0]);
    else
        err_set(err, ERR_KEYS, "both copies of the keyring are damaged: A: %s; B: %s",
                pair->why[0], pair->why[1]);
    return -1;
}

static void
pair_heal(const struct pair *pair, int good, const char *path, struct keyring_report *report)
{
    struct err err;
    report->bad = good == 0 ? 'B' : 'A';
    (void)snprintf(report->why, sizeof report->why, "%s",
                   pair->got[1 - good] == KEYRING_WHOLE ? "its generation is older"
                                                        : pair->why[1 - good]);
    /* What claims to be newer and cannot be read may be a change cut short, of secrets or of the
     * format: it stays as it is. */
    if (pair->got[1 - good] == KEYRING_NEWER)
        return;
    if (pair->got[1 - good] == KEYRING_CLOSED && get_be64(pair->bytes[1 - good] + AT_GENERATION) >
                                                     get_be64(pair->bytes[good] + AT_GENERATION))
        return;
    int out = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    report->healed = out >= 0 &&
                     copy_write(out, pair->bytes[good], (1 - good) * (off_t)KEYRING_COPY, &err);
    if (out >= 0)
        (void)close(out);
}

static bool
open_fd(const char *path, int fd, struct unseal *unseal, struct keyring *ret,
        struct keyring_report *ret_report, struct err *err)
{
    struct pair pair;
    struct keyring *rings = crypt_secret_take(2 * sizeof *rings);
    if (rings == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for the keyring");
    pair_read(&pair, fd, unseal, rings);
    int good = pair_choose(&pair, rings, err);
    if (good >= 0) {
        struct keyring_report report = {0};
        memcpy(ret, &rings[good], sizeof *ret);
        if (pair.got[1 - good] != KEYRING_WHOLE ||
            rings[0].generation != rings[1].generation)
            pair_heal(&pair, good, path, &report);
        *ret_report = report;
    }
    crypt_secret_free(rings);
    return good >= 0;
}

/* Opened, and locked: what is read while somebody writes it would be "healed" back. */
static int
file_open_locked(const char *dir, enum file_secret kind, bool wait, char *path, struct err *err)
{
    if (!keyring_path(dir, path, PATH_BYTES, err))
        return -1;
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        err_set(err, ERR_NOT_FOUND, "there is no keyring at %s", path);
        return -1;
    }
    int fd = file_open_secret(path, kind, err);
    if (fd < 0 || file_lock(fd, wait, err))
        return fd;
    err_prefix(err, "%s", path);
    (void)close(fd);
    return -1;
}

bool
keyring_open(const char *dir, struct unseal *unseal, struct keyring *ret,
             struct keyring_report *ret_report, struct err *err)
{
    char path[PATH_BYTES];
    int fd = file_open_locked(dir, FILE_SECRET_OWN, true, path, err);
    if (fd < 0)
        return false;
    bool good = open_fd(path, fd, unseal, ret, ret_report, err);
    (void)close(fd);
    return good;
}

bool
keyring_open_locked(const char *dir, struct unseal *unseal, struct keyring *ret, int *ret_lock,
                    struct err *err)
{
    char path[PATH_BYTES];
    struct keyring_report report;
    /* The secret of a service is often root's and its keyring the service's: then root changes it. */
    int fd = file_open_locked(dir, FILE_SECRET_KEPT, false, path, err);
    if (fd < 0)
        return false;
    if (!open_fd(path, fd, unseal, ret, &report, err)) {
        (void)close(fd);
        return false;
    }
    *ret_lock = fd;
    return true;
}
