#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "os/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the spawned copy of this program does, by its first word. It answers by its exit status. */
static int
child(const char *verb)
{
    if (strcmp(verb, "clean") == 0) {
        struct sigaction term;
        sigset_t mask;
        char byte = 0;
        if (environ[0] != NULL)
            return 10;
        for (int fd = PROCESS_FD + 2; fd < 200; fd++)
            if (fcntl(fd, F_GETFD) >= 0)
                return 11;
        if (read(STDIN_FILENO, &byte, 1) != 0 || write(STDOUT_FILENO, &byte, 1) != 1)
            return 12;
        if (read(PROCESS_FD, &byte, 1) != 1 || byte != 'a')
            return 13;
        if (read(PROCESS_FD + 1, &byte, 1) != 1 || byte != 'b')
            return 14;
        if (sigaction(SIGTERM, NULL, &term) != 0 || term.sa_handler != SIG_DFL ||
            sigprocmask(SIG_SETMASK, NULL, &mask) != 0 || sigismember(&mask, SIGUSR1))
            return 15;
        return 0;
    }
    if (strcmp(verb, "sleep") == 0)
        (void)poll(NULL, 0, 20000);
    return 20;
}

static pid_t
run(const char *verb, const int *fds, size_t count)
{
    struct err err;
    pid_t pid = -1;
    char word[16];
    (void)snprintf(word, sizeof word, "%s", verb);
    char *const argv[] = {(char[]){"test"}, (char[]){"child"}, word, NULL};
    if (!process_spawn("/proc/self/exe", argv, fds, count, &pid, &err))
        fail_msg("%s", err.text);
    return pid;
}

static int
pipe_with(char c)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], &c, 1), 1);
    (void)close(ends[1]);
    return ends[0];
}

static void
test_child_is_clean(void **state)
{
    (void)state;
    sigset_t block;
    int status;
    /* Also with the descriptors in the way of each other's places. */
    int a = pipe_with('a'), b = pipe_with('b');
    int high = fcntl(a, F_DUPFD, 150), fds[2][2] = {{a, b}, {a, b}};
    (void)sigemptyset(&block);
    (void)sigaddset(&block, SIGUSR1);
    (void)sigprocmask(SIG_BLOCK, &block, NULL);
    (void)signal(SIGTERM, SIG_IGN);
    assert_int_equal(setenv("SECRET", "x", 1), 0);
    assert_true(process_wait(run("clean", fds[0], 2), 5000, &status));
    assert_int_equal(status, 0);
    int c = pipe_with('a'), d = pipe_with('b');
    assert_true(dup2(c, PROCESS_FD + 1) >= 0 && dup2(d, PROCESS_FD) >= 0);
    fds[1][0] = PROCESS_FD + 1;
    fds[1][1] = PROCESS_FD;
    assert_true(process_wait(run("clean", fds[1], 2), 5000, &status));
    assert_int_equal(status, 0);
    (void)signal(SIGTERM, SIG_DFL);
    (void)close(high);
}

static void
test_exec_that_fails(void **state)
{
    (void)state;
    struct err err;
    pid_t pid = 77;
    char *const argv[] = {(char[]){"x"}, NULL};
    assert_false(process_spawn("/nowhere/program", argv, NULL, 0, &pid, &err));
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.text, "No such file"));
    assert_int_equal(pid, 77);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie is left */
}

static void
test_wait_and_end(void **state)
{
    (void)state;
    int status = 77;
    pid_t pid = run("sleep", NULL, 0);
    assert_false(process_wait(pid, 30, &status));
    assert_int_equal(status, 77);
    process_end(pid, 0);
    assert_true(process_wait(pid, 0, &status)); /* already waited for */
    assert_int_equal(status, -1);
}

/* A parent that is killed takes its child along: the pipe both hold closes. */
static void
test_dies_with_parent(void **state)
{
    (void)state;
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t middle = fork();
    if (middle == 0) {
        (void)run("sleep", &ends[1], 1);
        if (write(ends[1], "r", 1) == 1)
            (void)kill(getpid(), SIGKILL);
        _exit(1);
    }
    (void)close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    struct pollfd watch = {.fd = ends[0], .events = POLLIN};
    assert_int_equal(poll(&watch, 1, 5000), 1);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    assert_int_equal(waitpid(middle, NULL, 0), middle);
    (void)close(ends[0]);
}

static void
test_close_from(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        const int keep[] = {105, 101, 101, 50};
        struct err err;
        for (int fd = 100; fd < 110; fd++)
            if (dup2(STDERR_FILENO, fd) < 0)
                _exit(1);
        if (!process_close_from(100, keep, 4, &err))
            _exit(2);
        for (int fd = 100; fd < 110; fd++)
            if ((fcntl(fd, F_GETFD) >= 0) != (fd == 101 || fd == 105))
                _exit(3);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "child") == 0)
        _exit(child(argv[2]));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exec_that_fails), cmocka_unit_test(test_wait_and_end),
        cmocka_unit_test(test_dies_with_parent), cmocka_unit_test(test_close_from),
        cmocka_unit_test(test_child_is_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
