#include "wire_test.h"

#include "base/limits.h"
#include "wire/csv.h"

static struct span cells[CSV_FIELDS_MAX];

/* Reads all, and writes it as a|b/c|d, one slash between records. */
static bool
read_all(struct span text, char separator, struct buf *seen, struct err *err)
{
    struct csv csv;
    size_t count;
    csv_init(&csv, text, separator);
    for (;;) {
        if (!csv_next(&csv, &arena, cells, &count, err))
            return false;
        if (count == 0)
            return true;
        for (size_t i = 0; i < count; i++) {
            buf_str(seen, i > 0 ? "|" : csv.row > 1 ? "/" : "");
            buf_put(seen, cells[i]);
        }
    }
}

static void
test_good(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        char separator;
        const char *seen;
    } rows[] = {
        {BYTES(""), ',', ""},
        {BYTES("a"), ',', "a"},
        {BYTES("a,b\r\nc,d\r\n"), ',', "a|b/c|d"},
        {BYTES("a,b\nc,d"), ',', "a|b/c|d"},
        {BYTES("\xef\xbb\xbf"
               "a,b\n"),
         ',', "a|b"},
        {BYTES("a;b\nc,;d"), ';', "a|b/c,|d"},
        {BYTES("a\tb"), '\t', "a|b"},
        {BYTES(",\n,"), ',', "|/|"},
        {BYTES("a\n\nb\n"), ',', "a//b"},
        {BYTES("\"a\",\"b,c\"\n\"d\"\"e\",\"f\ng\"\n"), ',', "a|b,c/d\"e|f\ng"},
        {BYTES("\"\",\"\"\"\"\n"), ',', "|\""},
        {BYTES("\"\"\"a\"\"\",\"\r\n\""), ',', "\"a\"|\r\n"},
        {BYTES(" a , b "), ',', " a | b "},
        {BYTES("\xc3\xbc,=1+1"), ',', "\xc3\xbc|=1+1"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char mem[256];
        struct buf seen;
        struct err err;
        buf_init(&seen, mem, sizeof mem);
        ROW_ASSERT(read_all(rows[i].text, rows[i].separator, &seen, &err), rows[i].text.p);
        ROW_ASSERT(span_is(buf_span(&seen), rows[i].seen), rows[i].text.p);
    }
}

static void
test_bad(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        const char *place;
    } rows[] = {
        {BYTES("a,b\"c\n"), "1:2"},
        {BYTES("a\"\n"), "1:1"},
        {BYTES("a, \"b\"\n"), "1:2"},
        {BYTES("a,b\nc,\"d\"e\n"), "2:2"},
        {BYTES("a,b\n\"c\" ,d\n"), "2:1"},
        {BYTES("\"a"), "1:1"},
        {BYTES("\"a\"\""), "1:1"},
        {BYTES("a,b\n\"c,d\n"), "2:1"},
        {BYTES("a,b\nc\n"), "2:2"},
        {BYTES("a,b\nc,d,e\n"), "2:3"},
        {BYTES("a,b\n\n"), "2:2"},
        {BYTES("a,b\rc,d\r"), "1:2"},
        {BYTES("a,b\r"), "1:2"},
        {BYTES("\"a\"\r"), "1:1"},
        {BYTES("a,b\0\n"), "1:2"},
        {BYTES("a,\xff\n"), "1:2"},
        {BYTES("a,\"\xc3\"\n"), "1:2"},
        {BYTES("\xff\xfe"
               "a\0,\0"),
         "1:1"},
        {BYTES("a,b\nc,d\n\xe9,f\n"), "3:1"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char mem[256];
        struct buf seen;
        struct err err;
        buf_init(&seen, mem, sizeof mem);
        ROW_ASSERT(!read_all(rows[i].text, ',', &seen, &err), rows[i].text.p);
        ROW_ASSERT(err.code == ERR_INVALID, rows[i].text.p);
        if (strcmp(err.place, rows[i].place) != 0)
            fail_msg("%s: at %s, not %s", rows[i].text.p, err.place, rows[i].place);
    }
}

/* Where a record begins, for people who look for it in an editor. */
static void
test_lines(void **state)
{
    (void)state;
    static const size_t lines[] = {1, 2, 4, 6};
    struct span text = BYTES("a,b\r\n\"c\nc\",d\n\"\r\n\",\"e\"\nf,g");
    struct csv csv;
    struct err err;
    size_t count;
    csv_init(&csv, text, ',');
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_true(csv_next(&csv, &arena, cells, &count, &err));
        assert_int_equal(csv.line, lines[i]);
    }
    csv_init(&csv, SPAN("\"a\n\"\nb\"\n"), ',');
    assert_true(csv_next(&csv, &arena, cells, &count, &err));
    assert_false(csv_next(&csv, &arena, cells, &count, &err));
    assert_int_equal(csv.line, 3);
    assert_string_equal(err.place, "2:1");
}

static void
test_limits(void **state)
{
    (void)state;
    static char mem[LIMIT_IMPORT_LINE + 1024];
    struct err err;
    struct csv csv;
    size_t count;
    for (size_t over = 0; over < 2; over++) {
        memset(mem, ',', CSV_FIELDS_MAX - 1 + over);
        csv_init(&csv, span_of(mem, CSV_FIELDS_MAX - 1 + over), ',');
        assert_int_equal(csv_next(&csv, &arena, cells, &count, &err), over == 0);
        memset(mem, 'a', sizeof mem);
        csv_init(&csv, span_of(mem, LIMIT_IMPORT_LINE + over), ',');
        assert_int_equal(csv_next(&csv, &arena, cells, &count, &err), over == 0);
    }
}

static void
test_put(void **state)
{
    (void)state;
    static const struct {
        struct span cell;
        const char *want;
    } rows[] = {
        {BYTES(""), ""},
        {BYTES("a b"), "a b"},
        {BYTES("a,b"), "\"a,b\""},
        {BYTES("a;b"), "\"a;b\""},
        {BYTES("a\"b"), "\"a\"\"b\""},
        {BYTES("\""), "\"\"\"\""},
        {BYTES("a\nb"), "\"a\nb\""},
        {BYTES(" a"), "\" a\""},
        {BYTES("=1+1"), "'=1+1"},
        {BYTES("+49"), "'+49"},
        {BYTES("-5"), "'-5"},
        {BYTES("@x"), "'@x"},
        {BYTES("\tx"), "\"'\tx\""},
        {BYTES("\rx"), "\"'\rx\""},
        {BYTES("=\"a\",b"), "\"'=\"\"a\"\",b\""},
        {BYTES("a=1"), "a=1"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char mem[64];
        struct buf buf;
        buf_init(&buf, mem, sizeof mem);
        csv_put(&buf, rows[i].cell, true);
        ROW_ASSERT(span_is(buf_span(&buf), rows[i].want), rows[i].want);
    }
    char mem[64];
    struct buf buf;
    buf_init(&buf, mem, sizeof mem);
    csv_put(&buf, SPAN("a"), true);
    csv_put(&buf, SPAN_NONE, false);
    csv_put(&buf, SPAN("b"), false);
    csv_end(&buf);
    assert_true(span_is(buf_span(&buf), "a,,b\r\n"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_good), cmocka_unit_test(test_bad),
                                       cmocka_unit_test(test_lines), cmocka_unit_test(test_limits), cmocka_unit_test(test_put)};
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
