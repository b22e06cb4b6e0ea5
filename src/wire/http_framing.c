#include "wire/http_priv.h"

/*
 * Fields that may come once only: two of them, and two readers of the same request
 * could each believe another one. Rows by the length of the name.
 */
enum once {
    ONCE_NONE,
    ONCE_HOST,
    ONCE_LENGTH,
    ONCE_CODING,
    ONCE_EXPECT,
    ONCE_CONNECTION,
    ONCE_AUTHORIZATION,
    ONCE_COOKIE,
    ONCE_CONTENT_TYPE,
    ONCE_CONTENT_CODING,
    ONCE_CONTENT_RANGE,
    ONCE_ORIGIN,
    ONCE_REFERER,
    ONCE_IF_MATCH,
    ONCE_IF_NONE_MATCH,
    ONCE_IF_RANGE,
    ONCE_IF_MODIFIED,
    ONCE_IF_UNMODIFIED,
    ONCE_RANGE,
    ONCE_USER_AGENT,
    ONCE_DATE,
    ONCE_FROM,
    ONCE_SITE,
    ONCE_MODE,
    ONCE_DEST,
    ONCE_USER,
    ONCE_IDEMPOTENCY,
    ONCE_TASK,
    ONCE_PURPOSE,
    ONCE_PROXY_AUTHORIZATION
};

struct once_row {
    const char *name; /* lower case */
    enum once once;
};

enum { NAME_MAX_BYTES = 19, ROWS_MAX = 5 };

static const struct once_row once_rows[NAME_MAX_BYTES + 1][ROWS_MAX] = {
    [4] = {{"host", ONCE_HOST}, {"date", ONCE_DATE}, {"from", ONCE_FROM}},
    [5] = {{"range", ONCE_RANGE}},
    [6] = {{"cookie", ONCE_COOKIE}, {"origin", ONCE_ORIGIN}, {"expect", ONCE_EXPECT}},
    [7] = {{"referer", ONCE_REFERER}},
    [8] = {{"if-match", ONCE_IF_MATCH}, {"if-range", ONCE_IF_RANGE}},
    [10] = {{"user-agent", ONCE_USER_AGENT},
            {"connection", ONCE_CONNECTION},
            {"troth-task", ONCE_TASK}},
    [12] = {{"content-type", ONCE_CONTENT_TYPE}},
    [13] = {{"authorization", ONCE_AUTHORIZATION},
            {"if-none-match", ONCE_IF_NONE_MATCH},
            {"content-range", ONCE_CONTENT_RANGE},
            {"troth-purpose", ONCE_PURPOSE}},
    [14] = {{"content-length", ONCE_LENGTH},
            {"sec-fetch-site", ONCE_SITE},
            {"sec-fetch-mode", ONCE_MODE},
            {"sec-fetch-dest", ONCE_DEST},
            {"sec-fetch-user", ONCE_USER}},
    [15] = {{"idempotency-key", ONCE_IDEMPOTENCY}},
    [16] = {{"content-encoding", ONCE_CONTENT_CODING}},
    [17] = {{"transfer-encoding", ONCE_CODING}, {"if-modified-since", ONCE_IF_MODIFIED}},
    [19] = {{"if-unmodified-since", ONCE_IF_UNMODIFIED},
            {"proxy-authorization", ONCE_PROXY_AUTHORIZATION}},
};

static const struct once_row *
once_find(struct span name)
{
    if (name.n > NAME_MAX_BYTES)
        return NULL;
    const struct once_row *rows = once_rows[name.n];
    for (size_t i = 0; i < ROWS_MAX && rows[i].name != NULL; i++)
        if ((name.p[0] | 0x20) == rows[i].name[0] && span_ieq(name, span_of(rows[i].name, name.n)))
            return &rows[i];
    return NULL;
}

static void
connection_note(struct http_framing *framing, struct span list)
{
    struct span part;
    while (span_split(&list, ',', &part)) {
        part = span_trim(part);
        framing->close = framing->close || span_ieq(part, SPAN("close"));
        framing->keep = framing->keep || span_ieq(part, SPAN("keep-alive"));
    }
}

bool
http_framing_note(struct http_framing *framing, const struct http_field *field, struct err *err)
{
    const struct once_row *row = once_find(field->name);
    if (row == NULL)
        return true;
    if ((framing->seen >> row->once & 1) != 0) {
        err_set(err, ERR_BAD_HTTP, "the header field %s comes twice", row->name);
        return err_place(err, "%s", row->name);
    }
    framing->seen |= UINT64_C(1) << row->once;
    switch (row->once) {
    case ONCE_HOST:
        framing->host = field->value;
        break;
    case ONCE_LENGTH:
        framing->length = field->value;
        break;
    case ONCE_CODING:
        framing->coding = field->value;
        break;
    case ONCE_EXPECT:
        framing->expect = field->value;
        break;
    case ONCE_CONNECTION:
        connection_note(framing, field->value);
        break;
    default:
        break;
    }
    return true;
}

bool
http_framing_judge(const struct http_framing *framing, struct http_head *head, struct err *err)
{
    enum { LENGTH_DIGITS_MAX = 12 };
    head->body = HTTP_BODY_NONE;
    head->length = 0;
    head->keep_alive = !framing->close && (!head->http10 || framing->keep);
    if (framing->host.p == NULL && !head->http10)
        return err_set(err, ERR_BAD_HTTP, "the Host field is missing");
    if (framing->coding.p != NULL) {
        if (framing->length.p != NULL)
            return err_set(err, ERR_BAD_HTTP, "Content-Length and Transfer-Encoding together");
        if (head->http10)
            return err_set(err, ERR_BAD_HTTP, "Transfer-Encoding in HTTP/1.0");
        if (!span_is(framing->coding, "chunked"))
            return err_set(err, ERR_BAD_HTTP, "Transfer-Encoding is not just \"chunked\"");
        head->body = HTTP_BODY_CHUNKED;
    } else if (framing->length.p != NULL) {
        if (framing->length.n > LENGTH_DIGITS_MAX ||
            !span_u64(framing->length, UINT64_MAX, &head->length))
            return err_set(err, ERR_BAD_HTTP,
                           "Content-Length is not a number of at most 12 digits");
        head->body = HTTP_BODY_LENGTH;
    }
    return true;
}

bool
http_framing_expect(const struct http_framing *framing, struct http_head *head, struct err *err)
{
    head->expect_continue = false;
    if (framing->expect.p == NULL)
        return true;
    if (!span_ieq(framing->expect, SPAN("100-continue")))
        return err_set(err, ERR_EXPECT, "only Expect: 100-continue is understood");
    head->expect_continue = !head->http10; /* a 1.0 client cannot know of it */
    return true;
}
