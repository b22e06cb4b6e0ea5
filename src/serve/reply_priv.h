/*
 * serve/reply_priv.h - a reply as bytes.
 *
 * Memory: the head and a small body are put together in the job's out, so that
 *         one send is enough; a larger body is sent from where it lies.
 */
#ifndef TROTH_SERVE_REPLY_PRIV_H
#define TROTH_SERVE_REPLY_PRIV_H

#include "serve/job_priv.h"
#include "serve/router_priv.h"

/* "Date: …\r\n", made once a second. */
struct reply_date {
    char text[48];
    size_t n;
    int64_t due_us; /* monotonic: when to make it again */
};
void reply_date_set(struct reply_date *date, int64_t mono_us);

/* What a handler forgot or broke becomes 500, a full arena 413. */
void reply_settle(struct request *req);

/* A 405 with its Allow field. */
void reply_not_allowed(struct request *req, unsigned allowed);

/*
 * Fills job->out (and rest) from req.reply. keep: the connection goes on behind
 * it. tls: the head says that it must stay so, and the body goes into out as far as it fits (fewer records).
 */
void reply_render(struct job *job, struct span date, bool keep, bool tls);

/* A reply for when there is no job to make one with; closes. */
extern const char reply_busy[];

#endif
