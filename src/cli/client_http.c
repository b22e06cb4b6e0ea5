/* The client's side of HTTP/1.1: requests are written ahead, answers come in their order. */
#include "cli/client_priv.h"

#include "wire/json.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

static void
head_put(const struct client *client, const struct client_ask *ask, struct buf *out)
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
    if (ask->accept != NULL)
        buf_fmt(out, "Accept: %s\r\n", ask->accept);
    if (ask->dry_run)
        buf_str(out, "Troth-Dry-Run: 1\r\n");
    if (ask->body.n > 0)
        buf_fmt(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", ask->body.n);
    buf_str(out, "\r\n");
}

/* Sends what the socket takes now. When the server takes nothing more, what it said before that can still be read. */
static void
send_some(struct client *client)
{
    while (client->out_n > client->out_at && client->out_errno == 0) {
        ssize_t n = send(client->fd, client->out + client->out_at, client->out_n - client->out_at,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0)
            client->out_at += (size_t)n;
        else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        else if (n == 0 || errno != EINTR)
            client->out_errno = n == 0 ? EPIPE : errno;
    }
    client->out_at = 0;
    client->out_n = 0;
}

/* Makes room for more, as far as the socket takes some now. */
static void
out_clear(struct client *client)
{
    send_some(client);
    memmove(client->out, client->out + client->out_at, client->out_n - client->out_at);
    client->out_n -= client->out_at;
    client->out_at = 0;
}

/* Waits for more of the answers. Sends meanwhile: a server whose requests do not come whole would never answer. */
static bool
fill(struct client *client, struct err *err)
{
    memmove(client->in, client->in + client->in_at, client->in_n - client->in_at);
    client->in_n -= client->in_at;
    client->in_at = 0;
    if (client->in_n == sizeof client->in)
        return err_set(err, ERR_UNAVAILABLE, "the server's answer has no end of its head");
    for (;;) {
        send_some(client);
        struct pollfd wait = {.fd = client->fd, .events = POLLIN};
        if (client->out_n > 0)
            wait.events |= POLLOUT;
        int ready = poll(&wait, 1, CLIENT_TIMEOUT_MS);
        if (ready == 0)
            return err_set(err, ERR_UNAVAILABLE, "the server is silent");
        if (ready < 0 && errno != EINTR)
            return err_sys(err, ERR_UNAVAILABLE, errno, "the server cannot be waited for");
        if (ready < 0 || (wait.revents & ~POLLOUT) == 0)
            continue; /* a signal, or room to send */
        ssize_t n = recv(client->fd, client->in + client->in_n, sizeof client->in - client->in_n,
                         MSG_DONTWAIT);
        if (n > 0) {
            client->in_n += (size_t)n;
            return true;
        }
        if (n == 0 || (errno != EINTR && errno != EAGAIN))
            return err_set(err, ERR_UNAVAILABLE, "the server closed the connection");
    }
}

/* Moves n bytes of the body on: to the file, or into the buf. */
static bool
body_bytes(struct client *client, uint64_t n, FILE *to, struct buf *body, struct err *err)
{
    while (n > 0) {
        if (client->in_n == client->in_at && !fill(client, err))
            return false;
        size_t there = client->in_n - client->in_at;
        size_t part = there < n ? there : (size_t)n;
        if (to != NULL && fwrite(client->in + client->in_at, 1, part, to) != part)
            return err_sys(err, ERR_IO, errno, "the answer cannot be written");
        if (to == NULL)
            buf_put(body, span_of(client->in + client->in_at, part));
        client->in_at += part;
        n -= part;
    }
    return true;
}

/* The next line, without its end; it lies in the input and goes with the next call that reads. */
static bool
line_take(struct client *client, struct span *ret, struct err *err)
{
    for (size_t seen = 0;;) {
        struct span there = span_of(client->in + client->in_at, client->in_n - client->in_at);
        for (; seen + 1 < there.n; seen++) {
            if (there.p[seen] != '\r' || there.p[seen + 1] != '\n')
                continue;
            *ret = span_sub(there, 0, seen);
            client->in_at += seen + 2;
            return true;
        }
        if (!fill(client, err))
            return false;
    }
}

static bool
malformed(struct err *err)
{
    return err_set(err, ERR_UNAVAILABLE, "the server's answer is malformed");
}

static bool
chunks(struct client *client, FILE *to, struct buf *body, struct err *err)
{
    struct span line;
    for (;;) {
        if (!line_take(client, &line, err))
            return false;
        uint64_t n = 0;
        for (size_t i = 0; i < line.n; i++) {
            int digit = line.p[i] <= '9' ? line.p[i] - '0' : (line.p[i] | 32) - 'a' + 10;
            if (digit < 0 || digit > 15 || n > UINT32_MAX)
                return malformed(err);
            n = n * 16 + (uint64_t)digit;
        }
        if (!body_bytes(client, n, to, body, err) || !line_take(client, &line, err))
            return false;
        if (n == 0)
            return true;
    }
}

struct head {
    uint64_t length;
    bool chunked;
};

