#include "wire/http.h"

#include "wire/http_priv.h"
#include "wire/text.h"
#include "wire/utf8_priv.h"

/* What a byte may be part of. Computed by the compiler from the rules below, one row of 16 at a
 * time. */
enum { TCHAR = 1, VALUE = 2, PATH = 4, QUERY = 8, HOST = 16 };

#define IS_DIGIT(c) ((c) >= '0' && (c) <= '9')
#define IS_ALNUM(c) (IS_DIGIT(c) || ((c) >= 'A' && (c) <= 'Z') || ((c) >= 'a' && (c) <= 'z'))
/* RFC 9110 section 5.6.2 */
#define IS_TCHAR(c)                                                                                \
    (IS_ALNUM(c) || (c) == '!' || ((c) >= '#' && (c) <= '\'') || (c) == '*' || (c) == '+' ||       \
     (c) == '-' || (c) == '.' || ((c) >= '^' && (c) <= '`') || (c) == '|' || (c) == '~')
#define IS_VALUE(c) (((c) >= 0x20 && (c) <= 0x7e) || (c) == '\t')
/* RFC 3986 section 3.3: pchar and '/'; the '%' is looked at again when the path is decoded */
#define IS_PATH(c)                                                                                 \
    (IS_ALNUM(c) || (c) == '!' || ((c) >= '$' && (c) <= '/') || (c) == ':' || (c) == ';' ||        \
     (c) == '=' || (c) == '@' || (c) == '_' || (c) == '~')
#define IS_QUERY(c) (IS_PATH(c) || (c) == '?')
#define IS_HOST(c) (IS_ALNUM(c) || (c) == '-' || (c) == '.' || (c) == '_')
#define BYTE(c)                                                                                    \
    (uint8_t)((IS_TCHAR(c) ? TCHAR : 0) | (IS_VALUE(c) ? VALUE : 0) | (IS_PATH(c) ? PATH : 0) |    \
              (IS_QUERY(c) ? QUERY : 0) | (IS_HOST(c) ? HOST : 0))
#define ROW4(c) BYTE(c), BYTE((c) + 1), BYTE((c) + 2), BYTE((c) + 3)
#define ROW(c) ROW4(c), ROW4((c) + 4), ROW4((c) + 8), ROW4((c) + 12)
static const uint8_t byte_class[256] = {ROW(0x00), ROW(0x10), ROW(0x20), ROW(0x30),
                                        ROW(0x40), ROW(0x50), ROW(0x60), ROW(0x70)};

/* The line being read: [p, stop) is what may be looked at, and why no more. */
struct line {
    const uint8_t *p;
    const uint8_t *stop;
    bool limited; /* stop is the limit, not the end of what has arrived */
};

static struct line
line_at(const uint8_t *p, const uint8_t *end, size_t most)
{
    bool limited = (size_t)(end - p) >= most;
    return (struct line){p, limited ? p + most : end, limited};
}

static enum http_got
bad(struct err *err, enum err_code code, const char *why)
{
    err_set(err, code, "%s", why);
    return HTTP_BAD;
}

/* The line ran out: of bytes, or of room. */
static enum http_got
ran_out(const struct line *line, struct err *err, enum err_code code, const char *why)
{
    return line->limited ? bad(err, code, why) : HTTP_MORE;
}

static enum http_got
target_long(const struct line *line, struct err *err)
{
    return ran_out(line, err, ERR_URI_LONG, "the request line is too long");
}

static enum http_got
fields_long(const struct line *line, struct err *err)
{
    return ran_out(line, err, ERR_HEADERS_LARGE, "a header field, or all of them, are too long");
}

static const uint8_t *
skip_class(const uint8_t *p, const uint8_t *stop, uint8_t class)
{
    while (p < stop && (byte_class[*p] & class) != 0)
        p++;
    return p;
}

/* Past the bytes a field value may hold, eight at a time; a tab only costs the slow way. */
static const uint8_t *
skip_value(const uint8_t *p, const uint8_t *stop)
{
    while (stop - p >= 8) {
        uint64_t w = load_word(p);
        if (((w | (w - EACH_BYTE(0x20)) | (w + EACH_BYTE(1))) & EACH_BYTE(0x80)) != 0)
            break;
        p += 8;
    }
    return skip_class(p, stop, VALUE);
}

