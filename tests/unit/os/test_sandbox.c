#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each shuts a forked child in; its exit status tells which expectation failed. */
static int
in_child(int (*body)(void))
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(body());
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static const struct {
    const char *what;
    long number;
    long want; /* errno, or 0 when the call must still do */
    long args[5];
} calls[] = {
    {"socket", SYS_socket, EPERM, {AF_UNIX, SOCK_STREAM}},
    {"socket inet", SYS_socket, EPERM, {AF_INET, SOCK_STREAM}},
    {"socketpair", SYS_socketpair, EPERM, {AF_UNIX, SOCK_STREAM}},
    {"connect", SYS_connect, EPERM, {0}},
    {"bind", SYS_bind, EPERM, {0}},
    {"listen", SYS_listen, EPERM, {0}},
    {"accept4", SYS_accept4, EPERM, {0}},
    {"execve", SYS_execve, EPERM, {(long)"/bin/true"}},
    {"execveat", SYS_execveat, EPERM, {AT_FDCWD, (long)"/bin/true"}},
    {"ptrace", SYS_ptrace, EPERM, {0}},
    {"openat", SYS_openat, EPERM, {AT_FDCWD, (long)"/dev/null", O_RDONLY}},
    {"openat2", SYS_openat2, EPERM, {AT_FDCWD, (long)"/dev/null"}},
#ifdef SYS_open
    {"open", SYS_open, EPERM, {(long)"/dev/null", O_RDONLY}},
    {"creat", SYS_creat, EPERM, {(long)"/tmp/troth-never", 0600}},
    {"fork", SYS_fork, EPERM, {0}},
    {"unlink", SYS_unlink, EPERM, {(long)"/tmp/troth-never"}},
#endif
    {"clone as a process", SYS_clone, EPERM, {SIGCHLD}},
    {"clone3", SYS_clone3, ENOSYS, {0}},
    {"kill", SYS_kill, EPERM, {1, 0}},
    {"process_vm_readv", SYS_process_vm_readv, EPERM, {1}},
    {"memfd_create", SYS_memfd_create, EPERM, {(long)"x"}},
    {"io_uring_setup", SYS_io_uring_setup, EPERM, {1}},
    {"bpf", SYS_bpf, EPERM, {0}},
    {"unshare", SYS_unshare, EPERM, {0}},
#ifdef __x86_64__
    {"getpid by the x32 table", 0x40000000 + SYS_getpid, EPERM, {0}},
#endif
    {"getpid", SYS_getpid, 0, {0}},
    {"sched_yield", SYS_sched_yield, 0, {0}},
};

static void *
thread_body(void *p)
{
    return p;
}

static int
keys_filter(void)
{
    struct sandbox sandbox = {0};
    struct err err;
    char byte;
    if (!sandbox_no_new_privs(&sandbox, &err) || !sandbox_seccomp_keys(&sandbox, &err) ||
        !sandbox.seccomp)
        return 200;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        const long *a = calls[i].args;
        errno = 0;
        long got = syscall(calls[i].number, a[0], a[1], a[2], a[3], a[4]);
        if (calls[i].number == SYS_clone && got == 0)
            _exit(0);
        if (calls[i].want == 0 ? got < 0 : got != -1 || errno != calls[i].want)
            return (int)i + 1;
    }
    /* What keyd lives on. */
    if (getrandom(&byte, 1, 0) != 1 || write(STDERR_FILENO, "", 0) != 0)
        return 201;
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p != MAP_FAILED && munmap(p, 4096) == 0 ? 0 : 202;
}

static int
keys_filter_threads(void)
{
    struct sandbox sandbox = {0};
    struct err err;
    pthread_t thread;
    if (!sandbox_no_new_privs(&sandbox, &err) || !sandbox_seccomp_keys(&sandbox, &err))
        return 200;
    /* A thread is not a process: nothing is gained by forbidding it. */
    return pthread_create(&thread, NULL, thread_body, NULL) == 0 && pthread_join(thread, NULL) == 0
               ? 0
               : 1;
}

static void
test_keys_filter(void **state)
{
    (void)state;
    int failed = in_child(keys_filter);
    if (failed > 0 && failed <= (int)(sizeof calls / sizeof calls[0]))
        fail_msg("%s was not answered as it should be", calls[failed - 1].what);
    assert_int_equal(failed, 0);
    assert_int_equal(in_child(keys_filter_threads), 0);
}

static char dir[] = "/tmp/troth-box-XXXXXX";
static char inside[64], outside[64];

static int
landlock_paths(void)
{
    struct sandbox sandbox = {0};
    struct err err;
    const struct sandbox_path paths[] = {{"/etc", false}, {dir, true}};
    if (!sandbox_no_new_privs(&sandbox, &err) ||
        !sandbox_landlock(&sandbox, paths, 2, true, &err))
        return 100;
    if (sandbox.landlock_abi == 0)
        return 99; /* no Landlock here */
    int fd = open(inside, O_CREAT | O_RDWR, 0600);
    if (fd < 0 || unlink(inside) != 0)
        return 1;
    if (open("/etc/passwd", O_RDONLY) < 0)
        return 2;
    if (open("/etc/troth-never", O_CREAT | O_RDWR, 0600) >= 0 || errno != EACCES)
        return 3;
    if (open(outside, O_CREAT | O_RDWR, 0600) >= 0 || errno != EACCES)
        return 4;
    return 0;
}

static int
landlock_nothing(void)
{
    struct sandbox sandbox = {0};
    struct err err;
    if (!sandbox_no_new_privs(&sandbox, &err) || !sandbox_landlock(&sandbox, NULL, 0, false, &err))
        return 100;
    if (sandbox.landlock_abi == 0)
        return 99;
    if (open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES)
        return 1;
    if (open(dir, O_RDONLY | O_DIRECTORY) >= 0)
        return 2;
    if (sandbox.landlock_abi >= 6 && (kill(getppid(), 0) == 0 || errno != EPERM))
        return 3;
    return 0;
}

static int
landlock_bad_path(void)
{
    struct sandbox sandbox = {0};
    struct err err;
    const struct sandbox_path paths[] = {{"/nowhere/at/all", false}};
    if (!sandbox_no_new_privs(&sandbox, &err))
        return 100;
    if (sandbox_landlock(&sandbox, paths, 1, true, &err))
        return sandbox.landlock_abi == 0 ? 99 : 1;
    return err.code == ERR_CONFIG && strstr(err.text, "/nowhere/at/all") != NULL ? 0 : 2;
}

static void
test_landlock(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(inside, sizeof inside, "%s/f", dir);
    (void)snprintf(outside, sizeof outside, "%s-out", dir);
    int got = in_child(landlock_paths);
    (void)rmdir(dir);
    if (got == 99)
        skip();
    assert_int_equal(got, 0);
    assert_int_equal(in_child(landlock_nothing), 0);
    assert_int_equal(in_child(landlock_bad_path), 0);
}

static int
no_caps(void)
{
    struct sandbox sandbox = {0};
    struct err err;
    if (!sandbox_drop_caps(&sandbox, &err) || !sandbox.no_caps)
        return 1;
    /* Root without capabilities may not take another name. */
    if (setuid(geteuid() == 0 ? 12345 : 0) == 0)
        return 2;
    return sandbox_drop_caps(&sandbox, &err) ? 0 : 3;
}

static void
test_no_caps(void **state)
{
    (void)state;
    assert_int_equal(in_child(no_caps), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_filter),
        cmocka_unit_test(test_landlock),
        cmocka_unit_test(test_no_caps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
