#include "serve/reply_priv.h"

#include "base/log.h"

static bool
value_clean(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c != '\t' && (c < 0x20 || c > 0x7e))
            return false;
    }
    return true;
}

void
reply_field(struct request *req, const char *name, struct span value)
{
    struct reply *reply = &req->reply;
    if (reply->field_count == REPLY_FIELDS_MAX || !value_clean(value) || value.n > LIMIT_HTTP_HEADER_LINE) {
        reply->broken = true;
        return;
    }
    reply->fields[reply->field_count++] = (struct http_field){span_str(name), value};
}

void
reply_json(struct request *req, int status, struct span body)
{
    req->reply.status = status;
    req->reply.content_type = "application/json";
    req->reply.body = body;
}

/* A fault of ours is told to the operator, not to the client: its text may name files and states. */
static bool
is_our_fault(const struct err *err, int status)
{
    return status >= 500 && err->code != ERR_METHOD_UNKNOWN && err->code != ERR_HTTP_VERSION;
}

static void
problem_write(struct buf *buf, const struct request *req, const struct err *err, int status)
{
    const char *code = err_machine_code(err->code);
    char type[96];
    struct buf urn;
    buf_init(&urn, type, sizeof type);
    buf_str(&urn, "urn:troth:error:");
    buf_str(&urn, code);
    struct json_out out;
    json_out_init(&out, buf);
    json_begin(&out, '{');
    json_kv_text(&out, "type", buf_span(&urn));
    json_kv_str(&out, "title", err_public_text(err->code));
    json_kv_u64(&out, "status", (uint64_t)status);
    json_kv_str(&out, "code", code);
    if (!is_our_fault(err, status)) {
        if (err->text[0] != '\0')
            json_kv_str(&out, "detail", err->text);
        if (err->rule[0] != '\0')
            json_kv_str(&out, "rule", err->rule);
        if (err->place[0] != '\0')
            json_kv_str(&out, err->place[0] == '/' ? "pointer" : "place", err->place);
    }
    json_kv_hex(&out, "request", req->id, sizeof req->id);
    json_end(&out, '}');
}

void
reply_problem(struct request *req, const struct err *err)
{
    int status = err_http_status(err->code);
    if (status < 400)
        status = 500; /* a command's code: no answer over HTTP */
    struct span body = SPAN_NONE;
    struct arena *arena = req->arena;
    if (!arena->overflow && arena->cap - arena->used > JOB_SPARE + 64) {
        struct buf buf = arena_buf(arena, JOB_SPARE);
        problem_write(&buf, req, err, status);
        arena_buf_trim(arena, &buf);
        body = buf_ok(&buf) ? buf_span(&buf) : SPAN_NONE;
    } else {
        buf_reset(&req->spare);
        problem_write(&req->spare, req, err, status);
        body = buf_ok(&req->spare) ? buf_span(&req->spare) : SPAN_NONE;
    }
    if (body.p == NULL)
        body = SPAN("{\"type\":\"urn:troth:error:internal\"}");
    req->reply = (struct reply){
        .status = status, .content_type = "application/problem+json", .body = body};
    if (status == 401)
        reply_field(req, "WWW-Authenticate", SPAN("Bearer"));
    if (status == 503 || status == 429)
        reply_field(req, "Retry-After", SPAN("1"));
}

void
reply_not_allowed(struct request *req, unsigned allowed)
{
    struct err err;
    err_set(&err, ERR_METHOD, "the Allow field names the methods that there are");
    reply_problem(req, &err);
    struct buf allow = arena_buf(req->arena, 96);
    router_allow_put(allowed, &allow);
    reply_field(req, "Allow", buf_span(&allow));
}

void
reply_settle(struct request *req)
{
    struct err err;
    struct reply *reply = &req->reply;
    bool body_barred = reply->status == 204 || reply->status == 304;
    if (req->arena->overflow && reply->status < 400) {
        err_set(&err, ERR_TOO_LARGE, "the request or its answer needs more room than there is");
        reply_problem(req, &err);
    } else if (reply->status < 200 || reply->status > 599 || reply->broken ||
               (body_barred && (reply->body.n > 0 || reply->stream != NULL))) {
        err_set(&err, ERR_INTERNAL, "a handler gave no reply that can be sent");
        log_err(LOG_ERROR, "reply", &err);
        reply_problem(req, &err);
    }
}
