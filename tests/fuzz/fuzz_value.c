#include "fuzz.h"
#include "wire/text.h"

static void
check_date(struct span in)
{
    int64_t days = 0;
    char mem[16];
    struct buf buf;
    if (!date_get(in, &days))
        return;
    buf_init(&buf, mem, sizeof mem);
    date_put(&buf, days);
    MUST_HOLD(span_eq(buf_span(&buf), in));
}

static void
check_phone(struct span in)
{
    char normal[20], again[20];
    if (!phone_normal(in, normal))
        return;
    MUST_HOLD(normal[0] == '+' && strlen(normal) >= 8 && strlen(normal) <= 16);
    MUST_HOLD(phone_normal(span_str(normal), again) && strcmp(normal, again) == 0);
}

/* A card number stays found with other text in front of it and behind it. */
static void
check_card(struct span in)
{
    static char mem[64 * 1024];
    struct buf buf;
    buf_init(&buf, mem, sizeof mem);
    buf_str(&buf, "no. x ");
    buf_put(&buf, in);
    buf_str(&buf, " x 12");
    bool found = card_number_in(in);
    MUST_HOLD(!buf_ok(&buf) || !found || card_number_in(buf_span(&buf)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = span_of(data, size);
    check_date(in);
    check_phone(in);
    check_card(in);
    if (email_valid(in)) {
        MUST_HOLD(size >= 5 && size <= 254 && utf8_valid(in, NULL) && utf8_clean(in, false, NULL));
        MUST_HOLD(memchr(data, ' ', size) == NULL && memchr(data, ',', size) == NULL);
    }
    if (country_valid(in))
        MUST_HOLD(size == 2);
    return 0;
}
