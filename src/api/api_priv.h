/*
 * api/api_priv.h - what the handlers share.
 */
#ifndef TROTH_API_API_PRIV_H
#define TROTH_API_API_PRIV_H

#include "api/api.h"
#include "crypt/crypt.h"
#include "deeds/deed.h"
#include "deeds/list.h"
#include "deeds/manage.h"
#include "deeds/values.h"
#include "wire/text.h"

struct api {
    struct instance *it;
    struct serve *serve;
    struct pages *pages;
    uint8_t mark_key[CRYPT_KEY];                 /* of marks for equal values; new at each start */
};

/* What a route asks of the caller. */
enum right {
    RIGHT_PUBLIC,   /* anybody: page, health, proofs */
    RIGHT_TOKEN,    /* a living token; the policy decides the rest */
    RIGHT_AUDIT,    /* raw ledger entries: the operator, or a role that handles rights */
    RIGHT_OPERATOR  /* over the local socket only */
};

/* page.c: the public page in its forms and languages, made once, from the policy in force. */
struct pages;
bool pages_open(const struct policy *policy, struct pages **ret, struct err *err);
void pages_close(struct pages **pages);
/* The pages are texts of their own by now: each is read again, as whoever looks at it would. */
bool pages_fit(const struct pages *pages, const uint8_t hash[CRYPT_HASH]);

/* The state every handler with a deed keeps; lies in the request's arena. */
struct call {
    struct api *api;
    struct caller *caller;
    const struct json *body;
    struct err fault;           /* found in `take`, told in `run` because it is recorded as a refusal */
    enum { FAULT_NONE, FAULT_NAME, FAULT_FIELD } fault_kind;
    const char *fault_what;     /* "category" … */
    struct span fault_name;
    uint8_t subject[16];
    int category;
    bool has_rec;
    uint64_t rec;
    struct values *values;
    struct idempotency idempotency;
    void *ask;                  /* the deed's own struct */
};

/* A fresh state for this request, or NULL with a problem set as the reply. */
struct call *call_open(void *app, struct request *req);
/* Fills who, why and which request. */
void call_deed(const struct call *call, struct request *req, struct deed *deed);
/* The id in params[0]; false: 404 was set as the reply. */
bool call_subject(struct call *call, struct request *req);
/* The category in params[i] (unknown: kept as a fault), the record in params[i + 1] when there is one. */
bool call_category(struct call *call, struct request *req, size_t i);
/* The body as JSON; false: a problem was set. */
bool call_json(struct call *call, struct request *req);
/* "fields" of the body into values; an undeclared field is kept as a fault, anything else is a problem (false). */
bool call_fields(struct call *call, struct request *req, int category, bool refuse_cards);
/* Members of the body other than these (NULL-terminated) are refused; false: a problem was set. */
bool call_members(struct call *call, struct request *req, const char *const *known);
/* Slow work for passwords. */
void call_hash(struct request *req);
/* Resolves purpose and task and tells faults kept from `take`. false: the reply is set. */
bool call_begin(struct call *call, struct request *req, struct deed *deed);
/* The reply of a deed that did not end well; true when it did. */
bool call_ended(struct request *req, enum deed_end end, const struct deed *deed, const struct err *err);

/* Idempotency-Key of creating calls. false: the reply is set (also when it is the remembered one). */
/* Announces it, when the request has an Idempotency-Key. */
void call_once_need(struct api *api, struct request *req);
bool call_once(struct call *call, struct request *req, const struct deed *deed);
void call_remember(struct call *call, struct request *req, int64_t sn);

void put_receipt(struct request *req, const struct deed *deed);
void put_receipt_json(struct json_out *out, struct request *req, const struct deed *deed);
void put_fields_json(struct json_out *out, const struct policy *policy, int category,
                     const struct fields *fields);
void reply_buf(struct request *req, int status, struct buf *buf);
/* Whether the caller names the type in Accept. */
bool call_accepts(const struct request *req, const char *type);
/* What a page of ours may do in a browser: nothing. */
void reply_page_fields(struct request *req);
struct span etag_text(struct request *req, uint64_t version);

/* collect.c */
void collect_take(void *app, struct request *req);
void collect_need_route(void *app, struct request *req);
void collect_run_route(void *app, struct request *req);
void subjects_post_take(void *app, struct request *req);
void subjects_post_need(void *app, struct request *req);
void subjects_post_run(void *app, struct request *req);
/* record.c */
void lookup_take(void *app, struct request *req);
void lookup_need_route(void *app, struct request *req);
void lookup_more_route(void *app, struct request *req);
void lookup_run_route(void *app, struct request *req);
void record_get_take(void *app, struct request *req);
void record_get_need(void *app, struct request *req);
void record_get_more(void *app, struct request *req);
void record_get_run(void *app, struct request *req);
void record_put_take(void *app, struct request *req);
void record_put_need(void *app, struct request *req);
void record_put_more(void *app, struct request *req);
void record_put_run(void *app, struct request *req);
void erase_take(void *app, struct request *req);
void erase_need_route(void *app, struct request *req);
void erase_run_route(void *app, struct request *req);
/* person.c */
void consent_take(void *app, struct request *req);
void consent_need_route(void *app, struct request *req);
void consent_run_route(void *app, struct request *req);
void event_take(void *app, struct request *req);
void person_set_need_route(void *app, struct request *req);
void person_set_run_route(void *app, struct request *req);
void restriction_take(void *app, struct request *req);
/* stream.c */
void list_take(void *app, struct request *req);
void list_run_route(void *app, struct request *req);
void export_take(void *app, struct request *req);
void export_run_route(void *app, struct request *req);
void deeds_take(void *app, struct request *req);
void deeds_run_route(void *app, struct request *req);
/* ledger.c */
void ledger_take(void *app, struct request *req);
void ledger_run_route(void *app, struct request *req);
/* evidence.c */
void evidence_take(void *app, struct request *req);
void evidence_run_route(void *app, struct request *req);
/* manage.c */
void token_take(void *app, struct request *req);
void token_post_run(void *app, struct request *req);
void token_delete_need(void *app, struct request *req);
void token_delete_run(void *app, struct request *req);
void token_get_run(void *app, struct request *req);
void sweep_run_route(void *app, struct request *req);
void metrics_run(void *app, struct request *req);
void healthz_run(void *app, struct request *req);
void readyz_run(void *app, struct request *req);
void policy_json_run(void *app, struct request *req);
void policy_page_run(void *app, struct request *req);
void openapi_run(void *app, struct request *req);
void root_run(void *app, struct request *req);

#endif
