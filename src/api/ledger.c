/* The ledger's routes: everything is read from snapshots on a pool thread, beside the writer. */
#include "api/api_priv.h"

enum { ENTRIES_MOST = 200, PROOF_REPLY = 8192 };

static bool
query_number(struct request *req, const char *key, uint64_t fallback, uint64_t most, uint64_t *ret,
             struct err *err)
{
    struct span value;
    bool found = false;
    *ret = fallback;
    if (!http_query_get(req->arena, req->head->query, key, &value, &found, err))
        return false;
    if (!found || span_u64(value, most, ret))
        return true;
    err_set(err, ERR_BAD_REQUEST, "%s must be a whole number of at most %llu", key,
            (unsigned long long)most);
    return err_place(err, "?%s", key);
}

static void
reply_bytes(struct request *req, const char *type, struct span body)
{
    req->reply.status = 200;
    req->reply.content_type = type;
    req->reply.body = body;
}

static bool
get_checkpoint(struct api *api, struct request *req, struct err *err)
{
    struct span text;
    if (!instance_checkpoint_text(api->it, req->arena, &text, err))
        return false;
    reply_bytes(req, "text/plain; charset=utf-8", text);
    return true;
}

static bool
get_key(struct api *api, struct request *req, struct err *err)
{
    (void)err;
    struct buf buf = arena_buf(req->arena, 512);
    instance_vkey(api->it, &buf);
    buf_char(&buf, '\n');
    reply_bytes(req, "text/plain; charset=utf-8", buf_span(&buf));
    return true;
}

static bool
get_inclusion(struct api *api, struct request *req, struct err *err)
{
    struct inclusion_ask ask = {0};
    struct buf buf = arena_buf(req->arena, PROOF_REPLY);
    if (!query_number(req, "entry", UINT64_MAX, INT64_MAX, &ask.entry, err) ||
        !query_number(req, "seq", UINT64_MAX, INT64_MAX, &ask.seq, err) ||
        !query_number(req, "size", 0, INT64_MAX, &ask.size, err))
        return false;
    ask.by_number = ask.entry != UINT64_MAX;
    if (ask.by_number == (ask.seq != UINT64_MAX)) {
        err_set(err, ERR_BAD_REQUEST, "say which entry: ?entry=NUMBER, or its place in the tree: ?seq=N");
        return err_place(err, "?entry");
    }
    if (!instance_inclusion(api->it, req->arena, &ask, &buf, err))
        return false;
    reply_buf(req, 200, &buf);
    return true;
}

static bool
get_consistency(struct api *api, struct request *req, struct err *err)
{
    uint64_t old_size = 0, size = 0;
    struct buf buf = arena_buf(req->arena, PROOF_REPLY);
    if (!query_number(req, "old", 0, INT64_MAX, &old_size, err) ||
        !query_number(req, "size", 0, INT64_MAX, &size, err))
        return false;
    if (old_size == 0) {
        err_set(err, ERR_BAD_REQUEST, "say from which size: ?old=N");
        return err_place(err, "?old");
    }
    if (!instance_consistency(api->it, req->arena, old_size, size, &buf, err))
        return false;
    reply_buf(req, 200, &buf);
    return true;
}

/* /tile/0/12 or, cut short, /tile/0/12.p17 */
static bool
get_tile(struct api *api, struct request *req, struct err *err)
{
    uint64_t level = 0, index = 0, width = 256;
    struct span rest = req->params[1], no;
    size_t dot = span_find(rest, '.');
    no = span_sub(rest, 0, dot);
    struct span cut = span_sub(rest, dot, SIZE_MAX);
    if (!span_u64(req->params[0], 7, &level) || !span_u64(no, INT64_MAX, &index) ||
        (cut.n > 0 && (cut.n < 3 || cut.p[1] != 'p' || !span_u64(span_sub(cut, 2, 4), 255, &width) ||
                       width == 0)))
        return err_set(err, ERR_NOT_FOUND, "there is no such tile");
    struct span hashes;
    if (!instance_tile(api->it, req->arena, (unsigned)level, index, (unsigned)width, &hashes, err))
        return false;
    reply_bytes(req, "application/octet-stream", hashes);
    return true;
}

static bool
get_entries(struct api *api, struct request *req, struct err *err)
{
    uint64_t from = 0, count = 0;
    struct span rows;
    if (!query_number(req, "from", 0, INT64_MAX, &from, err) ||
        !query_number(req, "count", ENTRIES_MOST, ENTRIES_MOST, &count, err) ||
        !instance_entries(api->it, req->arena, from, count, &rows, err))
        return false;
    reply_bytes(req, "application/octet-stream", rows);
    return true;
}

static const struct {
    const char *path;
    bool (*get)(struct api *, struct request *, struct err *);
} ledger_gets[] = {
    {"/v1/ledger/checkpoint", get_checkpoint},
    {"/v1/ledger/key", get_key},
    {"/v1/ledger/inclusion", get_inclusion},
    {"/v1/ledger/consistency", get_consistency},
    {"/v1/ledger/tile/{level}/{index}", get_tile},
    {"/v1/ledger/entries", get_entries},
};

/* On a pool thread. */
static void
ledger_slow(struct request *req)
{
    struct call *call = req->state;
    struct err err;
    err_clear(&err);
    for (size_t i = 0; i < sizeof ledger_gets / sizeof ledger_gets[0]; i++) {
        if (strcmp(req->route->path, ledger_gets[i].path) != 0)
            continue;
        if (!ledger_gets[i].get(call->api, req, &err)) {
            reply_problem(req, &err);
            if (err.code == ERR_CONFLICT) /* recorded, and not provable for another moment */
                reply_field(req, "Retry-After", SPAN("1"));
        }
        return;
    }
}

void
ledger_take(void *app, struct request *req)
{
    if (call_open(app, req) != NULL)
        req->slow = ledger_slow;
}

void
ledger_run_route(void *app, struct request *req)
{
    (void)app;
    (void)req; /* the reply was made beside the loop */
}
