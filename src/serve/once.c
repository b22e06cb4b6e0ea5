#include "serve/turn_priv.h"

#include "serve/router_priv.h"
#include "serve/reply_priv.h"

#include <stdlib.h>

/* What a single request needs of the server: a job, a turn, and where pieces of a stream go. */
struct once {
    struct job job;
    struct turn turn;
    char out[JOB_OUT];
    serve_sink_fn sink;
    void *ctx;
    struct buf gathered; /* without a sink */
};

static bool
piece_pass(struct once *once, struct err *err)
{
    struct span piece = once->job.rest;
    if (piece.n == 0)
        return true;
    if (once->sink != NULL)
        return once->sink(once->ctx, piece, err);
    buf_put(&once->gathered, piece);
    return buf_ok(&once->gathered) || err_set(err, ERR_TOO_LARGE, "the answer is too large");
}

/* Turn after turn until the reply and, of a stream, its last piece are there. */
static bool
once_turns(struct once *once, const struct serve_hooks *hooks, struct err *err)
{
    struct job *job = &once->job;
    for (;;) {
        turn_init(&once->turn, hooks, NULL);
        turn_join(&once->turn, job);
        turn_end(&once->turn);
        if (job->stage == JOB_LEAVING) {
            job->req.slow(&job->req);
            job->stage = JOB_RESUMED;
            continue;
        }
        if (job->cut)
            return err_set(err, ERR_INTERNAL, "the answer broke off");
        if (job->req.reply.stream == NULL)
            return true;
        if (!job->head_out && once->sink == NULL) {
            struct arena *arena = job->req.arena;
            size_t left = (arena->cap - arena->used) / 2;
            once->gathered = arena_buf(arena, left > 64 ? left - 64 : 0);
        }
        job->head_out = true;
        if (!piece_pass(once, err))
            return false;
        if (!job->streaming)
            return true;
        job->stage = JOB_PIECE;
    }
}

static bool
once_route(struct once *once, const struct serve_options *options, struct err *err)
{
    struct request *req = &once->job.req;
    struct router *router;
    if (!router_open(options->routes, options->route_count, &router, err))
        return false;
    unsigned allowed;
    req->route = router_find(router, req->head->method, req->head->path, req->params,
                             &req->param_count, &allowed);
    router_close(&router);
    struct err no;
    if (req->route == NULL && allowed != 0) {
        reply_not_allowed(req, allowed);
    } else if (req->route == NULL) {
        err_set(&no, ERR_NOT_FOUND, "no such address");
        reply_problem(req, &no);
    } else if (req->body.n > req->route->body_max) {
        err_set(&no, ERR_TOO_LARGE, "the body may have at most %u bytes", req->route->body_max);
        reply_problem(req, &no);
    }
    return true;
}

bool
serve_once(const struct serve_options *options, struct request *req, serve_sink_fn sink, void *ctx,
           struct err *err)
{
    const struct serve_hooks *hooks = &options->hooks;
    struct once *once = calloc(1, sizeof *once); /* the command line's: no request path of the server */
    if (once == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for a request");
    struct job *job = &once->job;
    once->sink = sink;
    once->ctx = ctx;
    job->req = *req;
    job->head = *req->head;
    job->head.http10 = true; /* pieces without chunk framing */
    job->req.head = &job->head;
    job->out = once->out;
    job->large = -1;
    job->stage = JOB_FRESH;
    request_id_make(job->req.id);
    buf_init(&job->req.spare, job->out + LIMIT_HTTP_STREAM, JOB_SPARE);
    bool good = once_route(once, options, err);
    if (good && job->req.reply.status == 0) {
        if (job->req.route->free_of_turn)
            turn_free_run(hooks, job);
        else
            good = once_turns(once, hooks, err);
    }
    if (job->hooked && hooks->done != NULL)
        hooks->done(hooks->app, &job->req);
    const struct http_head *head = req->head;
    *req = job->req;
    req->head = head;
    req->spare = (struct buf){0};
    if (once->gathered.p != NULL) {
        arena_buf_trim(req->arena, &once->gathered);
        req->reply.body = buf_span(&once->gathered);
    }
    struct span spare = buf_span(&job->req.spare);
    if (req->reply.body.n > 0 && req->reply.body.p == spare.p) {
        req->arena->overflow = false; /* the arena is full, and its owner wants to read why */
        req->reply.body = arena_copy(req->arena, req->reply.body);
        if (req->reply.body.p == NULL)
            req->reply.body = SPAN("{\"type\":\"urn:troth:error:too-large\"}");
    }
    memset(once->out, 0, sizeof once->out);
    free(once);
    return good;
}
