#include "wire/text.h"

#include "wire/utf8_priv.h"

enum { CARD_DIGITS_MIN = 13, CARD_DIGITS_MAX = 19, CARD_GAP_MAX = 3, PHONE_DIGITS_MAX = 15 };

/* Issuer ranges (ISO/IEC 7812) of schemes in use; lengths as a set of bits. */
#define LEN(n) (1u << (n))
#define LENGTHS_16_19 (LEN(16) | LEN(17) | LEN(18) | LEN(19))
#define LENGTHS_13_19 (LEN(13) | LEN(14) | LEN(15) | LENGTHS_16_19)

struct issuer_row {
    uint32_t first, last; /* first six digits */
    uint32_t lengths;
};

static const struct issuer_row issuer_rows[] = {
    {220000, 220599, LENGTHS_16_19},               /* Mir, Borica */
    {222100, 272099, LEN(16)},                     /* Mastercard */
    {300000, 305999, LEN(14) | LENGTHS_16_19},     /* Diners Club */
    {309500, 309599, LEN(14) | LENGTHS_16_19},     /* Diners Club */
    {340000, 349999, LEN(15)},                     /* American Express */
    {352800, 358999, LENGTHS_16_19},               /* JCB */
    {360000, 369999, LEN(14) | LENGTHS_16_19},     /* Diners Club */
    {370000, 379999, LEN(15)},                     /* American Express */
    {380000, 399999, LEN(14) | LENGTHS_16_19},     /* Diners Club */
    {400000, 499999, LEN(13) | LEN(16) | LEN(19)}, /* Visa */
    {501800, 501999, LENGTHS_13_19},               /* Maestro, Dankort */
    {502000, 502099, LENGTHS_13_19},               /* Maestro */
    {503800, 503899, LENGTHS_13_19},               /* Maestro */
    {506000, 506199, LENGTHS_16_19},               /* Verve */
    {506600, 506799, LEN(16)},                     /* Elo */
    {508500, 508999, LEN(16)},                     /* RuPay */
    {510000, 559999, LEN(16)},                     /* Mastercard */
    {589300, 589399, LENGTHS_13_19},               /* Maestro */
    {601100, 601199, LENGTHS_16_19},               /* Discover */
    {604001, 604200, LENGTHS_16_19},               /* UkrCard */
    {606200, 606299, LEN(16)},                     /* Hipercard */
    {606900, 608599, LEN(16)},                     /* RuPay */
    {620000, 629999, LENGTHS_16_19},               /* UnionPay */
    {630400, 630499, LENGTHS_13_19},               /* Maestro */
    {636000, 639999, LENGTHS_16_19},               /* InterPayment, InstaPayment, Elo */
    {644000, 659999, LENGTHS_16_19},               /* Discover, RuPay, Troy */
    {675900, 676399, LENGTHS_13_19},               /* Maestro */
    {810000, 817199, LENGTHS_16_19},               /* UnionPay, RuPay */
    {860000, 860099, LEN(16)},                     /* Uzcard */
    {979200, 979289, LEN(16)},                     /* Troy */
    {986000, 986099, LEN(16)},                     /* Humo */
};

static bool
is_card(const uint8_t *digits, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned v = digits[n - 1 - i];
        if (i % 2 == 1)
            v = v < 5 ? 2 * v : 2 * v - 9;
        sum += v;
    }
    if (sum % 10 != 0)
        return false;
    uint32_t head = 0;
    for (size_t i = 0; i < 6; i++)
        head = head * 10 + digits[i];
    for (size_t i = 0; i < sizeof issuer_rows / sizeof issuer_rows[0]; i++)
        if (head >= issuer_rows[i].first && head <= issuer_rows[i].last)
            return (issuer_rows[i].lengths & LEN(n)) != 0;
    return false;
}

/* Decimal digits people can type: ASCII, full-width, mathematical, and the common national rows. */
static int
digit_of(uint32_t c)
{
    static const uint32_t zeros[] = {0x0660, 0x06f0, 0x0966, 0x09e6, 0xff10};
    if (c < 0x80)
        return c >= '0' && c <= '9' ? (int)(c - '0') : -1;
    for (size_t i = 0; i < sizeof zeros / sizeof zeros[0]; i++)
        if (c >= zeros[i] && c <= zeros[i] + 9)
            return (int)(c - zeros[i]);
    if (c >= 0x1d7ce && c <= 0x1d7ff)
        return (int)((c - 0x1d7ce) % 10);
    return -1;
}

