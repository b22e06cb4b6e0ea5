#include "api/api_priv.h"

#include "policy/value.h"

/* Whoever only wants to try must not find it done: neither at an address that cannot be tried, nor because what the
 * header says ("0"?) was read otherwise than it was meant. */
static bool
dry_run_fits(struct request *req)
{
    struct err err;
    bool good = true;
    for (size_t i = 0; i < req->head->field_count; i++) {
        if (!span_ieq(req->head->fields[i].name, SPAN("Troth-Dry-Run")))
            continue;
        if (req->route->take != collect_take)
            good = err_set(&err, ERR_BAD_REQUEST,
                           "only a submission to a collection point can be tried without doing it");
        else if (!span_is(req->head->fields[i].value, "1"))
            good = err_set(&err, ERR_BAD_REQUEST, "Troth-Dry-Run takes the value 1 and no other");
    }
    if (good)
        return true;
    err_place(&err, "Troth-Dry-Run");
    reply_problem(req, &err);
    return false;
}

struct call *
call_open(void *app, struct request *req)
{
    struct call *call = ARENA_NEW(req->arena, struct call);
    if (call == NULL) {
        struct err err;
        err_set(&err, ERR_TOO_LARGE, "this request needs more memory than it may have");
        reply_problem(req, &err);
        return NULL;
    }
    if (!dry_run_fits(req))
        return NULL;
    call->api = app;
    call->caller = req->actor;
    call->category = POLICY_NONE;
    req->state = call;
    return call;
}

void
call_deed(const struct call *call, struct request *req, struct deed *deed)
{
    *deed = (struct deed){
        .it = call->api->it, .caller = call->caller, .arena = req->arena, .task = POLICY_NONE,
        .purpose = POLICY_NONE};
    memcpy(deed->request, req->id, sizeof deed->request);
    struct span value;
    if (http_head_field(req->head, "Troth-Purpose", &value))
        deed->purpose_name = value;
    if (http_head_field(req->head, "Troth-Task", &value))
        deed->task_text = value;
}

static bool
not_found(struct request *req, const char *text)
{
    struct err err;
    err_set(&err, ERR_NOT_FOUND, "%s", text);
    reply_problem(req, &err);
    return false;
}

bool
call_subject(struct call *call, struct request *req)
{
    return deed_id_read(req->params[0], call->subject) ||
           not_found(req, "a person's id is 32 lower-case hex digits");
}

bool
call_category(struct call *call, struct request *req, size_t i)
{
    const struct policy *policy = instance_policy(call->api->it);
    call->category = policy_category_find(policy, req->params[i]);
    if (call->category == POLICY_NONE) {
        call->fault_kind = FAULT_NAME;
        call->fault_what = "category";
        call->fault_name = req->params[i];
        return true;
    }
    bool many = policy->categories[call->category].many;
    if (req->param_count <= i + 1)
        return true;
    if (!span_u64(req->params[i + 1], (uint64_t)INT64_MAX, &call->rec) || call->rec == 0 || !many)
        return not_found(req, many ? "a record's number is written in decimal, from 1"
                                   : "this category has one record for each person, without a number");
    call->has_rec = true;
    return true;
}

bool
call_json(struct call *call, struct request *req)
{
    struct err err;
    struct span type;
    if (!http_head_field(req->head, "Content-Type", &type) ||
        !span_ieq(span_trim(span_sub(type, 0, span_find(type, ';'))), SPAN("application/json"))) {
        err_set(&err, ERR_MEDIA_TYPE, "send the body as Content-Type: application/json");
        err_place(&err, "Content-Type");
    } else if (!json_read(req->arena, req->body, &call->body, &err)) {
        /* said as it is */
    } else if (call->body->kind != JSON_OBJECT) {
        err_set(&err, ERR_INVALID, "the body must be a JSON object");
    } else {
        return true;
    }
    reply_problem(req, &err);
    return false;
}

