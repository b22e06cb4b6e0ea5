#include "api/api_priv.h"

#include "base/log.h"
#include "deeds/consent.h"

enum { ROW_MAX = 6 * LIMIT_RECORD + 16384 }; /* every byte may need six as an escape */

/* One list, export or view of deeds on its way out, piece by piece. */
struct flow {
    struct call *call;
    const struct policy *policy;
    struct list list;
    struct export export;
    struct trace trace;
    struct buf *piece;
    size_t page;
    struct buf big;     /* a single row larger than a piece; sent over several */
    size_t big_at;
    bool comma;
    enum { FLOW_HEAD, FLOW_ROWS, FLOW_TAIL, FLOW_OVER } state;
};

static struct flow *
flow_open(void *app, struct request *req)
{
    struct call *call = call_open(app, req);
    if (call == NULL)
        return NULL;
    struct flow *flow = ARENA_NEW(req->arena, struct flow);
    if (flow == NULL) {
        struct err err;
        err_set(&err, ERR_TOO_LARGE, "this request needs more memory than it may have");
        reply_problem(req, &err);
        return NULL;
    }
    flow->call = call;
    flow->policy = instance_policy(call->api->it);
    flow->page = LIMIT_LIST_PAGE;
    call->ask = flow;
    return flow;
}

static struct flow *
flow_of(struct request *req)
{
    return ((struct call *)req->state)->ask;
}

static enum stream_state
broken(const char *what, const struct err *err)
{
    LOG(LOG_WARN, "stream-broken", LOG_T("what", what), LOG_T("code", err_machine_code(err->code)),
        LOG_T("text", err->text));
    return STREAM_BROKEN;
}

static void
flow_begin(struct request *req, stream_fn stream, const char *type)
{
    req->reply.status = 200;
    req->reply.content_type = type;
    req->reply.stream = stream;
}

/* The token is looked up anew for every piece, as it is for every request. */
static bool
still_may(struct flow *flow, struct request *req, struct err *err)
{
    struct span header;
    struct caller caller;
    if (!http_head_field(req->head, "Authorization", &header))
        return err_set(err, ERR_UNAUTHENTICATED, "there is no token");
    return deed_caller(flow->call->api->it, req->arena, span_sub(header, 7, SIZE_MAX), &caller,
                       err) == DEED_DONE;
}

/* One piece of rows. What did not fit was taken back and is tried again with half the rows, at last with one row in
 * a room of its own, which leaves in as many pieces as it needs. */
typedef enum deed_end (*flow_fn)(struct flow *flow, struct err *err);
static enum deed_end
flow_piece(struct flow *flow, struct request *req, struct buf *piece, flow_fn fn, struct err *err)
{
    struct arena *arena = req->arena;
    size_t mark = arena_mark(arena), at = piece->n;
    bool comma = flow->comma;
    enum deed_end end = DEED_DONE;
    flow->piece = piece;
    while (flow->big_at == flow->big.n) {
        err_clear(err);
        end = fn(flow, err);
        arena_back(arena, mark);
        if (end == DEED_DONE || err->code != ERR_TOO_LARGE || flow->piece == &flow->big)
            break;
        piece->n = at;
        piece->overflow = false;
        flow->comma = comma;
        if (flow->page > 1) {
            flow->page /= 2;
            continue;
        }
        if (flow->big.p == NULL) {
            flow->big = arena_buf(arena, ROW_MAX);
            mark = arena_mark(arena);
        }
        flow->big.n = flow->big_at = 0;
        flow->big.overflow = flow->big.p == NULL;
        flow->piece = &flow->big;
    }
    if (end != DEED_DONE || flow->big_at == flow->big.n)
        return end;
    size_t room = piece->cap - piece->n, left = flow->big.n - flow->big_at;
    buf_put(piece, span_of(flow->big.p + flow->big_at, left < room ? left : room));
    flow->big_at += left < room ? left : room;
    return DEED_DONE;
}

static bool
flow_rows_over(const struct flow *flow, bool end)
{
    return end && flow->big_at == flow->big.n;
}

static bool
list_line(void *ctx, const struct list_row *row)
{
    struct flow *flow = ctx;
    struct json_out out;
    json_out_init(&out, flow->piece);
    json_begin(&out, '{');
    json_kv_hex(&out, "subject", row->subject, 16);
    if (flow->policy->categories[row->category].many)
        json_kv_u64(&out, "record", row->rec);
    json_kv_u64(&out, "version", row->version);
    json_kv_bool(&out, "narrowed", row->narrowed);
    put_fields_json(&out, flow->policy, row->category, row->fields);
    json_end(&out, '}');
    buf_char(flow->piece, '\n');
    return buf_ok(flow->piece);
}

