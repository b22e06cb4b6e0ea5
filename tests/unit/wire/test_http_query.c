#include "wire_test.h"

#include "wire/http.h"

static void
test_rows(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        const char *key;
        bool good;
        const char *value; /* NULL: not there */
    } rows[] = {
        {"", "a", true, NULL},
        {"a", "a", true, ""},
        {"a=", "a", true, ""},
        {"a=1", "a", true, "1"},
        {"a=1&b=2", "b", true, "2"},
        {"&&a=1&&", "a", true, "1"},
        {"a=1=2", "a", true, "1=2"},
        {"aa=1", "a", true, NULL},
        {"a=1", "aa", true, NULL},
        {"A=1", "a", true, NULL},
        {"%61=1", "a", true, "1"},
        {"a+b=c+d%2Be", "a b", true, "c d+e"},
        {"q=%C3%BC%0D%0A%25%26%3D", "q", true, "\xc3\xbc\r\n%&="},
        {"x=%00&q=1", "q", true, "1"}, /* another key's value is nobody's business yet */
        {"q=%00", "q", false, NULL},
        {"q=%ff", "q", false, NULL},
        {"q=%c0%80", "q", false, NULL},
        {"q=%", "q", false, NULL},
        {"q=%4", "q", false, NULL},
        {"q=%4x", "q", false, NULL},
        {"x=%zz&q=1", "q", false, NULL},
        {"q=1&q=1", "q", false, NULL},
        {"q=1&%71=2", "q", false, NULL},
        {"q&q", "q", false, NULL},
        {"q=a b", "q", false, NULL},
        {"q=\xc3\xbc", "q", false, NULL},
        {"q=\n", "q", false, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err;
        struct span value = SPAN("untouched");
        bool found = false;
        arena_reset(&arena);
        bool good =
            http_query_get(&arena, span_str(rows[i].query), rows[i].key, &value, &found, &err);
        ROW_ASSERT(good == rows[i].good, rows[i].query);
        if (!good)
            ROW_ASSERT(err.code == ERR_BAD_REQUEST, rows[i].query);
        ROW_ASSERT(found == (good && rows[i].value != NULL), rows[i].query);
        ROW_ASSERT(span_is(value, found ? rows[i].value : "untouched"), rows[i].query);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
