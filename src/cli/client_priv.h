/*
 * cli/client_priv.h - what the two files of the client share: the connection, and how to do without one.
 *
 * Requests are written into `out` and leave when an answer is waited for, so that
 * several go out at once. Answers are read from `in`, in the order of the requests.
 */
#ifndef TROTH_CLI_CLIENT_PRIV_H
#define TROTH_CLI_CLIENT_PRIV_H

#include "cli/cli_priv.h"

#include "base/limits.h"

enum {
    CLIENT_ARENA = 16 * 1024 * 1024,
    CLIENT_HEAD = 32768,
    CLIENT_OUT = LIMIT_HTTP_BODY + CLIENT_HEAD, /* any one request fits */
    CLIENT_TIMEOUT_MS = 60000
};

struct client {
    int fd;               /* -1: in this process */
    char host[256];
    char token[128];
    struct arena arena;   /* the last answer */
    struct instance *it;
    struct api *api;
    struct answer inside; /* in this process: the answer to the last request */
    uint64_t inside_count; /* and how many there were */
    struct arena out_mem; /* holds tokens and people's data: wiped at the end */
    char *out;
    size_t out_at, out_n; /* what is not sent yet */
    int out_errno;        /* why nothing can be sent any more; 0: it can */
    char in[CLIENT_HEAD];
    size_t in_at, in_n;
    unsigned flying;      /* requests without their answer */
};

/* In this process: the request as text through the same parser, then one turn. */
MUST_USE bool client_inside(struct client *client, const struct client_ask *ask, struct span head,
                            struct answer *ret, struct err *err);

#endif
