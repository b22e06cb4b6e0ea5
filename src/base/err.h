/*
 * base/err.h - what went wrong, said once at the place where it happened.
 *
 * A function that can fail returns a must-use bool and fills a struct err owned
 * by the caller. Each level above may put one prefix before the text; the edge
 * (a reply, a log line, the end of the command) says it once. Expected answers
 * (not found, refused) are enums of their own, not errors. The text never holds
 * personal data: names from the policy, places and numbers only.
 *
 * Threads: a struct err belongs to one thread.
 * Memory:  caller's, fixed size.
 */
#ifndef TROTH_BASE_ERR_H
#define TROTH_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

enum err_code {
#define ERR(name, http, exit, code, text) ERR_##name,
#include "base/err_codes.def"
#undef ERR
    ERR_COUNT
};

enum { ERR_TEXT_MAX = 400, ERR_RULE_MAX = 96, ERR_PLACE_MAX = 160 };

struct err {
    enum err_code code;
    char text[ERR_TEXT_MAX];   /* one sentence; no personal data */
    char rule[ERR_RULE_MAX];   /* the policy's rule that said no, or empty */
    char place[ERR_PLACE_MAX]; /* JSON pointer, header name or file:line:col, or empty */
};

/* Fills err (may be NULL) and returns false, so that a caller can `return err_set(…)`. */
bool err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* As err_set, and adds what errno (given as errnum) means. */
bool err_sys(struct err *err, enum err_code code, int errnum, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Puts "prefix: " before the text; returns false. */
bool err_prefix(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Names the rule, or the place in the input; returns false. */
bool err_rule(struct err *err, const char *rule);
bool err_place(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

void err_clear(struct err *err);

int err_http_status(enum err_code code);
int err_exit_status(enum err_code code);
const char *err_machine_code(enum err_code code);
const char *err_public_text(enum err_code code);

/* An impossible state of our own making: says where and stops the process. Stays on in production. */
#define TROTH_ASSERT(cond)                                                                         \
    do {                                                                                           \
        if (!(cond))                                                                               \
            err_assert_failed(__FILE__, __LINE__, #cond);                                          \
    } while (0)
_Noreturn void err_assert_failed(const char *file, int line, const char *cond);

#endif
