/* GET /v1/proof: read from a snapshot and written on a pool thread, beside the writer. */
#include "api/api_priv.h"

#include "deeds/evidence.h"

enum { MARK = 32, SLACK = 65536 };

struct asked {
    bool text, html, coarse, page;
    uint8_t mark[MARK]; /* of a page published elsewhere */
};

static bool
asked_read(struct request *req, struct asked *ret, struct err *err)
{
    struct span page, public;
    bool has_page = false, has_public = false;
    *ret = (struct asked){.html = call_accepts(req, "text/html")};
    ret->text = !ret->html && call_accepts(req, "text/plain");
    if (!http_query_get(req->arena, req->head->query, "page", &page, &has_page, err) ||
        !http_query_get(req->arena, req->head->query, "public", &public, &has_public, err))
        return false;
    if (has_page && (page.n != 2 * MARK || !hex_get(page, ret->mark, MARK))) {
        err_set(err, ERR_BAD_REQUEST, "page is the mark of a page: 64 hex digits");
        return err_place(err, "?page");
    }
    if (has_public && !span_is(public, "yes")) {
        err_set(err, ERR_BAD_REQUEST, "public is yes, or left out");
        return err_place(err, "?public");
    }
    ret->page = has_page;
    ret->coarse = has_public;
    return true;
}

static bool
reply_evidence(struct request *req, const struct asked *asked, struct evidence *evidence, struct err *err)
{
    size_t left = req->arena->cap - req->arena->used;
    struct buf out = arena_buf(req->arena, left > SLACK ? left - SLACK : 0);
    (asked->html ? evidence_html : asked->text ? evidence_text : evidence_json)(evidence, &out);
    if (!buf_ok(&out))
        return err_set(err, ERR_TOO_LARGE, "this policy has more rules than one answer holds");
    arena_buf_trim(req->arena, &out);
    req->reply.status = 200;
    req->reply.content_type = asked->html   ? "text/html; charset=utf-8"
                              : asked->text ? "text/plain; charset=utf-8"
                                            : "application/json";
    req->reply.body = buf_span(&out);
    reply_field(req, "Troth-Proof", evidence->whole ? SPAN("whole") : SPAN("missing"));
    reply_field(req, "Vary", SPAN("Accept"));
    if (asked->html)
        reply_page_fields(req);
    return true;
}

static bool
evidence_get(struct api *api, struct request *req, struct err *err)
{
    const struct policy *policy = instance_policy(api->it);
    struct asked asked;
    struct evidence_facts *facts = ARENA_NEW(req->arena, struct evidence_facts);
    struct evidence evidence;
    if (facts == NULL)
        return err_set(err, ERR_TOO_LARGE, "this request needs more memory than it may have");
    if (policy == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no policy is in force");
    if (!asked_read(req, &asked, err) || !instance_evidence(api->it, req->arena, facts, err))
        return false;
    facts->page = !asked.page                                          ? PAGE_OWN
                  : memcmp(asked.mark, policy->hash, sizeof asked.mark) == 0 ? PAGE_SAME
                                                                       : PAGE_OTHER;
    facts->page_own_other = !pages_fit(api->pages, policy->hash);
    if (!evidence_judge(policy, facts, req->arena, &evidence, err))
        return false;
    evidence.coarse = asked.coarse;
    return reply_evidence(req, &asked, &evidence, err);
}

static void
evidence_slow(struct request *req)
{
    struct call *call = req->state;
    struct err err;
    err_clear(&err);
    if (!evidence_get(call->api, req, &err))
        reply_problem(req, &err);
}

void
evidence_take(void *app, struct request *req)
{
    if (call_open(app, req) != NULL)
        req->slow = evidence_slow;
}

void
evidence_run_route(void *app, struct request *req)
{
    (void)app;
    (void)req; /* the reply was made beside the loop */
}