static bool
head_read(struct client *client, struct answer *ret, struct head *head, struct err *err)
{
    struct span line;
    uint64_t status = 0;
    if (!line_take(client, &line, err))
        return false;
    if (line.n < 12 || !span_u64(span_sub(line, 9, 3), 599, &status))
        return err_set(err, ERR_UNAVAILABLE, "this is no HTTP server");
    *ret = (struct answer){.status = (int)status};
    for (;;) {
        if (!line_take(client, &line, err))
            return false;
        if (line.n == 0)
            return true;
        size_t colon = span_find(line, ':');
        struct span name = span_sub(line, 0, colon);
        struct span value = span_trim(span_sub(line, colon + 1, SIZE_MAX));
        if (span_ieq(name, SPAN("Content-Length")) && !span_u64(value, INT64_MAX, &head->length))
            return malformed(err);
        head->chunked |= span_ieq(name, SPAN("Transfer-Encoding"));
        ret->replayed |= span_ieq(name, SPAN("Idempotent-Replayed"));
        ret->unproven |= span_ieq(name, SPAN("Troth-Proof")) && span_is(value, "missing");
        if (span_ieq(name, SPAN("Troth-Receipt")))
            (void)span_copy(value, ret->receipt, sizeof ret->receipt);
    }
}

bool
client_pull(struct client *client, FILE *to, struct answer *ret, struct err *err)
{
    TROTH_ASSERT(client->flying > 0);
    client->flying--;
    if (client->fd < 0) {
        *ret = client->inside;
        return true;
    }
    arena_reset(&client->arena);
    struct head head = {0};
    if (!head_read(client, ret, &head, err))
        return false;
    FILE *out = ret->status == 200 ? to : NULL;
    size_t room = head.chunked ? CLIENT_ARENA / 2
                  : head.length < CLIENT_ARENA / 2 ? (size_t)head.length + 1
                                                   : 1;
    struct buf body = arena_buf(&client->arena, out == NULL ? room : 1);
    if (!(head.chunked ? chunks(client, out, &body, err)
                       : body_bytes(client, head.length, out, &body, err)))
        return false;
    if (!buf_ok(&body))
        return err_set(err, ERR_TOO_LARGE, "the answer is too large");
    arena_buf_trim(&client->arena, &body); /* what was not used need not be wiped */
    ret->body = buf_span(&body);
    return true;
}

unsigned
client_window(const struct client *client)
{
    return client->fd < 0 ? 1 : LIMIT_HTTP_PIPELINE;
}

enum pushed
client_push(struct client *client, const struct client_ask *ask, struct err *err)
{
    char mem[8192];
    struct buf head;
    buf_init(&head, mem, sizeof mem);
    head_put(client, ask, &head);
    size_t need = head.n + ask->body.n;
    enum pushed end = PUSHED;
    if (!buf_ok(&head) || need > CLIENT_OUT) {
        err_set(err, ERR_USAGE, "this call is too long");
        end = PUSHED_NEVER;
    } else if (client->fd < 0) {
        arena_reset(&client->arena);
        if (!client_inside(client, ask, buf_span(&head), &client->inside, err))
            end = PUSHED_NEVER;
    } else {
        if (need > CLIENT_OUT - client->out_n)
            out_clear(client);
        if (client->out_errno != 0) {
            err_sys(err, ERR_UNAVAILABLE, client->out_errno, "the server does not take the request");
            end = PUSHED_NEVER;
        } else if (need > CLIENT_OUT - client->out_n) {
            end = client->flying > 0 ? PUSHED_NOT_NOW : PUSHED_NEVER;
            err_set(err, ERR_UNAVAILABLE, "the server does not take the request");
        } else {
            memcpy(client->out + client->out_n, head.p, head.n);
            if (ask->body.n > 0)
                memcpy(client->out + client->out_n + head.n, ask->body.p, ask->body.n);
            client->out_n += need;
        }
    }
    explicit_bzero(mem, sizeof mem); /* the token */
    client->flying += end == PUSHED;
    return end;
}

bool
client_do(struct client *client, const struct client_ask *ask, struct answer *ret, struct err *err)
{
    TROTH_ASSERT(client->flying == 0);
    return client_push(client, ask, err) == PUSHED && client_pull(client, ask->to, ret, err);
}

bool
client_good(const struct answer *answer, struct arena *arena, struct err *err)
{
    if (answer->status >= 200 && answer->status < 300)
        return true;
    const struct json *problem = NULL;
    struct err ignored;
    struct span detail = SPAN_NONE, code = SPAN_NONE, rule = SPAN_NONE, place = SPAN_NONE;
    if (json_read(arena, answer->body, &problem, &ignored)) {
        (void)json_get_text(problem, "detail", &detail);
        (void)json_get_text(problem, "code", &code);
        (void)json_get_text(problem, "rule", &rule);
        if (!json_get_text(problem, "pointer", &place))
            (void)json_get_text(problem, "place", &place);
    }
    enum err_code found = ERR_COUNT;
    for (int c = 0; c < ERR_COUNT; c++)
        if (span_is(code, err_machine_code((enum err_code)c)))
            found = (enum err_code)c;
    if (found == ERR_COUNT)
        return err_set(err, ERR_INTERNAL, "the server answers with status %d", answer->status);
    if (detail.p == NULL)
        return err_set(err, found, "%s (status %d)", err_public_text(found), answer->status);
    err_set(err, found, "%.*s", SPAN_FMT(detail));
    (void)span_copy(rule, err->rule, sizeof err->rule);
    (void)span_copy(place, err->place, sizeof err->place);
    return false;
}
