#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "os/file.h"
#include "os/reserve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MIB = 1024 * 1024 };

static char dir[] = "/tmp/troth-os-XXXXXX";
static char path[64];

/* The file system says what the test wants; what the reserve gives up becomes free, what it takes is gone. */
static uint64_t others_leave; /* free bytes and the reserve together */

bool __wrap_file_free_space(const char *where, uint64_t *ret_bytes, struct err *err);

static uint64_t
size_of_file(void)
{
    struct stat st;
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

bool
__wrap_file_free_space(const char *where, uint64_t *ret_bytes, struct err *err)
{
    (void)where;
    (void)err;
    *ret_bytes = others_leave - size_of_file();
    return true;
}

static void
test_states(void **state)
{
    (void)state;
    struct reserve reserve;
    struct err err;
    others_leave = 1000 * MIB;
    assert_true(reserve_open(&reserve, dir, 64 * MIB, &err));
    assert_int_equal(size_of_file(), 64 * MIB);
    assert_int_equal(reserve_look(&reserve), RESERVE_WHOLE);
    others_leave = 64 * MIB + 3 * MIB; /* little, but no need yet */
    assert_int_equal(reserve_look(&reserve), RESERVE_WHOLE);
    assert_int_equal(size_of_file(), 64 * MIB);
    others_leave = 64 * MIB; /* nothing at all */
    assert_int_equal(reserve_look(&reserve), RESERVE_TOUCHED);
    assert_int_equal(size_of_file(), 60 * MIB);
    assert_int_equal(reserve_look(&reserve), RESERVE_TOUCHED); /* enough is free again: no more is given up */
    assert_int_equal(size_of_file(), 60 * MIB);
    enum reserve_state now = RESERVE_TOUCHED;
    for (int i = 0; i < 20 && now == RESERVE_TOUCHED; i++) {
        others_leave = size_of_file();
        now = reserve_look(&reserve);
    }
    assert_int_equal(now, RESERVE_LAST);
    assert_true(size_of_file() < 32 * MIB);
    for (int i = 0; i < 20; i++) {
        others_leave = size_of_file();
        (void)reserve_look(&reserve);
    }
    assert_int_equal(size_of_file(), 0);
    assert_int_equal(reserve_look(&reserve), RESERVE_LAST);
    others_leave = 66 * MIB; /* not enough to have it whole and work too */
    assert_int_equal(reserve_look(&reserve), RESERVE_LAST);
    others_leave = 1000 * MIB;
    assert_int_equal(reserve_look(&reserve), RESERVE_WHOLE);
    assert_int_equal(size_of_file(), 64 * MIB);
}

static void
test_sizes(void **state)
{
    (void)state;
    struct reserve reserve;
    struct err err;
    others_leave = 80 * MIB;
    (void)unlink(path);
    assert_true(reserve_open(&reserve, dir, 64 * MIB, &err)); /* an eighth of a small disk */
    assert_int_equal(size_of_file(), 10 * MIB);
    assert_true(reserve_open(&reserve, dir, RESERVE_AS_IT_IS, &err));
    assert_int_equal(size_of_file(), 10 * MIB);
    others_leave = 10 * MIB;
    assert_int_equal(reserve_look(&reserve), RESERVE_TOUCHED); /* used all the same */
    others_leave = 1000 * MIB;
    assert_true(reserve_open(&reserve, dir, 2 * MIB, &err)); /* asked to be smaller */
    assert_int_equal(size_of_file(), 2 * MIB);
    assert_true(reserve_open(&reserve, dir, 0, &err));
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(reserve_look(&reserve), RESERVE_WHOLE);
    assert_true(reserve_open(&reserve, dir, RESERVE_AS_IT_IS, &err)); /* none there: none made */
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(symlink("/etc/hostname", path), 0);
    assert_false(reserve_open(&reserve, dir, 64 * MIB, &err));
    assert_int_equal(err.code, ERR_IO);
    (void)unlink(path);
}

int
main(void)
{
    if (mkdtemp(dir) == NULL)
        return 1;
    (void)snprintf(path, sizeof path, "%s/reserve", dir);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_states), cmocka_unit_test(test_sizes)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + (rmdir(dir) != 0);
}