bool
call_members(struct call *call, struct request *req, const char *const *known)
{
    for (const struct json *m = call->body->first; m != NULL; m = m->next) {
        bool found = false;
        for (size_t i = 0; known[i] != NULL && !found; i++)
            found = span_is(m->key, known[i]);
        if (found)
            continue;
        struct err err;
        err_set(&err, ERR_INVALID, "the body has a member nobody asked for");
        err_place(&err, "/%.*s", m->key.n > 64 ? 64 : (int)m->key.n, m->key.p);
        reply_problem(req, &err);
        return false;
    }
    return true;
}

void
call_hash(struct request *req)
{
    struct call *call = req->state;
    struct err err;
    if (!values_hash(instance_policy(call->api->it), req->arena, call->values, &err))
        reply_problem(req, &err);
}

bool
call_fields(struct call *call, struct request *req, int category, bool refuse_cards)
{
    bool closed = false;
    if (values_read(instance_policy(call->api->it), req->arena, json_get(call->body, "fields"),
                    category, refuse_cards, &call->values, &closed, &call->fault)) {
        if (call->values->passwords)
            req->slow = call_hash;
        return true;
    }
    if (closed) {
        call->fault_kind = FAULT_FIELD;
        return true;
    }
    reply_problem(req, &call->fault);
    return false;
}

bool
call_ended(struct request *req, enum deed_end end, const struct deed *deed, const struct err *err)
{
    if (end != DEED_DONE)
        reply_problem(req, err);
    if (end != DEED_FAILED && deed != NULL)
        put_receipt(req, deed); /* a refusal has its receipt too */
    return end == DEED_DONE;
}

bool
call_begin(struct call *call, struct request *req, struct deed *deed)
{
    struct err err;
    err_clear(&err);
    enum deed_end end = deed_resolve(deed, &err);
    if (end == DEED_DONE && call->fault_kind == FAULT_NAME)
        end = deed_unknown(deed, ERR_UNKNOWN_NAME, call->fault_what, call->fault_name, &err);
    if (end == DEED_DONE && call->fault_kind == FAULT_FIELD) {
        struct err field = call->fault;
        end = deed_unknown(deed, ERR_UNKNOWN_FIELD, "field", SPAN_NONE, &err);
        if (end == DEED_REFUSED) {
            err_set(&err, field.code, "%s", field.text);
            err_rule(&err, "default.closed-world");
            err_place(&err, "%s", field.place);
        }
    }
    return call_ended(req, end, deed, &err);
}

void
call_once_need(struct api *api, struct request *req)
{
    struct span key;
    if (http_head_field(req->head, "Idempotency-Key", &key) && key.n > 0 && key.n <= LIMIT_IDEM_KEY)
        idempotency_need(api->it, req->actor, key);
}

bool
call_once(struct call *call, struct request *req, const struct deed *deed)
{
    struct span key;
    if (!http_head_field(req->head, "Idempotency-Key", &key))
        return true;
    struct err err;
    if (key.n == 0 || key.n > LIMIT_IDEM_KEY) {
        err_set(&err, ERR_BAD_REQUEST, "an Idempotency-Key has 1 to %d characters", LIMIT_IDEM_KEY);
        err_place(&err, "Idempotency-Key");
        reply_problem(req, &err);
        return false;
    }
    struct buf text = arena_buf(req->arena, req->head->target.n + req->body.n + 16);
    buf_str(&text, http_method_name(req->head->method));
    buf_char(&text, ' ');
    buf_put(&text, req->head->target);
    buf_char(&text, '\n');
    buf_put(&text, req->body);
    call->idempotency =
        (struct idempotency){.deed = *deed, .key = key, .request = buf_span(&text)};
    enum deed_end end = buf_ok(&text) ? idempotency_find(&call->idempotency, &err) : DEED_FAILED;
    if (!buf_ok(&text))
        err_set(&err, ERR_TOO_LARGE, "this request needs more memory than it may have");
    if (end != DEED_DONE) {
        reply_problem(req, &err);
        return false;
    }
    if (!call->idempotency.found)
        return true;
    reply_field(req, "Idempotent-Replayed", SPAN("true"));
    reply_json(req, call->idempotency.status, call->idempotency.reply);
    return false;
}

