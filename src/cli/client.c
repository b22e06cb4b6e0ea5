/* A small HTTP/1.1 client for our own server: local socket, plain HTTP on loopback, or no socket at all. */
#include "cli/client_priv.h"

#include "api/api.h"
#include "base/clock.h"
#include "wire/text.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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

static int
local_connect(const char *dir)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int n = snprintf(to.sun_path, sizeof to.sun_path, "%s/troth.sock", dir);
    if (n < 0 || (size_t)n >= sizeof to.sun_path)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
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
        /* Requests are gathered here already; the kernel need not wait for more of them. */
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0 &&
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) == 0)
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
                                       .create = true,
                                       .reserve = UINT64_MAX}; /* the server's to size */
    if (!settings_key_source(&settings, &options.key_source, err) ||
        !policy_load(policy_path, &options.policy, &options.policy_source, err))
        return false;
    bool opened = instance_open(&options, &client->it, err);
    free((void *)(uintptr_t)options.policy_source.p);
    if (!opened) {
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
    char *mine = path == NULL ? NULL : (char *)(uintptr_t)token.p;
    while (token.n > 0 && (token.p[token.n - 1] == '\n' || token.p[token.n - 1] == '\r'))
        token.n--;
    bool fits = span_copy(token, client->token, sizeof client->token);
    free(mine);
    return fits || err_set(err, ERR_USAGE, "the token is too long");
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
                arena_open(&client->out_mem, CLIENT_OUT + 4096, err) &&
                (!has_option(args, "token-file") || token_read(client, args, err));
    if (good)
        client->out = arena_take(&client->out_mem, CLIENT_OUT);
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
    arena_close(&c->out_mem);
    explicit_bzero(c->token, sizeof c->token);
    explicit_bzero(c->in, sizeof c->in);
    free(c);
    *client = NULL;
}

static bool
to_file(void *ctx, struct span piece, struct err *err)
{
    return fwrite(piece.p, 1, piece.n, ctx) == piece.n ||
           err_sys(err, ERR_IO, errno, "the answer cannot be written");
}

bool
client_inside(struct client *client, const struct client_ask *ask, struct span head,
              struct answer *ret, struct err *err)
{
    size_t count = 0;
    struct serve_options options = {.routes = api_routes(&count), .hooks = api_hooks(client->api)};
    options.route_count = count;
    /* What a server does between turns, or the write-ahead log of a long import would outgrow the data. */
    if (++client->inside_count % LIMIT_TURN_REQUESTS == 0)
        (void)options.hooks.idle(options.hooks.app, clock_mono_ms());
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
    ret->replayed = ret->unproven = false;
    for (size_t i = 0; i < req->reply.field_count; i++) {
        ret->replayed |= span_is(req->reply.fields[i].name, "Idempotent-Replayed");
        ret->unproven |= span_is(req->reply.fields[i].name, "Troth-Proof") && span_is(req->reply.fields[i].value, "missing");
    }
    return true;
}
