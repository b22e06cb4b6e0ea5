#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The headers of the build machine may be older than the kernel that runs, so the newest form known
 * here is written out; a kernel takes as much of it as its ABI knows. */
struct ruleset_attr {
    uint64_t fs;
    uint64_t net;    /* ABI 4 */
    uint64_t scoped; /* ABI 6 */
};

enum { FS_ABI1 = (1 << 13) - 1, FS_REFER = 1 << 13, FS_TRUNCATE = 1 << 14, FS_IOCTL_DEV = 1 << 15 };
enum { NET_TCP = 3, SCOPED_ABSTRACT_AND_SIGNAL = 3 };
enum {
    FS_READ = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    FS_FILE_WRITE = LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE,
    FS_DIR_WRITE = LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                   LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
                   LANDLOCK_ACCESS_FS_MAKE_SOCK | FS_REFER
};

static size_t
attr_fill(int abi, bool network, struct ruleset_attr *attr)
{
    *attr = (struct ruleset_attr){.fs = FS_ABI1};
    if (abi >= 2)
        attr->fs |= FS_REFER;
    if (abi >= 3)
        attr->fs |= FS_TRUNCATE;
    if (abi >= 5)
        attr->fs |= FS_IOCTL_DEV;
    if (abi >= 4 && !network)
        attr->net = NET_TCP;
    if (abi >= 6 && !network)
        attr->scoped = SCOPED_ABSTRACT_AND_SIGNAL;
    return abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
}

static bool
path_allow(int rules, const struct sandbox_path *path, uint64_t handled, struct err *err)
{
    int fd = open(path->path, O_PATH | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        int errnum = errno;
        if (fd >= 0)
            (void)close(fd);
        return err_sys(err, ERR_CONFIG, errnum, "sandbox: %s", path->path);
    }
    uint64_t access = S_ISDIR(st.st_mode) ? FS_READ : LANDLOCK_ACCESS_FS_READ_FILE;
    if (path->write)
        access |= S_ISDIR(st.st_mode) ? FS_FILE_WRITE | FS_DIR_WRITE : FS_FILE_WRITE;
    struct landlock_path_beneath_attr rule = {.allowed_access = access & handled, .parent_fd = fd};
    long bad = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    int errnum = errno;
    (void)close(fd);
    return bad == 0 || err_sys(err, ERR_INTERNAL, errnum, "Landlock: %s", path->path);
}

bool
sandbox_landlock(struct sandbox *sandbox, const struct sandbox_path *paths, size_t count,
                 bool network, struct err *err)
{
    sandbox->landlock_abi = 0;
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return true;
    struct ruleset_attr attr;
    size_t attr_n = attr_fill((int)abi, network, &attr);
    long rules = syscall(SYS_landlock_create_ruleset, &attr, attr_n, 0);
    if (rules < 0)
        return err_sys(err, ERR_INTERNAL, errno, "Landlock");
    bool good = true;
    for (size_t i = 0; good && i < count; i++)
        good = path_allow((int)rules, &paths[i], attr.fs, err);
    if (good && syscall(SYS_landlock_restrict_self, (int)rules, 0) != 0)
        good = err_sys(err, ERR_INTERNAL, errno, "Landlock");
    (void)close((int)rules);
    if (good)
        sandbox->landlock_abi = (int)abi;
    return good;
}
