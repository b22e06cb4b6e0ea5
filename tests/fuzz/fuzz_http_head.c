#include "fuzz.h"
#include "wire/http.h"
#include "wire/text.h"

static void
check_fields(const struct http_head *head, struct span in)
{
    MUST_HOLD(head->field_count <= LIMIT_HTTP_FIELDS);
    for (size_t i = 0; i < head->field_count; i++) {
        struct span value = head->fields[i].value;
        MUST_HOLD(head->fields[i].name.n > 0);
        MUST_HOLD(fuzz_inside(head->fields[i].name, in) && fuzz_inside(value, in));
        MUST_HOLD(value.n == 0 || (value.p[0] != ' ' && value.p[value.n - 1] != ' '));
        for (size_t b = 0; b < value.n; b++)
            MUST_HOLD(value.p[b] == '\t' || (value.p[b] >= 0x20 && value.p[b] < 0x7f));
    }
}

static void
check_done(const struct http_head *head, struct span in, size_t used)
{
    MUST_HOLD(used >= 18 && used <= in.n && memcmp(in.p + used - 4, "\r\n\r\n", 4) == 0);
    MUST_HOLD(head->path.n > 0 && head->path.p[0] == '/');
    MUST_HOLD(utf8_valid(head->path, NULL) && memchr(head->path.p, '\0', head->path.n) == NULL);
    MUST_HOLD(memchr(head->path.p, '\\', head->path.n) == NULL);
    MUST_HOLD(fuzz_inside(head->target, in) && fuzz_inside(head->query, in));
    MUST_HOLD(head->http10 || head->host.n > 0);
    MUST_HOLD(head->body == HTTP_BODY_LENGTH || head->length == 0);
    check_fields(head, in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct http_head head, again;
    struct span in = span_of(data, size);
    struct err err;
    size_t used = 0, used_again = 0;
    enum http_got got = http_head_read(fuzz_arena(), in, &head, &used, &err);
    bool whole = got == HTTP_DONE || (got == HTTP_BAD && err.code == ERR_EXPECT);
    if (whole)
        check_done(&head, in, used);
    if (got == HTTP_MORE)
        MUST_HOLD(size < LIMIT_HTTP_REQUEST_LINE + LIMIT_HTTP_HEAD + 8);
    /* What comes later changes nothing of what was decided, and nothing is decided early. */
    if (whole) {
        struct span exact = span_sub(in, 0, used), cut = span_sub(in, 0, used - 1);
        MUST_HOLD(http_head_read(fuzz_arena(), exact, &again, &used_again, &err) == got);
        MUST_HOLD(used_again == used && again.field_count == head.field_count);
        MUST_HOLD(http_head_read(fuzz_arena(), cut, &again, &used_again, &err) == HTTP_MORE);
        cut = span_sub(in, 0, used / 2);
        MUST_HOLD(http_head_read(fuzz_arena(), cut, &again, &used_again, &err) == HTTP_MORE);
    }
    return 0;
}
