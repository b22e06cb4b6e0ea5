#include "serve_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

struct app app;

static bool
hook_begin(void *ctx, struct err *err)
{
    struct app *a = ctx;
    a->begins++;
    return !a->fail_begin || err_set(err, ERR_UNAVAILABLE, "secret-begin");
}

static void
hook_authorise(void *ctx, struct request *req)
{
    struct app *a = ctx;
    a->authorised++;
    if (a->forbid) {
        struct err err;
        err_set(&err, ERR_FORBIDDEN, "not yours");
        reply_problem(req, &err);
    }
}

static bool
hook_prefetch(void *ctx, struct err *err)
{
    struct app *a = ctx;
    a->prefetches++;
    return !a->fail_prefetch || err_set(err, ERR_KEYS, "secret-prefetch");
}

static bool
hook_commit(void *ctx, struct err *err)
{
    struct app *a = ctx;
    a->commits++;
    return !a->fail_commit || err_set(err, ERR_FULL, "secret-commit");
}

static void
hook_done(void *ctx, struct request *req)
{
    (void)req;
    ((struct app *)ctx)->done++;
}

static void
run_ok(void *ctx, struct request *req)
{
    ((struct app *)ctx)->runs++;
    reply_json(req, 200, SPAN("{\"secret\":\"reply\"}"));
    reply_field(req, "X-Secret", SPAN("field"));
}

/* Says how long the body was, and its hash. */
static void
run_echo(void *ctx, struct request *req)
{
    ((struct app *)ctx)->runs++;
    struct buf buf = arena_buf(req->arena, 64);
    buf_fmt(&buf, "%zu %08x", req->body.n, span_hash(req->body));
    req->reply.status = 200;
    req->reply.content_type = "text/plain";
    req->reply.body = buf_span(&buf);
}

static void
run_param(void *ctx, struct request *req)
{
    ((struct app *)ctx)->runs++;
    req->reply.status = 200;
    req->reply.content_type = "text/plain";
    req->reply.body = req->params[0];
}

static void
slow_sleep(struct request *req)
{
    app.slows++;
    usleep((unsigned)app.slow_ms * 1000);
    req->state = (void *)req;
}

static void
take_slow(void *ctx, struct request *req)
{
    (void)ctx;
    req->slow = slow_sleep;
}

static void
run_slow(void *ctx, struct request *req)
{
    ((struct app *)ctx)->runs++;
    reply_json(req, req->state == (void *)req ? 200 : 500, SPAN("{}"));
}

/* Streams as many bytes as the path says, in whole pieces; "x" breaks off after the second. */
static enum stream_state
stream_bytes(void *ctx, struct request *req, struct buf *piece)
{
    struct app *a = ctx;
    a->pieces++;
    size_t *left = req->state;
    if (req->params[1].n > 0 && req->params[1].p[0] == 'x' && --left[1] == 0)
        return STREAM_BROKEN;
    size_t n = piece->cap - piece->n < left[0] ? piece->cap - piece->n : left[0];
    char *room = buf_room(piece, n);
    if (n > 0)
        memset(room, 's', n);
    left[0] -= n;
    return left[0] == 0 ? STREAM_END : STREAM_MORE;
}

static void
run_stream(void *ctx, struct request *req)
{
    ((struct app *)ctx)->runs++;
    size_t *left = arena_take(req->arena, 2 * sizeof *left);
    uint64_t n = 0;
    (void)span_u64(req->params[0], UINT32_MAX, &n);
    left[0] = (size_t)n;
    left[1] = req->params[1].n > 1 ? 3 : 1;
    req->state = left;
    req->reply.status = 200;
    req->reply.content_type = "text/plain";
    req->reply.stream = stream_bytes;
}

/* A large reply that lies in the arena. */
static void
run_large(void *ctx, struct request *req)
{
    ((struct app *)ctx)->runs++;
    uint64_t n = 0;
    (void)span_u64(req->params[0], UINT32_MAX, &n);
    char *p = arena_take(req->arena, (size_t)n);
    req->reply.status = 200;
    req->reply.content_type = "text/plain";
    if (p != NULL)
        req->reply.body = span_of(memset(p, 'l', (size_t)n), (size_t)n);
}

static void
run_forgets(void *ctx, struct request *req)
{
    (void)ctx;
    (void)req;
}

