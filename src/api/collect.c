#include "deeds/collect.h"
#include "api/api_priv.h"

enum { REPLY_MAX = 8192 };

static struct collect *
ask_of(struct request *req)
{
    return ((struct call *)req->state)->ask;
}

/* "subject" of the body, when there is one. */
static bool
subject_take(struct call *call, struct request *req, struct collect *ask)
{
    const struct json *subject = json_get(call->body, "subject");
    if (subject == NULL)
        return true;
    ask->has_subject = subject->kind == JSON_STRING && deed_id_read(subject->text, ask->subject);
    if (ask->has_subject)
        return true;
    struct err err;
    err_set(&err, ERR_INVALID, "a person's id is 32 lower-case hex digits");
    err_place(&err, "/subject");
    reply_problem(req, &err);
    return false;
}

void
collect_take(void *app, struct request *req)
{
    static const char *const members[] = {"subject", "fields", NULL};
    struct call *call = call_open(app, req);
    if (call == NULL)
        return;
    struct collect *ask = ARENA_NEW(req->arena, struct collect);
    call->ask = ask;
    if (ask == NULL || !call_json(call, req) || !call_members(call, req, members) ||
        !subject_take(call, req, ask))
        return;
    struct span dry; /* "1": call_open has looked */
    ask->dry = http_head_field(req->head, "Troth-Dry-Run", &dry);
    const struct policy *policy = instance_policy(call->api->it);
    ask->point = policy_point_find(policy, req->params[0]);
    if (ask->point == POLICY_NONE) {
        call->fault_kind = FAULT_NAME;
        call->fault_what = "collection point";
        call->fault_name = req->params[0];
        return;
    }
    if (!call_fields(call, req, POLICY_NONE, policy->points[ask->point].refuse_cards))
        return;
    ask->values = call->values;
    if (!ask->dry || req->slow == NULL)
        return;
    values_unhashed(policy, call->values);
    req->slow = NULL;
}

void
collect_need_route(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct collect *ask = ask_of(req);
    call_deed(call, req, &ask->deed);
    if (call->fault_kind == FAULT_NONE)
        collect_need(ask);
}

static void
collect_reply(struct request *req, struct collect *ask)
{
    const struct policy *policy = instance_policy(ask->deed.it);
    const struct policy_point *point = &policy->points[ask->point];
    struct buf buf = arena_buf(req->arena, REPLY_MAX);
    struct json_out out;
    json_out_init(&out, &buf);
    json_begin(&out, '{');
    json_kv_hex(&out, "subject", ask->subject, 16);
    json_kv_text(&out, "point", point->name);
    json_key(&out, "purposes");
    json_begin(&out, '[');
    for (int p = 0; p < policy->purpose_count; p++)
        if (policy_bit(&point->purposes, p))
            json_text(&out, policy->purposes[p].name);
    json_end(&out, ']');
    json_key(&out, "records");
    json_begin(&out, '[');
    for (int i = 0; i < ask->record_count; i++) {
        const struct policy_category *cat = &policy->categories[ask->records[i].category];
        const struct values_part *part = ask->values->parts[i];
        json_begin(&out, '{');
        json_kv_text(&out, "category", cat->name);
        if (cat->many)
            json_kv_u64(&out, "record", ask->records[i].rec);
        json_kv_u64(&out, "version", ask->records[i].version);
        json_key(&out, "fields");
        json_begin(&out, '[');
        for (int bit = 0; bit < cat->field_count; bit++)
            if ((part->set | part->clear) >> bit & 1)
                json_text(&out, policy->fields[cat->field_first + bit].name);
        json_end(&out, ']');
        json_end(&out, '}');
    }
    json_end(&out, ']');
    put_receipt_json(&out, req, &ask->deed);
    json_end(&out, '}');
    reply_buf(req, 201, &buf);
}

/*
 * What would be done, with a mark for each value that may be there once, so that an importer sees which rows of
 * its file want the same. Equal marks are equal values of a field.
 *
 * Harmless to whoever may submit here: a mark says of a value they sent themselves whether it equals another they
 * sent, and whether somebody has it they learn from `taken`. It is made of the blind index, which only keyd can
 * compute, but is not the index: that one stands in troth.db beside the person's number, and whoever kept the
 * indexes of values they know and came by a copy of the file could find those people in it without any key. The
 * key of the marks lives as long as the process and is nowhere written.
 */
