#include "wire_test.h"

#include "wire/json.h"

static void
test_shapes(void **state)
{
    (void)state;
    char mem[1024];
    struct buf buf;
    struct json_out out;
    buf_init(&buf, mem, sizeof mem);
    json_out_init(&out, &buf);
    json_begin(&out, '{');
    json_kv_str(&out, "a", "x");
    json_kv_u64(&out, "b", UINT64_MAX);
    json_key(&out, "c");
    json_begin(&out, '[');
    json_i64(&out, INT64_MIN);
    json_i64(&out, 0);
    json_i64(&out, INT64_MAX);
    json_begin(&out, '[');
    json_end(&out, ']');
    json_begin(&out, '{');
    json_end(&out, '}');
    json_null(&out);
    json_bool(&out, true);
    json_raw(&out, SPAN("{\"r\":1}"));
    json_end(&out, ']');
    json_kv_bool(&out, "d", false);
    json_kv_hex(&out, "e", "\x00\xff", 2);
    json_kv_time(&out, "f", INT64_C(1793525400000123));
    json_key_span(&out, SPAN("g\""));
    json_text(&out, SPAN_NONE);
    json_end(&out, '}');
    assert_int_equal(out.depth, 0);
    static const char want[] = "{\"a\":\"x\",\"b\":18446744073709551615,\"c\":[-"
                               "9223372036854775808,0,9223372036854775807,[],{},"
                               "null,true,{\"r\":1}],\"d\":false,\"e\":\"00ff\",\"f\":\"2026-11-"
                               "01T09:30:00.000123Z\",\"g\\\"\":\"\"}";
    assert_true(buf_ok(&buf));
    assert_true(span_is(buf_span(&buf), want));
}

static void
test_escapes(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        const char *want;
    } rows[] = {
        {BYTES("\"\\/"), "\"\\\"\\\\/\""},
        {BYTES("\b\t\n\v\f\r"), "\"\\b\\t\\n\\u000b\\f\\r\""},
        {BYTES("\x00\x01\x1f\x7f"), "\"\\u0000\\u0001\\u001f\x7f\""},
        {BYTES("abcdefgh\"ijklmnopq\n"), "\"abcdefgh\\\"ijklmnopq\\n\""},
        {BYTES("\xc3\xbc\n\xf0\x9f\x98\x80"), "\"\xc3\xbc\\n\xf0\x9f\x98\x80\""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char mem[128];
        struct buf buf;
        struct json_out out;
        buf_init(&buf, mem, sizeof mem);
        json_out_init(&out, &buf);
        json_text(&out, rows[i].text);
        ROW_ASSERT(span_is(buf_span(&buf), rows[i].want), rows[i].want);
    }
}

/* Whatever is written is read back the same. */
static void
test_round_trip(void **state)
{
    (void)state;
    uint64_t dice = 88172645463325252u;
    for (int round = 0; round < 2000; round++) {
        char text[64], mem[512];
        size_t n = dice_roll(&dice) % sizeof text;
        for (size_t i = 0; i < n; i++)
            text[i] = (char)(1 + dice_roll(&dice) % 127);
        struct buf buf;
        struct json_out out;
        struct err err;
        const struct json *root;
        buf_init(&buf, mem, sizeof mem);
        json_out_init(&out, &buf);
        json_text(&out, span_of(text, n));
        arena_reset(&arena);
        assert_true(json_read(&arena, buf_span(&buf), &root, &err));
        assert_true(span_eq(root->text, span_of(text, n)));
    }
}

static void
test_overflow(void **state)
{
    (void)state;
    char mem[8];
    struct buf buf;
    struct json_out out;
    buf_init(&buf, mem, sizeof mem);
    json_out_init(&out, &buf);
    json_begin(&out, '[');
    for (int i = 0; i < 20; i++)
        json_u64(&out, 7);
    json_end(&out, ']');
    assert_false(buf_ok(&buf));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes), cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_overflow)};
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
