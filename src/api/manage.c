#include "api/api_priv.h"

#include "deeds/sweep.h"
#include "api/openapi_text.h"

enum { DAYS_DEFAULT = 365, DAYS_MOST = 3650, TOKENS_REPLY = 512 * 1024 };

static void
text_reply(struct request *req, int status, struct span body)
{
    req->reply.status = status;
    req->reply.content_type = "text/plain; charset=utf-8";
    req->reply.body = body;
}

void
root_run(void *app, struct request *req)
{
    (void)app;
    text_reply(req, 200,
               SPAN("troth keeps a privacy policy.\n\n"
                    "/policy         the policy, for people\n"
                    "/v1/policy      the same, for programs\n"
                    "/openapi.yaml   this interface\n"
                    "/v1/ledger/checkpoint   where the ledger stands, signed\n"));
}

void
healthz_run(void *app, struct request *req)
{
    (void)app;
    text_reply(req, 200, SPAN("ok\n"));
}

void
readyz_run(void *app, struct request *req)
{
    struct api *api = app;
    struct err err;
    if (instance_ready(api->it, &err))
        text_reply(req, 200, SPAN("ready\n"));
    else
        reply_problem(req, &err);
}

void
openapi_run(void *app, struct request *req)
{
    (void)app;
    req->reply.status = 200;
    req->reply.content_type = "application/yaml";
    req->reply.body = span_of(openapi_text, openapi_text_size);
}

static void
metric(struct buf *buf, const char *name, const char *kind, const char *help, uint64_t value)
{
    buf_fmt(buf, "# HELP troth_%s %s\n# TYPE troth_%s %s\ntroth_%s %llu\n", name, help, name, kind,
            name, (unsigned long long)value);
}

static void
serve_metrics(struct buf *buf, const struct serve *serve)
{
    static const char *const le[] = {"0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01",
                                     "0.025",   "0.05",   "0.1",   "0.25",   "1",     "+Inf"};
    struct serve_figures f;
    serve_figures(serve, &f);
    buf_str(buf, "# HELP troth_http_replies_total replies by class of status\n"
                 "# TYPE troth_http_replies_total counter\n");
    buf_fmt(buf,
            "troth_http_replies_total{class=\"2xx\"} %llu\n"
            "troth_http_replies_total{class=\"4xx\"} %llu\n"
            "troth_http_replies_total{class=\"5xx\"} %llu\n",
            (unsigned long long)f.replies_2xx, (unsigned long long)f.replies_4xx,
            (unsigned long long)f.replies_5xx);
    metric(buf, "http_requests_total", "counter", "requests read", f.requests);
    metric(buf, "http_bad_requests_total", "counter", "requests that broke the rules of HTTP",
           f.bad_requests);
    metric(buf, "http_connections_open", "gauge", "open connections", f.connections_open);
    metric(buf, "http_connections_refused_total", "counter", "connections refused by a limit",
           f.connections_refused);
    metric(buf, "http_received_bytes_total", "counter", "bytes read", f.bytes_in);
    metric(buf, "http_sent_bytes_total", "counter", "bytes written", f.bytes_out);
    metric(buf, "turns_total", "counter", "turns of the loop that committed", f.turns);
    metric(buf, "slow_waiting", "gauge", "slow jobs waiting", f.slow_waiting);
    buf_str(buf, "# HELP troth_http_seconds from a request's last byte to its reply's first\n"
                 "# TYPE troth_http_seconds histogram\n");
    uint64_t sum = 0;
    for (size_t i = 0; i < 12; i++) {
        sum += f.latency_bucket[i];
        buf_fmt(buf, "troth_http_seconds_bucket{le=\"%s\"} %llu\n", le[i], (unsigned long long)sum);
    }
    buf_fmt(buf, "troth_http_seconds_sum %.6f\ntroth_http_seconds_count %llu\n",
            (double)f.latency_us_sum / 1e6, (unsigned long long)sum);
}

void
metrics_run(void *app, struct request *req)
{
    struct api *api = app;
    struct buf buf = arena_buf(req->arena, 16384);
    struct instance_figures f;
    instance_figures(api->it, &f);
    metric(&buf, "deeds_done_total", "counter", "deeds done", f.deeds_done);
    metric(&buf, "deeds_refused_total", "counter", "deeds the policy refused", f.deeds_refused);
    metric(&buf, "deeds_absent_total", "counter", "deeds about nothing there", f.deeds_absent);
    metric(&buf, "deeds_failed_total", "counter", "deeds that failed on our side", f.deeds_failed);
    metric(&buf, "ledger_entries", "gauge", "entries in the ledger", f.ledger_size);
    metric(&buf, "ledger_waiting_entries", "gauge", "of them, not in the tree yet", f.ledger_waiting);
    metric(&buf, "ledger_sequencer", "gauge", "1 when this node gave entries their places in the tree last",
           f.ledger_sequencer);
    metric(&buf, "ledger_checkpoint_entries", "gauge", "entries under the newest signed checkpoint",
           f.checkpoint_size);
    metric(&buf, "key_cache_hits_total", "counter", "data keys found open", f.key_hits);
    metric(&buf, "key_cache_misses_total", "counter", "data keys asked of the key process",
           f.key_misses);
    metric(&buf, "swept_records_total", "counter", "records ended by the keep rules",
           f.swept_records);
    metric(&buf, "purge_waiting", "gauge", "erased categories whose rows are still to go",
           f.purge_waiting);
    metric(&buf, "overdue_seconds", "gauge", "how long the oldest due record is overdue",
           (uint64_t)f.overdue_oldest_s);
    metric(&buf, "data_bytes", "gauge", "size of the data file", (uint64_t)f.data_bytes);
    metric(&buf, "log_bytes", "gauge", "size of the write-ahead log", (uint64_t)f.log_bytes);
    metric(&buf, "keys_bytes", "gauge", "size of the file of wrapped keys", (uint64_t)f.keys_bytes);
    metric(&buf, "disk_room", "gauge",
           "0 plenty, 1 nearly full: nothing is added, 2 only withdrawals and erasures go on",
           (uint64_t)f.room);
    metric(&buf, "store_round_trips_total", "counter", "answers of PostgreSQL that were waited for; 0 without it",
           f.store_round_trips);
    metric(&buf, "store_connections_total", "counter", "how often the store was opened or reached again",
           f.store_opened);
    if (api->serve != NULL)
        serve_metrics(&buf, api->serve);
    req->reply.status = 200;
    req->reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    req->reply.body = buf_span(&buf);
}

