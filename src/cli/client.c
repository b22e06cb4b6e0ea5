/* A small HTTP/1.1 client for our own server: local socket, plain HTTP on loopback, or no socket at all. */
#include "cli/cli_priv.h"

#include "api/api.h"
#include "wire/json.h"
#include "wire/text.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENT_ARENA = 16 * 1024 * 1024, HEAD_MAX = 32768, TIMEOUT_S = 60 };

struct client {
    int fd;                     /* -1: in this process */
    char host[256];
    char token[128];
    struct arena arena;
    struct instance *it;
    struct api *api;
    char in[HEAD_MAX];
    size_t in_n;
};

struct arena *
client_arena(struct client *client)
{
    return &client->arena;
}

void
path_put(struct buf *buf, struct span segment)
{
    percent_put(buf, segment);
}

static bool
socket_ready(int fd)
{
    const struct timeval wait = {.tv_sec = TIMEOUT_S};
    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0;
}

static int
local_connect(const char *dir)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int n = snprintf(to.sun_path, sizeof to.sun_path, "%s/troth.sock", dir);
    if (n < 0 || (size_t)n >= sizeof to.sun_path)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0 && socket_ready(fd))
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

static bool
url_connect(struct client *client, const char *url, struct err *err)
{
    struct span rest = span_str(url);
    if (!span_starts(rest, SPAN("http://")))
        return err_set(err, ERR_USAGE, "--server takes http://HOST:PORT of this machine");
    rest = span_sub(rest, 7, SIZE_MAX);
    if (rest.n > 0 && rest.p[rest.n - 1] == '/')
        rest.n--;
    if (!span_copy(rest, client->host, sizeof client->host))
        return err_set(err, ERR_USAGE, "--server is too long");
    char name[256];
    size_t colon = rest.n;
    while (colon > 0 && rest.p[colon - 1] != ':')
        colon--;
    if (colon == 0 || !span_copy(span_sub(rest, 0, colon - 1), name, sizeof name))
        return err_set(err, ERR_USAGE, "--server needs a port: http://127.0.0.1:8080");
    char *bare = name;
    if (bare[0] == '[') {
        bare++;
        bare[strcspn(bare, "]")] = '\0';
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo(bare, client->host + colon, &hints, &found) != 0)
        return err_set(err, ERR_UNAVAILABLE, "%s cannot be found", name);
    for (struct addrinfo *a = found; a != NULL && client->fd < 0; a = a->ai_next) {
        int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0 && socket_ready(fd))
            client->fd = fd;
        else if (fd >= 0)
            (void)close(fd);
    }
    freeaddrinfo(found);
    return client->fd >= 0 ||
           err_set(err, ERR_UNAVAILABLE, "no server answers at %s", client->host);
}

/* No server: the same engine in this process, with the same routes and decisions. */
static bool
inside_open(struct client *client, const struct args *args, const char *dir, struct err *err)
{
    struct settings settings = {.args = args};
    const char *policy_path = arg_value(args, "policy");
    if (policy_path == NULL)
        return err_set(err, ERR_UNAVAILABLE,
                       "no server answers at %s/troth.sock; start it, or give --policy and the root "
                       "key to work on the files directly",
                       dir);
    struct instance_options options = {.dir = dir,
                                       .store = arg_or_env(args, "store", "TROTH_STORE"),
                                       .store_keys = arg_or_env(args, "store-keys", "TROTH_STORE_KEYS"),
                                       .self_exe = args->self_exe,
                                       .create = true};
    if (!settings_key_source(&settings, &options.key_source, err) ||
        !policy_load(policy_path, &options.policy, &options.policy_source, err))
        return false;
    if (!instance_open(&options, &client->it, err)) {
        policy_free(&options.policy);
        return false;
    }
    return api_open(client->it, &client->api, err);
}

static bool
token_read(struct client *client, const struct args *args, struct err *err)
{
    const char *path = arg_value(args, "token-file");
    const char *text = getenv("TROTH_TOKEN");
    struct span token = span_str(text == NULL ? "" : text);
    if (path != NULL && !file_text(path, 4096, &token, err))
        return false;
    while (token.n > 0 && (token.p[token.n - 1] == '\n' || token.p[token.n - 1] == '\r'))
        token.n--;
    return span_copy(token, client->token, sizeof client->token) ||
           err_set(err, ERR_USAGE, "the token is too long");
}

