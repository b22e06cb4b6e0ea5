/*
 * os/sandbox.h - doors this process shuts behind itself, for good.
 *
 * None of this can be undone by the process, whoever has taken it over. What
 * the kernel does not know is left out and reported, never silently assumed:
 * struct sandbox says what holds.
 *
 * Threads: call before other threads start; Landlock and seccomp bind the caller
 *          and what it starts later.
 */
#ifndef TROTH_OS_SANDBOX_H
#define TROTH_OS_SANDBOX_H

#include "base/err.h"

struct sandbox {
    bool no_new_privs;
    int landlock_abi; /* 0: the kernel has none */
    bool seccomp;
    bool no_caps;
    bool locked_memory;
};

/* exec can no longer gain rights (a precondition of the two below). */
MUST_USE bool sandbox_no_new_privs(struct sandbox *sandbox, struct err *err);

/* After this only what paths name may be opened, read-only or writable with everything below it;
 * count 0: nothing at all. From ABI 4 on also no TCP bind or connect unless network is set, from 6
 * on no signals and abstract sockets to the outside. Without Landlock in the kernel: true,
 * landlock_abi 0. */
struct sandbox_path {
    const char *path;
    bool write;
};
MUST_USE bool sandbox_landlock(struct sandbox *sandbox, const struct sandbox_path *paths,
                               size_t count, bool network, struct err *err);

/* The key process's filter: no sockets, no programs, no children, no opening of files, no looking
 * into other processes (EPERM); a foreign system call table kills. ERR_UNAVAILABLE on an
 * architecture for which there is no filter or a kernel without seccomp. */
MUST_USE bool sandbox_seccomp_keys(struct sandbox *sandbox, struct err *err);

/* Gives up every capability, also for good. Harmless for a process that has none. */
MUST_USE bool sandbox_drop_caps(struct sandbox *sandbox, struct err *err);

/* Keeps all of the process's memory out of swap; false in sandbox when the limit (LimitMEMLOCK)
 * forbids. */
void sandbox_lock_memory(struct sandbox *sandbox);

#endif
