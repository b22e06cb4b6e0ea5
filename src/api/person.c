#include "api/api_priv.h"
#include "deeds/consent.h"

static const char *
state_name(enum policy_consent_state state)
{
    static const char *const names[] = {[CONSENT_NONE] = "none",
                                        [CONSENT_PENDING] = "pending",
                                        [CONSENT_GIVEN] = "given",
                                        [CONSENT_WITHDRAWN] = "withdrawn"};
    return names[state];
}

static void
too_small(struct request *req)
{
    struct err err;
    err_set(&err, ERR_TOO_LARGE, "this request needs more memory than it may have");
    reply_problem(req, &err);
}

void
consent_take(void *app, struct request *req)
{
    static const char *const members[] = {"confirm", NULL};
    struct call *call = call_open(app, req);
    if (call == NULL || !call_subject(call, req))
        return;
    struct consent *ask = ARENA_NEW(req->arena, struct consent);
    call->ask = ask;
    if (ask == NULL) {
        too_small(req);
        return;
    }
    memcpy(ask->subject, call->subject, 16);
    enum http_method method = req->head->method;
    ask->what = method == HTTP_PUT      ? CONSENT_GIVE
                : method == HTTP_DELETE ? CONSENT_TAKE_BACK
                                        : CONSENT_SEE;
    ask->about = POLICY_NONE;
    if (req->param_count > 1) {
        ask->about = policy_purpose_find(instance_policy(call->api->it), req->params[1]);
        if (ask->about == POLICY_NONE) {
            call->fault_kind = FAULT_NAME;
            call->fault_what = "purpose";
            call->fault_name = req->params[1];
        }
    }
    if (req->body.n == 0)
        return;
    if (!call_json(call, req) || !call_members(call, req, members))
        return;
    const struct json *code = json_get(call->body, "confirm");
    if (code != NULL && (code->kind != JSON_STRING || code->text.n == 0 || code->text.n > 64)) {
        struct err err;
        err_set(&err, ERR_INVALID, "\"confirm\" must be the code that was sent to the person");
        err_place(&err, "/confirm");
        reply_problem(req, &err);
        return;
    }
    if (code != NULL)
        ask->code = code->text;
}

void
consent_need_route(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct consent *ask = call->ask;
    call_deed(call, req, &ask->deed);
    if (call->fault_kind == FAULT_NONE)
        consent_need(ask);
}

static void
row_json(struct json_out *out, const struct policy *policy, const struct consent_row *row)
{
    json_kv_text(out, "purpose", policy->purposes[row->purpose].name);
    json_kv_str(out, "state", state_name(row->state));
    json_kv_bool(out, "stands", row->stands);
    if (row->at_us != 0) {
        json_kv_time(out, "at", row->at_us);
        json_kv_u64(out, "text-version", (uint64_t)row->text_version);
    }
}

void
consent_run_route(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct consent *ask = call->ask;
    struct err err;
    err_clear(&err);
    if (!call_begin(call, req, &ask->deed) ||
        !call_ended(req, consent_run(ask, &err), &ask->deed, &err))
        return;
    const struct policy *policy = instance_policy(call->api->it);
    struct buf buf = arena_buf(req->arena, 32768);
    struct json_out out;
    json_out_init(&out, &buf);
    json_begin(&out, '{');
    json_kv_hex(&out, "subject", ask->subject, 16);
    if (ask->what == CONSENT_SEE && ask->about == POLICY_NONE) {
        json_key(&out, "consents");
        json_begin(&out, '[');
        for (int i = 0; i < ask->row_count; i++) {
            json_begin(&out, '{');
            row_json(&out, policy, &ask->rows[i]);
            json_end(&out, '}');
        }
        json_end(&out, ']');
    } else {
        row_json(&out, policy, &ask->rows[0]);
    }
    if (ask->confirm[0] != '\0')
        json_kv_str(&out, "confirm", ask->confirm);
    put_receipt_json(&out, req, &ask->deed);
    json_end(&out, '}');
    reply_buf(req, ask->confirm[0] != '\0' ? 202 : 200, &buf);
}

/* No body, or an object that says nothing. */
static bool
body_empty(struct call *call, struct request *req)
{
    static const char *const none[] = {NULL};
    return req->body.n == 0 || (call_json(call, req) && call_members(call, req, none));
}

void
event_take(void *app, struct request *req)
{
    struct call *call = call_open(app, req);
    if (call == NULL || !call_subject(call, req))
        return;
    struct person_set *ask = ARENA_NEW(req->arena, struct person_set);
    call->ask = ask;
    if (ask == NULL) {
        too_small(req);
        return;
    }
    if (!body_empty(call, req))
        return;
    memcpy(ask->subject, call->subject, 16);
    ask->event = policy_event_find(instance_policy(call->api->it), req->params[1]);
    if (ask->event == POLICY_NONE) {
        call->fault_kind = FAULT_NAME;
        call->fault_what = "event";
        call->fault_name = req->params[1];
    }
}

void
restriction_take(void *app, struct request *req)
{
    struct call *call = call_open(app, req);
    if (call == NULL || !call_subject(call, req))
        return;
    struct person_set *ask = ARENA_NEW(req->arena, struct person_set);
    call->ask = ask;
    if (ask == NULL) {
        too_small(req);
        return;
    }
    if (!body_empty(call, req))
        return;
    memcpy(ask->subject, call->subject, 16);
    ask->restriction = true;
    ask->on = req->head->method == HTTP_PUT;
}

void
person_set_need_route(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct person_set *ask = call->ask;
    call_deed(call, req, &ask->deed);
    if (call->fault_kind == FAULT_NONE)
        person_set_need(ask);
}

void
person_set_run_route(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct person_set *ask = call->ask;
    struct err err;
    err_clear(&err);
    if (!call_begin(call, req, &ask->deed) ||
        !call_ended(req, person_set_run(ask, &err), &ask->deed, &err))
        return;
    struct buf buf = arena_buf(req->arena, 1024);
    struct json_out out;
    json_out_init(&out, &buf);
    json_begin(&out, '{');
    json_kv_hex(&out, "subject", ask->subject, 16);
    if (ask->restriction)
        json_kv_bool(&out, "restricted", ask->on);
    else
        json_kv_text(&out, "event", instance_policy(call->api->it)->events[ask->event]);
    put_receipt_json(&out, req, &ask->deed);
    json_end(&out, '}');
    reply_buf(req, 200, &buf);
}
