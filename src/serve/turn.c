#include "serve/turn_priv.h"

#include "base/log.h"
#include "serve/reply_priv.h"

void
turn_init(struct turn *turn, const struct serve_hooks *hooks, const struct slow *slow)
{
    turn->hooks = hooks;
    turn->slow = slow;
    turn->count = 0;
    turn->ran = 0;
    turn->leaving = 0;
    turn->open = false;
    turn->failed = false;
}

static void
turn_open(struct turn *turn)
{
    if (turn->open || turn->failed)
        return;
    err_clear(&turn->err);
    const struct serve_hooks *hooks = turn->hooks;
    turn->open = hooks->turn_begin == NULL || hooks->turn_begin(hooks->app, &turn->err);
    turn->failed = !turn->open;
    if (turn->failed)
        log_err(LOG_ERROR, "turn-begin", &turn->err);
}

/* The job ends with this err: by a problem document, or when its head is out already, by cutting it off. */
static void
job_fail(struct job *job, bool began, const struct err *err)
{
    if (began)
        job->cut = true;
    else
        reply_problem(&job->req, err);
    job->streaming = false;
    job->rest = SPAN_NONE;
    job->stage = JOB_ANSWERED;
}

static bool
answered(const struct job *job)
{
    return job->req.reply.status != 0;
}

/* From the head to what is needed; stops at the first reply. */
static void
job_prepare(struct turn *turn, struct job *job)
{
    const struct serve_hooks *hooks = turn->hooks;
    const struct route *route = job->req.route;
    struct request *req = &job->req;
    if (job->stage == JOB_FRESH) {
        job->hooked = true;
        if (hooks->authorise != NULL)
            hooks->authorise(hooks->app, req);
        if (!answered(job) && route->take != NULL)
            route->take(hooks->app, req);
        if (!answered(job) && req->slow != NULL) {
            if (turn->slow == NULL || slow_has_room(turn->slow, turn->leaving + 1)) {
                turn->leaving++;
                job->stage = JOB_LEAVING;
                return;
            }
            struct err err;
            err_set(&err, ERR_UNAVAILABLE, "too much slow work is waiting");
            reply_problem(req, &err);
        }
    }
    if (!answered(job) && hooks->announce != NULL)
        hooks->announce(hooks->app, req);
    if (!answered(job) && route->need != NULL)
        route->need(hooks->app, req);
    if (answered(job)) {
        reply_settle(req);
        job->stage = JOB_ANSWERED;
    }
}

void
turn_join(struct turn *turn, struct job *job)
{
    TROTH_ASSERT(!turn_full(turn));
    turn->jobs[turn->count++] = job;
    turn_open(turn);
    if (turn->failed)
        job_fail(job, job->stage == JOB_PIECE, &turn->err);
    else if (job->stage != JOB_PIECE)
        job_prepare(turn, job);
}

static bool
to_run(const struct job *job)
{
    return job->stage == JOB_FRESH || job->stage == JOB_RESUMED || job->stage == JOB_PIECE;
}

static void
job_run(struct turn *turn, struct job *job)
{
    void *app = turn->hooks->app;
    if (job->stage == JOB_PIECE) {
        stream_step(app, job, false);
    } else {
        if (turn->hooks->admit != NULL)
            turn->hooks->admit(app, &job->req, job->stage == JOB_RESUMED);
        if (!answered(job))
            job->req.route->run(app, &job->req);
        reply_settle(&job->req);
        if (job->req.reply.stream != NULL && job->head.method != HTTP_HEAD)
            stream_step(app, job, true);
    }
    job->stage = JOB_ANSWERED;
}

/* What the first answers show to be needed besides. */
static bool
prefetch_more(struct turn *turn, size_t first, struct err *err)
{
    const struct serve_hooks *hooks = turn->hooks;
    bool any = false;
    for (size_t i = first; i < turn->count; i++) {
        struct job *job = turn->jobs[i];
        if (!to_run(job) || job->stage == JOB_PIECE || job->req.route->need_more == NULL)
            continue;
        job->req.route->need_more(hooks->app, &job->req);
        any = true;
    }
    return !any || hooks->turn_prefetch == NULL || hooks->turn_prefetch(hooks->app, err);
}

void
turn_run(struct turn *turn)
{
    size_t first = turn->ran;
    while (first < turn->count && !to_run(turn->jobs[first]))
        first++;
    turn->ran = turn->count;
    if (first == turn->count)
        return;
    struct err err;
    err_clear(&err);
    const struct serve_hooks *hooks = turn->hooks;
    bool good = (hooks->turn_prefetch == NULL || hooks->turn_prefetch(hooks->app, &err)) &&
                prefetch_more(turn, first, &err);
    if (!good)
        log_err(LOG_ERROR, "turn-prefetch", &err);
    for (size_t i = first; i < turn->count; i++) {
        struct job *job = turn->jobs[i];
        if (!to_run(job))
            continue;
        if (good)
            job_run(turn, job);
        else
            job_fail(job, job->stage == JOB_PIECE, &err);
    }
}

void
turn_end(struct turn *turn)
{
    turn_run(turn);
    if (!turn->open)
        return;
    const struct serve_hooks *hooks = turn->hooks;
    err_clear(&turn->err);
    if (hooks->turn_commit == NULL || hooks->turn_commit(hooks->app, &turn->err))
        return;
    log_err(LOG_ERROR, "turn-commit", &turn->err);
    for (size_t i = 0; i < turn->count; i++)
        job_fail(turn->jobs[i], turn->jobs[i]->head_out, &turn->err);
    turn->leaving = 0;
}

void
turn_free_run(const struct serve_hooks *hooks, struct job *job)
{
    struct request *req = &job->req;
    const struct route *route = req->route;
    job->hooked = true;
    if (hooks->authorise != NULL)
        hooks->authorise(hooks->app, req);
    if (!answered(job) && route->take != NULL)
        route->take(hooks->app, req);
    if (!answered(job) && route->need != NULL)
        route->need(hooks->app, req);
    if (!answered(job))
        route->run(hooks->app, req);
    /* Neither slow work nor a stream: both live in turns. */
    req->reply.broken = req->reply.broken || req->slow != NULL || req->reply.stream != NULL;
    reply_settle(req);
    job->stage = JOB_ANSWERED;
}
