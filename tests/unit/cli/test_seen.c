/* The importer's table: which row of the file has which value. */
#include "cli/import_priv.h" /* before cmocka, whose fail is a macro */
#include "crypt/crypt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define MAIL SPAN("account.email")
#define NAME SPAN("account.username")

static void
mark_of(uint64_t i, uint8_t ret[16])
{
    memset(ret, 0, 16);
    put_be64(ret + 8, i);
}

static void
test_rows(void **state)
{
    (void)state;
    struct seen *seen;
    struct err err;
    uint8_t mark[16];
    assert_true(seen_open(&seen, &err));
    for (uint64_t i = 0; i < 20000; i++) {
        mark_of(i, mark);
        assert_int_equal(seen_find(seen, MAIL, mark, ""), 0);
        assert_true(seen_put(seen, MAIL, mark, "", i + 1, &err));
    }
    for (uint64_t i = 0; i < 20000; i++) {
        mark_of(i, mark);
        assert_int_equal(seen_find(seen, MAIL, mark, ""), i + 1);
        assert_int_equal(seen_find(seen, NAME, mark, ""), 0); /* another field's */
    }
    seen_close(&seen);
    assert_null(seen);
}

static void
test_one_person(void **state)
{
    (void)state;
    static const char ana[] = "0123456789abcdef0123456789abcdef", eva[] = "1123456789abcdef0123456789abcdef";
    struct seen *seen;
    struct err err;
    uint8_t mark[16];
    mark_of(7, mark);
    assert_true(seen_open(&seen, &err));
    assert_true(seen_put(seen, MAIL, mark, ana, 3, &err));
    assert_int_equal(seen_find(seen, MAIL, mark, ana), 0); /* hers stays hers */
    assert_int_equal(seen_find(seen, MAIL, mark, eva), 3);
    assert_int_equal(seen_find(seen, MAIL, mark, ""), 3);
    assert_true(seen_put(seen, MAIL, mark, ana, 4, &err));
    assert_int_equal(seen_find(seen, MAIL, mark, eva), 4);
    seen_close(&seen);
}

static void
test_limit(void **state)
{
    (void)state;
    struct seen *seen;
    struct err err;
    uint8_t mark[16];
    assert_true(seen_open(&seen, &err));
    for (uint64_t i = 0; i < LIMIT_IMPORT_UNIQUE; i++) {
        mark_of(i, mark);
        if (!seen_put(seen, MAIL, mark, "", i + 1, &err))
            fail_msg("at %llu: %s", (unsigned long long)i, err.text);
    }
    mark_of(LIMIT_IMPORT_UNIQUE, mark);
    assert_false(seen_put(seen, MAIL, mark, "", 1, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
    mark_of(LIMIT_IMPORT_UNIQUE - 1, mark);
    assert_int_equal(seen_find(seen, MAIL, mark, ""), LIMIT_IMPORT_UNIQUE);
    seen_close(&seen);
}

int
main(void)
{
    struct err err;
    if (!crypt_start(&err))
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_one_person),
                                       cmocka_unit_test(test_limit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
