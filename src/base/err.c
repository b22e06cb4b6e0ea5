#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct err_row {
    int http;
    int exit;
    const char *code;
    const char *text;
};

static const struct err_row err_rows[ERR_COUNT] = {
#define ERR(name, http_, exit_, code_, text_) [ERR_##name] = {http_, exit_, code_, text_},
#include "base/err_codes.def"
#undef ERR
};

static void __attribute__((format(printf, 3, 0)))
err_vset(struct err *err, enum err_code code, const char *fmt, va_list args)
{
    memset(err, 0, sizeof *err);
    err->code = code;
    (void)vsnprintf(err->text, sizeof err->text, fmt, args);
}

bool
err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
    if (err == NULL)
        return false;
    va_list args;
    va_start(args, fmt);
    err_vset(err, code, fmt, args);
    va_end(args);
    return false;
}

bool
err_sys(struct err *err, enum err_code code, int errnum, const char *fmt, ...)
{
    if (err == NULL)
        return false;
    va_list args;
    va_start(args, fmt);
    err_vset(err, code, fmt, args);
    va_end(args);
    char why[128];
    const char *said = strerror_r(errnum, why, sizeof why);
    size_t used = strlen(err->text);
    (void)snprintf(err->text + used, sizeof err->text - used, ": %s", said);
    return false;
}

bool
err_prefix(struct err *err, const char *fmt, ...)
{
    if (err == NULL)
        return false;
    char text[ERR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    int used = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (used < 0 || (size_t)used >= sizeof text - 3)
        return false;
    size_t room = sizeof text - (size_t)used - 1;
    (void)snprintf(text + used, room, ": %.*s", (int)(room - 3), err->text);
    memcpy(err->text, text, sizeof text);
    return false;
}

bool
err_rule(struct err *err, const char *rule)
{
    if (err != NULL)
        (void)snprintf(err->rule, sizeof err->rule, "%s", rule);
    return false;
}

bool
err_place(struct err *err, const char *fmt, ...)
{
    if (err == NULL)
        return false;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->place, sizeof err->place, fmt, args);
    va_end(args);
    return false;
}

void
err_clear(struct err *err)
{
    memset(err, 0, sizeof *err);
}

int
err_http_status(enum err_code code)
{
    TROTH_ASSERT(code < ERR_COUNT);
    return err_rows[code].http;
}

int
err_exit_status(enum err_code code)
{
    TROTH_ASSERT(code < ERR_COUNT);
    return err_rows[code].exit;
}

const char *
err_machine_code(enum err_code code)
{
    TROTH_ASSERT(code < ERR_COUNT);
    return err_rows[code].code;
}

const char *
err_public_text(enum err_code code)
{
    TROTH_ASSERT(code < ERR_COUNT);
    return err_rows[code].text;
}

_Noreturn void
err_assert_failed(const char *file, int line, const char *cond)
{
    (void)fprintf(stderr, "troth: internal fault at %s:%d: %s\n", file, line, cond);
    abort();
}
