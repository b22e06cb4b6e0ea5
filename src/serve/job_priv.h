/*
 * serve/job_priv.h - one request in hand: its text, its arena, its reply on the way out.
 *
 * A connection takes a job only when a request has arrived whole (or its body is
 * too large for the connection's buffer), so slow senders hold none. Taken from
 * a fixed pool, wiped when given back.
 *
 * Threads: the loop's; while at slow work, the pool thread's, as far as req goes.
 * Memory:  the pool is mapped at start and touched only as far as it is used.
 */
#ifndef TROTH_SERVE_JOB_PRIV_H
#define TROTH_SERVE_JOB_PRIV_H

#include "serve/serve.h"

enum {
    JOB_SPARE = 4096,                        /* at the end of out: req.spare */
    JOB_OUT = LIMIT_HTTP_STREAM + JOB_SPARE,
    JOB_PIECE_AT = 8192                      /* where in out pieces of a stream lie, behind the head's room */
};

enum job_stage {
    JOB_READING,   /* its body is still coming */
    JOB_FRESH,     /* in the turn, waiting to run */
    JOB_ANSWERED,  /* in the turn, has its reply, waiting for the commit */
    JOB_LEAVING,   /* in the turn, goes to the slow pool after the commit */
    JOB_SLOW,      /* at the slow pool */
    JOB_RESUMED,   /* waits for a turn to go on in: slow work is done */
    JOB_PIECE,     /* waits for a turn to make the next piece of its stream in */
    JOB_SENDING    /* out holds what is to be sent */
};

struct conn;

struct job {
    struct request req;
    struct http_head head;
    struct arena small;
    int large;              /* which large arena it has besides, or -1 */
    enum job_stage stage;
    bool hooked;            /* authorise has seen it: done is owed */
    bool close;             /* the connection ends with this reply */
    bool streaming;         /* more pieces to come */
    bool chunked;           /* pieces are chunks, not just bytes until the end */
    bool head_out;          /* the reply's head was handed to the connection */
    bool cut;               /* the stream broke: end the connection without its last chunk */
    struct conn *conn;
    struct job *next;       /* behind it on its connection, or in the pool's free list */
    struct job *queue_next; /* in the slow pool's or the loop's queue */
    int64_t began_us;
    char *out;              /* JOB_OUT bytes */
    size_t out_at, out_end; /* what of it is to be sent */
    size_t out_high;        /* what of it was touched */
    struct span rest;       /* to be sent behind it */
    struct buf body;        /* JOB_READING: what has come so far */
    size_t body_left;       /* … and is still to come, when the length is known */
};

struct jobs {
    struct job *all;
    struct job *free;
    size_t free_count;
    char *outs;
    struct arena large[LIMIT_HTTP_LARGE];
    bool large_taken[LIMIT_HTTP_LARGE];
};

MUST_USE bool jobs_open(struct jobs *jobs, struct err *err);
void jobs_close(struct jobs *jobs);

/* A clean one, or NULL. */
struct job *job_take(struct jobs *jobs);
void job_give(struct jobs *jobs, struct job *job);

/* Makes req->arena a large one; what was taken from the small one stays. False when none is free. */
bool job_widen(struct jobs *jobs, struct job *job);

/* 16 random bytes. */
void request_id_make(uint8_t id[16]);

#endif
