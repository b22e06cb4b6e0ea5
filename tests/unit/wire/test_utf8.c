#include "wire_test.h"

#include "wire/text.h"

static void
test_valid(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        bool good;
        size_t at;
    } rows[] = {
        {BYTES(""), true, 0},
        {BYTES("abc"), true, 0},
        {BYTES("a\0z"), true, 0}, /* NUL is UTF-8; whether it is clean is another question */
        {BYTES("\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), true, 0},
        {BYTES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), true, 0},
        {BYTES("abcdefgh\xc3\xbcijklmnop"), true, 0},
        {BYTES("abc\x80"), false, 3},
        {BYTES("abcdefghijk\xbf"), false, 11},
        {BYTES("\xc0\x80"), false, 0},
        {BYTES("\xc1\xbf"), false, 0},
        {BYTES("\xc3"), false, 0},
        {BYTES("\xc3\x28"), false, 0},
        {BYTES("\xe0\x9f\xbf"), false, 0},
        {BYTES("a\xe2\x82"), false, 1},
        {BYTES("\xe2\x28\xa1"), false, 0},
        {BYTES("\xe2\x82\x28"), false, 0},
        {BYTES("\xed\xa0\x80"), false, 0},
        {BYTES("\xed\xbf\xbf"), false, 0},
        {BYTES("\xf0\x8f\xbf\xbf"), false, 0},
        {BYTES("\xf0\x9f\x98"), false, 0},
        {BYTES("\xf0\x28\x8c\xbc"), false, 0},
        {BYTES("\xf0\x90\x28\xbc"), false, 0},
        {BYTES("\xf0\x90\x8c\x28"), false, 0},
        {BYTES("\xf4\x90\x80\x80"), false, 0},
        {BYTES("\xf5\x80\x80\x80"), false, 0},
        {BYTES("\xf8\x88\x80\x80\x80"), false, 0},
        {BYTES("\xfe"), false, 0},
        {BYTES("\xff"), false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t at = 777;
        ROW_ASSERT(utf8_valid(rows[i].text, &at) == rows[i].good, rows[i].text.p);
        ROW_ASSERT(at == (rows[i].good ? 777 : rows[i].at), rows[i].text.p);
        ROW_ASSERT(utf8_valid(rows[i].text, NULL) == rows[i].good, rows[i].text.p);
    }
    assert_true(utf8_valid(SPAN_NONE, NULL));
}

static void
test_points(void **state)
{
    (void)state;
    struct span text = SPAN("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80");
    static const uint32_t want[] = {'a', 0xfc, 0x20ac, 0x1f600};
    size_t at = 0;
    for (size_t i = 0; i < COUNT(want); i++)
        assert_int_equal(utf8_next(text, &at), want[i]);
    assert_int_equal(at, text.n);
    assert_int_equal(utf8_length(text), 4);
    assert_int_equal(utf8_length(SPAN_NONE), 0);
}

static void
test_clean(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        bool one_line, lines;
    } rows[] = {
        {BYTES(""), true, true},
        {BYTES("J\xc3\xbcrgen O'Neil-\xe2\x82\xac \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7"),
         true, true},
        {BYTES("a\nb\tc"), false, true},
        {BYTES("a\rb"), false, false},
        {BYTES("a\0z"), false, false},
        {BYTES("\x1b[31m"), false, false},
        {BYTES("\x7f"), false, false},
        {BYTES("\xc2\x85"), false, false}, /* C1: next line */
        {BYTES("\xc2\x9f"), false, false},
        {BYTES("\xc2\xa0"), true, true},
        {BYTES("\xe2\x80\xaa"), false, false}, /* U+202A */
        {BYTES("\xe2\x80\xae"), false, false}, /* U+202E */
        {BYTES("\xe2\x80\xaf"), true, true},
        {BYTES("\xe2\x81\xa5"), true, true},
        {BYTES("\xe2\x81\xa6"), false, false}, /* U+2066 */
        {BYTES("\xe2\x81\xa9"), false, false},
        {BYTES("\xef\xbb\xbf"), false, false}, /* U+FEFF */
        {BYTES("\xef\xb7\x90"), false, false}, /* U+FDD0 */
        {BYTES("\xef\xbf\xbd"), true, true},
        {BYTES("\xef\xbf\xbe"), false, false},
        {BYTES("\xf0\x9f\xbf\xbf"), false, false}, /* U+1FFFF */
        {BYTES("\xf4\x8f\xbf\xbd"), true, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t at = 777;
        ROW_ASSERT(utf8_clean(rows[i].text, false, &at) == rows[i].one_line, rows[i].text.p);
        ROW_ASSERT((at == 777) == rows[i].one_line, rows[i].text.p);
        ROW_ASSERT(utf8_clean(rows[i].text, true, NULL) == rows[i].lines, rows[i].text.p);
    }
}

static void
test_fold(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } rows[] = {
        {"", ""},
        {"Ann.LEE+x@Example.COM", "ann.lee+x@example.com"},
        {"\xc3\x84\xc3\x96\xc3\x9c\xc3\x9f\xc3\x97\xc3\xb7",
         "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\x97\xc3\xb7"},
        {"\xe1\xba\x9e", "\xc3\x9f"}, /* capital sharp s */
        {"\xce\x91\xce\x8c\xce\xa3\xcf\x82", "\xce\xb1\xcf\x8c\xcf\x83\xcf\x83"}, /* both sigmas */
        {"\xd0\x96\xd0\x81\xd2\x90\xd3\x80", "\xd0\xb6\xd1\x91\xd2\x91\xd3\x8f"},
        {"\xc5\x81\xc5\xbb\xc4\x8c\xc5\xb8\xc5\xbf", "\xc5\x82\xc5\xbc\xc4\x8d\xc3\xbfs"},
        {"\xc4\xb0", "\xc4\xb0"}, /* dotted I folds by language only */
        {"\xe6\x97\xa5\xf0\x9f\x98\x80", "\xe6\x97\xa5\xf0\x9f\x98\x80"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct span got = utf8_fold(&arena, span_str(rows[i].from));
        ROW_ASSERT(span_is(got, rows[i].to), rows[i].to);
        ROW_ASSERT(span_eq(utf8_fold(&arena, got), got),
                   rows[i].to); /* folding twice is folding once */
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_valid), cmocka_unit_test(test_points),
                                       cmocka_unit_test(test_clean), cmocka_unit_test(test_fold)};
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
