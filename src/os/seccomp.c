#include "os/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/*
 * A list of what is denied, not of what is allowed: the few calls that would let a taken-over key
 * process
 * reach the network, a file, another program or another process. Which calls libc and libsodium
 * need
 * changes with their versions; an allow-list would break on an update of the system.
 */

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef OUR_ARCH

static const uint32_t denied[] = {
    SYS_socket,       SYS_socketpair, SYS_connect,       SYS_bind,          SYS_listen,
    SYS_accept,       SYS_accept4,    SYS_execve,        SYS_execveat,      SYS_ptrace,
    SYS_openat,       SYS_openat2,    SYS_open_by_handle_at, SYS_process_vm_readv,
    SYS_process_vm_writev, SYS_pidfd_getfd, SYS_pidfd_open, SYS_kill,       SYS_tkill,
    SYS_memfd_create, SYS_mount,      SYS_unshare,       SYS_setns,         SYS_bpf,
    SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_keyctl,   SYS_add_key,
    SYS_request_key,  SYS_unlinkat,   SYS_renameat2,     SYS_linkat,        SYS_symlinkat,
    SYS_mkdirat,      SYS_mknodat,    SYS_shmget,        SYS_msgget,        SYS_init_module,
    SYS_finit_module, SYS_kexec_load, SYS_chroot,        SYS_pivot_root,    SYS_fchmodat,
    SYS_fchownat,     SYS_truncate,
#ifdef SYS_fchmodat2
    SYS_fchmodat2,
#endif
#ifdef SYS_chmod
    SYS_chmod, SYS_chown, SYS_lchown,
#endif
#ifdef SYS_open
    SYS_open,
#endif
#ifdef SYS_creat
    SYS_creat,
#endif
#ifdef SYS_fork
    SYS_fork,
#endif
#ifdef SYS_vfork
    SYS_vfork,
#endif
#ifdef SYS_unlink
    SYS_unlink, SYS_rename, SYS_link, SYS_symlink, SYS_mkdir, SYS_mknod,
#endif
#ifdef SYS_renameat
    SYS_renameat,
#endif
};

enum { DENIED = sizeof denied / sizeof denied[0], HEAD_MAX = 16 };
#define DO(code, k) ((struct sock_filter)BPF_STMT((code), (k)))
#define IF(code, k, yes, no) ((struct sock_filter)BPF_JUMP((code), (k), (yes), (no)))
#define LOAD(field)                                                                                \
    DO(BPF_LD | BPF_W | BPF_ABS, (uint32_t)__builtin_offsetof(struct seccomp_data, field))
#define ANSWER(what) DO(BPF_RET | BPF_K, (what))
#define REFUSE(errnum) ANSWER(SECCOMP_RET_ERRNO | (errnum))

static size_t
filter_build(struct sock_filter *f)
{
    size_t n = 0;
    f[n++] = LOAD(arch);
    f[n++] = IF(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0);
    f[n++] = ANSWER(SECCOMP_RET_KILL_PROCESS);
    f[n++] = LOAD(nr);
#ifdef __x86_64__
    /* The x32 table: the same calls under other numbers. */
    f[n++] = IF(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);
    f[n++] = REFUSE(EPERM);
#endif
    /* clone3 takes its flags in memory, where a filter cannot look; libc then falls back to
     * clone. */
    f[n++] = IF(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1);
    f[n++] = REFUSE(ENOSYS);
    f[n++] = IF(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4);
    f[n++] = LOAD(args[0]); /* the low half: both architectures here are little-endian */
    f[n++] = IF(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0);
    f[n++] = REFUSE(EPERM);
    f[n++] = ANSWER(SECCOMP_RET_ALLOW);
    TROTH_ASSERT(n <= HEAD_MAX);
    for (size_t i = 0; i < DENIED; i++) {
        f[n++] = IF(BPF_JMP | BPF_JEQ | BPF_K, denied[i], 0, 1);
        f[n++] = REFUSE(EPERM);
    }
    f[n++] = ANSWER(SECCOMP_RET_ALLOW);
    return n;
}

bool
sandbox_seccomp_keys(struct sandbox *sandbox, struct err *err)
{
    struct sock_filter filter[HEAD_MAX + 2 * DENIED + 1];
    struct sock_fprog program = {.len = (unsigned short)filter_build(filter), .filter = filter};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
        return err_sys(err, ERR_UNAVAILABLE, errno, "seccomp");
    sandbox->seccomp = true;
    return true;
}

#else

bool
sandbox_seccomp_keys(struct sandbox *sandbox, struct err *err)
{
    sandbox->seccomp = false;
    return err_set(err, ERR_UNAVAILABLE, "there is no seccomp filter for this architecture");
}

#endif
