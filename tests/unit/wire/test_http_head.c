#include "wire_test.h"

#include "wire/http.h"

#define H "Host: a\r\n"
#define GET(target) "GET " target " HTTP/1.1\r\n" H "\r\n"
#define WITH(fields) "GET / HTTP/1.1\r\n" H fields "\r\n"

struct bad_row {
    struct span in;
    enum err_code code;
};

static const struct bad_row bad_rows[] = {
    /* the request line */
    {BYTES("\r\nGET / HTTP/1.1\r\n" H "\r\n"), ERR_BAD_HTTP},
    {BYTES(" GET / HTTP/1.1\r\n" H "\r\n"), ERR_BAD_HTTP},
    {BYTES("GET  / HTTP/1.1\r\n" H "\r\n"), ERR_BAD_HTTP},
    {BYTES("GET /  HTTP/1.1\r\n" H "\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1 \r\n" H "\r\n"), ERR_BAD_HTTP},
    {BYTES("GET\t/ HTTP/1.1\r\n" H "\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\n" H "\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r" H "\r\n"), ERR_BAD_HTTP},
    {BYTES("GET /\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1x\r\n" H "\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.10\r\n" H "\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/01.1\r\n" H "\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / http/1.1\r\n" H "\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1,1\r\n" H "\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / ICY/1.1\r\n" H "\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.2\r\n" H "\r\n"), ERR_HTTP_VERSION},
    {BYTES("GET / HTTP/2.0\r\n" H "\r\n"), ERR_HTTP_VERSION},
    {BYTES("GET / HTTP/0.9\r\n" H "\r\n"), ERR_HTTP_VERSION},
    {BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), ERR_METHOD_UNKNOWN},
    {BYTES("get / HTTP/1.1\r\n" H "\r\n"), ERR_METHOD_UNKNOWN},
    {BYTES("GETT / HTTP/1.1\r\n" H "\r\n"), ERR_METHOD_UNKNOWN},
    {BYTES("PROPFIND / HTTP/1.1\r\n" H "\r\n"), ERR_METHOD_UNKNOWN},
    {BYTES("G=T / HTTP/1.1\r\n" H "\r\n"), ERR_BAD_HTTP},
    {BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), ERR_BAD_HTTP},
    /* the target */
    {BYTES(GET("*")), ERR_BAD_HTTP},
    {BYTES("OPTIONS * HTTP/1.1\r\n" H "\r\n"), ERR_BAD_HTTP},
    {BYTES(GET("http://a/")), ERR_BAD_HTTP},
    {BYTES("CONNECT a:443 HTTP/1.1\r\n" H "\r\n"), ERR_BAD_HTTP},
    {BYTES(GET("a")), ERR_BAD_HTTP},
    {BYTES(GET("?a")), ERR_BAD_HTTP},
    {BYTES(GET("/a#b")), ERR_BAD_HTTP},
    {BYTES(GET("/a?b#c")), ERR_BAD_HTTP},
    {BYTES(GET("/a\\b")), ERR_BAD_HTTP},
    {BYTES(GET("/a\"b")), ERR_BAD_HTTP},
    {BYTES(GET("/a<b")), ERR_BAD_HTTP},
    {BYTES(GET("/a{b}")), ERR_BAD_HTTP},
    {BYTES(GET("/a^b")), ERR_BAD_HTTP},
    {BYTES(GET("/a`b")), ERR_BAD_HTTP},
    {BYTES(GET("/a|b")), ERR_BAD_HTTP},
    {BYTES(GET("/\xc3\xbc")), ERR_BAD_HTTP},
    {BYTES(GET("/?\xc3\xbc")), ERR_BAD_HTTP},
    {BYTES(GET("/a\x7f")), ERR_BAD_HTTP},
    {BYTES(GET("/a\x00z")), ERR_BAD_HTTP},
    {BYTES(GET("/a\tb")), ERR_BAD_HTTP},
    /* the path */
    {BYTES(GET("/%")), ERR_BAD_HTTP},
    {BYTES(GET("/%2")), ERR_BAD_HTTP},
    {BYTES(GET("/%2g")), ERR_BAD_HTTP},
    {BYTES(GET("/%g2")), ERR_BAD_HTTP},
    {BYTES(GET("/%00")), ERR_BAD_HTTP},
    {BYTES(GET("/a%2fb")), ERR_BAD_HTTP},
    {BYTES(GET("/a%2Fb")), ERR_BAD_HTTP},
    {BYTES(GET("/a%5cb")), ERR_BAD_HTTP},
    {BYTES(GET("/a%5Cb")), ERR_BAD_HTTP},
    {BYTES(GET("/a%0d%0ab")), ERR_BAD_HTTP},
    {BYTES(GET("/a%7f")), ERR_BAD_HTTP},
    {BYTES(GET("/%ff")), ERR_BAD_HTTP},
    {BYTES(GET("/%c0%af")), ERR_BAD_HTTP},
    {BYTES(GET("/%ed%a0%80")), ERR_BAD_HTTP},
    {BYTES(GET("/%e2%82")), ERR_BAD_HTTP},
    {BYTES(GET("/%e2%80%ae")), ERR_BAD_HTTP}, /* a bidi override */
    {BYTES(GET("/.")), ERR_BAD_HTTP},
    {BYTES(GET("/..")), ERR_BAD_HTTP},
    {BYTES(GET("/a/../b")), ERR_BAD_HTTP},
    {BYTES(GET("/a/./b")), ERR_BAD_HTTP},
    {BYTES(GET("/%2e")), ERR_BAD_HTTP},
    {BYTES(GET("/%2e%2e/b")), ERR_BAD_HTTP},
    {BYTES(GET("/.%2E/b")), ERR_BAD_HTTP},
    /* field lines */
    {BYTES(WITH("X : 1\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("X\t: 1\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH(": 1\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("X\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH(" X: 1\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("X: 1\r\n 2\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("X: 1\r\n\t2\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("X: 1\nY: 2\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("X: 1\rY: 2\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("X: a\x00z\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("X: aaaaaaaaaaaaaaaaaaaaaaaaa\x01zaaaaaaaaaaaaaaaaaaaaaa\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("X: aaaaaaaaaaaaaaaaaaaaaaaaa\x1fzaaaaaaaaaaaaaaaaaaaaaa\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("X: aaaaaaaaaaaaaaaaaaaaaaaaa\x7fzaaaaaaaaaaaaaaaaaaaaaa\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("X: aaaaaaaaaaaaaaaaaaaaaaaaa\x80zaaaaaaaaaaaaaaaaaaaaaa\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("X: aaaaaaaaaaaaaaaaaaaaaaaaa\xffzaaaaaaaaaaaaaaaaaaaaaa\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("X(y): 1\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("X\x00: 1\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("\xc3\xbc: 1\r\n")), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\n" H "\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\n" H "\rx"), ERR_BAD_HTTP},
    /* Host */
    {BYTES("GET / HTTP/1.1\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\nHost:\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.0\r\nHost: a\r\nhOST: a\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\nHost: a:\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\nHost: a:x\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\nHost: a:000080\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\nHost: a:80:80\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\nHost: :80\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\nHost: []\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\nHost: [g::1]\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES("GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n"), ERR_BAD_HTTP},
    /* once only */
    {BYTES(WITH("Authorization: a\r\nAuthorization: a\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Cookie: a=b\r\ncookie: c=d\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Content-Type: a/b\r\nContent-Type: a/b\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Origin: a\r\nORIGIN: a\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Expect: 100-continue\r\nExpect: 100-continue\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("If-Match: \"1\"\r\nIf-Match: \"1\"\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Idempotency-Key: a\r\nIdempotency-Key: b\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Troth-Purpose: a\r\nX: y\r\nTroth-Purpose: b\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Troth-Task: a\r\ntroth-task: a\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Connection: close\r\nConnection: close\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n")), ERR_BAD_HTTP},
    /* framing */
    {BYTES(WITH("Content-Length: 1\r\nContent-Length: 1\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Content-Length: 1, 1\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Content-Length: +1\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Content-Length: -1\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Content-Length: 1.0\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Content-Length: 0x1\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Content-Length: 1 1\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Content-Length:\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Content-Length: 1000000000000\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Content-Length: 18446744073709551617\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Transfer-Encoding: gzip, chunked\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Transfer-Encoding: chunked,\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Transfer-Encoding: \"chunked\"\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Transfer-Encoding: identity\r\n")), ERR_BAD_HTTP},
    {BYTES(WITH("Transfer-Encoding:\r\n")), ERR_BAD_HTTP},
    {BYTES("POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n"), ERR_BAD_HTTP},
    {BYTES(WITH("Expect: 200-ok\r\n")), ERR_EXPECT},
    {BYTES(WITH("Expect:\r\n")), ERR_EXPECT},
    /* a broken frame counts for more than a wrong wish */
    {BYTES(WITH("Expect: x\r\nContent-Length: x\r\n")), ERR_BAD_HTTP},
};

static void
test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad_rows); i++) {
        struct http_head head;
        struct err err;
        size_t used = 777;
        arena_reset(&arena);
        enum http_got got = http_head_read(&arena, bad_rows[i].in, &head, &used, &err);
        ROW_ASSERT(got == HTTP_BAD, bad_rows[i].in.p);
        ROW_ASSERT(err.code == bad_rows[i].code, bad_rows[i].in.p);
        ROW_ASSERT((used == 777) == (err.code != ERR_EXPECT), bad_rows[i].in.p);
    }
}

struct good_row {
    struct span in;
    struct http_head want;
};

static const struct good_row good_rows[] = {
    {BYTES(GET("/")), {.path = {"/", 1}, .host = {"a", 1}, .keep_alive = true, .field_count = 1}},
    {BYTES(GET("/a//b?")),
     {.path = {"/a//b", 5}, .host = {"a", 1}, .keep_alive = true, .field_count = 1}},
    {BYTES(GET("/v1/s/%7Ex/%C3%BC%25?q=%zz&%00")),
     {.path = {"/v1/s/~x/\xc3\xbc%", 12},
      .query = {"q=%zz&%00", 9},
      .host = {"a", 1},
      .keep_alive = true,
      .field_count = 1}},
    {BYTES(GET("/...a.b/..c?x=/../?")),
     {.path = {"/...a.b/..c", 11},
      .query = {"x=/../?", 7},
      .host = {"a", 1},
      .keep_alive = true,
      .field_count = 1}},
    {BYTES("HEAD / HTTP/1.0\r\n\r\n"), {.method = HTTP_HEAD, .path = {"/", 1}, .http10 = true}},
    {BYTES("PUT / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n"),
     {.method = HTTP_PUT, .path = {"/", 1}, .http10 = true, .keep_alive = true, .field_count = 1}},
    {BYTES("PATCH / HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\nConnection: CLOSE\r\n\r\n"),
     {.method = HTTP_PATCH,
      .path = {"/", 1},
      .host = {"[2001:db8::1]:8443", 18},
      .field_count = 2}},
    {BYTES("DELETE / HTTP/1.1\r\nHost: a-b.example:80\r\n\r\n"),
     {.method = HTTP_DELETE,
      .path = {"/", 1},
      .host = {"a-b.example:80", 14},
      .keep_alive = true,
      .field_count = 1}},
    {BYTES("TRACE / HTTP/1.1\r\n" H "\r\n"),
     {.method = HTTP_TRACE,
      .path = {"/", 1},
      .host = {"a", 1},
      .keep_alive = true,
      .field_count = 1}},
    {BYTES("OPTIONS / HTTP/1.1\r\n" H "\r\n"),
     {.method = HTTP_OPTIONS,
      .path = {"/", 1},
      .host = {"a", 1},
      .keep_alive = true,
      .field_count = 1}},
    {BYTES("CONNECT / HTTP/1.1\r\n" H "\r\n"),
     {.method = HTTP_CONNECT,
      .path = {"/", 1},
      .host = {"a", 1},
      .keep_alive = true,
      .field_count = 1}},
    {BYTES("POST / HTTP/1.1\r\n" H "Content-Length: 007\r\nExpect: 100-Continue\r\n\r\n"),
     {.method = HTTP_POST,
      .path = {"/", 1},
      .host = {"a", 1},
      .keep_alive = true,
      .expect_continue = true,
      .body = HTTP_BODY_LENGTH,
      .length = 7,
      .field_count = 3}},
    {BYTES("POST / HTTP/1.1\r\n" H "Content-Length: 999999999999\r\n\r\n"),
     {.method = HTTP_POST,
      .path = {"/", 1},
      .host = {"a", 1},
      .keep_alive = true,
      .body = HTTP_BODY_LENGTH,
      .length = 999999999999,
      .field_count = 2}},
    {BYTES("POST / HTTP/1.1\r\n" H "tRANSFER-eNCODING:chunked\r\n\r\n"),
     {.method = HTTP_POST,
      .path = {"/", 1},
      .host = {"a", 1},
      .keep_alive = true,
      .body = HTTP_BODY_CHUNKED,
      .field_count = 2}},
    {BYTES("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length:0 \t\r\n\r\n"),
     {.method = HTTP_POST,
      .path = {"/", 1},
      .http10 = true,
      .body = HTTP_BODY_LENGTH,
      .field_count = 2}},
    {BYTES(WITH("Content_Length: 5\r\nX: a\tb ~\r\nX:\r\nAccept: a\r\nAccept: b\r\n")),
     {.path = {"/", 1}, .host = {"a", 1}, .keep_alive = true, .field_count = 6}},
};

static void
test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good_rows); i++) {
        const struct http_head *want = &good_rows[i].want;
        const char *name = good_rows[i].in.p;
        struct http_head head;
        struct err err;
        size_t used = 0;
        arena_reset(&arena);
        /* What follows the head must not matter. */
        struct span in = arena_copy(&arena, good_rows[i].in);
        ROW_ASSERT(http_head_read(&arena, in, &head, &used, &err) == HTTP_DONE, name);
        ROW_ASSERT(used == in.n, name);
        ROW_ASSERT(head.method == want->method && head.http10 == want->http10, name);
        ROW_ASSERT(head.keep_alive == want->keep_alive, name);
        ROW_ASSERT(head.expect_continue == want->expect_continue, name);
        ROW_ASSERT(span_eq(head.path, want->path), name);
        ROW_ASSERT(span_eq(head.query, want->query), name);
        ROW_ASSERT(span_eq(head.host, want->host), name);
        ROW_ASSERT(head.body == want->body && head.length == want->length, name);
        ROW_ASSERT(head.field_count == want->field_count, name);
    }
}

/* Every beginning of a good head asks for more, and none decides or refuses. */
static void
test_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good_rows); i++) {
        for (size_t n = 0; n < good_rows[i].in.n; n++) {
            struct http_head head;
            struct err err;
            size_t used = 777;
            struct span part = span_sub(good_rows[i].in, 0, n);
            ROW_ASSERT(http_head_read(&arena, part, &head, &used, &err) == HTTP_MORE,
                       good_rows[i].in.p);
            assert_true(used == 777);
        }
    }
}

/* Where reading anew cannot change the answer, http_head_worth says so. */
static void
test_worth(void **state)
{
    (void)state;
    struct span in = SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    size_t reads = 0, seen = 0;
    for (size_t n = 1; n <= in.n; n++) {
        if (!http_head_worth(span_sub(in, 0, n), seen))
            continue;
        struct http_head head;
        struct err err;
        size_t used;
        reads++;
        enum http_got got = http_head_read(&arena, span_sub(in, 0, n), &head, &used, &err);
        assert_int_equal(got, n == in.n ? HTTP_DONE : HTTP_MORE);
        seen = n;
    }
    assert_int_equal(reads, 4); /* the first byte, and the end of each of three lines */
    static char flood[3 * LIMIT_HTTP_HEADER_LINE];
    memset(flood, 'a', sizeof flood);
    assert_false(http_head_worth(span_of(flood, 100), 99));
    assert_true(
        http_head_worth(span_of(flood, LIMIT_HTTP_HEADER_LINE), LIMIT_HTTP_HEADER_LINE - 1));
}

static enum http_got
read_made(struct span in, struct err *err)
{
    struct http_head head;
    size_t used;
    return http_head_read(&arena, in, &head, &used, err);
}

/* Each limit: just inside is taken, one more is refused, complete or not. */
static void
test_limits(void **state)
{
    (void)state;
    static char mem[3 * LIMIT_HTTP_HEAD];
    struct buf buf;
    struct err err;
    for (int over = 0; over < 2; over++) {
        buf_init(&buf, mem, sizeof mem);
        buf_str(&buf, "GET /");
        memset(buf_room(&buf, (size_t)(LIMIT_HTTP_REQUEST_LINE - 14 + over)), 'a',
               (size_t)(LIMIT_HTTP_REQUEST_LINE - 14 + over));
        buf_str(&buf, " HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_int_equal(read_made(buf_span(&buf), &err), over ? HTTP_BAD : HTTP_DONE);
        if (over)
            assert_int_equal(err.code, ERR_URI_LONG);
    }
    assert_int_equal(read_made(span_of(mem, LIMIT_HTTP_REQUEST_LINE + 2), &err), HTTP_BAD);
    assert_int_equal(read_made(span_of(mem, LIMIT_HTTP_REQUEST_LINE - 20), &err), HTTP_MORE);

    for (int over = 0; over < 2; over++) {
        buf_init(&buf, mem, sizeof mem);
        buf_str(&buf, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
        size_t fill = (size_t)(LIMIT_HTTP_HEADER_LINE - 3 + over);
        memset(buf_room(&buf, fill), 'a', fill);
        size_t cut = buf.n;
        buf_str(&buf, "\r\n\r\n");
        assert_int_equal(read_made(buf_span(&buf), &err), over ? HTTP_BAD : HTTP_DONE);
        if (over)
            assert_int_equal(err.code, ERR_HEADERS_LARGE);
        else
            assert_int_equal(read_made(span_of(mem, cut), &err), HTTP_MORE);
    }

    for (int over = 0; over < 2; over++) {
        buf_init(&buf, mem, sizeof mem);
        buf_str(&buf, "GET / HTTP/1.1\r\nHost: a\r\n");
        for (int i = 1; i < LIMIT_HTTP_FIELDS + over; i++)
            buf_str(&buf, "A: b\r\n");
        buf_str(&buf, "\r\n");
        assert_int_equal(read_made(buf_span(&buf), &err), over ? HTTP_BAD : HTTP_DONE);
        if (over)
            assert_int_equal(err.code, ERR_HEADERS_LARGE);
    }

    for (int over = 0; over < 2; over++) {
        buf_init(&buf, mem, sizeof mem);
        buf_str(&buf, "GET / HTTP/1.1\r\n");
        size_t start = buf.n;
        buf_str(&buf, "Host: a\r\n");
        while (buf.n - start < LIMIT_HTTP_HEAD) {
            size_t left = LIMIT_HTTP_HEAD + (size_t)over - (buf.n - start);
            size_t fill = left > 8000 ? 4000 : left > 4005 ? 2000 : left - 5;
            buf_str(&buf, "X: ");
            memset(buf_room(&buf, fill), 'a', fill);
            buf_str(&buf, "\r\n");
        }
        assert_int_equal(buf.n - start, LIMIT_HTTP_HEAD + over);
        buf_str(&buf, "\r\n");
        assert_int_equal(read_made(buf_span(&buf), &err), over ? HTTP_BAD : HTTP_DONE);
        if (over)
            assert_int_equal(err.code, ERR_HEADERS_LARGE);
    }
}

static void
test_fields(void **state)
{
    (void)state;
    struct http_head head;
    struct err err;
    size_t used;
    struct span value = SPAN("untouched");
    struct span in =
        SPAN("GET /x%20y HTTP/1.1\r\nhOsT:  a\t\r\nX-Note: \t b  c \t\r\nEmpty:\r\n\r\nrest");
    assert_int_equal(http_head_read(&arena, in, &head, &used, &err), HTTP_DONE);
    assert_int_equal(used, in.n - 4);
    assert_true(span_is(head.target, "/x%20y") && span_is(head.path, "/x y"));
    assert_false(http_head_field(&head, "Note", &value));
    assert_true(span_is(value, "untouched"));
    assert_true(http_head_field(&head, "x-note", &value) && span_is(value, "b  c"));
    assert_true(http_head_field(&head, "EMPTY", &value) && value.n == 0);
    assert_true(http_head_field(&head, "Host", &value) && span_is(value, "a"));
    assert_ptr_equal(value.p, in.p + 28); /* borrowed, not copied */

    struct arena tiny;
    assert_true(arena_open(&tiny, 4096, &err));
    assert_non_null(arena_take(&tiny, 4000));
    assert_non_null(arena_take(&tiny, tiny.cap - tiny.used - 16));
    assert_int_equal(http_head_read(&tiny, SPAN(GET("/%41%41%41%41%41%41%41%41%41%41%41%41%41%41")),
                                    &head, &used, &err),
                     HTTP_BAD);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    arena_close(&tiny);
}

static void
test_names(void **state)
{
    (void)state;
    for (int i = 0; i < HTTP_METHODS; i++) {
        char text[64];
        struct http_head head;
        struct err err;
        size_t used;
        int n = snprintf(text, sizeof text, "%s / HTTP/1.1\r\n" H "\r\n",
                         http_method_name((enum http_method)i));
        assert_int_equal(http_head_read(&arena, span_of(text, (size_t)n), &head, &used, &err),
                         HTTP_DONE);
        assert_int_equal(head.method, i);
    }
    for (int code = 0; code < ERR_COUNT; code++)
        assert_string_not_equal(http_status_text(err_http_status((enum err_code)code)), "Status");
    assert_string_equal(http_status_text(299), "Status");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad),   cmocka_unit_test(test_good),   cmocka_unit_test(test_more),
        cmocka_unit_test(test_worth), cmocka_unit_test(test_limits), cmocka_unit_test(test_fields),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
