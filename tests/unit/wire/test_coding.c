#include "wire_test.h"

#include "wire/text.h"

static void
test_base64(void **state)
{
    (void)state;
    /* RFC 4648 section 10, and the digits in which the two alphabets differ */
    static const struct {
        struct span raw;
        const char *standard, *url;
    } rows[] = {
        {BYTES(""), "", ""},
        {BYTES("f"), "Zg==", "Zg"},
        {BYTES("fo"), "Zm8=", "Zm8"},
        {BYTES("foo"), "Zm9v", "Zm9v"},
        {BYTES("foob"), "Zm9vYg==", "Zm9vYg"},
        {BYTES("fooba"), "Zm9vYmE=", "Zm9vYmE"},
        {BYTES("foobar"), "Zm9vYmFy", "Zm9vYmFy"},
        {BYTES("\xfb\xff\xbf\0"), "+/+/AA==", "-_-_AA"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char mem[64];
        struct buf buf;
        buf_init(&buf, mem, sizeof mem);
        base64_put(&buf, rows[i].raw.p, rows[i].raw.n);
        ROW_ASSERT(span_is(buf_span(&buf), rows[i].standard), rows[i].standard);
        ROW_ASSERT(base64_size(rows[i].raw.n) == buf.n, rows[i].standard);
        ROW_ASSERT(span_eq(base64_get(&arena, buf_span(&buf)), rows[i].raw), rows[i].standard);
        ROW_ASSERT(base64_get(&arena, buf_span(&buf)).p != NULL, rows[i].standard);
        buf_reset(&buf);
        base64url_put(&buf, rows[i].raw.p, rows[i].raw.n);
        ROW_ASSERT(span_is(buf_span(&buf), rows[i].url), rows[i].url);
        ROW_ASSERT(span_eq(base64url_get(&arena, buf_span(&buf)), rows[i].raw), rows[i].url);
    }
}

static void
test_base64_bad(void **state)
{
    (void)state;
    static const char *const standard[] = {
        "=",    "==",       "====",          "Z",    "Zg",     "Zg=",  "Zg===", "Zh==",
        "Zm9=", "Zm8",      "Zg==Zg==",      "Zm 9", "Zm9v\n", "Zm9-", "Zm9_",  "Z=g=",
        "=Zg=", "Zm9v====", "Zm9v\xc3\xbc=="};
    static const char *const url[] = {
        "Z", "Zh", "Zm9", "Zg==", "Zm8=", "Zm9+", "Zm9/", "Zm9vY", "Zm 9", "Zm8\n"};
    for (size_t i = 0; i < COUNT(standard); i++)
        ROW_ASSERT(base64_get(&arena, span_str(standard[i])).p == NULL, standard[i]);
    for (size_t i = 0; i < COUNT(url); i++)
        ROW_ASSERT(base64url_get(&arena, span_str(url[i])).p == NULL, url[i]);
}

static void
test_escapes(void **state)
{
    (void)state;
    static const struct {
        struct span from;
        const char *html, *percent;
    } rows[] = {
        {BYTES(""), "", ""},
        {BYTES("aZ0-._~"), "aZ0-._~", "aZ0-._~"},
        {BYTES("<a href=\"x\" b='y'>&amp;"), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;",
         "%3Ca%20href%3D%22x%22%20b%3D%27y%27%3E%26amp%3B"},
        {BYTES("\xc3\xbc/%+"), "\xc3\xbc/%+", "%C3%BC%2F%25%2B"},
        {BYTES("a\0\n"), NULL, "a%00%0A"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char mem[256];
        struct buf buf;
        buf_init(&buf, mem, sizeof mem);
        html_put(&buf, rows[i].from);
        ROW_ASSERT(rows[i].html == NULL || span_is(buf_span(&buf), rows[i].html), rows[i].html);
        buf_reset(&buf);
        percent_put(&buf, rows[i].from);
        ROW_ASSERT(span_is(buf_span(&buf), rows[i].percent), rows[i].percent);
    }
    char mem[4];
    struct buf buf;
    buf_init(&buf, mem, sizeof mem);
    html_put(&buf, SPAN("ab&"));
    assert_false(buf_ok(&buf));
}

static void
test_percent_get(void **state)
{
    (void)state;
    static const struct {
        struct span from;
        bool plus;
        const char *to; /* NULL: refused */
    } rows[] = {
        {BYTES(""), false, ""},
        {BYTES("a+b"), false, "a+b"},
        {BYTES("a+b"), true, "a b"},
        {BYTES("%41%7e%2B"), true, "A~+"},
        {BYTES("%2541"), false, "%41"}, /* once */
        {BYTES("%C3%BC\xc3\xbc"), false, "\xc3\xbc\xc3\xbc"},
        {BYTES("%"), false, NULL},
        {BYTES("a%4"), false, NULL},
        {BYTES("%4g"), false, NULL},
        {BYTES("%00"), false, NULL},
        {BYTES("a\0"), false, NULL},
        {BYTES("%C3"), false, NULL},
        {BYTES("\xff"), false, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct span got = SPAN_NONE;
        ROW_ASSERT(percent_get(&arena, rows[i].from, rows[i].plus, &got) == (rows[i].to != NULL),
                   rows[i].from.p);
        ROW_ASSERT(rows[i].to == NULL ? got.p == NULL : span_is(got, rows[i].to), rows[i].from.p);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base64), cmocka_unit_test(test_base64_bad),
        cmocka_unit_test(test_escapes), cmocka_unit_test(test_percent_get)};
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