static bool
is_gap(uint32_t c)
{
    switch (c) {
    case ' ':
    case '\t':
    case '.':
    case '-':
    case 0x00a0: /* no-break space */
    case 0x00ad: /* soft hyphen */
    case 0x00b7: /* middle dot */
    case 0x180e: /* zero-width in effect */
    case 0x202f: /* narrow no-break space */
    case 0x205f:
    case 0x2060: /* word joiner */
    case 0x2212: /* minus sign */
    case 0x3000: /* full-width space */
    case 0xfe63:
    case 0xfeff:
    case 0xff0d:
    case 0xff0e:
        return true;
    default:
        return c >= 0x2000 && c <= 0x2015; /* spaces, zero-width characters, marks, dashes */
    }
}

/*
 * The digits seen last, with a mark where a group begins. Only windows that begin
 * and end at a group's edge are tried: 4111111111111111 inside a longer unbroken
 * number is no card number, "tel 4711 4111 1111 1111 1111 12/29" holds one.
 */
struct card_run {
    uint8_t digits[CARD_DIGITS_MAX];
    bool begins[CARD_DIGITS_MAX];
    size_t n;
    unsigned gap; /* separators since the last digit */
    bool phone;   /* a + stood right before digits[0] */
};

static void
run_add(struct card_run *run, uint8_t digit)
{
    if (run->n == CARD_DIGITS_MAX) {
        memmove(run->digits, run->digits + 1, CARD_DIGITS_MAX - 1);
        memmove(run->begins, run->begins + 1, (CARD_DIGITS_MAX - 1) * sizeof run->begins[0]);
        run->n--;
        run->phone = false;
    }
    run->digits[run->n] = digit;
    run->begins[run->n] = run->gap > 0;
    run->n++;
    run->gap = 0;
}

/* A group has ended: does a card number end here? */
static bool
run_check(const struct card_run *run)
{
    for (size_t n = CARD_DIGITS_MIN; n <= run->n; n++) {
        size_t from = run->n - n;
        /* "+49 151 12345678" has thirteen digits and begins with a 4, as the oldest cards do. */
        if (from == 0 && run->phone && n <= PHONE_DIGITS_MAX)
            continue;
        if (run->begins[from] && is_card(run->digits + from, n))
            return true;
    }
    return false;
}

/* One code point; a broken byte is like any letter. Moves *at behind it. */
static uint32_t
point_next(const uint8_t **at, const uint8_t *end)
{
    enum { BROKEN = 'x' };
    const uint8_t *p = *at;
    size_t n = *p < 0x80 ? 1 : utf8_step(p, end), from = 0;
    *at = p + (n == 0 ? 1 : n);
    return n == 0 ? BROKEN : n == 1 ? *p : utf8_next(span_of(p, n), &from);
}

/* Past what cannot begin a card number: to the next digit or byte beyond ASCII. */
static const uint8_t *
idle_skip(const uint8_t *p, const uint8_t *end, bool *after_word, bool *after_plus)
{
    while (p < end && *p < 0x80 && (*p < '0' || *p > '9')) {
        bool capital = *p >= 'A' && *p <= 'Z';
        size_t account = capital && !*after_word ? iban_length(span_of(p, (size_t)(end - p))) : 0;
        *after_word = capital || (*p >= 'a' && *p <= 'z') || account > 0;
        *after_plus = *p == '+';
        p += account > 0 ? account : 1;
    }
    return p;
}

bool
card_number_in(struct span text)
{
    struct card_run run = {.gap = 1};
    bool after_word = false, after_plus = false;
    const uint8_t *p = (const uint8_t *)text.p, *end = text.n == 0 ? p : p + text.n;
    while (p < end) {
        if (run.n == 0) {
            p = idle_skip(p, end, &after_word, &after_plus);
            run.phone = after_plus;
            if (p == end)
                break;
        }
        const uint8_t *here = p;
        uint32_t c = point_next(&p, end);
        int digit = digit_of(c);
        if (digit >= 0) {
            run_add(&run, (uint8_t)digit);
            continue;
        }
        if (run.n >= CARD_DIGITS_MIN && run.gap == 0 && run_check(&run))
            return true;
        if (run.n > 0 && run.gap < CARD_GAP_MAX && is_gap(c)) {
            run.gap++;
            continue;
        }
        /* A letter right behind a digit does not begin an account number. */
        after_word = run.n > 0 && run.gap == 0;
        after_plus = false;
        p = run.n > 0 && c < 0x80 ? here : p;
        run = (struct card_run){.gap = 1};
    }
    return run.n >= CARD_DIGITS_MIN && run.gap == 0 && run_check(&run);
}