void
token_take(void *app, struct request *req)
{
    static const char *const members[] = {"role", "subject", "name", "days", NULL};
    struct call *call = call_open(app, req);
    if (call == NULL)
        return;
    struct token_deed *ask = ARENA_NEW(req->arena, struct token_deed);
    call->ask = ask;
    if (ask == NULL)
        return;
    ask->days = DAYS_DEFAULT;
    if (req->param_count > 0)
        ask->name = req->params[0];
    if (req->body.n == 0)
        return;
    if (!call_json(call, req) || !call_members(call, req, members))
        return;
    struct span subject;
    int64_t days = DAYS_DEFAULT;
    const struct json *days_json = json_get(call->body, "days");
    struct err err;
    (void)json_get_text(call->body, "role", &ask->role);
    (void)json_get_text(call->body, "name", &ask->name);
    if (json_get_text(call->body, "subject", &subject)) {
        ask->has_subject = deed_id_read(subject, ask->subject);
        if (!ask->has_subject) {
            err_set(&err, ERR_INVALID, "a person's id is 32 lower-case hex digits");
            err_place(&err, "/subject");
            reply_problem(req, &err);
            return;
        }
    }
    if (ask->has_subject == (ask->role.n > 0)) {
        err_set(&err, ERR_INVALID, "name either a role or a subject");
        reply_problem(req, &err);
        return;
    }
    if (days_json != NULL && (!json_int(days_json, &days) || days < 1 || days > DAYS_MOST)) {
        err_set(&err, ERR_INVALID, "days must be a whole number from 1 to %d", DAYS_MOST);
        err_place(&err, "/days");
        reply_problem(req, &err);
        return;
    }
    ask->days = (int)days;
}

void
token_post_run(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct token_deed *ask = call->ask;
    struct err err;
    err_clear(&err);
    call_deed(call, req, &ask->deed);
    if (!call_ended(req, token_add_run(ask, &err), &ask->deed, &err))
        return;
    struct buf buf = arena_buf(req->arena, 1024);
    struct json_out out;
    json_out_init(&out, &buf);
    json_begin(&out, '{');
    json_kv_str(&out, "token", ask->text);
    json_kv_text(&out, "name", ask->name);
    json_kv_time(&out, "expires", ask->expires_us);
    json_end(&out, '}');
    reply_buf(req, 201, &buf);
}

void
token_delete_need(void *app, struct request *req)
{
    const struct call *call = req->state;
    const struct token_deed *ask = call->ask;
    deed_token_need(((struct api *)app)->it, ask->name);
}

void
token_delete_run(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct token_deed *ask = call->ask;
    struct err err;
    err_clear(&err);
    call_deed(call, req, &ask->deed);
    if (!call_ended(req, token_revoke_run(ask, &err), &ask->deed, &err))
        return;
    req->reply.status = 204;
}

static bool
token_line(void *ctx, const struct token_line *line)
{
    struct json_out *out = ctx;
    json_begin(out, '{');
    json_kv_text(out, "name", line->name);
    json_kv_text(out, "role", line->subject ? SPAN("the person") : line->role);
    json_kv_time(out, "made", line->created_us);
    json_kv_time(out, "expires", line->expires_us);
    if (line->revoked_us != 0)
        json_kv_time(out, "revoked", line->revoked_us);
    json_end(out, '}');
    return buf_ok(out->buf);
}

void
token_get_run(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct token_deed *ask = call->ask;
    struct err err;
    err_clear(&err);
    call_deed(call, req, &ask->deed);
    size_t room = req->arena->cap - req->arena->used - 4096;
    struct buf buf = arena_buf(req->arena, room < TOKENS_REPLY ? room : TOKENS_REPLY);
    struct json_out out;
    json_out_init(&out, &buf);
    json_begin(&out, '{');
    json_key(&out, "tokens");
    json_begin(&out, '[');
    if (!call_ended(req, token_list_run(ask, token_line, &out, &err), &ask->deed, &err))
        return;
    json_end(&out, ']');
    json_end(&out, '}');
    reply_buf(req, 200, &buf);
}

void
sweep_run_route(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct err err;
    err_clear(&err);
    /* The operator may say when; what ends is the policy's word alone. */
    static struct caller system = {.role = ACTOR_SYSTEM};
    struct sweep ask = {0};
    call_deed(call, req, &ask.deed);
    ask.deed.caller = &system;
    ask.deed.purpose = PURPOSE_RETENTION;
    if (!call_ended(req, sweep_run(&ask, &err), &ask.deed, &err))
        return;
    struct buf buf = arena_buf(req->arena, 512);
    struct json_out out;
    json_out_init(&out, &buf);
    json_begin(&out, '{');
    json_kv_u64(&out, "erased", ask.erased);
    json_kv_u64(&out, "depersonalised", ask.depersonalised);
    json_kv_u64(&out, "purged", ask.purged);
    json_kv_bool(&out, "more", ask.more);
    json_end(&out, '}');
    reply_buf(req, 200, &buf);
}
