#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "os/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void
test_messages(void **state)
{
    (void)state;
    /* A path and an abstract name ('@' in the environment, NUL in the address). */
    for (int abstract = 0; abstract < 2; abstract++) {
        char name[64], got[128];
        struct sockaddr_un at = {.sun_family = AF_UNIX};
        (void)snprintf(name, sizeof name, "%c%s%ld", abstract ? '@' : '/',
                       "tmp/troth-notify-", (long)getpid());
        memcpy(at.sun_path, name, strlen(name));
        if (abstract)
            at.sun_path[0] = '\0';
        int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
        assert_int_equal(bind(fd, (struct sockaddr *)&at,
                              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
                         0);
        assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
        const struct {
            bool sent;
            const char *starts;
        } rows[] = {{notify_ready(), "READY=1"},
                    {notify_reloading(), "RELOADING=1\nMONOTONIC_USEC="},
                    {notify_status("fine\nREADY=0"), "STATUS=fine"},
                    {notify_stopping(), "STOPPING=1"}};
        for (size_t i = 0; i < 4; i++) {
            ssize_t n = recv(fd, got, sizeof got - 1, MSG_DONTWAIT);
            assert_true(rows[i].sent && n > 0);
            got[n] = '\0';
            assert_memory_equal(got, rows[i].starts, strlen(rows[i].starts));
            assert_null(strstr(got, "READY=0"));
        }
        (void)close(fd);
        if (!abstract)
            (void)unlink(name);
        assert_false(notify_ready()); /* nobody listens */
    }
}

static void
test_without(void **state)
{
    (void)state;
    const char *const bad[] = {"", "relative", "x@y"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", bad[i], 1), 0);
        assert_false(notify_ready());
    }
    char long_name[200];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[0] = '/';
    long_name[sizeof long_name - 1] = '\0';
    assert_int_equal(setenv("NOTIFY_SOCKET", long_name, 1), 0);
    assert_false(notify_ready());
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    assert_false(notify_ready());
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_messages),
                                       cmocka_unit_test(test_without)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
