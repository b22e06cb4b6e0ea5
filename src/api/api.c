#include "api/api_priv.h"

#include "base/log.h"

#include <stdlib.h>

enum { SMALL_BODY = 4096, BIG_ARENA = 1024 * 1024 };

static const struct route api_table[] = {
    /* What people see, and what machines ask first. */
    {HTTP_GET, "/", RIGHT_PUBLIC, 0, 0, true, NULL, NULL, root_run, "Where to find what"},
    {HTTP_GET, "/policy", RIGHT_PUBLIC, 0, 0, true, NULL, NULL, policy_page_run,
     "The privacy policy as a page, as Markdown or as text, in the policy's languages"},
    {HTTP_GET, "/v1/policy", RIGHT_PUBLIC, 0, 0, true, NULL, NULL, policy_json_run,
     "The policy's tables and hash"},
    {HTTP_GET, "/openapi.yaml", RIGHT_PUBLIC, 0, 0, true, NULL, NULL, openapi_run,
     "This interface, described"},
    {HTTP_GET, "/healthz", RIGHT_PUBLIC, 0, 0, true, NULL, NULL, healthz_run, "The process lives"},
    {HTTP_GET, "/readyz", RIGHT_PUBLIC, 0, 0, true, NULL, NULL, readyz_run, "Deeds can be done"},
    {HTTP_GET, "/metrics", RIGHT_PUBLIC, 0, BIG_ARENA, false, NULL, NULL, metrics_run,
     "Counters for Prometheus; no personal data"},
    /* Collecting. */
    {HTTP_POST, "/v1/collect/{point}", RIGHT_TOKEN, LIMIT_HTTP_BODY, 0, false, collect_take,
     collect_need_route, collect_run_route, "A submission to a collection point"},
    {HTTP_POST, "/v1/subjects", RIGHT_TOKEN, SMALL_BODY, 0, false, subjects_post_take,
     subjects_post_need, subjects_post_run, "A person without data yet"},
    {HTTP_GET, "/v1/subjects", RIGHT_TOKEN, 0, 0, false, lookup_take, lookup_need_route,
     lookup_run_route, "Find people by a look-up field", lookup_more_route},
    /* Rights over one person. */
    {HTTP_DELETE, "/v1/subjects/{id}", RIGHT_TOKEN, 0, 0, false, erase_take, erase_need_route,
     erase_run_route, "Erase a person"},
    {HTTP_GET, "/v1/subjects/{id}/consents", RIGHT_TOKEN, 0, 0, false, consent_take,
     consent_need_route, consent_run_route, "All consents of a person"},
    {HTTP_GET, "/v1/subjects/{id}/consents/{purpose}", RIGHT_TOKEN, 0, 0, false, consent_take,
     consent_need_route, consent_run_route, "One consent"},
    {HTTP_PUT, "/v1/subjects/{id}/consents/{purpose}", RIGHT_TOKEN, SMALL_BODY, 0, false,
     consent_take, consent_need_route, consent_run_route, "Give or confirm consent"},
    {HTTP_DELETE, "/v1/subjects/{id}/consents/{purpose}", RIGHT_TOKEN, 0, 0, false, consent_take,
     consent_need_route, consent_run_route, "Withdraw consent"},
    {HTTP_PUT, "/v1/subjects/{id}/events/{event}", RIGHT_TOKEN, SMALL_BODY, 0, false, event_take,
     person_set_need_route, person_set_run_route, "Tell an event that retention counts from"},
    {HTTP_PUT, "/v1/subjects/{id}/restriction", RIGHT_TOKEN, SMALL_BODY, 0, false, restriction_take,
     person_set_need_route, person_set_run_route, "Restrict processing"},
    {HTTP_DELETE, "/v1/subjects/{id}/restriction", RIGHT_TOKEN, 0, 0, false, restriction_take,
     person_set_need_route, person_set_run_route, "Lift the restriction"},
    {HTTP_GET, "/v1/subjects/{id}/export", RIGHT_TOKEN, 0, BIG_ARENA, false, export_take, NULL,
     export_run_route, "Everything about one person"},
    {HTTP_GET, "/v1/subjects/{id}/deeds", RIGHT_TOKEN, 0, BIG_ARENA, false, deeds_take, NULL, deeds_run_route,
     "Who touched what and why"},
    /* Records. */
    {HTTP_GET, "/v1/subjects/{id}/{category}", RIGHT_TOKEN, 0, 0, false, record_get_take,
     record_get_need, record_get_run, "Read a record", record_get_more},
    {HTTP_POST, "/v1/subjects/{id}/{category}", RIGHT_TOKEN, LIMIT_HTTP_BODY, 0, false,
     record_put_take, record_put_need, record_put_run, "Make a record", record_put_more},
    {HTTP_PATCH, "/v1/subjects/{id}/{category}", RIGHT_TOKEN, LIMIT_HTTP_BODY, 0, false,
     record_put_take, record_put_need, record_put_run, "Correct a record", record_put_more},
    {HTTP_DELETE, "/v1/subjects/{id}/{category}", RIGHT_TOKEN, 0, 0, false, erase_take,
     erase_need_route, erase_run_route, "Erase a category"},
    {HTTP_GET, "/v1/subjects/{id}/{category}/{record}", RIGHT_TOKEN, 0, 0, false, record_get_take,
     record_get_need, record_get_run, "Read one of many records", record_get_more},
    {HTTP_PATCH, "/v1/subjects/{id}/{category}/{record}", RIGHT_TOKEN, LIMIT_HTTP_BODY, 0, false,
     record_put_take, record_put_need, record_put_run, "Correct one of many records", record_put_more},
    {HTTP_DELETE, "/v1/subjects/{id}/{category}/{record}", RIGHT_TOKEN, 0, 0, false, erase_take,
     erase_need_route, erase_run_route, "Erase one of many records"},
    {HTTP_GET, "/v1/list/{category}", RIGHT_TOKEN, 0, BIG_ARENA, false, list_take, NULL, list_run_route,
     "All records of a category a purpose may see, one JSON line each"},
    /* The ledger. */
    {HTTP_GET, "/v1/ledger/checkpoint", RIGHT_PUBLIC, 0, 0, false, ledger_take, NULL,
     ledger_run_route, "The newest signed checkpoint"},
    {HTTP_GET, "/v1/ledger/key", RIGHT_PUBLIC, 0, 0, false, ledger_take, NULL, ledger_run_route,
     "The key that signs it"},
    {HTTP_GET, "/v1/ledger/inclusion", RIGHT_PUBLIC, 0, 0, false, ledger_take, NULL, ledger_run_route,
     "Proof that an entry is in the tree"},
    {HTTP_GET, "/v1/ledger/consistency", RIGHT_PUBLIC, 0, 0, false, ledger_take, NULL,
     ledger_run_route, "Proof that one tree extends another"},
    {HTTP_GET, "/v1/ledger/tile/{level}/{index}", RIGHT_PUBLIC, 0, 0, false, ledger_take, NULL,
     ledger_run_route, "256 hashes of the tree"},
    {HTTP_GET, "/v1/ledger/entries", RIGHT_AUDIT, 0, BIG_ARENA, false, ledger_take, NULL, ledger_run_route,
     "Raw entries, 160 bytes each"},
    {HTTP_GET, "/v1/proof", RIGHT_AUDIT, 0, BIG_ARENA, false, evidence_take, NULL, evidence_run_route,
     "What this server's records show of each promise"},
    /* The operator, over the local socket. */
    {HTTP_POST, "/v1/tokens", RIGHT_OPERATOR, SMALL_BODY, BIG_ARENA, false, token_take, NULL, token_post_run,
     "Make a token"},
    {HTTP_GET, "/v1/tokens", RIGHT_OPERATOR, 0, BIG_ARENA, false, token_take, NULL, token_get_run,
     "List tokens"},
    {HTTP_DELETE, "/v1/tokens/{name}", RIGHT_OPERATOR, 0, 0, false, token_take, token_delete_need,
     token_delete_run, "Revoke a token"},
    {HTTP_POST, "/v1/sweep", RIGHT_OPERATOR, 0, 0, false, token_take, NULL, sweep_run_route,
     "One step of what the keep rules say is due"},
};

