/*
 * tests/fault/shim.c - stands between the server and its files: fails the n-th call, or writes down every call.
 *
 * Loaded with LD_PRELOAD by tests/fault/shim.mjs. Only files under TROTH_SHIM_DIR are touched.
 * TROTH_SHIM_CONTROL: a file of struct control, shared; the test sets it while the server runs.
 * TROTH_SHIM_TRACE: every write, truncation, sync, rename and unlink is appended, after it was done.
 * A sync carries the length the trace had when it began: only what was before that is made durable.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum op { OP_WRITE = 1, OP_TRUNCATE = 2, OP_SYNC = 4, OP_UNLINK = 8, OP_RENAME = 16 };

struct control {
    int64_t countdown; /* the call that makes it zero fails; below: see persistent */
    uint32_t ops, error, persistent, hits, half;
};
struct head {
    uint32_t op, path_length;
    uint64_t offset, length;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile struct control *control;
static const char *dir;
static int trace = -1;

__attribute__((constructor)) static void
begin(void)
{
    dir = getenv("TROTH_SHIM_DIR");
    const char *file = getenv("TROTH_SHIM_CONTROL");
    if (file != NULL) {
        int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC);
        void *at = fd < 0 ? MAP_FAILED
                          : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        control = at == MAP_FAILED ? NULL : at;
    }
    file = getenv("TROTH_SHIM_TRACE");
    if (file != NULL)
        trace = (int)syscall(SYS_openat, AT_FDCWD, file,
                             O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int
ours(const char *path)
{
    return dir != NULL && strncmp(path, dir, strlen(dir)) == 0;
}

static int
path_of(int fd, char path[PATH_MAX])
{
    char link[64];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    struct stat st;
    if (length <= 0 || fstat(fd, &st) != 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
        return 0;
    path[length] = '\0';
    return ours(path);
}

/* Does this call fail? The error, or 0; -1: half of the write is done. */
static int
fault(enum op op)
{
    if (control == NULL || (control->ops & op) == 0)
        return 0;
    int error = 0;
    pthread_mutex_lock(&lock);
    if (control->countdown > 0 && --control->countdown == 0) {
        error = control->half ? -1 : (int)control->error;
        control->hits++;
        if (control->persistent)
            control->countdown = 1;
    }
    pthread_mutex_unlock(&lock);
    return error;
}

static uint64_t
trace_length(void)
{
    struct stat st;
    return trace >= 0 && fstat(trace, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void
note(enum op op, const char *path, uint64_t offset, const void *data, uint64_t length)
{
    if (trace < 0)
        return;
    struct head head = {op, (uint32_t)strlen(path), offset, length};
    struct iovec parts[3] = {{&head, sizeof head}, {(void *)(uintptr_t)path, head.path_length},
                             {(void *)(uintptr_t)data, op == OP_WRITE || op == OP_RENAME ? length : 0}};
    pthread_mutex_lock(&lock);
    (void)!syscall(SYS_writev, trace, parts, 3);
    pthread_mutex_unlock(&lock);
}

static ssize_t
do_write(int fd, const void *data, size_t length, off_t offset, int at_offset)
{
    char path[PATH_MAX];
    if (!path_of(fd, path))
        return at_offset ? (ssize_t)syscall(SYS_pwrite64, fd, data, length, offset)
                         : (ssize_t)syscall(SYS_write, fd, data, length);
    int error = fault(OP_WRITE);
    if (error > 0) {
        errno = error;
        return -1;
    }
    if (error < 0)
        length = length / 2;
    if (!at_offset) {
        int flags = fcntl(fd, F_GETFL);
        offset = flags >= 0 && (flags & O_APPEND) ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
    }
    ssize_t done = at_offset ? (ssize_t)syscall(SYS_pwrite64, fd, data, length, offset)
                             : (ssize_t)syscall(SYS_write, fd, data, length);
    if (done > 0)
        note(OP_WRITE, path, (uint64_t)offset, data, (uint64_t)done);
    return done;
}

ssize_t
write(int fd, const void *data, size_t length)
{
    return do_write(fd, data, length, 0, 0);
}

ssize_t
pwrite(int fd, const void *data, size_t length, off_t offset)
{
    return do_write(fd, data, length, offset, 1);
}

ssize_t
pwrite64(int fd, const void *data, size_t length, off64_t offset)
{
    return do_write(fd, data, length, offset, 1);
}

static int
do_sync(int fd, long call)
{
    char path[PATH_MAX];
    if (!path_of(fd, path))
        return (int)syscall(call, fd);
    uint64_t begun = trace_length();
    int error = fault(OP_SYNC);
    if (error != 0) {
        errno = error > 0 ? error : EIO;
        return -1;
    }
    int done = (int)syscall(call, fd);
    if (done == 0)
        note(OP_SYNC, path, begun, NULL, 0);
    return done;
}

int
fsync(int fd)
{
    return do_sync(fd, SYS_fsync);
}

int
fdatasync(int fd)
{
    return do_sync(fd, SYS_fdatasync);
}

int
ftruncate(int fd, off_t length)
{
    char path[PATH_MAX];
    int is_ours = path_of(fd, path);
    int error = is_ours ? fault(OP_TRUNCATE) : 0;
    if (error != 0) {
        errno = error > 0 ? error : EIO;
        return -1;
    }
    int done = (int)syscall(SYS_ftruncate, fd, length);
    if (done == 0 && is_ours)
        note(OP_TRUNCATE, path, (uint64_t)length, NULL, 0);
    return done;
}

int
ftruncate64(int fd, off64_t length)
{
    return ftruncate(fd, length);
}

int
unlink(const char *path)
{
    int done = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (done == 0 && ours(path))
        note(OP_UNLINK, path, 0, NULL, 0);
    return done;
}

int
rename(const char *from, const char *to)
{
    int done = (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
    if (done == 0 && ours(from))
        note(OP_RENAME, from, 0, to, strlen(to));
    return done;
}
