/*
 * base/log.h - one JSON line on standard error for each thing an operator should know.
 *
 * Lines hold names from the policy, codes, numbers and places; never a value a
 * person gave, a token, a key, a path with an id in it, or an address.
 *
 * Threads: any; each line is one write.
 */
#ifndef TROTH_BASE_LOG_H
#define TROTH_BASE_LOG_H

#include "base/err.h"
#include "base/span.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level least);
enum log_level log_get_level(void);

/* One key and value of a line; value is text or a number. */
struct log_kv {
    const char *key;
    const char *text; /* NULL: the number counts */
    int64_t number;
};
#define LOG_T(k, t) ((struct log_kv){.key = (k), .text = (t)})
#define LOG_N(k, v) ((struct log_kv){.key = (k), .number = (int64_t)(v)})

/* Writes {"time":…,"level":…,"event":…,…}. */
void log_line(enum log_level level, const char *event, const struct log_kv *kvs, size_t count);
#define LOG(level, event, ...)                                                                     \
    do {                                                                                           \
        const struct log_kv kvs_[] = {{0}, ##__VA_ARGS__};                                         \
        log_line((level), (event), kvs_ + 1, sizeof kvs_ / sizeof kvs_[0] - 1);                    \
    } while (0)

/* The line of an error at the edge: code, text, rule, place. */
void log_err(enum log_level level, const char *event, const struct err *err);

#endif
