#include "serve/reply_priv.h"

#include "base/clock.h"
#include "base/log.h"

#include <time.h>

#define BUSY_BODY                                                                                  \
    "{\"type\":\"urn:troth:error:unavailable\",\"title\":\"This cannot be done now; nothing was "  \
    "changed.\",\"status\":503,\"code\":\"unavailable\"}"
#define BUSY_LENGTH "128"
_Static_assert(sizeof BUSY_BODY - 1 == 128, "the length said is the length sent");

const char reply_busy[] = "HTTP/1.1 503 Service Unavailable\r\n"
                          "Content-Type: application/problem+json\r\n"
                          "Content-Length: " BUSY_LENGTH "\r\n"
                          "X-Content-Type-Options: nosniff\r\n"
                          "Cache-Control: no-store\r\n"
                          "Retry-After: 1\r\n"
                          "Connection: close\r\n"
                          "\r\n" BUSY_BODY;

enum {
    RENDER_SMALL = 4096 /* a body up to this is copied behind its head: one send */
};

void
reply_date_set(struct reply_date *date, int64_t mono_us)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t now_us = clock_now_us();
    struct buf buf;
    buf_init(&buf, date->text, sizeof date->text);
    date->due_us = mono_us + CLOCK_US_PER_S - now_us % CLOCK_US_PER_S;
    struct tm tm;
    time_t seconds = (time_t)(now_us / CLOCK_US_PER_S);
    /* An unreadable clock: no Date is better than a wrong one (RFC 9110 section 6.6.1). */
    if (now_us != 0 && gmtime_r(&seconds, &tm) != NULL)
        buf_fmt(&buf, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n", days + tm.tm_wday * 3,
                tm.tm_mday, months + tm.tm_mon * 3, tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
                tm.tm_sec);
    date->n = buf_ok(&buf) ? buf.n : 0;
}

static bool
has_field(const struct reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->field_count; i++)
        if (span_ieq(reply->fields[i].name, span_str(name)))
            return true;
    return false;
}

static void
put_line(struct buf *buf, struct span name, struct span value)
{
    buf_put(buf, name);
    buf_put(buf, SPAN(": "));
    buf_put(buf, value);
    buf_put(buf, SPAN("\r\n"));
}

static void
put_status(struct buf *buf, int status)
{
    if (status == 200) {
        buf_put(buf, SPAN("HTTP/1.1 200 OK\r\n"));
        return;
    }
    buf_put(buf, SPAN("HTTP/1.1 "));
    buf_u64(buf, (uint64_t)status);
    buf_char(buf, ' ');
    buf_str(buf, http_status_text(status));
    buf_put(buf, SPAN("\r\n"));
}

static void
put_framing(struct buf *buf, const struct job *job)
{
    const struct reply *reply = &job->req.reply;
    if (reply->stream != NULL) {
        if (!job->head.http10)
            buf_put(buf, SPAN("Transfer-Encoding: chunked\r\n"));
    } else if (reply->status != 204 && reply->status != 304) {
        buf_put(buf, SPAN("Content-Length: "));
        buf_u64(buf, reply->body.n);
        buf_put(buf, SPAN("\r\n"));
    }
}

static void
put_head(struct buf *buf, const struct job *job, struct span date, bool keep, bool tls)
{
    const struct reply *reply = &job->req.reply;
    put_status(buf, reply->status);
    buf_put(buf, date);
    if (reply->content_type != NULL)
        put_line(buf, SPAN("Content-Type"), span_str(reply->content_type));
    put_framing(buf, job);
    buf_put(buf, SPAN("X-Content-Type-Options: nosniff\r\n"));
    if (tls) /* RFC 6797: one year; the operator's proxy may say more */
        buf_put(buf, SPAN("Strict-Transport-Security: max-age=31536000\r\n"));
    if (reply->field_count == 0 || !has_field(reply, "Cache-Control"))
        buf_put(buf, SPAN("Cache-Control: no-store\r\n"));
    if (!keep)
        buf_put(buf, SPAN("Connection: close\r\n"));
    else if (job->head.http10)
        buf_put(buf, SPAN("Connection: keep-alive\r\n"));
    for (size_t i = 0; i < reply->field_count; i++)
        put_line(buf, reply->fields[i].name, reply->fields[i].value);
    buf_put(buf, SPAN("\r\n"));
}

void
reply_render(struct job *job, struct span date, bool keep, bool tls)
{
    struct reply *reply = &job->req.reply;
    bool pieces = reply->stream != NULL && job->head.method != HTTP_HEAD;
    job->close = job->close || !keep;
    struct buf buf;
    buf_init(&buf, job->out, pieces ? JOB_PIECE_AT : LIMIT_HTTP_STREAM);
    put_head(&buf, job, date, !job->close, tls);
    job->out_at = 0;
    job->out_end = buf.n;
    if (buf.n > job->out_high)
        job->out_high = buf.n;
    if (!buf_ok(&buf)) {
        /* Sixteen fields of eight KiB: nobody means to send that. A reply of ours has none as large. */
        struct err err;
        err_set(&err, ERR_INTERNAL, "the reply's fields are too large");
        log_err(LOG_ERROR, "reply", &err);
        reply_problem(&job->req, &err);
        job->streaming = false;
        reply_render(job, date, keep, tls);
        return;
    }
    if (pieces)
        return; /* the first piece lies in rest already */
    struct span body = job->head.method == HTTP_HEAD ? SPAN_NONE : reply->body;
    size_t room = buf.cap - buf.n;
    /* Over TLS in one piece: each write is a record of its own. */
    size_t copied = tls ? room : body.n <= RENDER_SMALL && body.n <= room ? body.n : 0;
    buf_put(&buf, span_sub(body, 0, copied));
    job->rest = span_sub(body, copied, body.n);
    job->out_end = buf.n;
    if (buf.n > job->out_high)
        job->out_high = buf.n;
}
