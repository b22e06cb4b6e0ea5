/*
 * cli/starter_priv.h - a first policy from a few answers.
 *
 * The text is src/cli/starter.yaml, built in: lines behind `#? WORDS` stand only when one of the words holds, up to the
 * next such line or `#.`; @name@ and its like are filled in. What comes out reads without a fault and without a warning
 * for every answer that starter_answer took.
 */
#ifndef TROTH_CLI_STARTER_PRIV_H
#define TROTH_CLI_STARTER_PRIV_H

#include "base/buf.h"
#include "base/err.h"

enum { STARTER_MAX = 64 * 1024, STARTER_ANSWER = 200 };

enum starter_ask { ASK_NAME, ASK_ADDRESS, ASK_EMAIL, ASK_COUNTRY, ASK_RUN, ASK_COUNT };

/* What is asked: the option's name, the question, an example. */
struct starter_row {
    const char *option, *question, *example;
};
extern const struct starter_row starter_rows[ASK_COUNT];

struct starter {
    struct span answers[ASK_COUNT]; /* the caller's */
    unsigned parts;                 /* of ASK_RUN, by the order of its words */
    char date[11];                  /* "2026-11-25" */
};

/* Checks one answer and takes it; ERR_USAGE says what is wrong, and nothing is changed. */
MUST_USE bool starter_answer(struct starter *starter, enum starter_ask ask, struct span text, struct err *err);
/* Writes the policy; it is read back, so ERR_INTERNAL would be a fault of ours. out has room for STARTER_MAX. */
MUST_USE bool starter_write(const struct starter *starter, struct buf *out, struct err *err);

#endif
