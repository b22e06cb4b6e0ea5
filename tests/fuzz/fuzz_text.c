#include "fuzz.h"
#include "wire/text.h"

static char mem[4 * 1024 * 1024];

static void
check_utf8(struct span in)
{
    size_t bad = in.n;
    bool valid = utf8_valid(in, &bad);
    MUST_HOLD(valid == (bad == in.n));
    struct span good = span_sub(in, 0, bad);
    MUST_HOLD(utf8_valid(good, NULL));
    size_t points = 0;
    for (size_t at = 0; at < good.n; points++) {
        uint32_t c = utf8_next(good, &at);
        MUST_HOLD(c <= 0x10ffff && (c < 0xd800 || c > 0xdfff));
    }
    MUST_HOLD(points == utf8_length(good));
    MUST_HOLD(!utf8_clean(good, false, NULL) || utf8_clean(good, true, NULL));
    struct arena *arena = fuzz_arena();
    struct span folded = utf8_fold(arena, good);
    MUST_HOLD(folded.n <= good.n && utf8_valid(folded, NULL));
    MUST_HOLD(span_eq(utf8_fold(arena, folded), folded));
}

static void
check_codings(struct span in)
{
    struct buf buf;
    struct arena *arena = fuzz_arena();
    buf_init(&buf, mem, sizeof mem);
    base64_put(&buf, in.p, in.n);
    MUST_HOLD(buf.n == base64_size(in.n) && span_eq(base64_get(arena, buf_span(&buf)), in));
    buf_reset(&buf);
    base64url_put(&buf, in.p, in.n);
    MUST_HOLD(span_eq(base64url_get(arena, buf_span(&buf)), in));
    /* One text has one coding: what is taken is what would be written. */
    struct span raw = base64_get(arena, in);
    buf_reset(&buf);
    if (raw.p != NULL)
        base64_put(&buf, raw.p, raw.n);
    MUST_HOLD(raw.p == NULL || span_eq(buf_span(&buf), in));
    raw = base64url_get(arena, in);
    buf_reset(&buf);
    if (raw.p != NULL)
        base64url_put(&buf, raw.p, raw.n);
    MUST_HOLD(raw.p == NULL || span_eq(buf_span(&buf), in));
}

static void
check_escapes(struct span in)
{
    struct buf buf;
    struct arena *arena = fuzz_arena();
    struct span raw = SPAN_NONE;
    buf_init(&buf, mem, sizeof mem);
    html_put(&buf, in);
    for (size_t i = 0; i < buf.n; i++)
        MUST_HOLD(buf.p[i] != '<' && buf.p[i] != '>' && buf.p[i] != '"' && buf.p[i] != '\'');
    buf_reset(&buf);
    percent_put(&buf, in);
    bool fit = utf8_valid(in, NULL) && (in.n == 0 || memchr(in.p, '\0', in.n) == NULL);
    MUST_HOLD(percent_get(arena, buf_span(&buf), true, &raw) == fit);
    MUST_HOLD(!fit || span_eq(raw, in));
    if (percent_get(arena, in, true, &raw))
        MUST_HOLD(utf8_valid(raw, NULL) && raw.n <= in.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > sizeof mem / 8)
        return 0;
    check_utf8(span_of(data, size));
    check_codings(span_of(data, size));
    check_escapes(span_of(data, size));
    return 0;
}
