#include "os/reserve.h"

#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOW_MOST = 2 * 1024 * 1024, BLOCK = 4096 };

/* Real blocks up to `to`, not a hole. */
static bool
grow(struct reserve *reserve, uint64_t to)
{
    int fd = open(reserve->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    int rc = posix_fallocate(fd, 0, (off_t)to);
    struct stat st;
    if (fstat(fd, &st) == 0 && rc != 0 && (uint64_t)st.st_size > reserve->left)
        rc = ftruncate(fd, (off_t)reserve->left) == 0 ? rc : errno; /* what it got in between goes back */
    (void)close(fd);
    if (rc == 0)
        reserve->left = to;
    return rc == 0;
}

static void
give_up(struct reserve *reserve, uint64_t bytes)
{
    uint64_t to = bytes >= reserve->left ? 0 : reserve->left - bytes;
    if (truncate(reserve->path, (off_t)to) == 0)
        reserve->left = to;
}

bool
reserve_open(struct reserve *reserve, const char *dir, uint64_t most, struct err *err)
{
    *reserve = (struct reserve){0};
    int n = snprintf(reserve->path, sizeof reserve->path, "%s/reserve", dir);
    int m = snprintf(reserve->dir, sizeof reserve->dir, "%s", dir);
    if (n < 0 || m < 0 || (size_t)m >= sizeof reserve->dir)
        return err_set(err, ERR_CONFIG, "the path of the data folder is too long");
    struct stat st;
    bool there = lstat(reserve->path, &st) == 0;
    if (there && !S_ISREG(st.st_mode))
        return err_set(err, ERR_IO, "%s is there and is not a file", reserve->path);
    reserve->left = there ? (uint64_t)st.st_size : 0;
    if (most == 0) {
        if (there && unlink(reserve->path) != 0)
            return err_sys(err, ERR_IO, errno, "%s", reserve->path);
        reserve->left = 0;
        return true;
    }
    if (most == RESERVE_AS_IT_IS) {
        reserve->full = reserve->left;
        reserve->low = reserve->full / 4 < LOW_MOST ? reserve->full / 4 : LOW_MOST;
        return true;
    }
    uint64_t free_bytes;
    if (!file_free_space(dir, &free_bytes, err))
        return false;
    uint64_t share = (free_bytes + reserve->left) / 8 / BLOCK * BLOCK;
    reserve->full = most < share ? most : share;
    if (reserve->left > most)
        give_up(reserve, reserve->left - most);
    /* Made while the disk was emptier: what it has it keeps. */
    if (reserve->left > reserve->full)
        reserve->full = reserve->left;
    reserve->low = reserve->full / 4 < LOW_MOST ? reserve->full / 4 : LOW_MOST;
    if (reserve->left < reserve->full)
        (void)grow(reserve, reserve->full);
    return true;
}

enum reserve_state
reserve_look(struct reserve *reserve)
{
    uint64_t free_bytes;
    struct err ignored;
    if (reserve->full == 0 || !file_free_space(reserve->dir, &free_bytes, &ignored))
        return RESERVE_WHOLE;
    if (free_bytes < reserve->low && reserve->left > 0)
        give_up(reserve, 2 * reserve->low - free_bytes);
    else if (reserve->left < reserve->full &&
             free_bytes > reserve->full - reserve->left + 4 * reserve->low)
        (void)grow(reserve, reserve->full);
    if (reserve->left == reserve->full)
        return RESERVE_WHOLE;
    return reserve->left < reserve->full / 2 ? RESERVE_LAST : RESERVE_TOUCHED;
}