static bool
has_option(const struct args *args, const char *name)
{
    for (const struct option_row *row = args->verb->options; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return true;
    return false;
}

bool
client_open(const struct args *args, struct client **ret, struct err *err)
{
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory");
    client->fd = -1;
    memcpy(client->host, "localhost", 10);
    const char *dir = arg_value(args, "data");
    const char *url = arg_value(args, "server");
    if (dir == NULL)
        dir = getenv("TROTH_DATA") != NULL ? getenv("TROTH_DATA") : "troth-data";
    bool good = arena_open(&client->arena, CLIENT_ARENA, err) &&
                (!has_option(args, "token-file") || token_read(client, args, err));
    if (good && url != NULL)
        good = url_connect(client, url, err);
    else if (good) {
        client->fd = local_connect(dir);
        good = client->fd >= 0 || inside_open(client, args, dir, err);
    }
    if (!good) {
        client_close(&client);
        return false;
    }
    *ret = client;
    return true;
}

void
client_close(struct client **client)
{
    struct client *c = *client;
    if (c == NULL)
        return;
    if (c->fd >= 0)
        (void)close(c->fd);
    api_close(&c->api);
    instance_close(&c->it);
    arena_close(&c->arena);
    explicit_bzero(c->token, sizeof c->token);
    free(c);
    *client = NULL;
}

static void
head_put(struct client *client, const struct client_ask *ask, struct buf *out)
{
    buf_fmt(out, "%s %s HTTP/1.1\r\nHost: %s\r\n", ask->method, ask->path, client->host);
    if (client->token[0] != '\0')
        buf_fmt(out, "Authorization: Bearer %s\r\n", client->token);
    if (ask->purpose != NULL)
        buf_fmt(out, "Troth-Purpose: %s\r\n", ask->purpose);
    if (ask->task != NULL)
        buf_fmt(out, "Troth-Task: %s\r\n", ask->task);
    if (ask->idempotency != NULL)
        buf_fmt(out, "Idempotency-Key: %s\r\n", ask->idempotency);
    if (ask->dry_run)
        buf_str(out, "Troth-Dry-Run: 1\r\n");
    if (ask->body.n > 0)
        buf_fmt(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", ask->body.n);
    buf_str(out, "\r\n");
}

static bool
send_all(struct client *client, struct span text, struct err *err)
{
    while (text.n > 0) {
        ssize_t n = send(client->fd, text.p, text.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_sys(err, ERR_UNAVAILABLE, errno, "the server does not take the request");
        text = span_sub(text, (size_t)n, SIZE_MAX);
    }
    return true;
}

static bool
fill(struct client *client, struct err *err)
{
    if (client->in_n == sizeof client->in)
        return err_set(err, ERR_UNAVAILABLE, "the server's answer has no end of its head");
    ssize_t n;
    do
        n = recv(client->fd, client->in + client->in_n, sizeof client->in - client->in_n, 0);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return err_set(err, ERR_UNAVAILABLE, n == 0 ? "the server closed the connection"
                                                    : "the server is silent");
    client->in_n += (size_t)n;
    return true;
}

static void
take(struct client *client, size_t n)
{
    memmove(client->in, client->in + n, client->in_n - n);
    client->in_n -= n;
}

/* Moves n bytes of the body on: to the file, or into the buf. */
static bool
body_bytes(struct client *client, uint64_t n, FILE *to, struct buf *body, struct err *err)
{
    while (n > 0) {
        if (client->in_n == 0 && !fill(client, err))
            return false;
        size_t part = client->in_n < n ? client->in_n : (size_t)n;
        if (to != NULL && fwrite(client->in, 1, part, to) != part)
            return err_sys(err, ERR_IO, errno, "the answer cannot be written");
        if (to == NULL)
            buf_put(body, span_of(client->in, part));
        take(client, part);
        n -= part;
    }
    return true;
}

static bool
line_take(struct client *client, struct span *ret, char *mem, size_t mem_size, struct err *err)
{
    for (;;) {
        for (size_t i = 0; i + 1 < client->in_n; i++) {
            if (client->in[i] != '\r' || client->in[i + 1] != '\n')
                continue;
            if (i >= mem_size)
                return err_set(err, ERR_UNAVAILABLE, "the server's answer is malformed");
            memcpy(mem, client->in, i);
            *ret = span_of(mem, i);
            take(client, i + 2);
            return true;
        }
        if (!fill(client, err))
            return false;
    }
}

static bool
chunks(struct client *client, FILE *to, struct buf *body, struct err *err)
{
    char mem[64];
    struct span line;
    for (;;) {
        if (!line_take(client, &line, mem, sizeof mem, err))
            return false;
        uint64_t n = 0;
        for (size_t i = 0; i < line.n; i++) {
            int digit = line.p[i] <= '9' ? line.p[i] - '0' : (line.p[i] | 32) - 'a' + 10;
            if (digit < 0 || digit > 15 || n > UINT32_MAX)
                return err_set(err, ERR_UNAVAILABLE, "the server's answer is malformed");
            n = n * 16 + (uint64_t)digit;
        }
        if (!body_bytes(client, n, to, body, err) || !line_take(client, &line, mem, sizeof mem, err))
            return false;
        if (n == 0)
            return true;
    }
}

static bool
answer_read(struct client *client, const struct client_ask *ask, struct answer *ret, struct err *err)
{
    char mem[HEAD_MAX];
    struct span line;
    uint64_t status = 0, length = 0;
    bool chunked = false;
    if (!line_take(client, &line, mem, sizeof mem, err))
        return false;
    if (line.n < 12 || !span_u64(span_sub(line, 9, 3), 599, &status))
        return err_set(err, ERR_UNAVAILABLE, "this is no HTTP server");
    ret->status = (int)status;
    ret->receipt[0] = '\0';
    for (;;) {
        if (!line_take(client, &line, mem, sizeof mem, err))
            return false;
        if (line.n == 0)
            break;
        size_t colon = span_find(line, ':');
        struct span name = span_sub(line, 0, colon);
        struct span value = span_trim(span_sub(line, colon + 1, SIZE_MAX));
        if (span_ieq(name, SPAN("Content-Length")) && !span_u64(value, INT64_MAX, &length))
            return err_set(err, ERR_UNAVAILABLE, "the server's answer is malformed");
        chunked |= span_ieq(name, SPAN("Transfer-Encoding"));
        if (span_ieq(name, SPAN("Troth-Receipt")))
            (void)span_copy(value, ret->receipt, sizeof ret->receipt);
    }
    struct buf body = arena_buf(&client->arena, CLIENT_ARENA / 2);
    FILE *to = status == 200 ? ask->to : NULL;
    bool good = chunked ? chunks(client, to, &body, err)
                        : body_bytes(client, length, to, &body, err);
    if (!good)
        return false;
    if (!buf_ok(&body))
        return err_set(err, ERR_TOO_LARGE, "the answer is too large");
    ret->body = buf_span(&body);
    return true;
}

static bool
to_file(void *ctx, struct span piece, struct err *err)
{
    return fwrite(piece.p, 1, piece.n, ctx) == piece.n ||
           err_sys(err, ERR_IO, errno, "the answer cannot be written");
}

/* In this process: the request as text through the same parser, then one turn. */
static bool
inside_do(struct client *client, const struct client_ask *ask, struct span head, struct answer *ret,
          struct err *err)
{
    size_t count = 0;
    struct serve_options options = {.routes = api_routes(&count), .hooks = api_hooks(client->api)};
    options.route_count = count;
    struct http_head *parsed = ARENA_NEW(&client->arena, struct http_head);
    struct request *req = ARENA_NEW(&client->arena, struct request);
    size_t used = 0;
    if (parsed == NULL || req == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory");
    if (http_head_read(&client->arena, head, parsed, &used, err) != HTTP_DONE)
        return err_prefix(err, "this call makes no request");
    req->head = parsed;
    req->body = ask->body;
    req->arena = &client->arena;
    req->local = req->loopback = true;
    if (!serve_once(&options, req, ask->to == NULL ? NULL : to_file, ask->to, err))
        return false;
    ret->status = req->reply.status;
    ret->body = req->reply.body;
    ret->receipt[0] = '\0';
    return true;
}

bool
client_do(struct client *client, const struct client_ask *ask, struct answer *ret, struct err *err)
{
    arena_reset(&client->arena);
    struct buf head = arena_buf(&client->arena, 8192);
    head_put(client, ask, &head);
    if (!buf_ok(&head))
        return err_set(err, ERR_USAGE, "this call is too long");
    if (client->fd < 0)
        return inside_do(client, ask, buf_span(&head), ret, err);
    return send_all(client, buf_span(&head), err) && send_all(client, ask->body, err) &&
           answer_read(client, ask, ret, err);
}

bool
client_good(const struct answer *answer, struct arena *arena, struct err *err)
{
    if (answer->status >= 200 && answer->status < 300)
        return true;
    const struct json *problem = NULL;
    struct err ignored;
    struct span detail = SPAN_NONE, code = SPAN_NONE, rule = SPAN_NONE, pointer = SPAN_NONE;
    if (json_read(arena, answer->body, &problem, &ignored)) {
        (void)json_get_text(problem, "detail", &detail);
        (void)json_get_text(problem, "code", &code);
        (void)json_get_text(problem, "rule", &rule);
        (void)json_get_text(problem, "pointer", &pointer);
    }
    enum err_code found = ERR_INTERNAL;
    for (int c = 0; c < ERR_COUNT; c++)
        if (span_is(code, err_machine_code((enum err_code)c)))
            found = (enum err_code)c;
    if (detail.p == NULL)
        return err_set(err, found, "the server answers with status %d", answer->status);
    err_set(err, found, "%.*s", SPAN_FMT(detail));
    (void)span_copy(rule, err->rule, sizeof err->rule);
    (void)span_copy(pointer, err->place, sizeof err->place);
    return false;
}