/* "HTTP/1.1" CRLF, looked at as far as it is there, so that a wrong byte is refused at once. */
static enum http_got
version_read(struct line *line, struct http_head *head, struct err *err)
{
    static const char shape[] = "HTTP/d.d\r\n";
    const size_t shape_n = sizeof shape - 1;
    const uint8_t *p = line->p;
    size_t left = (size_t)(line->stop - p);
    for (size_t i = 0; i < shape_n; i++) {
        if (i == left)
            return target_long(line, err);
        if (shape[i] == 'd' ? !IS_DIGIT(p[i]) : p[i] != (uint8_t)shape[i])
            return bad(err, ERR_BAD_HTTP, "the request line does not end in HTTP/1.1 and CRLF");
    }
    if (p[5] != '1' || p[7] > '1')
        return bad(err, ERR_HTTP_VERSION, "only HTTP/1.1 and HTTP/1.0 are spoken");
    head->http10 = p[7] == '0';
    line->p = p + shape_n;
    return HTTP_DONE;
}

/* RFC 9112 section 3, origin-form only. */
static enum http_got
request_line_read(const uint8_t **at, const uint8_t *end, struct http_head *head, struct err *err)
{
    struct line line = line_at(*at, end, LIMIT_HTTP_REQUEST_LINE + 2);
    const uint8_t *p = skip_class(line.p, line.stop, TCHAR);
    if (p == line.stop)
        return target_long(&line, err);
    if (p == line.p || *p != ' ')
        return bad(err, ERR_BAD_HTTP, "the request does not begin with a method and one space");
    if (!http_method_find(span_of(line.p, (size_t)(p - line.p)), &head->method))
        return bad(err, ERR_METHOD_UNKNOWN, "the method is not known");
    const uint8_t *target = ++p;
    if (p == line.stop)
        return target_long(&line, err);
    if (*p != '/')
        return bad(err, ERR_BAD_HTTP, "the target does not begin with a slash");
    p = skip_class(p, line.stop, PATH);
    head->path = span_of(target, (size_t)(p - target));
    head->query = span_of(p, 0);
    if (p < line.stop && *p == '?') {
        const uint8_t *query = ++p;
        p = skip_class(p, line.stop, QUERY);
        head->query = span_of(query, (size_t)(p - query));
    }
    if (p == line.stop)
        return target_long(&line, err);
    if (*p != ' ')
        return bad(err, ERR_BAD_HTTP,
                   "a byte in the target that must be percent-coded, or no version");
    head->target = span_of(target, (size_t)(p - target));
    line.p = p + 1;
    enum http_got got = version_read(&line, head, err);
    *at = line.p;
    return got;
}

/* The CRLF at p, and the line is over. */
static enum http_got
line_end_read(struct line *line, const uint8_t *p, struct err *err)
{
    if (p == line->stop)
        return fields_long(line, err);
    if (*p != '\r')
        return bad(err, ERR_BAD_HTTP, "a byte in a header line that does not belong there");
    if (p + 1 == line->stop)
        return fields_long(line, err);
    if (p[1] != '\n')
        return bad(err, ERR_BAD_HTTP, "a line does not end in CRLF");
    line->p = p + 2;
    return HTTP_DONE;
}

/* One field line (RFC 9112 section 5); the empty line leaves the name empty. */
static enum http_got
field_read(struct line *line, struct http_field *field, struct err *err)
{
    const uint8_t *name = line->p;
    const uint8_t *p = skip_class(name, line->stop, TCHAR);
    *field = (struct http_field){0};
    if (p == line->stop)
        return fields_long(line, err);
    if (p == name && *p == '\r')
        return line_end_read(line, p, err);
    if (p == name || *p != ':')
        return bad(err, ERR_BAD_HTTP, "a header line is not a name, a colon and a value");
    field->name = span_of(name, (size_t)(p - name));
    p++;
    while (p < line->stop && (*p == ' ' || *p == '\t'))
        p++;
    const uint8_t *value = p;
    p = skip_value(p, line->stop);
    const uint8_t *value_end = p;
    while (value_end > value && (value_end[-1] == ' ' || value_end[-1] == '\t'))
        value_end--;
    field->value = span_of(value, (size_t)(value_end - value));
    return line_end_read(line, p, err);
}

static enum http_got
fields_read(const uint8_t **at, const uint8_t *end, struct http_head *head,
            struct http_framing *framing, struct err *err)
{
    const size_t line_most = LIMIT_HTTP_HEADER_LINE + 2;
    size_t left = LIMIT_HTTP_HEAD + 2;
    for (;;) {
        struct line line = line_at(*at, end, left < line_most ? left : line_most);
        struct http_field field;
        enum http_got got = field_read(&line, &field, err);
        if (got != HTTP_DONE)
            return got;
        left -= (size_t)(line.p - *at);
        *at = line.p;
        if (field.name.n == 0)
            return HTTP_DONE;
        if (head->field_count == LIMIT_HTTP_FIELDS)
            return bad(err, ERR_HEADERS_LARGE, "too many header fields");
        head->fields[head->field_count++] = field;
        if (!http_framing_note(framing, &field, err))
            return HTTP_BAD;
    }
}

