/*
 * serve/conn_priv.h - one connection: bytes in, requests in hand, replies out.
 *
 * Its phase says what is waited for, and until when. Nothing is read while
 * requests are in hand (up to LIMIT_HTTP_PIPELINE that were read together), so
 * the bytes their heads point into stay where they are; behind them they are
 * wiped.
 *
 * Threads: the loop's.
 * Memory:  the input buffer is a slice of one mapping, touched only as far as it is used.
 */
#ifndef TROTH_SERVE_CONN_PRIV_H
#define TROTH_SERVE_CONN_PRIV_H

#include "serve/job_priv.h"
#include "serve/peers_priv.h"
#include "serve/tls_priv.h"
#include "serve/wheel_priv.h"

enum conn_phase {
    CONN_FREE,
    CONN_TLS,    /* handshake */
    CONN_IDLE,   /* no byte of a next request has come */
    CONN_HEAD,   /* a head has begun */
    CONN_BODY,   /* a body has begun */
    CONN_BUSY,   /* requests in hand: we are the ones to be waited for */
    CONN_WRITE,  /* the client must take bytes */
    CONN_LINGER, /* all said; what still comes is thrown away, so that the last reply is not lost */
    CONN_DEAD    /* closed, but jobs still point here */
};

struct conn {
    struct wheel_item timer; /* first: the wheel gives it back */
    struct conn *next;       /* free list, or ready list */
    struct conn *prev;       /* ready list */
    struct job *first;       /* requests in hand, in the order they came */
    struct job *last;
    struct job *reading;     /* whose body goes straight into its arena */
    struct tls_conn *tls;
    struct peer *peer;
    char *in;                /* LIMIT_HTTP_BUFFER bytes: [in_at, in_end) not used yet */
    size_t in_at, in_end, in_high;
    size_t seen;             /* bytes that were there when the head was not complete */
    size_t head_n;           /* awaiting: bytes of the head … */
    size_t body_n;           /* … and of the body as it is sent, when known */
    struct http_chunks chunks;
    size_t chunks_at;        /* bytes of the body that chunks has seen */
    uint64_t body_got;
    int64_t body_since_ms;
    uint64_t thrown;         /* bytes thrown away while lingering */
    int fd;
    uint32_t generation;     /* tells an old event from a new connection in the same place */
    uint32_t body_max;
    uint16_t job_count;
    uint8_t phase;
    bool awaiting;           /* the head at in_at is complete and good; its body is not there yet */
    bool chunked;
    bool readable;           /* the socket may have more */
    bool hangup;             /* the client has ended its side; bytes may still be unread */
    bool ended;              /* … and all were read */
    bool counted;            /* among the open ones: not a refusal */
    bool closing;            /* no further request is taken */
    bool linger;             /* bytes may come that nobody wants */
    bool local;
    bool loopback;
    bool ready;              /* on the ready list */
    bool flush;              /* a reply is to be sent when the turn's replies are */
};

struct conns {
    struct conn *all;
    struct conn *free;
    char *buffers;
    size_t count; /* of all */
    size_t open;  /* in use, lingering refusals and dead ones too */
};

struct serve;
struct sockaddr_storage;
struct listener;

MUST_USE bool conns_open(struct conns *conns, struct err *err);
void conns_close(struct conns *conns);

/* Takes the fd over, whatever becomes of it. */
void conn_open(struct serve *serve, int fd, const struct listener *listener,
               const struct sockaddr_storage *addr);
/* At once, without a word. Requests that run still run. */
void conn_close(struct serve *serve, struct conn *conn);

/* Frees a dead one's place when the last job has left it. */
void conn_reap(struct serve *serve, struct conn *conn);
/* Everything was answered: cleans up for the next request. */
void conn_rest(struct serve *serve, struct conn *conn);

/* What epoll said. */
void conn_event(struct serve *serve, struct conn *conn, uint32_t events);
/* Does what can be done without waiting: handshake, read, take requests. */
void conn_work(struct serve *serve, struct conn *conn);
/* conn_work will be called again soon. */
void conn_ready(struct serve *serve, struct conn *conn);
/* Its deadline has passed. */
void conn_expired(struct serve *serve, struct conn *conn);

void conn_phase_set(struct serve *serve, struct conn *conn, enum conn_phase phase, int64_t ms);

/* intake.c: makes requests of the bytes that are there. */
void intake(struct serve *serve, struct conn *conn);
/* A last reply, from err, before the connection ends. */
void intake_refuse(struct serve *serve, struct conn *conn, struct job *job, const struct err *err);

/* send.c: sends what is ready, in order; may close the connection. */
void send_flush(struct serve *serve, struct conn *conn);
/* The reply is final: renders it; send_flush sends it. */
void send_ready(struct serve *serve, struct job *job);
/* Gives a job of the connection back: its reply went out, or never will. */
void send_done(struct serve *serve, struct job *job);

/* -1: not now; -2: never again; else bytes, and for reading 0 at the end. */
ssize_t conn_recv(struct conn *conn, void *to, size_t n);

#endif