static void
dry_reply(struct request *req, const struct api *api, const struct collect *ask)
{
    const struct policy *policy = instance_policy(ask->deed.it);
    struct buf buf = arena_buf(req->arena, REPLY_MAX);
    struct json_out out;
    json_out_init(&out, &buf);
    json_begin(&out, '{');
    json_kv_bool(&out, "would", true);
    json_key(&out, "unique");
    json_begin(&out, '{');
    for (int i = 0; i < ask->values->count; i++) {
        const struct values_part *part = ask->values->parts[i];
        const struct policy_category *cat = &policy->categories[part->category];
        for (int bit = 0; bit < cat->field_count; bit++) {
            const struct policy_field *field = &policy->fields[cat->field_first + bit];
            if (!(part->set >> bit & 1) || field->lookup != LOOKUP_UNIQUE)
                continue;
            uint8_t mark[CRYPT_HASH];
            const struct span index = span_of(part->index[bit], sizeof part->index[bit]);
            crypt_hmac(api->mark_key, &index, 1, mark);
            char hex[33];
            hex_put(hex, mark, 16);
            json_key_span(&out, field->full_name);
            json_text(&out, span_of(hex, 32));
        }
    }
    json_end(&out, '}');
    json_end(&out, '}');
    reply_buf(req, 200, &buf);
}

static void
location(struct request *req, const uint8_t subject[16])
{
    struct buf buf = arena_buf(req->arena, 64);
    buf_str(&buf, "/v1/subjects/");
    buf_hex(&buf, subject, 16);
    if (buf_ok(&buf))
        reply_field(req, "Location", buf_span(&buf));
}

void
collect_run_route(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct collect *ask = ask_of(req);
    struct err err;
    err_clear(&err);
    /* A try under the key of what was done already is answered with that: it would not be done again. */
    if (!call_begin(call, req, &ask->deed) || !call_once(call, req, &ask->deed))
        return;
    enum deed_end end = collect_run(ask, &err);
    if (end == DEED_DRY) {
        dry_reply(req, call->api, ask);
        put_receipt(req, &ask->deed);
        return;
    }
    if (!call_ended(req, end, &ask->deed, &err))
        return;
    collect_reply(req, ask);
    location(req, ask->subject);
    call_remember(call, req, ask->sn);
}

void
subjects_post_take(void *app, struct request *req)
{
    static const char *const members[] = {"kind", NULL};
    struct call *call = call_open(app, req);
    if (call == NULL)
        return;
    struct collect *ask = ARENA_NEW(req->arena, struct collect);
    call->ask = ask;
    if (ask == NULL || !call_json(call, req) || !call_members(call, req, members))
        return;
    struct span kind;
    if (!json_get_text(call->body, "kind", &kind)) {
        struct err err;
        err_set(&err, ERR_INVALID, "\"kind\" must name a kind of people of the policy");
        err_place(&err, "/kind");
        reply_problem(req, &err);
        return;
    }
    ask->point = POLICY_NONE;
    ask->kind = policy_kind_find(instance_policy(call->api->it), kind);
    if (ask->kind == POLICY_NONE) {
        call->fault_kind = FAULT_NAME;
        call->fault_what = "kind of people";
        call->fault_name = kind;
    }
}

void
subjects_post_need(void *app, struct request *req)
{
    collect_need_route(app, req);
}

void
subjects_post_run(void *app, struct request *req)
{
    (void)app;
    struct call *call = req->state;
    struct collect *ask = ask_of(req);
    struct err err;
    err_clear(&err);
    if (!call_begin(call, req, &ask->deed) || !call_once(call, req, &ask->deed))
        return;
    if (!call_ended(req, subject_make(ask, &err), &ask->deed, &err))
        return;
    struct buf buf = arena_buf(req->arena, 1024);
    struct json_out out;
    json_out_init(&out, &buf);
    json_begin(&out, '{');
    json_kv_hex(&out, "subject", ask->subject, 16);
    put_receipt_json(&out, req, &ask->deed);
    json_end(&out, '}');
    reply_buf(req, 201, &buf);
    location(req, ask->subject);
    call_remember(call, req, ask->sn);
}