static bool
has_dot_segment(struct span path)
{
    struct span part;
    while (span_split(&path, '/', &part))
        if (span_is(part, ".") || span_is(part, ".."))
            return true;
    return false;
}

/* Decodes the path once, and refuses whatever two readers could take for different paths. */
static bool
path_decode(struct arena *arena, struct http_head *head, struct err *err)
{
    struct span raw = head->path;
    if (span_find(raw, '%') < raw.n) {
        if (!percent_get(arena, raw, false, &head->path))
            return arena->overflow
                       ? err_set(err, ERR_TOO_LARGE, "the path does not fit into memory")
                       : err_set(err, ERR_BAD_HTTP, "the path is not well coded");
        if (memchr(head->path.p, '\\', head->path.n) != NULL ||
            !utf8_clean(head->path, false, NULL))
            return err_set(err, ERR_BAD_HTTP, "the path holds a coded byte that is not taken");
        size_t slashes = 0;
        for (size_t i = 0; i < raw.n; i++)
            slashes += raw.p[i] == '/';
        for (size_t i = 0; i < head->path.n; i++)
            slashes -= head->path.p[i] == '/';
        if (slashes != 0)
            return err_set(err, ERR_BAD_HTTP, "the path holds a coded slash");
    }
    if (memchr(raw.p, '.', raw.n) != NULL || raw.n != head->path.n)
        if (has_dot_segment(head->path))
            return err_set(err, ERR_BAD_HTTP, "the path holds a dot segment");
    return true;
}

/* host [":" port], no user, no empty name (RFC 9110 section 7.2). */
static bool
host_valid(struct span s)
{
    enum { NAME_MAX_BYTES = 255, PORT_MAX = 65535 };
    const uint8_t *p = (const uint8_t *)s.p, *end = p + s.n, *name = p;
    if (s.n > 0 && *p == '[') {
        name = ++p;
        while (p < end && (hex_value(*p) >= 0 || *p == ':' || *p == '.'))
            p++;
        if (p == end || *p != ']' || p - name < 2)
            return false;
        p++;
    } else {
        p = skip_class(p, end, HOST);
        if (p == name || p - name > NAME_MAX_BYTES)
            return false;
    }
    if (p == end)
        return true;
    uint64_t port;
    return *p == ':' && end - p <= 6 &&
           span_u64(span_of(p + 1, (size_t)(end - p - 1)), PORT_MAX, &port);
}

bool
http_head_worth(struct span in, size_t seen)
{
    /* A head can only be decided by the end of a line or by a limit. */
    if (seen == 0 || in.n > (size_t)LIMIT_HTTP_REQUEST_LINE + LIMIT_HTTP_HEAD)
        return true;
    struct span fresh = span_sub(in, seen, in.n);
    return (fresh.n > 0 && memchr(fresh.p, '\n', fresh.n) != NULL) ||
           in.n / LIMIT_HTTP_HEADER_LINE != seen / LIMIT_HTTP_HEADER_LINE;
}

enum http_got
http_head_read(struct arena *arena, struct span in, struct http_head *head, size_t *ret_used,
               struct err *err)
{
    if (in.n == 0)
        return HTTP_MORE;
    const uint8_t *start = (const uint8_t *)in.p, *at = start, *end = start + in.n;
    struct http_framing framing = {0};
    enum http_got got = request_line_read(&at, end, head, err);
    if (got != HTTP_DONE)
        return got;
    head->field_count = 0;
    got = fields_read(&at, end, head, &framing, err);
    if (got != HTTP_DONE)
        return got;
    if (!http_framing_judge(&framing, head, err) || !path_decode(arena, head, err))
        return HTTP_BAD;
    head->host = framing.host;
    if (head->host.p != NULL && !host_valid(head->host))
        return bad(err, ERR_BAD_HTTP,
                   "the Host field is not a name or address with or without a port");
    *ret_used = (size_t)(at - start);
    return http_framing_expect(&framing, head, err) ? HTTP_DONE : HTTP_BAD;
}

bool
http_head_field(const struct http_head *head, const char *name, struct span *ret)
{
    struct span wanted = span_str(name);
    for (size_t i = 0; i < head->field_count; i++) {
        if (head->fields[i].name.n == wanted.n && span_ieq(head->fields[i].name, wanted)) {
            *ret = head->fields[i].value;
            return true;
        }
    }
    return false;
}
