/*
 * cli/cli_priv.h - options, verbs, settings and the small HTTP client they share.
 */
#ifndef TROTH_CLI_CLI_PRIV_H
#define TROTH_CLI_CLI_PRIV_H

#include "base/arena.h"
#include "cli/cli.h"
#include "keyring/keyd.h"
#include "policy/policy.h"

#include <stdio.h>

struct option_row {
    const char *name;
    const char *arg;      /* NULL: a switch */
    const char *says;
};

enum { ARGS_MAX = 64, OPTIONS_MAX = 32 };

struct args {
    const struct verb *verb;
    const char *words[ARGS_MAX];
    int word_count;
    const char *values[OPTIONS_MAX]; /* by the verb's option row; switches: "" when given */
    const char *self_exe;
};

struct verb {
    const char *name;
    const char *words;    /* "FILE", "add|revoke|list" … */
    const char *summary;
    const char *more;     /* a paragraph for --help and the manual; may be NULL */
    const struct option_row *options;
    int (*run)(const struct args *args);
    bool hidden;
};

const struct verb *verbs_all(size_t *ret_count);
const struct option_row *settings_options(void);

/* The value of an option, or NULL. */
const char *arg_value(const struct args *args, const char *name);
/* The option, else the environment; NULL when neither says anything. */
const char *arg_or_env(const struct args *args, const char *name, const char *env);

/* One line "troth: …" (with the rule and place) on standard error; returns the exit status. */
int fail(const struct err *err);
int fail_usage(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Whole file on the heap; err says what is wrong. */
MUST_USE bool file_text(const char *path, size_t most, struct span *ret, struct err *err);

/* Reads, checks and compiles the file and those it includes; faults and warnings go to standard error. The source, all
 * the texts as policy_pack has them, is the caller's to free; with ret_source NULL it is given back at once. Dates are judged by the policy's own day, so that a paper that is over by
 * now stops what rests on it and not a server that starts, nor a comparison with an older version. */
/* The same for `troth check`: dates are judged by today. */
MUST_USE bool policy_load_today(const char *path, struct policy **ret, struct err *err);
MUST_USE bool policy_load(const char *path, struct policy **ret, struct span *ret_source,
                          struct err *err);

/* A setting: option, then environment, then --config file, then default. */
struct settings {
    const struct args *args;
    char *file;           /* the configuration file's text, cut into strings */
    const char *values[OPTIONS_MAX]; /* by the table's row; into file */
};
MUST_USE bool settings_open(const struct args *args, struct settings *settings, struct err *err);
void settings_close(struct settings *settings); /* what settings_get gave is gone then */
/* A switch that is off is NULL. */
const char *settings_get(const struct settings *settings, const char *key);
/* The lines of a configuration file into values. text is cut into strings, has a NUL at text[n] and must outlive
 * settings; path is for the words "file:line". ERR_CONFIG. */
MUST_USE bool settings_text(struct settings *settings, char *text, size_t n, const char *path,
                            struct err *err);
MUST_USE bool settings_key_source(const struct settings *settings, struct key_source *ret,
                                  struct err *err);

/* A request to a running server: DIR/troth.sock, or --server http://host:port; or in this process. */
struct client;
struct answer {
    int status;
    struct span body;     /* in the client's arena, until the next call */
    char receipt[160];
    bool unproven;        /* GET /v1/proof: something that is owed is missing */
    bool replayed;        /* the answer to the same request, earlier, under the same idempotency key */
};
struct client_ask {
    const char *method, *path;
    const char *purpose, *task, *idempotency, *accept; /* NULL: none */
    bool dry_run;
    struct span body;
    FILE *to;             /* a 200 body is streamed here instead of kept */
};
MUST_USE bool client_open(const struct args *args, struct client **ret, struct err *err);
void client_close(struct client **client);
/* false: no answer. A refusal is an answer: client_problem makes an err of it. */
MUST_USE bool client_do(struct client *client, const struct client_ask *ask, struct answer *ret,
                        struct err *err);
/*
 * Several requests at once: up to client_window may be pushed before the first is pulled; answers come in the order
 * of the requests, and each must be pulled before client_do is called. PUSHED_NOT_NOW: the server is slow in taking
 * what was pushed before, pull first. A failed push or pull ends the connection's use; answers to what was pushed
 * before may still be pulled after a failed push.
 */
enum pushed { PUSHED, PUSHED_NOT_NOW, PUSHED_NEVER };
unsigned client_window(const struct client *client);
MUST_USE enum pushed client_push(struct client *client, const struct client_ask *ask, struct err *err);
/* A body of status 200 goes to the file, when there is one. */
MUST_USE bool client_pull(struct client *client, FILE *to, struct answer *ret, struct err *err);
/* False (and err filled with what the server said) when the answer is a problem. */
bool client_good(const struct answer *answer, struct arena *arena, struct err *err);
struct arena *client_arena(struct client *client);
void path_put(struct buf *buf, struct span segment);

/* Says how far it is, on a terminal only and not before a second has passed. */
struct progress {
    const char *what;
    int64_t begun_ms, said_ms;
    bool shown;           /* its line stands on the terminal */
};
void progress_begin(struct progress *progress, const char *what);
void progress_say(struct progress *progress, uint64_t done, uint64_t total);
/* Before something else is printed: takes the line away. */
void progress_clear(struct progress *progress);
void progress_end(struct progress *progress);

int run_serve(const struct args *args);
int run_init(const struct args *args);
int run_schema(const struct args *args);
int run_check(const struct args *args);
int run_ask(const struct args *args);
int run_page(const struct args *args);
int run_map(const struct args *args);
int run_register(const struct args *args);
int run_diff(const struct args *args);
int run_keys(const struct args *args);
int run_store(const struct args *args);
int run_token(const struct args *args);
int run_import(const struct args *args);
int run_prove(const struct args *args);
int run_export(const struct args *args);
int run_ledger(const struct args *args);
int run_move(const struct args *args);
int run_sweep(const struct args *args);
int run_limits(const struct args *args);
int run_version(const struct args *args);
int run_docs(const struct args *args);
int run_keyd(const struct args *args);

#endif
