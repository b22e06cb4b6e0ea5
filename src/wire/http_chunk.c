#include "wire/http.h"

#include "wire/utf8_priv.h"

/* RFC 9112 section 7.1 without extensions and trailers: size CRLF data CRLF … 0 CRLF CRLF. */
enum chunk_state {
    CHUNK_SIZE,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_END_CR,
    CHUNK_END_LF,
    CHUNK_DONE,
    CHUNK_BAD
};

enum { SIZE_DIGITS_MAX = 8 };

void
http_chunks_init(struct http_chunks *chunks)
{
    *chunks = (struct http_chunks){.state = CHUNK_SIZE};
}

static enum http_got
bad(struct http_chunks *chunks, struct err *err, enum err_code code, const char *why)
{
    chunks->state = CHUNK_BAD;
    err_set(err, code, "%s", why);
    return HTTP_BAD;
}

static bool
size_step(struct http_chunks *chunks, uint8_t c)
{
    int digit = hex_value(c);
    if (digit >= 0) {
        chunks->left = chunks->left << 4 | (uint64_t)digit;
        return ++chunks->digits <= SIZE_DIGITS_MAX;
    }
    chunks->state = CHUNK_SIZE_LF;
    return c == '\r' && chunks->digits > 0;
}

/* Where the single byte c leads from the present state, data aside. */
static bool
state_step(struct http_chunks *chunks, uint8_t c)
{
    switch (chunks->state) {
    case CHUNK_SIZE:
        return size_step(chunks, c);
    case CHUNK_SIZE_LF:
        chunks->digits = 0;
        chunks->state = chunks->left == 0 ? CHUNK_END_CR : CHUNK_DATA;
        return c == '\n';
    case CHUNK_DATA_CR:
        chunks->state = CHUNK_DATA_LF;
        return c == '\r';
    case CHUNK_DATA_LF:
        chunks->state = CHUNK_SIZE;
        return c == '\n';
    case CHUNK_END_CR:
        chunks->state = CHUNK_END_LF;
        return c == '\r';
    case CHUNK_END_LF:
        chunks->state = CHUNK_DONE;
        return c == '\n';
    default:
        return false;
    }
}

enum http_got
http_chunks_read(struct http_chunks *chunks, struct span *in, struct buf *body, struct err *err)
{
    while (chunks->state != CHUNK_DONE) {
        if (chunks->state == CHUNK_BAD)
            return bad(chunks, err, ERR_BAD_HTTP, "the body was broken before");
        if (in->n == 0)
            return HTTP_MORE;
        if (chunks->state != CHUNK_DATA) {
            if (!state_step(chunks, (uint8_t)in->p[0]))
                return bad(chunks, err, ERR_BAD_HTTP, "the chunked body is not well formed");
            *in = span_sub(*in, 1, in->n);
            /* A size beyond the room is refused before its data are sent. */
            if (chunks->state == CHUNK_DATA && chunks->left > body->cap - body->n)
                return bad(chunks, err, ERR_TOO_LARGE, "the body is longer than allowed");
            continue;
        }
        struct span part = span_sub(*in, 0, chunks->left < in->n ? (size_t)chunks->left : in->n);
        buf_put(body, part);
        if (!buf_ok(body))
            return bad(chunks, err, ERR_TOO_LARGE, "the body is longer than allowed");
        *in = span_sub(*in, part.n, in->n);
        chunks->left -= part.n;
        chunks->total += part.n;
        if (chunks->left == 0)
            chunks->state = CHUNK_DATA_CR;
    }
    return HTTP_DONE;
}