static void
run_splits(void *ctx, struct request *req)
{
    (void)ctx;
    reply_json(req, 200, SPAN("{}"));
    reply_field(req, "X-Name", SPAN("a\r\nSet-Cookie: b"));
}

static void
run_empty(void *ctx, struct request *req)
{
    (void)ctx;
    req->reply.status = 204;
    reply_field(req, "Cache-Control", SPAN("max-age=60"));
}

static const struct route test_routes[] = {
    {.method = HTTP_GET, .path = "/", .body_max = 16, .free_of_turn = true, .run = run_ok},
    {.method = HTTP_POST, .path = "/", .body_max = 16, .run = run_ok},
    {.method = HTTP_GET, .path = "/2", .run = run_ok},
    {.method = HTTP_GET, .path = "/turn", .run = run_ok},
    {.method = HTTP_POST, .path = "/echo", .body_max = LIMIT_HTTP_BODY, .run = run_echo},
    {.method = HTTP_PUT, .path = "/echo", .body_max = 10, .run = run_echo},
    {.method = HTTP_GET, .path = "/p/{x}", .run = run_param},
    {.method = HTTP_POST, .path = "/slow", .body_max = 10, .take = take_slow, .run = run_slow},
    {.method = HTTP_GET, .path = "/stream/{n}", .run = run_stream},
    {.method = HTTP_GET, .path = "/stream/{n}/{how}", .run = run_stream},
    {.method = HTTP_GET, .path = "/large/{n}", .arena_bytes = 3 << 20, .run = run_large},
    {.method = HTTP_GET, .path = "/full/{n}", .run = run_large},
    {.method = HTTP_GET, .path = "/forgets", .run = run_forgets},
    {.method = HTTP_GET, .path = "/splits", .run = run_splits},
    {.method = HTTP_GET, .path = "/empty", .run = run_empty},
};

static void *
server_thread(void *ctx)
{
    struct server *server = ctx;
    server->good = serve_run(server->serve, &server->err);
    return NULL;
}

static void
bound_default(int64_t *ms, int64_t value)
{
    if (*ms == 0)
        *ms = value;
}

void
server_start(struct server *server, struct serve_options options)
{
    memset(&app, 0, sizeof app);
    memset(server, 0, sizeof *server);
    app.slow_ms = 20;
    if (options.listen == NULL)
        options.listen = "127.0.0.1:0";
    if (options.routes == NULL) {
        options.routes = test_routes;
        options.route_count = COUNT(test_routes);
    }
    if (options.hooks.app == NULL)
        options.hooks = (struct serve_hooks){.app = &app, .turn_begin = hook_begin,
            .authorise = hook_authorise, .turn_prefetch = hook_prefetch,
            .turn_commit = hook_commit, .done = hook_done};
    bound_default(&options.bounds.head_ms, 5000);
    bound_default(&options.bounds.linger_ms, 300);
    bound_default(&options.bounds.stop_ms, 1000);
    log_set_level(LOG_ERROR + 1);
    if (!serve_open(&options, &server->serve, &server->err))
        fail_msg("serve_open: %s", server->err.text);
    assert_int_equal(pthread_create(&server->thread, NULL, server_thread, server), 0);
}

void
server_stop(struct server *server)
{
    serve_stop(server->serve);
    assert_int_equal(pthread_join(server->thread, NULL), 0);
    if (!server->good)
        fail_msg("serve_run: %s", server->err.text);
    serve_figures(server->serve, &server->figures);
    serve_close(&server->serve);
    assert_int_equal(app.authorised, app.done);
}

struct client *
client_open(const struct server *server)
{
    struct client *client = calloc(1, sizeof *client);
    assert_non_null(client);
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)serve_port(server->serve, 0)),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    (void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    assert_int_equal(connect(client->fd, (struct sockaddr *)&addr, sizeof addr), 0);
    return client;
}

void
client_close(struct client *client)
{
    (void)close(client->fd);
    free(client);
}

