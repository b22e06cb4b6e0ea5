#include "serve/turn_priv.h"

#include "base/log.h"
#include "serve/reply_priv.h"

/*
 * A piece lies in out behind the head's room: size line, data, CRLF and perhaps
 * the last chunk (RFC 9112 section 7.1). The size line is written backwards from
 * the data, so that the data need not be moved.
 */
enum {
    PIECE_SIZE = 10, /* "FFFFFFFF" CRLF at most */
    PIECE_END = 7,   /* CRLF, "0" CRLF CRLF */
    PIECE_ROOM = LIMIT_HTTP_STREAM - JOB_PIECE_AT - PIECE_SIZE - PIECE_END
};

static struct span
piece_frame(char *data, size_t n, bool chunked, bool last)
{
    static const char digits[] = "0123456789abcdef";
    char *from = data, *to = data + n;
    if (!chunked)
        return span_of(data, n);
    if (n > 0) {
        *--from = '\n';
        *--from = '\r';
        for (size_t left = n; left > 0; left >>= 4)
            *--from = digits[left & 15];
        memcpy(to, "\r\n", 2);
        to += 2;
    }
    if (last) {
        memcpy(to, "0\r\n\r\n", 5);
        to += 5;
    }
    return span_of(from, (size_t)(to - from));
}

void
stream_step(void *app, struct job *job, bool first)
{
    struct request *req = &job->req;
    struct buf piece;
    buf_init(&piece, job->out + JOB_PIECE_AT + PIECE_SIZE, PIECE_ROOM);
    job->out_high = LIMIT_HTTP_STREAM;
    enum stream_state state = req->reply.stream(app, req, &piece);
    if (state == STREAM_BROKEN || !buf_ok(&piece)) {
        struct err err;
        err_set(&err, ERR_INTERNAL, "a stream broke off");
        log_err(LOG_ERROR, "stream", &err);
        job->streaming = false;
        job->rest = SPAN_NONE;
        if (first)
            reply_problem(req, &err);
        else
            job->cut = true;
        return;
    }
    job->chunked = !job->head.http10;
    job->close = job->close || !job->chunked;
    job->streaming = state == STREAM_MORE;
    job->rest = piece_frame(piece.p, piece.n, job->chunked, !job->streaming);
}
