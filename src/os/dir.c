#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

bool
dir_make(const char *path, mode_t mode, struct err *err)
{
    struct stat st;
    if (mkdir(path, mode) == 0)
        return true;
    if (errno != EEXIST)
        return err_sys(err, errno == ENOSPC ? ERR_FULL : ERR_IO, errno, "%s", path);
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return err_set(err, ERR_IO, "%s is there and is not a directory", path);
    return true;
}

bool
dir_sync(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, ERR_IO, errno, "%s", path);
    bool good = fsync(fd) == 0 || err_sys(err, ERR_IO, errno, "%s", path);
    (void)close(fd);
    return good;
}

static bool
lock_busy(int fd, const char *dir, struct err *err)
{
    char text[24] = "";
    uint64_t pid;
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    struct span line = span_of(text, n > 0 ? (size_t)n : 0);
    line.n = span_find(line, '\n');
    if (span_u64(line, UINT32_MAX, &pid))
        return err_set(err, ERR_BUSY, "%s is held by process %llu", dir, (unsigned long long)pid);
    return err_set(err, ERR_BUSY, "%s is held by another process", dir);
}

bool
dir_lock(const char *dir, int *ret_fd, struct err *err)
{
    char path[PATH_BYTES], text[24];
    int n = snprintf(path, sizeof path, "%s/lock", dir);
    if (n < 0 || (size_t)n >= sizeof path)
        return err_set(err, ERR_INVALID, "the path is longer than %d bytes", PATH_BYTES);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_sys(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, errno, "%s", path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        bool busy = errno == EWOULDBLOCK;
        if (busy)
            (void)lock_busy(fd, dir, err);
        else
            err_sys(err, ERR_IO, errno, "%s", path);
        (void)close(fd);
        return false;
    }
    n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    /* The number only helps the next one's message: a full disk must not keep us from starting. */
    if (ftruncate(fd, 0) != 0 || !file_put(fd, text, (size_t)n, 0, NULL))
        (void)lseek(fd, 0, SEEK_SET);
    *ret_fd = fd;
    return true;
}

void
dir_unlock(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}
