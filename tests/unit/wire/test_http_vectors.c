/*
 * The 66 raw requests of tests/data/http-vectors.json, judged as far as a reader
 * without a server can: which status it would give, how many requests it sees, and
 * whether the connection may go on. The story tests send the same bytes to a server.
 */
#include "wire_test.h"

#include "http_vectors.h"
#include "wire/http.h"

struct outcome {
    int status; /* of the last one refused, or 200 */
    int responses;
    bool closes;
};

/* The body off *in; false when it is not all there or broken. */
static bool
body_read(const struct http_head *head, struct span *in, struct err *err)
{
    static char mem[LIMIT_HTTP_BODY];
    struct buf body;
    buf_init(&body, mem, sizeof mem);
    if (head->body == HTTP_BODY_LENGTH) {
        if (head->length > in->n)
            return err_set(err, ERR_TIMEOUT, "the body never comes");
        *in = span_sub(*in, (size_t)head->length, in->n);
        return true;
    }
    if (head->body == HTTP_BODY_NONE)
        return true;
    struct http_chunks chunks;
    http_chunks_init(&chunks);
    enum http_got got = http_chunks_read(&chunks, in, &body, err);
    return got == HTTP_DONE ||
           (got == HTTP_MORE && err_set(err, ERR_TIMEOUT, "the body never comes"));
}

/* Reads request after request, as a server would. */
static struct outcome
connection_judge(struct span in)
{
    struct outcome out = {.status = 200};
    while (in.n > 0 && !out.closes) {
        struct http_head head;
        struct err err;
        size_t used = 0;
        out.responses++;
        enum http_got got = http_head_read(&arena, in, &head, &used, &err);
        if (got == HTTP_MORE) {
            out.status = 408;
            out.closes = true;
        } else if (got == HTTP_BAD && err.code != ERR_EXPECT) {
            out.status = err_http_status(err.code);
            out.closes = true;
        } else {
            out.status = got == HTTP_BAD ? 417 : head.method == HTTP_TRACE ? 405 : 200;
            in = span_sub(in, used, in.n);
            if (!body_read(&head, &in, &err)) {
                out.status = err_http_status(err.code);
                out.closes = true;
            }
            out.closes = out.closes || !head.keep_alive;
        }
    }
    return out;
}

static void
test_vectors(void **state)
{
    (void)state;
    assert_int_equal(COUNT(http_vectors), 66);
    for (size_t i = 0; i < COUNT(http_vectors); i++) {
        const struct http_vector *want = &http_vectors[i];
        struct outcome got = connection_judge(want->in);
        bool status_wanted = false;
        for (size_t s = 0; s < COUNT(want->status); s++)
            status_wanted = status_wanted || want->status[s] == got.status;
        if (!status_wanted || got.responses != want->responses || got.closes != want->closes)
            fail_msg("%s: status %d, %d responses, closes %d", want->name, got.status,
                     got.responses, got.closes);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors)};
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