static enum deed_end
list_rows(struct flow *flow, struct err *err)
{
    flow->list.page = flow->page;
    return list_piece(&flow->list, list_line, flow, err);
}

static enum stream_state
list_stream(void *app, struct request *req, struct buf *piece)
{
    (void)app;
    struct flow *flow = flow_of(req);
    struct err err;
    err_clear(&err);
    if (!still_may(flow, req, &err) ||
        flow_piece(flow, req, piece, list_rows, &err) != DEED_DONE)
        return broken("list", &err);
    return flow_rows_over(flow, flow->list.end) ? STREAM_END : STREAM_MORE;
}

void
list_take(void *app, struct request *req)
{
    struct flow *flow = flow_open(app, req);
    if (flow == NULL)
        return;
    struct call *call = flow->call;
    if (!call_category(call, req, 0))
        return;
    flow->list.category = call->category;
    flow->list.wanted = ~UINT64_C(0);
}

void
list_run_route(void *app, struct request *req)
{
    (void)app;
    struct flow *flow = flow_of(req);
    struct err err;
    err_clear(&err);
    call_deed(flow->call, req, &flow->list.deed);
    if (!call_begin(flow->call, req, &flow->list.deed) ||
        !call_ended(req, list_begin(&flow->list, &err), &flow->list.deed, &err))
        return;
    flow_begin(req, list_stream, "application/x-ndjson");
}

static bool
export_line(void *ctx, const struct list_row *row)
{
    struct flow *flow = ctx;
    struct json_out out;
    json_out_init(&out, flow->piece);
    if (flow->comma)
        buf_str(flow->piece, ",\n");
    json_begin(&out, '{');
    json_kv_text(&out, "category", flow->policy->categories[row->category].name);
    if (flow->policy->categories[row->category].many)
        json_kv_u64(&out, "record", row->rec);
    json_kv_u64(&out, "version", row->version);
    json_kv_time(&out, "collected", row->created_us);
    json_kv_time(&out, "changed", row->changed_us);
    put_fields_json(&out, flow->policy, row->category, row->fields);
    json_end(&out, '}');
    flow->comma = true;
    return buf_ok(flow->piece);
}

static bool
export_head(struct flow *flow, struct buf *piece)
{
    struct json_out out;
    json_out_init(&out, piece);
    json_begin(&out, '{');
    json_kv_hex(&out, "subject", flow->export.subject, 16);
    if (flow->export.kind != POLICY_NONE)
        json_kv_text(&out, "kind", flow->policy->kinds[flow->export.kind].name);
    json_kv_time(&out, "since", flow->export.created_us);
    json_kv_bool(&out, "restricted", flow->export.restricted);
    json_kv_hex(&out, "policy", flow->policy->hash, 32);
    buf_str(piece, ",\"records\":[\n");
    return buf_ok(piece);
}

static enum deed_end
export_tail(struct flow *flow, struct request *req, struct buf *piece, struct err *err)
{
    struct consent *consent = ARENA_NEW(req->arena, struct consent);
    if (consent == NULL) {
        err_set(err, ERR_TOO_LARGE, "no memory for the consents");
        return DEED_FAILED;
    }
    consent->deed = flow->export.deed;
    consent->what = CONSENT_SEE;
    consent->about = POLICY_NONE;
    memcpy(consent->subject, flow->export.subject, 16);
    enum deed_end end = consent_run(consent, err);
    if (end != DEED_DONE)
        return end;
    struct json_out out;
    buf_str(piece, "\n],\"consents\":");
    json_out_init(&out, piece);
    json_begin(&out, '[');
    for (int i = 0; i < consent->row_count; i++) {
        static const char *const names[] = {"none", "pending", "given", "withdrawn"};
        json_begin(&out, '{');
        json_kv_text(&out, "purpose", flow->policy->purposes[consent->rows[i].purpose].name);
        json_kv_str(&out, "state", names[consent->rows[i].state]);
        json_kv_time(&out, "at", consent->rows[i].at_us);
        json_end(&out, '}');
    }
    json_end(&out, ']');
    buf_str(piece, "}\n");
    return DEED_DONE;
}

static enum deed_end
export_rows(struct flow *flow, struct err *err)
{
    flow->export.page = flow->page;
    return export_piece(&flow->export, export_line, flow, err);
}

