#include "wire_test.h"

#include "base/limits.h"
#include "json_cases.h"
#include "wire/json.h"

static bool
read_text(struct span text, const struct json **ret, struct err *err)
{
    arena_reset(&arena);
    return json_read(&arena, arena_copy(&arena, text), ret, err);
}

static void
test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(json_cases); i++) {
        const struct json *root = NULL;
        struct err err;
        bool good = read_text(json_cases[i].text, &root, &err);
        ROW_ASSERT(good == json_cases[i].good, json_cases[i].name);
        ROW_ASSERT((root != NULL) == good, json_cases[i].name);
        if (!good)
            ROW_ASSERT(err.code == ERR_BAD_JSON && err.place[0] != '\0', json_cases[i].name);
    }
    assert_true(COUNT(json_cases) >= 200);
}

/* No beginning of an array, object or string is a text of its own. */
static void
test_cut_short(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(json_cases); i++) {
        struct span text = json_cases[i].text;
        while (text.n > 0 && strchr(" \n\r\t", text.p[text.n - 1]) != NULL)
            text.n--;
        if (!json_cases[i].good || strchr("]}\"", text.p[text.n - 1]) == NULL)
            continue;
        for (size_t n = 0; n < text.n; n++) {
            const struct json *root;
            struct err err;
            ROW_ASSERT(!read_text(span_sub(text, 0, n), &root, &err), json_cases[i].name);
        }
    }
}

static void
test_places(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        const char *place;
    } rows[] = {
        {BYTES(""), "1:1"},
        {BYTES("  "), "1:3"},
        {BYTES("x"), "1:1"},
        {BYTES("[1,]"), "1:4"},
        {BYTES("{\n  \"a\": tru\n}"), "2:8"},
        {BYTES("{\r\n\"a\" 1}"), "2:5"},
        {BYTES("[\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\", ?]"), "1:9"},
        {BYTES("[\"ab\xff\"]"), "1:5"},
        {BYTES("[\"ab\\q\"]"), "1:5"},
        {BYTES("[\"ab\\ud800\"]"), "1:5"},
        {BYTES("{\"a\":1,\n\"a\":2}"), "2:1"},
        {BYTES("{\"a\":1,\"b\":2,\n\"c\":{\"x\":1,\"\\u0078\":2}}"), "2:12"},
        {BYTES("1 2"), "1:3"},
        {BYTES("[01]"), "1:4"},
        {BYTES("[1.]"), "1:4"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct json *root;
        struct err err;
        assert_false(read_text(rows[i].text, &root, &err));
        if (strcmp(err.place, rows[i].place) != 0)
            fail_msg("%s: at %s, not %s", rows[i].text.p, err.place, rows[i].place);
    }
}

static void
test_tree(void **state)
{
    (void)state;
    const struct json *root;
    struct err err;
    struct span text =
        SPAN(" { \"a\" : [ 1, -2.5e+3, \"x\\n\\u00fc\\ud83d\\ude00\\/\" , {} , [] ] , "
             "\"\\u0062\" : true, \"\": null, \"c\":false } ");
    assert_true(json_read(&arena, text, &root, &err));
    assert_int_equal(root->kind, JSON_OBJECT);
    assert_int_equal(root->count, 4);
    assert_int_equal(root->offset, 1);
    const struct json *a = json_get(root, "a");
    assert_int_equal(a->kind, JSON_ARRAY);
    assert_int_equal(a->count, 5);
    const struct json *at = a->first;
    assert_true(at->kind == JSON_NUMBER && span_is(at->text, "1"));
    assert_int_equal(at->offset, 11);
    assert_ptr_equal(at->text.p, text.p + 11); /* borrowed */
    at = at->next;
    assert_true(at->kind == JSON_NUMBER && span_is(at->text, "-2.5e+3"));
    at = at->next;
    assert_true(at->kind == JSON_STRING && span_is(at->text, "x\n\xc3\xbc\xf0\x9f\x98\x80/"));
    at = at->next;
    assert_true(at->kind == JSON_OBJECT && at->count == 0 && at->first == NULL);
    at = at->next;
    assert_true(at->kind == JSON_ARRAY && at->count == 0 && at->next == NULL);
    assert_int_equal(json_get(root, "b")->kind, JSON_TRUE);
    assert_int_equal(json_get(root, "")->kind, JSON_NULL);
    assert_int_equal(json_get(root, "c")->kind, JSON_FALSE);
    assert_null(json_get(root, "d"));
    assert_null(json_get(a, "a"));
    assert_null(json_get(NULL, "a"));
    struct span got = SPAN("untouched");
    assert_false(json_get_text(root, "b", &got));
    assert_false(json_get_text(root, "d", &got));
    assert_true(span_is(got, "untouched"));
}

