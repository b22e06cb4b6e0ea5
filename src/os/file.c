#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static enum err_code
code_of(int errnum)
{
    return errnum == ENOENT                       ? ERR_NOT_FOUND
           : errnum == ENOSPC || errnum == EDQUOT ? ERR_FULL
           : errnum == EEXIST                     ? ERR_CONFLICT
                                                  : ERR_IO;
}

static bool
read_fd(int fd, const char *path, char *to, size_t cap, size_t *ret_n, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_sys(err, ERR_IO, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_IO, "%s is not a regular file", path);
    size_t n = 0;
    for (;;) {
        char one;
        /* When to is full, one byte more tells whether the file ends here. */
        ssize_t got = n < cap ? read(fd, to + n, cap - n) : read(fd, &one, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_sys(err, ERR_IO, errno, "%s", path);
        if (got == 0)
            break;
        if (n == cap)
            return err_set(err, ERR_TOO_LARGE, "%s is larger than %zu bytes", path, cap);
        n += (size_t)got;
    }
    *ret_n = n;
    return true;
}

bool
file_read_all(const char *path, void *to, size_t cap, size_t *ret_n, struct err *err)
{
    /* Without O_NONBLOCK a FIFO of that name would hold us for ever. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return err_sys(err, code_of(errno), errno, "%s", path);
    bool good = read_fd(fd, path, to, cap, ret_n, err);
    (void)close(fd);
    return good;
}

bool
file_put(int fd, const void *p, size_t n, off_t at, struct err *err)
{
    const char *from = p;
    while (n > 0) {
        ssize_t put = pwrite(fd, from, n, at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put == 0)
            return err_sys(err, ERR_IO, EIO, "write");
        if (put < 0)
            return err_sys(err, code_of(errno), errno, "write");
        from += put;
        at += put;
        n -= (size_t)put;
    }
    return true;
}

static bool
write_named(const char *temp, const char *path, struct span text, mode_t mode,
            enum file_write how, struct err *err)
{
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return err_sys(err, code_of(errno), errno, "%s", temp);
    bool good = file_put(fd, text.p, text.n, 0, err);
    if (!good)
        err_prefix(err, "%s", temp);
    if (good && (fchmod(fd, mode) != 0 || fsync(fd) != 0))
        good = err_sys(err, code_of(errno), errno, "%s", temp);
    if (close(fd) != 0 && good)
        good = err_sys(err, ERR_IO, errno, "%s", temp);
    if (good && how == FILE_REPLACE && rename(temp, path) != 0)
        good = err_sys(err, code_of(errno), errno, "%s", path);
    if (good && how == FILE_NEW && link(temp, path) != 0)
        good = err_sys(err, code_of(errno), errno, "%s", path);
    if (!good || how == FILE_NEW)
        (void)unlink(temp);
    return good;
}

bool
file_write_durable(const char *path, struct span text, mode_t mode, enum file_write how,
                   struct err *err)
{
    char temp[PATH_BYTES], dir[PATH_BYTES];
    int n = snprintf(temp, sizeof temp, "%s.%ld.tmp", path, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof temp)
        return err_set(err, ERR_INVALID, "the path is longer than %d bytes", PATH_BYTES);
    /* A stale one can only be left by a dead process with our number. */
    if (unlink(temp) != 0 && errno != ENOENT)
        return err_sys(err, ERR_IO, errno, "%s", temp);
    if (!write_named(temp, path, text, mode, how, err))
        return false;
    const char *slash = strrchr(path, '/');
    size_t dir_n = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    (void)snprintf(dir, sizeof dir, "%.*s", dir_n == 0 ? 1 : (int)dir_n, dir_n == 0 ? "." : path);
    return dir_sync(dir, err);
}

bool
file_check_secret(int fd, const char *name, enum file_secret kind, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_sys(err, ERR_KEYS, errno, "%s", name);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_KEYS, "%s is not a regular file", name);
    unsigned mode = (unsigned)st.st_mode & 07777;
    bool own = st.st_uid == geteuid();
    if (kind == FILE_SECRET_OWN || kind == FILE_SECRET_KEPT) {
        if (!own && !(kind == FILE_SECRET_KEPT && geteuid() == 0))
            return err_set(err, ERR_KEYS, "%s belongs to user %u, it must belong to %u", name,
                           (unsigned)st.st_uid, (unsigned)geteuid());
        if (mode != 0400 && mode != 0600)
            return err_set(err, ERR_KEYS, "%s has mode %04o, it must be 0400 or 0600", name, mode);
        return true;
    }
    if (!own && st.st_uid != 0)
        return err_set(err, ERR_KEYS, "%s belongs to user %u, not to us or root", name,
                       (unsigned)st.st_uid);
    if ((mode & (S_IWGRP | S_IXGRP | S_IRWXO)) != 0)
        return err_set(err, ERR_KEYS, "%s has mode %04o, others must be shut out", name, mode);
    return true;
}

int
file_open_secret(const char *path, enum file_secret kind, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        err_sys(err, ERR_KEYS, errno, "%s", path);
        return -1;
    }
    if (file_check_secret(fd, path, kind, err))
        return fd;
    (void)close(fd);
    return -1;
}

bool
file_free_space(const char *path, uint64_t *ret_bytes, struct err *err)
{
    struct statvfs vfs;
    if (statvfs(path, &vfs) != 0)
        return err_sys(err, code_of(errno), errno, "%s", path);
    *ret_bytes = (uint64_t)vfs.f_bavail * vfs.f_frsize;
    return true;
}

bool
file_same_filesystem(const char *a, const char *b)
{
    struct stat sa, sb;
    return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev;
}

bool
file_lock(int fd, bool wait, struct err *err)
{
    int got;
    do
        got = flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
    while (got != 0 && errno == EINTR);
    if (got == 0)
        return true;
    return errno == EWOULDBLOCK ? err_set(err, ERR_BUSY, "another process is changing it")
                                : err_sys(err, ERR_IO, errno, "it cannot be locked");
}