static enum stream_state
export_stream(void *app, struct request *req, struct buf *piece)
{
    (void)app;
    struct flow *flow = flow_of(req);
    struct err err;
    err_clear(&err);
    enum deed_end end = still_may(flow, req, &err) ? DEED_DONE : DEED_REFUSED;
    if (end != DEED_DONE)
        return broken("export", &err);
    if (flow->state == FLOW_HEAD && export_head(flow, piece))
        flow->state = FLOW_ROWS;
    else if (flow->state == FLOW_ROWS) {
        end = flow_piece(flow, req, piece, export_rows, &err);
        if (flow_rows_over(flow, flow->export.end))
            flow->state = FLOW_TAIL;
    } else {
        size_t mark = arena_mark(req->arena);
        end = export_tail(flow, req, piece, &err);
        arena_back(req->arena, mark);
        flow->state = FLOW_OVER;
    }
    if (end != DEED_DONE || !buf_ok(piece))
        return broken("export", &err);
    return flow->state == FLOW_OVER ? STREAM_END : STREAM_MORE;
}

void
export_take(void *app, struct request *req)
{
    struct flow *flow = flow_open(app, req);
    if (flow != NULL && call_subject(flow->call, req))
        memcpy(flow->export.subject, flow->call->subject, 16);
}

void
export_run_route(void *app, struct request *req)
{
    (void)app;
    struct flow *flow = flow_of(req);
    struct err err;
    err_clear(&err);
    call_deed(flow->call, req, &flow->export.deed);
    if (!call_begin(flow->call, req, &flow->export.deed) ||
        !call_ended(req, export_begin(&flow->export, &err), &flow->export.deed, &err))
        return;
    flow_begin(req, export_stream, "application/json");
}

static bool
deeds_line(void *ctx, const struct trace_row *row)
{
    struct flow *flow = ctx;
    struct json_out out;
    json_out_init(&out, flow->piece);
    if (flow->comma)
        buf_str(flow->piece, ",\n");
    json_begin(&out, '{');
    json_kv_u64(&out, "entry", row->entry);
    if (row->placed)
        json_kv_u64(&out, "seq", row->seq);
    json_kv_time(&out, "time", row->time_us);
    json_key(&out, "deed");
    json_raw(&out, row->detail);
    json_kv_hex(&out, "opening", row->r, 32);
    json_kv_hex(&out, "commitment", row->commitment, 32);
    json_kv_hex(&out, "bytes", row->bytes, sizeof row->bytes);
    json_end(&out, '}');
    flow->comma = true;
    return buf_ok(flow->piece);
}

static enum deed_end
deeds_rows(struct flow *flow, struct err *err)
{
    flow->trace.page = flow->page;
    return trace_piece(&flow->trace, deeds_line, flow, err);
}

static enum stream_state
deeds_stream(void *app, struct request *req, struct buf *piece)
{
    (void)app;
    struct flow *flow = flow_of(req);
    struct err err;
    err_clear(&err);
    struct json_out out;
    enum deed_end end = still_may(flow, req, &err) ? DEED_DONE : DEED_REFUSED;
    if (end != DEED_DONE)
        return broken("deeds", &err);
    if (flow->state == FLOW_HEAD) {
        json_out_init(&out, piece);
        json_begin(&out, '{');
        json_kv_hex(&out, "subject", flow->trace.subject, 16);
        json_kv_hex(&out, "receipt-key", flow->trace.receipt_key, 32);
        buf_str(piece, ",\"deeds\":[\n");
        flow->state = FLOW_ROWS;
    } else {
        end = flow_piece(flow, req, piece, deeds_rows, &err);
        if (end == DEED_DONE && flow_rows_over(flow, flow->trace.end)) {
            buf_str(piece, "\n]}\n");
            flow->state = FLOW_OVER;
        }
    }
    if (end != DEED_DONE || !buf_ok(piece))
        return broken("deeds", &err);
    return flow->state == FLOW_OVER ? STREAM_END : STREAM_MORE;
}

void
deeds_take(void *app, struct request *req)
{
    struct flow *flow = flow_open(app, req);
    if (flow != NULL && call_subject(flow->call, req))
        memcpy(flow->trace.subject, flow->call->subject, 16);
}

void
deeds_run_route(void *app, struct request *req)
{
    (void)app;
    struct flow *flow = flow_of(req);
    struct err err;
    err_clear(&err);
    call_deed(flow->call, req, &flow->trace.deed);
    if (!call_begin(flow->call, req, &flow->trace.deed) ||
        !call_ended(req, trace_begin(&flow->trace, &err), &flow->trace.deed, &err))
        return;
    flow_begin(req, deeds_stream, "application/json");
}
