#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static _Atomic int log_least = LOG_INFO;

void
log_set_level(enum log_level least)
{
    atomic_store(&log_least, (int)least);
}

enum log_level
log_get_level(void)
{
    return (enum log_level)atomic_load(&log_least);
}

static void
put_json_text(struct buf *buf, const char *text)
{
    buf_char(buf, '"');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            buf_char(buf, '\\');
        if ((unsigned char)*c < 0x20)
            buf_fmt(buf, "\\u%04x", (unsigned)*c);
        else
            buf_char(buf, *c);
    }
    buf_char(buf, '"');
}

void
log_line(enum log_level level, const char *event, const struct log_kv *kvs, size_t count)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    if (level < log_get_level())
        return;
    char mem[2048];
    struct buf buf;
    buf_init(&buf, mem, sizeof mem - 2); /* room for the end of a line cut off */
    int64_t now_us = clock_now_us();
    time_t seconds = (time_t)(now_us / CLOCK_US_PER_S);
    struct tm tm;
    (void)gmtime_r(&seconds, &tm);
    buf_fmt(&buf, "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\",\"level\":\"%s\",\"event\":",
            tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
            (int)(now_us % CLOCK_US_PER_S / 1000), names[level]);
    put_json_text(&buf, event);
    for (size_t i = 0; i < count; i++) {
        size_t before = buf.n;
        buf_char(&buf, ',');
        put_json_text(&buf, kvs[i].key);
        buf_char(&buf, ':');
        if (kvs[i].text != NULL)
            put_json_text(&buf, kvs[i].text);
        else
            buf_fmt(&buf, "%lld", (long long)kvs[i].number);
        if (!buf_ok(&buf)) {
            buf.n = before; /* leave out what does not fit; the line stays valid */
            break;
        }
    }
    mem[buf.n] = '}';
    mem[buf.n + 1] = '\n';
    ssize_t written = write(STDERR_FILENO, mem, buf.n + 2);
    (void)written; /* nowhere to report to */
}

void
log_err(enum log_level level, const char *event, const struct err *err)
{
    LOG(level, event, LOG_T("code", err_machine_code(err->code)), LOG_T("text", err->text),
        LOG_T("rule", err->rule), LOG_T("place", err->place));
}