void
call_remember(struct call *call, struct request *req, int64_t sn)
{
    struct err err;
    if (call->idempotency.key.n == 0 || req->reply.status >= 300)
        return;
    if (idempotency_keep(&call->idempotency, req->reply.status, req->reply.body, sn, &err) !=
        DEED_DONE) {
        /* The deed stands in this turn and cannot be taken back alone: better no reply than one that is not
         * remembered. The client asks again and gets 409 or its reply. */
        reply_problem(req, &err);
    }
}

struct span
etag_text(struct request *req, uint64_t version)
{
    struct buf buf = arena_buf(req->arena, 24);
    buf_char(&buf, '"');
    buf_u64(&buf, version);
    buf_char(&buf, '"');
    return buf_span(&buf);
}

void
put_receipt(struct request *req, const struct deed *deed)
{
    if (!deed->receipt.written)
        return;
    struct buf buf = arena_buf(req->arena, 112);
    buf_hex(&buf, req->id, sizeof req->id);
    buf_char(&buf, ';');
    base64_put(&buf, deed->receipt.commitment, 32);
    buf_char(&buf, ';');
    buf_u64(&buf, deed->receipt.entry);
    if (buf_ok(&buf))
        reply_field(req, "Troth-Receipt", buf_span(&buf));
}

void
put_receipt_json(struct json_out *out, struct request *req, const struct deed *deed)
{
    const struct policy *policy = instance_policy(deed->it);
    json_key(out, "receipt");
    json_begin(out, '{');
    json_kv_hex(out, "request", req->id, sizeof req->id);
    json_kv_u64(out, "entry", deed->receipt.entry);
    json_kv_hex(out, "commitment", deed->receipt.commitment, 32);
    json_kv_time(out, "time", instance_now_us(deed->it));
    json_kv_hex(out, "policy", policy->hash, 32);
    json_end(out, '}');
}

void
put_fields_json(struct json_out *out, const struct policy *policy, int category,
                const struct fields *fields)
{
    const struct policy_category *cat = &policy->categories[category];
    json_key(out, "fields");
    json_begin(out, '{');
    for (int bit = 0; bit < cat->field_count; bit++) {
        if (!(fields->present >> bit & 1))
            continue;
        const struct policy_field *field = &policy->fields[cat->field_first + bit];
        json_key_span(out, field->name);
        policy_value_write(field, fields->value[bit], out);
    }
    json_end(out, '}');
}

void
reply_buf(struct request *req, int status, struct buf *buf)
{
    if (buf_ok(buf)) {
        arena_buf_trim(req->arena, buf);
        reply_json(req, status, buf_span(buf));
        return;
    }
    struct err err;
    err_set(&err, ERR_TOO_LARGE, "the reply does not fit into this request's memory");
    reply_problem(req, &err);
}

bool
call_accepts(const struct request *req, const char *type)
{
    struct span accept;
    struct span want = span_str(type);
    if (!http_head_field(req->head, "Accept", &accept))
        return false;
    for (size_t i = 0; i + want.n <= accept.n; i++)
        if (span_ieq(span_sub(accept, i, want.n), want))
            return true;
    return false;
}

void
reply_page_fields(struct request *req)
{
    reply_field(req, "Content-Security-Policy",
                SPAN("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                     "form-action 'none'; frame-ancestors 'none'"));
    reply_field(req, "Permissions-Policy", SPAN("geolocation=(), camera=(), microphone=()"));
    reply_field(req, "Referrer-Policy", SPAN("no-referrer"));
}
