#include "os/sandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

bool
sandbox_no_new_privs(struct sandbox *sandbox, struct err *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return err_sys(err, ERR_UNAVAILABLE, errno, "no_new_privs");
    sandbox->no_new_privs = true;
    return true;
}

bool
sandbox_drop_caps(struct sandbox *sandbox, struct err *err)
{
    enum { CAPS_MAX = 64 };
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    /* The bounding set first, as long as we may; without CAP_SETPCAP it stays and gives nothing. */
    for (int cap = 0; cap < CAPS_MAX; cap++)
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
            break;
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    if (syscall(SYS_capset, &head, none) != 0)
        return err_sys(err, ERR_UNAVAILABLE, errno, "dropping capabilities");
    sandbox->no_caps = true;
    return true;
}

void
sandbox_lock_memory(struct sandbox *sandbox)
{
    sandbox->locked_memory = mlockall(MCL_CURRENT) == 0;
}