void
client_send(struct client *client, struct span bytes)
{
    while (bytes.n > 0) {
        ssize_t put = send(client->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (put < 0)
            return; /* closed by the server: what it said before is what counts */
        bytes = span_sub(bytes, (size_t)put, bytes.n);
    }
}

void
client_say(struct client *client, const char *text)
{
    client_send(client, span_str(text));
}

/* More bytes; false at the end or when none come in time. */
static bool
client_more(struct client *client, int ms)
{
    struct pollfd wait = {.fd = client->fd, .events = POLLIN};
    if (client->n == sizeof client->in || poll(&wait, 1, ms) != 1)
        return false;
    ssize_t got = recv(client->fd, client->in + client->n, sizeof client->in - client->n, 0);
    if (got <= 0)
        return false;
    client->n += (size_t)got;
    return true;
}

static void
client_used(struct client *client, size_t n)
{
    memmove(client->in, client->in + n, client->n - n);
    client->n -= n;
}

static void
body_note(struct answer *answer, struct span part)
{
    if (answer->length == 0)
        answer->hash = 2166136261u;
    for (size_t i = 0; i < part.n; i++) {
        answer->hash = (answer->hash ^ (uint8_t)part.p[i]) * 16777619u;
        if (answer->length < sizeof answer->body - 1)
            answer->body[answer->length] = part.p[i];
        answer->length++;
    }
}

/* n bytes of body off the connection. */
static bool
body_read(struct client *client, struct answer *answer, size_t n, int ms)
{
    while (n > 0) {
        if (client->n == 0 && !client_more(client, ms))
            return false;
        size_t part = client->n < n ? client->n : n;
        body_note(answer, span_of(client->in, part));
        client_used(client, part);
        n -= part;
    }
    return true;
}

static bool
line_read(struct client *client, char *line, size_t size, int ms)
{
    for (;;) {
        char *end = memmem(client->in, client->n, "\r\n", 2);
        if (end != NULL && (size_t)(end - client->in) < size) {
            size_t n = (size_t)(end - client->in);
            memcpy(line, client->in, n);
            line[n] = '\0';
            client_used(client, n + 2);
            return true;
        }
        if (!client_more(client, ms))
            return false;
    }
}

static bool
chunks_read(struct client *client, struct answer *answer, int ms)
{
    for (;;) {
        char line[64];
        if (!line_read(client, line, sizeof line, ms))
            return false;
        size_t n = (size_t)strtoul(line, NULL, 16);
        if (!body_read(client, answer, n, ms) || !line_read(client, line, sizeof line, ms))
            return false;
        assert_string_equal(line, "");
        if (n == 0)
            return true;
    }
}

bool
answer_has(const struct answer *answer, const char *field)
{
    return strcasestr(answer->head, field) != NULL;
}

bool
client_try(struct client *client, struct answer *ret, bool head_only, int ms)
{
    memset(ret, 0, sizeof *ret);
    char *end;
    while ((end = memmem(client->in, client->n, "\r\n\r\n", 4)) == NULL)
        if (!client_more(client, ms))
            return false;
    size_t n = (size_t)(end - client->in) + 4;
    assert_true(n < sizeof ret->head);
    memcpy(ret->head, client->in, n);
    client_used(client, n);
    assert_int_equal(strncmp(ret->head, "HTTP/1.1 ", 9), 0);
    ret->status = atoi(ret->head + 9);
    ret->close = answer_has(ret, "\r\nConnection: close\r\n");
    ret->chunked = answer_has(ret, "\r\nTransfer-Encoding: chunked\r\n");
    const char *length = strcasestr(ret->head, "\r\nContent-Length: ");
    if (head_only || ret->status == 204 || ret->status == 304 || ret->status < 200)
        return true;
    if (ret->chunked)
        return chunks_read(client, ret, ms);
    if (length != NULL)
        return body_read(client, ret, strtoul(length + 18, NULL, 10), ms);
    /* until the end */
    while (client->n > 0 || client_more(client, ms))
        (void)body_read(client, ret, client->n, ms);
    return true;
}

struct answer
client_answer(struct client *client, bool head_only)
{
    struct answer answer;
    if (!client_try(client, &answer, head_only, 5000))
        fail_msg("no answer: status %d, %zu bytes of body", answer.status, answer.length);
    return answer;
}

struct answer
client_ask(struct client *client, const char *text)
{
    client_say(client, text);
    return client_answer(client, strncmp(text, "HEAD ", 5) == 0);
}

bool
client_ends(struct client *client, int ms)
{
    struct pollfd wait = {.fd = client->fd, .events = POLLIN};
    if (client->n > 0 || poll(&wait, 1, ms) != 1)
        return false;
    char byte;
    return recv(client->fd, &byte, 1, 0) <= 0;
}
