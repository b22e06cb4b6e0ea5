#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limits.h"

static void
test_span_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t most;
        bool good;
        uint64_t value;
    } rows[] = {
        {"0", 10, true, 0},
        {"10", 10, true, 10},
        {"11", 10, false, 0},
        {"", 10, false, 0},
        {"+1", 10, false, 0},
        {"-1", 10, false, 0},
        {" 1", 10, false, 0},
        {"0x1", 10, false, 0},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"99999999999999999999", UINT64_MAX, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t got = 77;
        assert_int_equal(span_u64(span_str(rows[i].text), rows[i].most, &got), rows[i].good);
        assert_true(got == (rows[i].good ? rows[i].value : 77));
    }
}

static void
test_span_split(void **state)
{
    (void)state;
    struct span rest = SPAN("a,,b"), part;
    assert_true(span_split(&rest, ',', &part) && span_is(part, "a"));
    assert_true(span_split(&rest, ',', &part) && span_is(part, ""));
    assert_true(span_split(&rest, ',', &part) && span_is(part, "b"));
    assert_false(span_split(&rest, ',', &part));
}

static void
test_hex(void **state)
{
    (void)state;
    uint8_t out[2] = {9, 9};
    assert_false(hex_get(SPAN("00f"), out, 2));
    assert_false(hex_get(SPAN("00fg"), out, 2));
    assert_int_equal(out[0], 9);
    assert_true(hex_get(SPAN("0AfF"), out, 2));
    assert_int_equal(out[0], 0x0a);
    assert_int_equal(out[1], 0xff);
}

static void
test_buf_overflow_is_sticky(void **state)
{
    (void)state;
    char mem[4];
    struct buf buf;
    buf_init(&buf, mem, sizeof mem);
    buf_str(&buf, "abc");
    assert_true(buf_ok(&buf));
    buf_str(&buf, "de");
    assert_false(buf_ok(&buf));
    buf_str(&buf, "f");
    assert_int_equal(buf.n, 3);
}

static void
test_arena_wipes(void **state)
{
    (void)state;
    struct arena arena;
    struct err err;
    assert_true(arena_open(&arena, 4096, &err));
    struct span secret = arena_copy(&arena, SPAN("secret"));
    const char *at = secret.p;
    arena_reset(&arena);
    char *again = arena_take(&arena, 6);
    assert_ptr_equal(again, at);
    assert_memory_equal(again, "\0\0\0\0\0\0", 6);
    assert_null(arena_take(&arena, 8192));
    assert_true(arena.overflow);
    arena_reset(&arena);
    assert_false(arena.overflow);
    arena_close(&arena);
}

static void
test_err_texts(void **state)
{
    (void)state;
    struct err err;
    assert_false(err_set(&err, ERR_INVALID, "too long by %d", 3));
    err_prefix(&err, "field %s", "account.email");
    assert_string_equal(err.text, "field account.email: too long by 3");
    assert_int_equal(err_http_status(err.code), 422);
    for (int code = 0; code < ERR_COUNT; code++)
        assert_true(err_machine_code((enum err_code)code)[0] != '\0');
}

static void
test_clock_cannot_be_moved(void **state)
{
    (void)state;
    assert_false(clock_is_movable());
    assert_true(clock_now_us() > 0);
    size_t count;
    assert_non_null(limits_all(&count));
    assert_true(count > 30);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_span_numbers),  cmocka_unit_test(test_span_split),
        cmocka_unit_test(test_hex),           cmocka_unit_test(test_buf_overflow_is_sticky),
        cmocka_unit_test(test_arena_wipes),   cmocka_unit_test(test_err_texts),
        cmocka_unit_test(test_clock_cannot_be_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
