/*
 * A server in a thread, and a client that says exactly the bytes it is told to.
 */
#ifndef SERVE_TEST_H
#define SERVE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/serve.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct server {
    struct serve *serve;
    pthread_t thread;
    struct serve_figures figures; /* after server_stop */
    struct err err;
    bool good;
};

/* What the hooks and handlers of the test routes saw and should do; one for the process. */
struct app {
    atomic_int begins, authorised, prefetches, commits, done, runs, slows, pieces;
    atomic_bool fail_begin, fail_prefetch, fail_commit, forbid;
    atomic_int slow_ms;
};
extern struct app app;

/* Short deadlines, and the test routes (see serve_test.c) unless options has some. */
void server_start(struct server *server, struct serve_options options);
/* Asserts that it ran and stopped well, and that every request that the hooks saw was told to be over. */
void server_stop(struct server *server);

struct client {
    int fd;
    size_t n;
    char in[1 << 17];
};

struct answer {
    int status;
    bool close;      /* said Connection: close */
    bool chunked;
    size_t length;   /* of the body */
    uint32_t hash;   /* of the body */
    char head[4096];
    char body[4096]; /* its beginning */
};

struct client *client_open(const struct server *server);
void client_close(struct client *client);
void client_send(struct client *client, struct span bytes);
void client_say(struct client *client, const char *text);
/* The next answer; head_only: to a HEAD request. Fails the test when it does not come within 5 s. */
struct answer client_answer(struct client *client, bool head_only);
/* One request and its answer. */
struct answer client_ask(struct client *client, const char *text);
/* False when the connection ended, or stayed silent, instead of an answer. */
bool client_try(struct client *client, struct answer *ret, bool head_only, int ms);
/* True when the server closes within ms without another byte. */
bool client_ends(struct client *client, int ms);
bool answer_has(const struct answer *answer, const char *field);

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#endif
