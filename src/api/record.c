#include "api/api_priv.h"
#include "deeds/erase.h"
#include "deeds/read.h"
#include "deeds/write.h"

static void
too_small(struct request *req)
{
    struct err err;
    err_set(&err, ERR_TOO_LARGE, "this request needs more memory than it may have");
    reply_problem(req, &err);
}

void
lookup_take(void *app, struct request *req)
{
    struct call *call = call_open(app, req);
    if (call == NULL)
        return;
    struct lookup *ask = ARENA_NEW(req->arena, struct lookup);
    struct span value;
    bool found = false;
    struct err err;
    call->ask = ask;
    if (ask == NULL) {
        too_small(req);
        return;
    }
    if (!http_query_get(req->arena, req->head->query, "lookup", &value, &found, &err)) {
        reply_problem(req, &err);
        return;
    }
    size_t colon = span_find(value, ':');
    if (!found || colon == value.n) {
        err_set(&err, ERR_BAD_REQUEST,
                "name a field with a look-up key and its value: ?lookup=account.email:…");
        err_place(&err, "?lookup");
        reply_problem(req, &err);
        return;
    }
    const struct policy *policy = instance_policy(call->api->it);
    ask->field = policy_field_find(policy, span_sub(value, 0, colon));
    ask->value = span_sub(value, colon + 1, SIZE_MAX);
    if (ask->field != POLICY_NONE && policy->fields[ask->field].lookup != LOOKUP_NONE)
        return;
    call->fault_kind = FAULT_NAME;
    call->fault_what = "look-up field";
    call->fault_name = span_sub(value, 0, colon);
}

void
lookup_need_route(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct lookup *ask = call->ask;
    call_deed(call, req, &ask->deed);
    if (call->fault_kind == FAULT_NONE)
        lookup_need(ask);
}

void
lookup_more_route(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    if (call->fault_kind == FAULT_NONE)
        lookup_need_more(call->ask);
}

void
lookup_run_route(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct lookup *ask = call->ask;
    struct err err;
    err_clear(&err);
    if (!call_begin(call, req, &ask->deed) ||
        !call_ended(req, lookup_run(ask, &err), &ask->deed, &err))
        return;
    struct buf buf = arena_buf(req->arena, 64 + 64 * 40);
    struct json_out out;
    json_out_init(&out, &buf);
    json_begin(&out, '{');
    json_key(&out, "subjects");
    json_begin(&out, '[');
    for (int i = 0; i < ask->found_count; i++) {
        struct buf id = arena_buf(req->arena, 32);
        buf_hex(&id, ask->found[i], 16);
        json_text(&out, buf_span(&id));
    }
    json_end(&out, ']');
    json_end(&out, '}');
    reply_buf(req, 200, &buf);
}

void
record_get_take(void *app, struct request *req)
{
    struct call *call = call_open(app, req);
    if (call == NULL || !call_subject(call, req) || !call_category(call, req, 1))
        return;
    struct read *ask = ARENA_NEW(req->arena, struct read);
    call->ask = ask;
    if (ask == NULL) {
        too_small(req);
        return;
    }
    if (call->category != POLICY_NONE && !call->has_rec &&
        instance_policy(call->api->it)->categories[call->category].many) {
        struct err err;
        err_set(&err, ERR_NOT_FOUND, "this category has many records: name one by its number");
        reply_problem(req, &err);
        return;
    }
    memcpy(ask->subject, call->subject, 16);
    ask->category = call->category;
    ask->rec = call->rec;
    ask->wanted = ~UINT64_C(0);
}

void
record_get_need(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct read *ask = call->ask;
    call_deed(call, req, &ask->deed);
    if (call->fault_kind == FAULT_NONE)
        read_need(ask);
}

void
record_get_more(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    if (call->fault_kind == FAULT_NONE)
        read_need_more(call->ask);
}

void
record_get_run(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct read *ask = call->ask;
    struct err err;
    err_clear(&err);
    if (!call_begin(call, req, &ask->deed) ||
        !call_ended(req, read_run(ask, &err), &ask->deed, &err))
        return;
    const struct policy *policy = instance_policy(call->api->it);
    size_t size = 512; /* every byte may need six as an escape */
    for (int bit = 0; bit < policy->categories[ask->category].field_count; bit++)
        if (ask->fields->present >> bit & 1)
            size += 6 * ask->fields->value[bit].n + LIMIT_POLICY_NAME + 8;
    struct buf buf = arena_buf(req->arena, size);
    struct json_out out;
    json_out_init(&out, &buf);
    json_begin(&out, '{');
    json_kv_hex(&out, "subject", ask->subject, 16);
    json_kv_text(&out, "category", policy->categories[ask->category].name);
    if (call->has_rec)
        json_kv_u64(&out, "record", ask->rec);
    json_kv_u64(&out, "version", ask->version);
    json_kv_time(&out, "changed", ask->changed_us);
    json_kv_bool(&out, "narrowed", ask->narrowed);
    put_fields_json(&out, policy, ask->category, ask->fields);
    json_end(&out, '}');
    reply_buf(req, 200, &buf);
    reply_field(req, "ETag", etag_text(req, ask->version));
}