const struct route *
api_routes(size_t *ret_count)
{
    *ret_count = sizeof api_table / sizeof api_table[0];
    return api_table;
}

bool
api_open(struct instance *it, struct api **ret, struct err *err)
{
    struct api *api = calloc(1, sizeof *api);
    if (api == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory");
    api->it = it;
    crypt_random(api->mark_key, sizeof api->mark_key);
    if (it != NULL && instance_policy(it) != NULL && !pages_open(instance_policy(it), &api->pages, err)) {
        api_close(&api);
        return false;
    }
    *ret = api;
    return true;
}

void
api_close(struct api **api)
{
    if (*api == NULL)
        return;
    pages_close(&(*api)->pages);
    crypt_wipe((*api)->mark_key, sizeof (*api)->mark_key);
    free(*api);
    *api = NULL;
}

void
api_set_serve(struct api *api, struct serve *serve)
{
    api->serve = serve;
}

static bool
hook_begin(void *app, struct err *err)
{
    return instance_turn_begin(((struct api *)app)->it, err);
}

static bool
hook_fetch(void *app, struct err *err)
{
    return instance_turn_fetch(((struct api *)app)->it, err);
}

static bool
hook_commit(void *app, struct err *err)
{
    return instance_turn_commit(((struct api *)app)->it, err);
}

/* Crash-only: what fell is not mended in place. Whoever started the server starts it anew. */
static int64_t
hook_idle(void *app, int64_t mono_ms)
{
    struct api *api = app;
    struct err err;
    if (api->serve != NULL && instance_fallen(api->it, &err))
        serve_stop(api->serve);
    return instance_idle(api->it, mono_ms);
}

static void
deny(struct request *req, enum err_code code, const char *text)
{
    struct err err;
    err_set(&err, code, "%s", text);
    err_rule(&err, code == ERR_UNAUTHENTICATED ? "default.token" : "default.operator");
    reply_problem(req, &err);
    if (code == ERR_UNAUTHENTICATED)
        reply_field(req, "WWW-Authenticate", SPAN("Bearer realm=\"troth\""));
}

static bool
token_text(const struct request *req, struct span *ret)
{
    struct span header;
    if (!http_head_field(req->head, "Authorization", &header) || header.n < 7)
        return false;
    *ret = span_sub(header, 7, SIZE_MAX);
    return true;
}

static void
deny_token(struct request *req, enum deed_end end, const struct err *err)
{
    reply_problem(req, err);
    if (end == DEED_REFUSED)
        reply_field(req, "WWW-Authenticate", SPAN("Bearer realm=\"troth\", error=\"invalid_token\""));
}

static void
hook_announce(void *app, struct request *req)
{
    struct api *api = app;
    struct span text;
    if (req->actor == NULL || !instance_shared(api->it))
        return;
    if (token_text(req, &text))
        deed_caller_need(api->it, text, req->actor);
    call_once_need(api, req);
}

/* What authorise believed is looked at once more, behind the turn's guards; a slow request comes from an earlier turn. */
static void
hook_admit(void *app, struct request *req, bool resumed)
{
    struct api *api = app;
    struct span text;
    struct caller now;
    struct err err;
    if (req->actor == NULL || (!resumed && !instance_shared(api->it)) || !token_text(req, &text))
        return;
    enum deed_end end = deed_caller(api->it, req->arena, text, &now, &err);
    if (end != DEED_DONE)
        deny_token(req, end, &err);
    else
        *(struct caller *)req->actor = now;
}

/* The caller by token; over the local socket without one, the operator. */
static void
hook_authorise(void *app, struct request *req)
{
    struct api *api = app;
    int right = req->route->right;
    struct caller *caller = ARENA_NEW(req->arena, struct caller);
    struct span header;
    if (right == RIGHT_PUBLIC)
        return;
    if (caller == NULL) {
        deny(req, ERR_TOO_LARGE, "this request needs more memory than it may have");
        return;
    }
    if (instance_policy(api->it) == NULL && right != RIGHT_OPERATOR) {
        deny(req, ERR_UNAVAILABLE, "no policy is in force");
        return;
    }
    req->actor = caller;
    if (!http_head_field(req->head, "Authorization", &header)) {
        if (!req->local || right == RIGHT_TOKEN) {
            deny(req, right == RIGHT_OPERATOR ? ERR_FORBIDDEN : ERR_UNAUTHENTICATED,
                 right == RIGHT_OPERATOR ? "this is the operator's, over the local socket only"
                                         : "send a token: Authorization: Bearer troth_…");
            return;
        }
        caller->role = ACTOR_OPERATOR;
        return;
    }
    if (right == RIGHT_OPERATOR) {
        deny(req, ERR_FORBIDDEN, "this is the operator's, without a token, over the local socket");
        return;
    }
    if (header.n < 7 || !span_ieq(span_sub(header, 0, 7), SPAN("Bearer "))) {
        deny(req, ERR_UNAUTHENTICATED, "only the Bearer scheme is understood");
        return;
    }
    struct err err;
    enum deed_end end =
        deed_caller(api->it, req->arena, span_sub(header, 7, SIZE_MAX), caller, &err);
    if (end != DEED_DONE) {
        deny_token(req, end, &err);
        return;
    }
    if (right == RIGHT_AUDIT &&
        (caller->role < 0 || !instance_policy(api->it)->roles[caller->role].may_rights))
        deny(req, ERR_FORBIDDEN, "entries and figures of the ledger are for the operator and roles that handle rights");
}

struct serve_hooks
api_hooks(struct api *api)
{
    return (struct serve_hooks){.app = api,
                                .turn_begin = hook_begin,
                                .authorise = hook_authorise,
                                .announce = hook_announce,
                                .admit = hook_admit,
                                .turn_prefetch = hook_fetch,
                                .turn_commit = hook_commit,
                                .idle = hook_idle};
}
