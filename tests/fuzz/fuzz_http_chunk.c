#include "fuzz.h"
#include "wire/http.h"

enum { ROOM = 256 };

/* Feeds in by pieces of `step` bytes. */
static enum http_got
feed(struct span in, size_t step, struct buf *body, size_t *ret_used)
{
    struct http_chunks chunks;
    struct err err;
    enum http_got got = HTTP_MORE;
    size_t used = 0;
    http_chunks_init(&chunks);
    while (got == HTTP_MORE && used < in.n) {
        struct span piece = span_sub(in, used, step);
        size_t before = piece.n;
        got = http_chunks_read(&chunks, &piece, body, &err);
        MUST_HOLD(got != HTTP_MORE || piece.n == 0);
        used += before - piece.n;
    }
    MUST_HOLD(chunks.total == body->n || got == HTTP_BAD);
    *ret_used = used;
    return got;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char one[ROOM], two[ROOM];
    struct buf a, b;
    size_t used_a, used_b;
    struct span in = span_of(data, size);
    buf_init(&a, one, sizeof one);
    buf_init(&b, two, sizeof two);
    enum http_got whole = feed(in, size, &a, &used_a);
    enum http_got pieces = feed(in, size % 7 + 1, &b, &used_b);
    MUST_HOLD(whole == pieces);
    if (whole != HTTP_BAD)
        MUST_HOLD(span_eq(buf_span(&a), buf_span(&b)) && used_a == used_b);
    return 0;
}
