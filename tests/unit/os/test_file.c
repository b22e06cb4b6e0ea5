#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "os/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/troth-os-XXXXXX";

static const char *
in_dir(const char *name)
{
    static char path[4][128];
    static unsigned turn;
    char *to = path[turn++ % 4];
    (void)snprintf(to, sizeof path[0], "%s/%s", dir, name);
    return to;
}

static size_t
names_in_dir(void)
{
    DIR *d = opendir(dir);
    size_t n = 0;
    assert_non_null(d);
    while (readdir(d) != NULL)
        n++;
    (void)closedir(d);
    return n - 2;
}

static void
test_read_all(void **state)
{
    (void)state;
    struct err err;
    char to[16];
    assert_true(file_write_durable(in_dir("ten"), SPAN("0123456789"), 0644, FILE_NEW, &err));
    assert_true(file_write_durable(in_dir("none"), SPAN_NONE, 0644, FILE_NEW, &err));
    assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
    const struct {
        const char *name;
        size_t cap;
        bool good;
        size_t n;
        enum err_code code;
    } rows[] = {
        {"ten", 16, true, 10, 0},          {"ten", 10, true, 10, 0},
        {"ten", 9, false, 0, ERR_TOO_LARGE}, {"ten", 0, false, 0, ERR_TOO_LARGE},
        {"none", 16, true, 0, 0},          {"none", 0, true, 0, 0},
        {"missing", 16, false, 0, ERR_NOT_FOUND}, {"ten/x", 16, false, 0, ERR_IO},
        {".", 16, false, 0, ERR_IO},       {"fifo", 16, false, 0, ERR_IO},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = 77;
        bool good = file_read_all(in_dir(rows[i].name), to, rows[i].cap, &n, &err);
        assert_int_equal(good, rows[i].good);
        assert_int_equal(n, good ? rows[i].n : 77);
        if (!good)
            assert_int_equal(err.code, rows[i].code);
    }
    assert_true(file_read_all(in_dir("ten"), to, 16, &(size_t){0}, &err));
    assert_memory_equal(to, "0123456789", 10);
    (void)unlink(in_dir("ten"));
    (void)unlink(in_dir("none"));
    (void)unlink(in_dir("fifo"));
}

static void
test_write_durable(void **state)
{
    (void)state;
    struct err err;
    struct stat st;
    char to[16];
    size_t n;
    mode_t old = umask(077);
    assert_true(file_write_durable(in_dir("f"), SPAN("one"), 0644, FILE_NEW, &err));
    (void)umask(old);
    assert_int_equal(stat(in_dir("f"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    assert_false(file_write_durable(in_dir("f"), SPAN("two"), 0600, FILE_NEW, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_true(file_read_all(in_dir("f"), to, sizeof to, &n, &err) && n == 3);
    assert_memory_equal(to, "one", 3);
    assert_true(file_write_durable(in_dir("f"), SPAN("three"), 0600, FILE_REPLACE, &err));
    assert_true(file_read_all(in_dir("f"), to, sizeof to, &n, &err) && n == 5);
    assert_memory_equal(to, "three", 5);
    assert_false(file_write_durable(in_dir("no/f"), SPAN("x"), 0600, FILE_NEW, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_int_equal(names_in_dir(), 1); /* nothing temporary stays, after failures neither */
    (void)unlink(in_dir("f"));
}

static void
test_secret(void **state)
{
    (void)state;
    struct err err;
    const struct {
        mode_t mode;
        uid_t owner; /* 0: us */
        bool own, credential;
    } rows[] = {
        {0400, 0, true, true},   {0600, 0, true, true},    {0440, 0, false, true},
        {0640, 0, false, true},  {0644, 0, false, false},  {0404, 0, false, false},
        {0660, 0, false, false}, {0700, 0, false, true},   {0000, 0, false, true},
        {04600, 0, false, true}, {0600, 12345, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].owner != 0 && geteuid() != 0)
            continue;
        assert_true(file_write_durable(in_dir("s"), SPAN("x"), 0600, FILE_NEW, &err));
        if (rows[i].owner != 0)
            assert_int_equal(chown(in_dir("s"), rows[i].owner, (gid_t)-1), 0);
        int fd = open(in_dir("s"), O_RDONLY);
        assert_true(fd >= 0);
        assert_int_equal(chmod(in_dir("s"), rows[i].mode), 0);
        assert_int_equal(file_check_secret(fd, "s", FILE_SECRET_OWN, &err), rows[i].own);
        if (!rows[i].own)
            assert_int_equal(err.code, ERR_KEYS);
        assert_int_equal(file_check_secret(fd, "s", FILE_SECRET_CREDENTIAL, &err),
                         rows[i].credential);
        (void)close(fd);
        (void)unlink(in_dir("s"));
    }
    /* Not through a link, not from a FIFO, which would also hang. */
    assert_true(file_write_durable(in_dir("s"), SPAN("x"), 0600, FILE_NEW, &err));
    assert_int_equal(symlink(in_dir("s"), in_dir("l")), 0);
    assert_int_equal(mkfifo(in_dir("p"), 0600), 0);
    assert_int_equal(file_open_secret(in_dir("l"), FILE_SECRET_OWN, &err), -1);
    assert_int_equal(file_open_secret(in_dir("p"), FILE_SECRET_OWN, &err), -1);
    int fd = file_open_secret(in_dir("s"), FILE_SECRET_OWN, &err);
    assert_true(fd >= 0);
    (void)close(fd);
    (void)unlink(in_dir("l"));
    (void)unlink(in_dir("p"));
    (void)unlink(in_dir("s"));
}

static void
test_dirs(void **state)
{
    (void)state;
    struct err err;
    uint64_t bytes = 0;
    assert_true(dir_make(in_dir("d"), 0700, &err));
    assert_true(dir_make(in_dir("d"), 0700, &err));
    assert_true(dir_sync(in_dir("d"), &err));
    assert_false(dir_make(in_dir("x/y"), 0700, &err));
    assert_true(file_write_durable(in_dir("f"), SPAN("x"), 0600, FILE_NEW, &err));
    assert_false(dir_make(in_dir("f"), 0700, &err));
    assert_true(file_free_space(in_dir("f"), &bytes, &err) && bytes > 0);
    assert_false(file_free_space(in_dir("x"), &bytes, &err));
    assert_true(file_same_filesystem(in_dir("f"), in_dir("d")));
    assert_false(file_same_filesystem(in_dir("f"), "/proc"));
    assert_false(file_same_filesystem(in_dir("f"), in_dir("x")));
    (void)unlink(in_dir("f"));
    (void)rmdir(in_dir("d"));
}

int
main(void)
{
    if (mkdtemp(dir) == NULL)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_all), cmocka_unit_test(test_write_durable),
        cmocka_unit_test(test_secret),   cmocka_unit_test(test_dirs),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + (rmdir(dir) != 0);
}
