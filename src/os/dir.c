#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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
