#include "wire/json.h"

#include "wire/text.h"
#include "wire/utf8_priv.h"

void
json_out_init(struct json_out *out, struct buf *buf)
{
    *out = (struct json_out){.buf = buf};
}

static void
value_begin(struct json_out *out)
{
    if (out->comma)
        buf_char(out->buf, ',');
    out->comma = true;
}

static void
escape_put(struct buf *buf, uint8_t c)
{
    static const char digits[] = "0123456789abcdef";
    static const char letters[] = "btn_fr"; /* of \b \t \n - \f \r, from 8 on */
    if (c == '"' || c == '\\') {
        buf_put(buf, span_of((const char[]){'\\', (char)c}, 2));
    } else if (c >= '\b' && c <= '\r' && c != '\v') {
        buf_put(buf, span_of((const char[]){'\\', letters[c - '\b']}, 2));
    } else {
        buf_put(buf,
                span_of((const char[]){'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]}, 6));
    }
}

static void
quoted_put(struct buf *buf, struct span s)
{
    buf_char(buf, '"');
    const uint8_t *p = (const uint8_t *)s.p, *end = s.n == 0 ? p : p + s.n, *from = p;
    while (p < end) {
        p = json_skip(p, end);
        if (p == end)
            break;
        if (*p < 0x80) {
            buf_put(buf, span_of(from, (size_t)(p - from)));
            escape_put(buf, *p);
            from = p + 1;
        }
        p++;
    }
    buf_put(buf, span_of(from, (size_t)(p - from)));
    buf_char(buf, '"');
}

void
json_begin(struct json_out *out, char bracket)
{
    TROTH_ASSERT(bracket == '{' || bracket == '[');
    value_begin(out);
    buf_char(out->buf, bracket);
    out->comma = false;
    out->depth++;
}

void
json_end(struct json_out *out, char bracket)
{
    TROTH_ASSERT(out->depth > 0 && (bracket == '}' || bracket == ']'));
    buf_char(out->buf, bracket);
    out->comma = true;
    out->depth--;
}

void
json_key_span(struct json_out *out, struct span key)
{
    value_begin(out);
    quoted_put(out->buf, key);
    buf_char(out->buf, ':');
    out->comma = false;
}

void
json_key(struct json_out *out, const char *key)
{
    json_key_span(out, span_str(key));
}

void
json_text(struct json_out *out, struct span text)
{
    value_begin(out);
    quoted_put(out->buf, text);
}

void
json_u64(struct json_out *out, uint64_t v)
{
    value_begin(out);
    buf_u64(out->buf, v);
}

void
json_i64(struct json_out *out, int64_t v)
{
    value_begin(out);
    if (v < 0)
        buf_char(out->buf, '-');
    buf_u64(out->buf, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void
json_bool(struct json_out *out, bool v)
{
    json_raw(out, v ? SPAN("true") : SPAN("false"));
}

void
json_null(struct json_out *out)
{
    json_raw(out, SPAN("null"));
}

void
json_raw(struct json_out *out, struct span raw)
{
    value_begin(out);
    buf_put(out->buf, raw);
}

void
json_kv_text(struct json_out *out, const char *key, struct span text)
{
    json_key(out, key);
    json_text(out, text);
}

void
json_kv_str(struct json_out *out, const char *key, const char *text)
{
    json_kv_text(out, key, span_str(text));
}

void
json_kv_u64(struct json_out *out, const char *key, uint64_t v)
{
    json_key(out, key);
    json_u64(out, v);
}

void
json_kv_bool(struct json_out *out, const char *key, bool v)
{
    json_key(out, key);
    json_bool(out, v);
}

void
json_kv_hex(struct json_out *out, const char *key, const void *p, size_t n)
{
    json_key(out, key);
    value_begin(out);
    buf_char(out->buf, '"');
    buf_hex(out->buf, p, n);
    buf_char(out->buf, '"');
}

void
json_kv_time(struct json_out *out, const char *key, int64_t us)
{
    json_key(out, key);
    value_begin(out);
    buf_char(out->buf, '"');
    time_put(out->buf, us);
    buf_char(out->buf, '"');
}