/* "5" in quotes, strong, one. */
static bool
if_match(struct request *req, struct write *ask)
{
    struct span value;
    if (!http_head_field(req->head, "If-Match", &value))
        return true;
    ask->has_version = value.n > 2 && value.p[0] == '"' && value.p[value.n - 1] == '"' &&
                       span_u64(span_sub(value, 1, value.n - 2), UINT64_MAX, &ask->version);
    if (ask->has_version)
        return true;
    struct err err;
    err_set(&err, ERR_BAD_REQUEST, "If-Match takes one ETag as it was given, with its quotes");
    err_place(&err, "If-Match");
    reply_problem(req, &err);
    return false;
}

void
record_put_take(void *app, struct request *req)
{
    static const char *const members[] = {"fields", NULL};
    struct call *call = call_open(app, req);
    if (call == NULL || !call_subject(call, req) || !call_category(call, req, 1))
        return;
    struct write *ask = ARENA_NEW(req->arena, struct write);
    call->ask = ask;
    if (ask == NULL) {
        too_small(req);
        return;
    }
    ask->make = req->head->method == HTTP_POST;
    if (!if_match(req, ask) || !call_json(call, req) || !call_members(call, req, members))
        return;
    memcpy(ask->subject, call->subject, 16);
    ask->category = call->category;
    ask->rec = call->rec;
    if (call->category == POLICY_NONE)
        return;
    if (!ask->make && !call->has_rec &&
        instance_policy(call->api->it)->categories[call->category].many) {
        struct err err;
        err_set(&err, ERR_NOT_FOUND, "this category has many records: name one by its number");
        reply_problem(req, &err);
        return;
    }
    if (call_fields(call, req, call->category, true))
        ask->values = call->values;
}

void
record_put_need(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct write *ask = call->ask;
    call_deed(call, req, &ask->deed);
    if (call->fault_kind == FAULT_NONE)
        write_need(ask);
}

void
record_put_more(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    if (call->fault_kind == FAULT_NONE)
        write_need_more(call->ask);
}

void
record_put_run(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct write *ask = call->ask;
    struct err err;
    err_clear(&err);
    if (!call_begin(call, req, &ask->deed) ||
        (ask->make && !call_once(call, req, &ask->deed)) ||
        !call_ended(req, write_run(ask, &err), &ask->deed, &err))
        return;
    const struct policy *policy = instance_policy(call->api->it);
    bool many = policy->categories[ask->category].many;
    struct buf buf = arena_buf(req->arena, 1024);
    struct json_out out;
    json_out_init(&out, &buf);
    json_begin(&out, '{');
    json_kv_hex(&out, "subject", ask->subject, 16);
    json_kv_text(&out, "category", policy->categories[ask->category].name);
    if (many)
        json_kv_u64(&out, "record", ask->rec);
    json_kv_u64(&out, "version", ask->new_version);
    put_receipt_json(&out, req, &ask->deed);
    json_end(&out, '}');
    reply_buf(req, ask->make ? 201 : 200, &buf);
    reply_field(req, "ETag", etag_text(req, ask->new_version));
    if (!ask->make)
        return;
    struct buf where = arena_buf(req->arena, 160);
    buf_str(&where, "/v1/subjects/");
    buf_hex(&where, ask->subject, 16);
    buf_char(&where, '/');
    buf_put(&where, policy->categories[ask->category].name);
    if (many) {
        buf_char(&where, '/');
        buf_u64(&where, ask->rec);
    }
    if (buf_ok(&where))
        reply_field(req, "Location", buf_span(&where));
    call_remember(call, req, ask->sn);
}

void
erase_take(void *app, struct request *req)
{
    struct call *call = call_open(app, req);
    if (call == NULL || !call_subject(call, req))
        return;
    if (req->param_count > 1 && !call_category(call, req, 1))
        return;
    struct erase *ask = ARENA_NEW(req->arena, struct erase);
    call->ask = ask;
    if (ask == NULL) {
        too_small(req);
        return;
    }
    memcpy(ask->subject, call->subject, 16);
    ask->category = call->category;
    ask->has_rec = call->has_rec;
    ask->rec = call->rec;
}

void
erase_need_route(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct erase *ask = call->ask;
    call_deed(call, req, &ask->deed);
    if (call->fault_kind == FAULT_NONE)
        erase_need(ask);
}

void
erase_run_route(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct erase *ask = call->ask;
    struct err err;
    err_clear(&err);
    if (!call_begin(call, req, &ask->deed) ||
        !call_ended(req, erase_run(ask, &err), &ask->deed, &err))
        return;
    const struct policy *policy = instance_policy(call->api->it);
    struct buf buf = arena_buf(req->arena, 1024 + 192 * (size_t)ask->held_count);
    struct json_out out;
    json_out_init(&out, &buf);
    json_begin(&out, '{');
    json_kv_hex(&out, "subject", ask->subject, 16);
    json_kv_str(&out, "erased", ask->category != POLICY_NONE ? (ask->has_rec ? "record" : "category")
                                : ask->all                   ? "everything"
                                                             : "all but what the law keeps");
    json_key(&out, "held");
    json_begin(&out, '[');
    for (int i = 0; i < ask->held_count; i++) {
        int category = ask->held[i].category;
        json_begin(&out, '{');
        if (category != POLICY_NONE)
            json_kv_text(&out, "category", policy->categories[category].name);
        json_kv_time(&out, "until", ask->held[i].until_us);
        json_kv_text(&out, "rule", policy_rule_name(policy, erase_held_rule(policy, category)));
        json_end(&out, '}');
    }
    json_end(&out, ']');
    put_receipt_json(&out, req, &ask->deed);
    json_end(&out, '}');
    reply_buf(req, 200, &buf);
}
