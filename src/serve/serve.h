/*
 * serve/serve.h - the HTTP/1.1 server: connections, limits, deadlines, TLS, and turns.
 *
 * One loop. A turn takes every request that has arrived whole, finds its route,
 * lets each say which keys it will need, runs them one after another inside one
 * transaction, commits once, and only then sends the replies. What happens in
 * between is the hooks': this room knows nothing of policies or data.
 *
 * Threads: one loop thread; slow work (password hashes, ledger checks) goes to a
 *          small pool and comes back to a later turn.
 * Memory:  each request in flight has an arena from a fixed pool, wiped when the
 *          reply was sent.
 */
#ifndef TROTH_SERVE_SERVE_H
#define TROTH_SERVE_SERVE_H

#include "base/arena.h"
#include "wire/http.h"
#include "wire/json.h"

struct request;

/* What a stream (a list, an export) says after each piece. */
enum stream_state { STREAM_MORE, STREAM_END, STREAM_BROKEN };
typedef enum stream_state (*stream_fn)(void *app, struct request *req, struct buf *piece);

enum { REPLY_FIELDS_MAX = 16, ROUTE_PARAMS_MAX = 6 };

struct reply {
    int status;                     /* 0: the handler forgot; becomes 500 */
    const char *content_type;       /* static text; NULL without a body */
    struct span body;               /* in the request's arena or static */
    struct http_field fields[REPLY_FIELDS_MAX];
    size_t field_count;
    stream_fn stream;               /* else: pieces come from it, turn by turn, chunked */
    bool broken;                    /* a field did not fit or held a control character; becomes 500 */
};

struct route {
    enum http_method method;
    const char *path;               /* "/v1/subjects/{id}/{category}"; names fill params in order */
    int right;                      /* the hooks' authorise sees it */
    uint32_t body_max;              /* bytes; 0: a body is refused with 413 */
    uint32_t arena_bytes;           /* room the handler needs besides the body, when LIMIT_HTTP_ARENA is too small */
    bool free_of_turn;              /* static and health routes: run at once, no transaction */
    /* Phase 1: read body and headers into the arena, say which keys are needed; may set a reply at once (an
     * error), or req->slow. NULL when there is nothing to do. */
    void (*take)(void *app, struct request *req);
    /* Phase 1b, after slow work if there was any, in the turn that will run it. */
    void (*need)(void *app, struct request *req);
    /* Phase 2: inside the turn's transaction; sets the reply. */
    void (*run)(void *app, struct request *req);
    const char *summary;            /* one line, for --help and the OpenAPI check */
    /* Phase 1c: what else is needed, now that the answers of the first prefetch are there; a second prefetch
     * follows. May not set a reply. NULL: nothing. */
    void (*need_more)(void *app, struct request *req);
};

struct request {
    const struct http_head *head;
    const struct route *route;
    struct span params[ROUTE_PARAMS_MAX];
    size_t param_count;
    struct span body;
    struct arena *arena;
    bool local;                     /* came over the local socket: peer has this server's uid, or root */
    bool loopback;
    uint8_t id[16];                 /* random; in the log line, the receipt and the ledger */
    void *actor;                    /* set by the hooks' authorise; lies in the arena */
    void *state;                    /* the handler's own, in the arena */
    /* Slow work: runs on a pool thread, may touch only the request's arena and state; then the request
     * goes on with need and run in a later turn. */
    void (*slow)(struct request *req);
    struct reply reply;
    struct buf spare;               /* the server's: room for a problem document when the arena is full */
};

/* name is static; value static or in the arena. Too many fields, or bytes that do not belong into a field:
 * the reply becomes a 500, never a split one. */
void reply_field(struct request *req, const char *name, struct span value);
/*
 * RFC 9457 problem document from an err: type "urn:troth:error:CODE", title, status, code, request id; detail,
 * rule and place ("pointer" when it is one) unless the fault is ours (5xx): that goes to the log only. Replaces
 * whatever reply was set before, its fields too. Works with a full arena.
 */
void reply_problem(struct request *req, const struct err *err);
void reply_json(struct request *req, int status, struct span body);

