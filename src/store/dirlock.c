#include "store/dirlock_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
lock_file(const char *dir, int flags)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/lock", dir);
    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static bool
lock_busy(int fd, const char *dir, struct err *err)
{
    char pid[24] = "";
    ssize_t n = pread(fd, pid, sizeof pid - 1, 0);
    if (n > 0)
        pid[strcspn(pid, "\n")] = '\0';
    return err_set(err, ERR_BUSY, "another server (process %s) holds %s",
                   pid[0] == '\0' ? "unknown" : pid, dir);
}

bool
dirlock_take(const char *dir, int *ret_fd, struct err *err)
{
    int fd = lock_file(dir, O_RDWR | O_CREAT);
    if (fd < 0)
        return err_sys(err, ERR_IO, errno, "the lock file cannot be opened");
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        if (errno == EAGAIN || errno == EACCES)
            (void)lock_busy(fd, dir, err);
        else
            (void)err_sys(err, ERR_IO, errno, "the folder cannot be locked");
        (void)close(fd);
        return false;
    }
    /* The pid is for people only: a full disk must not keep the store from opening. */
    char pid[24];
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    bool told = ftruncate(fd, 0) == 0 && pwrite(fd, pid, (size_t)n, 0) == n;
    (void)told;
    *ret_fd = fd;
    return true;
}

void
dirlock_drop(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* the file stays: taking it away would let two hold it */
    *fd = -1;
}

bool
dirlock_held(const char *dir)
{
    int fd = lock_file(dir, O_RDONLY);
    if (fd < 0)
        return false;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    (void)close(fd);
    return held;
}
