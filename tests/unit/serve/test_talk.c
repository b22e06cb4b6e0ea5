/* Conversations: what is answered, and whether the connection goes on. */
#include "serve_test.h"

#include <sys/socket.h>

static struct server server;

static int
setup(void **state)
{
    (void)state;
    server_start(&server, (struct serve_options){.bounds = {.idle_ms = 10000}});
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    server_stop(&server);
    return 0;
}

#define H "Host: a\r\n"

/* One request on a connection of its own; then whether the connection takes another. */
static void
test_single(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int status;
        bool closes;
        const char *field; /* must be there */
        const char *body;  /* must begin so */
    } rows[] = {
        {"GET / HTTP/1.1\r\n" H "\r\n", 200, false, "\r\nX-Content-Type-Options: nosniff\r\n", "{\"secret"},
        {"GET / HTTP/1.1\r\n" H "\r\n", 200, false, "\r\nCache-Control: no-store\r\n", NULL},
        {"GET / HTTP/1.1\r\n" H "\r\n", 200, false, "\r\nDate: ", NULL},
        {"GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n", 200, true, "\r\nConnection: close\r\n", NULL},
        {"GET / HTTP/1.0\r\n\r\n", 200, true, NULL, NULL},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, false, "\r\nConnection: keep-alive\r\n", NULL},
        {"HEAD / HTTP/1.1\r\n" H "\r\n", 200, false, "\r\nContent-Length: 18\r\n", NULL},
        {"HEAD /stream/100000 HTTP/1.1\r\n" H "\r\n", 200, false, "\r\nTransfer-Encoding: chunked\r\n", NULL},
        {"GET /none HTTP/1.1\r\n" H "\r\n", 404, false, "application/problem+json", "{\"type\":\"urn:troth:error:not-found\""},
        {"HEAD /none HTTP/1.1\r\n" H "\r\n", 404, false, "application/problem+json", NULL},
        {"GET /echo HTTP/1.1\r\n" H "\r\n", 405, false, "\r\nAllow: POST, PUT\r\n", "{"},
        {"DELETE / HTTP/1.1\r\n" H "\r\n", 405, false, "\r\nAllow: GET, HEAD, POST\r\n", NULL},
        {"OPTIONS / HTTP/1.1\r\n" H "\r\n", 405, false, "\r\nAllow: GET, HEAD, POST\r\n", NULL},
        {"BREW / HTTP/1.1\r\n" H "\r\n", 501, true, NULL, NULL},
        {"GET / HTTP/1.1\r\n" H "Accept: image/png\r\n\r\n", 200, false, NULL, NULL},
        {"GET /p/a%20b HTTP/1.1\r\n" H "\r\n", 200, false, NULL, "a b"},
        {"GET /p/ HTTP/1.1\r\n" H "\r\n", 404, false, NULL, NULL},
        {"GET /p/a/ HTTP/1.1\r\n" H "\r\n", 404, false, NULL, NULL},
        {"GET /empty HTTP/1.1\r\n" H "\r\n", 204, false, "\r\nCache-Control: max-age=60\r\n", NULL},
        {"GET /forgets HTTP/1.1\r\n" H "\r\n", 500, false, NULL, "{\"type\":\"urn:troth:error:internal\""},
        {"GET /splits HTTP/1.1\r\n" H "\r\n", 500, false, NULL, "{\"type\":\"urn:troth:error:internal\""},
        {"GET /large/2000000 HTTP/1.1\r\n" H "\r\n", 200, false, "\r\nContent-Length: 2000000\r\n", "lll"},
        {"GET /full/400000 HTTP/1.1\r\n" H "\r\n", 200, false, "\r\nContent-Length: 400000\r\n", "lll"},
        {"GET /full/2000000 HTTP/1.1\r\n" H "\r\n", 413, false, NULL, "{\"type\":\"urn:troth:error:too-large\""},
        {"POST /echo HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello", 200, false, NULL, "5 4f9f2cab"},
        {"POST /echo HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", 200, false, NULL, "0 "},
        {"POST /echo HTTP/1.1\r\n" H "\r\n", 200, false, NULL, "0 "},
        {"POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 200, false, NULL, "5 4f9f2cab"},
        {"POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, false, NULL, "0 "},
        {"GET /2 HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx", 413, false, NULL, NULL},
        {"GET /2 HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, false, NULL, NULL},
        {"GET /2 HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 413, true, NULL, NULL},
        {"POST /none HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello", 404, false, NULL, NULL},
        {"POST /none HTTP/1.1\r\n" H "Content-Length: 500\r\n\r\nhello", 404, true, NULL, NULL},
        {"POST /none HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 404, false, NULL, NULL},
        {"POST /none HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", 404, true, NULL, NULL},
        {"POST /none HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", 400, true, NULL, NULL},
        {"POST /none HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 500\r\n\r\n", 404, true, NULL, NULL},
        {"POST / HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 17\r\n\r\n", 413, true, NULL, NULL},
        {"POST / HTTP/1.1\r\n" H "Expect: more\r\nContent-Length: 2\r\n\r\nab", 417, false, NULL, NULL},
        {"POST /slow HTTP/1.1\r\n" H "\r\n", 200, false, NULL, "{}"},
        {"GET /stream/0 HTTP/1.1\r\n" H "\r\n", 200, false, "\r\nTransfer-Encoding: chunked\r\n", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client *client = client_open(&server);
        struct answer answer = client_ask(client, rows[i].text);
        if (answer.status != rows[i].status || answer.close != rows[i].closes ||
            (rows[i].field != NULL && !answer_has(&answer, rows[i].field)) ||
            (rows[i].body != NULL && strncmp(answer.body, rows[i].body, strlen(rows[i].body)) != 0))
            fail_msg("row %zu %s\n%s%s", i, rows[i].text, answer.head, answer.body);
        if (rows[i].closes)
            assert_true(client_ends(client, 2000));
        else
            assert_int_equal(client_ask(client, "GET / HTTP/1.1\r\n" H "\r\n").status, 200);
        client_close(client);
    }
}

/* The same bytes in pieces of every size must give the same answers. */
static void
test_pieces(void **state)
{
    (void)state;
    static const char text[] = "POST /echo HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello"
                               "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
                               "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
                               "GET / HTTP/1.1\r\n" H "\r\n"
                               "POST /slow HTTP/1.1\r\n" H "\r\n"
                               "GET /p/last HTTP/1.1\r\n" H "\r\n";
    app.slow_ms = 0;
    for (size_t size = 1; size < sizeof text; size += size < 8 ? 1 : 13) {
        struct client *client = client_open(&server);
        for (size_t at = 0; at < sizeof text - 1; at += size) {
            client_send(client, span_sub(span_str(text), at, size));
            if (size < 4 || size % 3 == 0)
                usleep(50);
        }
        static const char *const bodies[] = {"5 4f9f2cab", "5 4f9f2cab", "{\"secret", "{}", "last"};
        for (size_t i = 0; i < COUNT(bodies); i++) {
            struct answer answer = client_answer(client, false);
            assert_int_equal(answer.status, 200);
            assert_int_equal(strncmp(answer.body, bodies[i], strlen(bodies[i])), 0);
        }
        client_close(client);
    }
}

static void
test_pipeline(void **state)
{
    (void)state;
    static const size_t counts[] = {LIMIT_HTTP_PIPELINE - 1, LIMIT_HTTP_PIPELINE,
                                    LIMIT_HTTP_PIPELINE + 1, 600};
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct client *client = client_open(&server);
        static char text[65536];
        struct buf buf;
        buf_init(&buf, text, sizeof text);
        for (size_t j = 0; j < counts[i]; j++)
            buf_fmt(&buf, "GET /p/%zu HTTP/1.1\r\n" H "\r\n", j);
        assert_true(buf_ok(&buf));
        client_send(client, buf_span(&buf));
        for (size_t j = 0; j < counts[i]; j++) {
            struct answer answer = client_answer(client, false);
            char want[24];
            (void)snprintf(want, sizeof want, "%zu", j);
            assert_int_equal(answer.status, 200);
            assert_string_equal(answer.body, want);
        }
        assert_false(client_ends(client, 5));
        client_close(client);
    }
}

static void
test_continue(void **state)
{
    (void)state;
    struct client *client = client_open(&server);
    struct answer answer =
        client_ask(client, "POST /echo HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_int_equal(answer.status, 100);
    answer = client_ask(client, "hello");
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "5 4f9f2cab");
    client_close(client);
}

/* Bodies around each size at which they take another way: buffer, arena, large arena. */
static void
test_bodies(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        int status;
    } rows[] = {
        {1, 200}, {4096, 200}, {LIMIT_HTTP_BUFFER - 100, 200}, {LIMIT_HTTP_BUFFER, 200},
        {65536, 200}, {65537, 200}, {LIMIT_HTTP_BODY - 1, 200}, {LIMIT_HTTP_BODY, 200},
        {LIMIT_HTTP_BODY + 1, 413},
    };
    static char body[LIMIT_HTTP_BODY + 1];
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (char)(i * 7 + i / 251);
    for (size_t i = 0; i < 3 * COUNT(rows); i++) {
        size_t n = rows[i / 3].n;
        int how = (int)(i % 3); /* 0: with a length; 1: one chunk; 2: chunks of 5000 */
        struct client *client = client_open(&server);
        char text[256];
        if (how == 0)
            (void)snprintf(text, sizeof text, "POST /echo HTTP/1.1\r\n" H "Content-Length: %zu\r\n\r\n", n);
        else
            (void)snprintf(text, sizeof text, "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n");
        client_say(client, text);
        size_t step = how == 2 ? 5000 : n;
        for (size_t at = 0; at < n; at += step) {
            struct span part = span_sub(span_of(body, n), at, step);
            if (how > 0) {
                (void)snprintf(text, sizeof text, "%zx\r\n", part.n);
                client_say(client, text);
            }
            client_send(client, part);
            if (how > 0)
                client_say(client, "\r\n");
        }
        if (how > 0)
            client_say(client, "0\r\n\r\n");
        struct answer answer = client_answer(client, false);
        (void)snprintf(text, sizeof text, "%zu %08x", n, span_hash(span_of(body, n)));
        if (answer.status != rows[i / 3].status)
            fail_msg("%zu bytes, way %d: %d %s", n, how, answer.status, answer.body);
        if (answer.status == 200) {
            assert_string_equal(answer.body, text);
            assert_int_equal(client_ask(client, "GET / HTTP/1.1\r\n" H "\r\n").status, 200);
        }
        client_close(client);
    }
}

/* A client that ends in the middle of anything leaves nothing behind. */
static void
test_cut(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\n" H "\r\n",
        "POST /echo HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhel",
        "POST /echo HTTP/1.1\r\n" H "Content-Length: 100000\r\n\r\nhel",
        "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n5\r\nhe",
        "POST /slow HTTP/1.1\r\n" H "\r\n", "GET /turn HTTP/1.1\r\n" H "\r\n",
        "GET /stream/10000000 HTTP/1.1\r\n" H "\r\n", "GET /large/2000000 HTTP/1.1\r\n" H "\r\n",
        "POST /slow HTTP/1.1\r\n" H "\r\nPOST /slow HTTP/1.1\r\n" H "\r\nGET / HTTP/1.1\r\n" H "\r\n",
        "BAD\r\n\r\n",
    };
    app.slow_ms = 1;
    for (size_t i = 0; i < 6 * COUNT(texts); i++) {
        struct client *client = client_open(&server);
        client_say(client, texts[i / 6]);
        if (i % 2 == 1)
            usleep(3000);
        if (i % 6 < 2)
            (void)shutdown(client->fd, SHUT_WR);
        if (i % 6 >= 4) { /* a reset instead of an end */
            struct linger hard = {.l_onoff = 1};
            (void)setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        }
        client_close(client);
    }
    struct client *client = client_open(&server);
    assert_int_equal(client_ask(client, "GET /turn HTTP/1.1\r\n" H "\r\n").status, 200);
    client_close(client);
}

/* Half closed is not gone: what was asked is answered. */
static void
test_half_closed(void **state)
{
    (void)state;
    struct client *client = client_open(&server);
    client_say(client, "POST /slow HTTP/1.1\r\n" H "\r\nGET /p/x HTTP/1.1\r\n" H "\r\n");
    (void)shutdown(client->fd, SHUT_WR);
    assert_int_equal(client_answer(client, false).status, 200);
    assert_int_equal(client_answer(client, false).status, 200);
    assert_true(client_ends(client, 1000));
    client_close(client);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_single, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pipeline, setup, teardown),
        cmocka_unit_test_setup_teardown(test_continue, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bodies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_half_closed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