static void
test_int(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t value;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"7", true, 7},
        {"-7", true, -7},
        {"9007199254740992", true, INT64_C(9007199254740992)},
        {"-9007199254740992", true, -INT64_C(9007199254740992)},
        {"9007199254740993", false, 0},
        {"-9007199254740993", false, 0},
        {"18446744073709551616", false, 0},
        {"100000000000000000000000", false, 0},
        {"1.0", false, 0},
        {"1e2", false, 0},
        {"\"1\"", false, 0},
        {"true", false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct json *root;
        struct err err;
        int64_t value = 77;
        assert_true(read_text(span_str(rows[i].text), &root, &err));
        ROW_ASSERT(json_int(root, &value) == rows[i].good, rows[i].text);
        ROW_ASSERT(value == (rows[i].good ? rows[i].value : 77), rows[i].text);
    }
    int64_t value;
    assert_false(json_int(NULL, &value));
}

static void
repeat(struct buf *buf, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        buf_str(buf, text);
}

/* Each limit: just inside is taken, one more is ERR_TOO_LARGE. */
static void
test_limits(void **state)
{
    (void)state;
    static char mem[2 * 1024 * 1024];
    for (size_t over = 0; over < 2; over++) {
        for (int what = 0; what < 6; what++) {
            struct buf buf;
            buf_init(&buf, mem, sizeof mem);
            switch (what) {
            case 0:
                repeat(&buf, "[", LIMIT_JSON_DEPTH + over);
                repeat(&buf, "]", LIMIT_JSON_DEPTH + over);
                break;
            case 1:
                repeat(&buf, "{\"a\":", LIMIT_JSON_DEPTH + over);
                repeat(&buf, over ? "}" : "0}", 1);
                repeat(&buf, "}", LIMIT_JSON_DEPTH - 1);
                break;
            case 2:
                buf_str(&buf, "[0");
                repeat(&buf, ",0", LIMIT_JSON_MEMBERS - 1 + over);
                buf_str(&buf, "]");
                break;
            case 3:
                buf_str(&buf, "\"");
                repeat(&buf, "a", LIMIT_JSON_STRING + over);
                buf_str(&buf, "\"");
                break;
            case 4:
                buf_str(&buf, "\"");
                repeat(&buf, "\\u0041", LIMIT_JSON_STRING + over);
                buf_str(&buf, "\"");
                break;
            case 5:
                buf_str(&buf, "-1.");
                repeat(&buf, "0", LIMIT_JSON_NUMBER - 3 + over);
                break;
            default:
                fail();
            }
            assert_true(buf_ok(&buf));
            const struct json *root;
            struct err err;
            bool good = read_text(buf_span(&buf), &root, &err);
            if (good != (over == 0) || (!good && err.code != ERR_TOO_LARGE))
                fail_msg("limit %d, %zu more: %d %s", what, over, good, good ? "" : err.text);
        }
    }
}

/* Objects on both sides of the line between looking at each key and sorting them. */
static void
test_repeated_keys(void **state)
{
    (void)state;
    static const size_t counts[] = {2, 3, 15, 16, 17, 18, 40, 1000};
    static char mem[64 * 1024];
    for (size_t c = 0; c < COUNT(counts); c++) {
        size_t n = counts[c];
        for (size_t first = 0; first <= n; first += n < 50 ? 1 : 333) {
            /* Member `first` gets the last one's key; first == n - 1 is itself, n is nobody. */
            struct buf buf;
            buf_init(&buf, mem, sizeof mem);
            for (size_t i = 0; i < n; i++)
                buf_fmt(&buf, "%s\"key%zu\":{}", i == 0 ? "{" : ",", i == first ? n - 1 : i);
            buf_str(&buf, "}");
            const struct json *root;
            struct err err;
            bool good = read_text(buf_span(&buf), &root, &err);
            if (good != (first >= n - 1))
                fail_msg("%zu keys, one twice at %zu: %d", n, first, good);
        }
    }
}

static void
test_full_arena(void **state)
{
    (void)state;
    struct arena tiny;
    struct err err;
    const struct json *root = NULL;
    assert_true(arena_open(&tiny, 4096, &err));
    static char mem[8192];
    struct buf buf;
    buf_init(&buf, mem, sizeof mem);
    buf_str(&buf, "[0");
    repeat(&buf, ",0", 200);
    buf_str(&buf, "]");
    assert_false(json_read(&tiny, buf_span(&buf), &root, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
    assert_true(root == NULL && tiny.overflow);
    arena_close(&tiny);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),         cmocka_unit_test(test_cut_short),
        cmocka_unit_test(test_places),        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_int),           cmocka_unit_test(test_limits),
        cmocka_unit_test(test_repeated_keys), cmocka_unit_test(test_full_arena),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