struct serve_hooks {
    void *app;
    /* Opens the transaction. false: every request of the turn gets this err's problem, and there is no commit. */
    bool (*turn_begin)(void *app, struct err *err);
    /* Who is calling, and whether the route's right is theirs; sets req->actor or a problem reply. Called for
     * every request, before any handler; for a route that is free_of_turn there is no transaction then. */
    void (*authorise)(void *app, struct request *req);
    /* Every time before a request's need, in the turn it will run in: what is looked at then besides. */
    void (*announce)(void *app, struct request *req);
    /* Just before a request runs; a problem reply set here is its answer. resumed: it was authorised in an earlier
     * turn, and slow work lay between. */
    void (*admit)(void *app, struct request *req, bool resumed);
    /* All needs of the requests gathered so far are known: one question to the key process. Called again when
     * more requests join the turn. false: those that were about to run get this err's problem; the turn is
     * committed all the same, for what authorise may have written. */
    bool (*turn_prefetch)(void *app, struct err *err);
    /* Makes everything durable. false: all replies of the turn become this err's problem (503, 507), and
     * streams that had begun are cut off. */
    bool (*turn_commit)(void *app, struct err *err);
    /* Between turns; returns ms until it wants to be called again (sweep, checkpoints, tidying); 0: as soon as
     * there is nothing else to do; negative: not before another turn. */
    int64_t (*idle)(void *app, int64_t mono_ms);
    /* After the reply went out (or never will): forget anything kept for it. Once for each request that
     * authorise has seen. */
    void (*done)(void *app, struct request *req);
    /* Each may be NULL: nothing to do. */
};

/* Bounds that tests make smaller; 0 means the limit of base/limits.def. */
struct serve_bounds {
    int64_t head_ms, body_ms, idle_ms, tls_ms, write_ms, linger_ms, stop_ms;
    unsigned connections;
    unsigned connections_ip;
    bool count_loopback;            /* connections_ip holds for loopback too */
};

struct serve_options {
    const char *listen;             /* "127.0.0.1:8080", "[::1]:8443"; several with commas */
    const char *local_path;         /* Unix socket for the command line, mode 0600; NULL: none */
    const char *cert_file, *key_file; /* PEM, both or neither; with them every TCP listener speaks TLS,
                                     * without them only loopback addresses are listened on */
    const char *hosts;              /* names accepted in Host, comma separated; NULL: any well-formed one */
    const struct route *routes;
    size_t route_count;
    struct serve_hooks hooks;
    bool access_log;
    struct serve_bounds bounds;
};

struct serve;
MUST_USE bool serve_open(const struct serve_options *options, struct serve **ret, struct err *err);
/* Runs until serve_stop (async-signal-safe) or SIGTERM/SIGINT; finishes replies in hand for at most 5 s. */
MUST_USE bool serve_run(struct serve *serve, struct err *err);
void serve_stop(struct serve *serve);
/* On SIGHUP: certificate and key are read again; a bad pair keeps the old one and logs. */
void serve_reload(struct serve *serve);
void serve_close(struct serve **serve);
/* The port of listener i (0 was asked for: the kernel's choice). */
int serve_port(const struct serve *serve, size_t i);

/*
 * One request without a socket: the command line's way when no server runs. The same routes, hooks and turns as
 * over the wire; slow work runs in between. The caller sets head (method and path at least), body, arena and
 * local. Pieces of a stream go to sink, each after its turn was committed; with sink NULL they are put together
 * in the arena. The reply's body is in the request's arena; a reply that says no is no failure of this function.
 * ERR_TOO_LARGE: the arena cannot hold it; ERR_INTERNAL: a stream broke off; else what sink said.
 */
typedef bool (*serve_sink_fn)(void *ctx, struct span piece, struct err *err);
MUST_USE bool serve_once(const struct serve_options *options, struct request *req,
                         serve_sink_fn sink, void *ctx, struct err *err);

/* Counters for /metrics. */
struct serve_figures {
    uint64_t requests, replies_2xx, replies_4xx, replies_5xx, turns, connections_open,
        connections_refused, bad_requests, bytes_in, bytes_out, slow_waiting;
    uint64_t turn_us_sum, turn_requests_max;
    uint64_t latency_bucket[12];    /* ≤ 0.25 0.5 1 2.5 5 10 25 50 100 250 1000 ms, and above */
    uint64_t latency_us_sum;
};
/* In the loop's thread (from a handler), or when the loop does not run. */
void serve_figures(const struct serve *serve, struct serve_figures *ret);

#endif
