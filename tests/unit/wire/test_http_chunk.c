#include "wire_test.h"

#include "wire/http.h"

enum { ROOM = 32 };

static const struct {
    struct span in;
    enum http_got got;
    enum err_code code; /* when bad */
    const char *body;   /* when done */
    size_t left;        /* bytes behind the end, when done */
} rows[] = {
    {BYTES("0\r\n\r\n"), HTTP_DONE, 0, "", 0},
    {BYTES("00000000\r\n\r\n"), HTTP_DONE, 0, "", 0},
    {BYTES("1\r\na\r\n0\r\n\r\nGET"), HTTP_DONE, 0, "a", 3},
    {BYTES("a\r\n0123456789\r\nB\r\nabcdefghijk\r\n0\r\n\r\n"), HTTP_DONE, 0,
     "0123456789abcdefghijk", 0},
    {BYTES("00000003\r\n\r\n\r\r\n0\r\n\r\n"), HTTP_DONE, 0, "\r\n\r", 0},
    {BYTES("20\r\n01234567890123456789012345678901\r\n0\r\n\r\n"), HTTP_DONE, 0,
     "01234567890123456789012345678901", 0},
    {BYTES(""), HTTP_MORE, 0, NULL, 0},
    {BYTES("1"), HTTP_MORE, 0, NULL, 0},
    {BYTES("1\r"), HTTP_MORE, 0, NULL, 0},
    {BYTES("5\r\nabc"), HTTP_MORE, 0, NULL, 0},
    {BYTES("0\r\n\r"), HTTP_MORE, 0, NULL, 0},
    {BYTES("\r\n"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("000000001\r\na"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("0x1\r\na"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("+1\r\na"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("-1\r\na"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES(" 1\r\na"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("1 \r\na"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("1\t\r\na"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("1;x=y\r\na"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("1;\r\na"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("g\r\na"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("1\na"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("1\ra"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("1\r\r\na"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("1\r\nab\r\n"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("1\r\na\n"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("1\r\na\rx"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("0\n\r\n"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("0\r\nTrailer: x\r\n\r\n"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("0\r\n\n"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("0\r\n\rx"), HTTP_BAD, ERR_BAD_HTTP, NULL, 0},
    {BYTES("21\r\n"), HTTP_BAD, ERR_TOO_LARGE, NULL, 0}, /* before any of it has come */
    {BYTES("ffffffff\r\n"), HTTP_BAD, ERR_TOO_LARGE, NULL, 0},
    {BYTES("20\r\n01234567890123456789012345678901\r\n1\r\n"), HTTP_BAD, ERR_TOO_LARGE, NULL, 0},
};

/* The same answer whether the bytes come at once or one by one. */
static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (int single = 0; single < 2; single++) {
            char mem[ROOM];
            struct buf body;
            struct err err;
            struct http_chunks chunks;
            struct span in = rows[i].in;
            enum http_got got = HTTP_MORE;
            buf_init(&body, mem, sizeof mem);
            http_chunks_init(&chunks);
            if (!single) {
                got = http_chunks_read(&chunks, &in, &body, &err);
            } else {
                for (size_t at = 0; at < rows[i].in.n && got == HTTP_MORE; at++) {
                    struct span one = span_sub(rows[i].in, at, 1);
                    got = http_chunks_read(&chunks, &one, &body, &err);
                    assert_true(one.n == 0 || got == HTTP_BAD);
                    in = span_sub(rows[i].in, at + 1, rows[i].in.n);
                }
            }
            ROW_ASSERT(got == rows[i].got, rows[i].in.p);
            if (got == HTTP_BAD) {
                ROW_ASSERT(err.code == rows[i].code, rows[i].in.p);
                in = SPAN("0\r\n\r\n"); /* once broken, for ever broken */
                assert_int_equal(http_chunks_read(&chunks, &in, &body, &err), HTTP_BAD);
            } else if (got == HTTP_DONE) {
                ROW_ASSERT(span_is(buf_span(&body), rows[i].body), rows[i].in.p);
                ROW_ASSERT(chunks.total == body.n && in.n == rows[i].left, rows[i].in.p);
                assert_int_equal(http_chunks_read(&chunks, &in, &body, &err), HTTP_DONE);
                assert_int_equal(in.n, rows[i].left);
            }
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
