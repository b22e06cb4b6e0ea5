#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FD_ASIDE = 64, SIGNALS = 65, WAIT_STEP_MS = 5 };

/* Everything below runs between fork and exec: only what a signal handler might do. */

static bool
child_signals(void)
{
    struct sigaction plain = {.sa_handler = SIG_DFL};
    for (int sig = 1; sig < SIGNALS; sig++)
        (void)sigaction(sig, &plain, NULL); /* KILL and STOP refuse, and need not change */
    sigset_t none;
    (void)sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

/* First all out of the way, then each to its number, so that none overwrites another. */
static bool
child_fds(const int *fds, size_t count, int *report)
{
    int aside[PROCESS_FDS_MAX];
    for (size_t i = 0; i < count; i++)
        if ((aside[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FD_ASIDE)) < 0)
            return false;
    int told = fcntl(*report, F_DUPFD_CLOEXEC, FD_ASIDE);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (told < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        return false;
    *report = told;
    for (size_t i = 0; i < count; i++)
        if (dup2(aside[i], PROCESS_FD + (int)i) < 0)
            return false;
    int last = PROCESS_FD + (int)count;
    if (dup3(told, last, O_CLOEXEC) < 0)
        return false;
    *report = last;
    return close_range((unsigned)last + 1, ~0U, 0) == 0;
}

static _Noreturn void
child_run(const char *path, char *const argv[], const int *fds, size_t count, int report,
          pid_t parent)
{
    char *const no_environment[] = {NULL};
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent && child_signals() &&
        child_fds(fds, count, &report))
        (void)execve(path, argv, no_environment);
    int errnum = errno == 0 ? ECHILD : errno;
    if (write(report, &errnum, sizeof errnum) < 0)
        _exit(126);
    _exit(127);
}

bool
process_spawn(const char *path, char *const argv[], const int *fds, size_t count, pid_t *ret_pid,
              struct err *err)
{
    TROTH_ASSERT(count <= PROCESS_FDS_MAX);
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0)
        return err_sys(err, ERR_UNAVAILABLE, errno, "starting a process");
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        child_run(path, argv, fds, count, report[1], parent);
    int failed = errno;
    (void)close(report[1]);
    if (pid < 0) {
        (void)close(report[0]);
        return err_sys(err, ERR_UNAVAILABLE, failed, "starting a process");
    }
    /* The pipe closes by itself when exec succeeds. */
    int errnum = 0;
    ssize_t n;
    do
        n = read(report[0], &errnum, sizeof errnum);
    while (n < 0 && errno == EINTR);
    (void)close(report[0]);
    if (n == 0) {
        *ret_pid = pid;
        return true;
    }
    process_end(pid, 0);
    return err_sys(err, ERR_UNAVAILABLE, n == sizeof errnum ? errnum : EIO, "starting %s", path);
}

bool
process_wait(pid_t pid, int ms, int *ret_status)
{
    for (int left = ms;; left -= WAIT_STEP_MS) {
        int status = 0;
        pid_t got = waitpid(pid, &status, WNOHANG);
        if (got == pid || (got < 0 && errno != EINTR)) {
            *ret_status = got == pid ? status : -1;
            return true;
        }
        if (left <= 0)
            return false;
        (void)poll(NULL, 0, left < WAIT_STEP_MS ? left : WAIT_STEP_MS);
    }
}

void
process_end(pid_t pid, int ms)
{
    int status;
    if (process_wait(pid, ms, &status))
        return;
    (void)kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
}

bool
process_close_from(int first, const int *keep, size_t count, struct err *err)
{
    /* Keep is short: the smallest kept one that is still ahead bounds each range. */
    int from = first;
    for (;;) {
        int next = -1;
        for (size_t i = 0; i < count; i++)
            if (keep[i] >= from && (next < 0 || keep[i] < next))
                next = keep[i];
        unsigned last = next < 0 ? ~0U : (unsigned)next - 1;
        if ((next < 0 || next > from) && close_range((unsigned)from, last, 0) != 0)
            return err_sys(err, ERR_INTERNAL, errno, "closing descriptors");
        if (next < 0)
            return true;
        from = next + 1;
    }
}
