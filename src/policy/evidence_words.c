/* Numbers, times and parts of sentences that several sentences share. */
#include "policy/evidence_priv.h"
#include "wire/text.h"

/* For the public the last digits are left out: who sees a number move by one may know by whom. */
static uint64_t
floor_of(uint64_t n)
{
    uint64_t unit = 1;
    while (n / unit >= 10)
        unit *= 10;
    return n / unit * unit;
}

static void
digits_put(uint64_t n, struct buf *out)
{
    char text[32];
    struct buf digits;
    buf_init(&digits, text, sizeof text);
    buf_u64(&digits, n);
    for (size_t i = 0; i < digits.n; i++) {
        if (i > 0 && (digits.n - i) % 3 == 0)
            buf_char(out, ',');
        buf_char(out, text[i]);
    }
}

void
evidence_count(const struct evidence *e, uint64_t n, struct buf *out)
{
    if (!e->coarse || n == 0) {
        digits_put(n, out);
        return;
    }
    buf_str(out, n < 10 ? "fewer than " : "more than ");
    digits_put(n < 10 ? 10 : floor_of(n), out);
}

/* "3 consents", "1 consent" */
void
evidence_counted(const struct evidence *e, uint64_t n, const char *one, const char *many, struct buf *out)
{
    evidence_count(e, n, out);
    buf_char(out, ' ');
    buf_str(out, n == 1 && !e->coarse ? one : many);
}

void
evidence_time(const struct evidence *e, int64_t us, struct buf *out)
{
    char text[40];
    struct buf time;
    buf_init(&time, text, sizeof text);
    time_put(&time, us);
    struct span s = buf_span(&time); /* 2026-11-03T12:04:31… */
    if (e->coarse) {
        buf_put(out, span_sub(s, 0, 7));
        return;
    }
    buf_put(out, span_sub(s, 0, 10));
    buf_char(out, ' ');
    buf_put(out, span_sub(s, 11, 5));
    buf_str(out, " UTC");
}

void
evidence_since(const struct evidence *e, int64_t first_us, int64_t last_us, struct buf *out)
{
    if (last_us == 0)
        return;
    if (first_us / 60000000 != last_us / 60000000) {
        buf_str(out, ", first ");
        evidence_time(e, first_us, out);
    }
    buf_str(out, ", last ");
    evidence_time(e, last_us, out);
}

void
evidence_overdue(const struct evidence *e, uint64_t n, bool more, int64_t since_us, struct buf *out)
{
    evidence_counted(e, n, "record should", "records should", out);
    buf_str(out, more ? " and more should have ended and did not, the first by " : " have ended and did not, the first by ");
    evidence_time(e, since_us, out);
}

void
evidence_sweep_late(const struct evidence *e, struct buf *out)
{
    if (e->facts->swept_us == 0) {
        buf_str(out, "the sweep has never come to its end here");
        return;
    }
    buf_str(out, "the sweep has not come to its end since ");
    evidence_time(e, e->facts->swept_us, out);
}
