/*
 * Card numbers in free text. The numbers here are made up to fit the checks; the
 * well-known ones are the schemes' own published test numbers.
 */
#include "wire_test.h"

#include "wire/text.h"

static void
test_rows(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        bool card;
    } rows[] = {
        {BYTES("4111111111111111"), true},
        {BYTES("5555555555554444"), true},
        {BYTES("2223003122003222"), true},
        {BYTES("378282246310005"), true},
        {BYTES("30569309025904"), true},
        {BYTES("36227206271667"), true},
        {BYTES("6011111111111117"), true},
        {BYTES("3530111333300000"), true},
        {BYTES("6200000000000005"), true},
        {BYTES("6759649826438453"), true},
        {BYTES("4222222222222"), true},
        /* separators */
        {BYTES("4111 1111 1111 1111"), true},
        {BYTES("4111-1111-1111-1111"), true},
        {BYTES("4111.1111.1111.1111"), true},
        {BYTES("3782 822463 10005"), true},
        {BYTES("4111 - 1111 - 1111 - 1111"), true},
        {BYTES("4111\xc2\xa0"
               "1111\xc2\xa0"
               "1111\xc2\xa0"
               "1111"),
         true},
        {BYTES("4\xe2\x80\x8b"
               "1\xe2\x80\x8b"
               "1\xe2\x80\x8b"
               "1\xe2\x80\x8b"
               "1111 1111 1111"),
         true},
        {BYTES("4111\xe2\x80\x93"
               "1111\xe2\x80\x93"
               "1111\xe2\x80\x93"
               "1111"),
         true},
        {BYTES("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"), true},
        {BYTES("\xef\xbc\x94\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91"
               "1111 1111 1111"),
         true},
        {BYTES("\xd9\xa4\xd9\xa1\xd9\xa1\xd9\xa1"
               "111111111111"),
         true},
        {BYTES("4111    1111 1111 1111"), false}, /* four separators: another number */
        {BYTES("4111/1111/1111/1111"), false},
        {BYTES("4111\n1111\n1111\n1111"), false},
        /* inside longer text */
        {BYTES("Please take it from 4111111111111111, thanks"), true},
        {BYTES("card:4111111111111111;exp 12/29"), true},
        {BYTES("x4111111111111111x"), true},
        {BYTES("call 030 1234567 or use 4111 1111 1111 1111 12/29"), true},
        {BYTES("4711 4111 1111 1111 1111 123"), true},
        {BYTES("00000000 4111111111111111"), true},
        {BYTES("\xff"
               "4111111111111111\xff"),
         true}, /* broken text hides nothing */
        {BYTES("\xf0\x9f\x98\x80"
               "4111111111111111\xf0\x9f\x98\x80"),
         true},
        /* not card numbers */
        {BYTES(""), false},
        {BYTES("no digits"), false},
        {BYTES("4111111111111112"), false},
        {BYTES("411111111111111"), false},
        {BYTES("41111111111111111"), false},
        {BYTES("04111111111111111"), false},
        {BYTES("411111111111111100000000"), false},
        {BYTES("123456789012"), false},
        {BYTES("0000000000000000"), false},
        {BYTES("9999999999999995"), false},
        {BYTES("37828224631000"), false},
        {BYTES("3782822463100050"), false},
        {BYTES("+49 30 1234567"), false},
        /* thirteen digits, a 4 in front, a right sum: a telephone with a +, else a card */
        {BYTES("+4222222222222"), false},
        {BYTES("ring +42 222 22222222."), false},
        {BYTES("+4111111111111111"), true}, /* too long for a telephone */
        {BYTES("+4222222222222 4222222222222"), true},
        {BYTES("+42 4222222222222"), true},
        /* an account number that holds 4111 1111 1111 1111, and what only looks like one */
        {BYTES("DE89 4111 1111 1111 1111 11"), false},
        {BYTES("pay to DE89 4111 1111 1111 1111 11, please"), false},
        {BYTES("12 DE89 4111 1111 1111 1111 11"), false},
        {BYTES("DE88 4111 1111 1111 1111 11"), true},  /* wrong sum */
        {BYTES("DE89 4111 1111 1111 1111 1"), true},   /* too short */
        {BYTES("DE89 4111 1111 1111 1111 110"), true}, /* too long */
        {BYTES("DE89  4111 1111 1111 1111 11"), true}, /* two spaces */
        {BYTES("XDE89 4111 1111 1111 1111 11"), true},
        {BYTES("5DE89 4111 1111 1111 1111 11"), true},
        {BYTES("DE89 4111 1111 1111 1111 11 4111 1111 1111 1111"), true},
        {BYTES("2026-11-01 09:30:00"), false},
        {BYTES("10115 Berlin, Lindenweg 4"), false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW_ASSERT(card_number_in(rows[i].text) == rows[i].card, rows[i].text.p);
    assert_false(card_number_in(SPAN_NONE));
}

enum { CARD_MAX = 19 };

/* Written down from the schemes' own numbering, not from the table under test. */
static const struct scheme {
    const char *prefix;
    size_t n;
} schemes[] = {
    {"4", 16},    {"4", 13},    {"4", 19},    {"51", 16},   {"55", 16},   {"2221", 16},
    {"2720", 16}, {"2500", 16}, {"34", 15},   {"37", 15},   {"300", 14},  {"305", 16},
    {"36", 14},   {"38", 16},   {"39", 19},   {"6011", 16}, {"644", 16},  {"649", 19},
    {"65", 16},   {"3528", 16}, {"3589", 19}, {"62", 16},   {"62", 19},   {"6304", 17},
    {"6759", 13}, {"6761", 18}, {"5018", 14}, {"5020", 16}, {"5038", 19}, {"2200", 16},
    {"2204", 19},
};

/* The digits come to stand at the end of the array; returns where they begin. */
static const uint8_t *
number_make(uint64_t *dice, uint8_t digits[CARD_MAX], const struct scheme *scheme)
{
    uint8_t *number = digits + CARD_MAX - scheme->n;
    size_t known = strlen(scheme->prefix);
    unsigned sum = 0;
    for (size_t i = 0; i < CARD_MAX; i++)
        digits[i] = (uint8_t)(dice_roll(dice) % 10);
    for (size_t i = 0; i < known; i++)
        number[i] = (uint8_t)(scheme->prefix[i] - '0');
    digits[CARD_MAX - 1] = 0;
    for (size_t i = 0; i < scheme->n; i++) {
        unsigned v = digits[CARD_MAX - 1 - i] * (i % 2 == 1 ? 2u : 1u);
        sum += v / 10 + v % 10;
    }
    digits[CARD_MAX - 1] = (uint8_t)((10 - sum % 10) % 10);
    return number;
}

static void
digit_put(struct buf *buf, uint64_t *dice, uint8_t digit)
{
    if (dice_roll(dice) % 8 == 0)
        buf_put(buf, span_of((const char[]){(char)0xef, (char)0xbc, (char)(0x90 + digit)}, 3));
    else
        buf_char(buf, (char)('0' + digit));
}

/* 10,000 valid numbers, written as people write them and between what people write around them. */
static void
test_recall(void **state)
{
    (void)state;
    static const char *const gaps[] = {
        " ", ".", "-", "\xc2\xa0", "\xe2\x80\x8b", " - ", "\xe2\x80\x93", "   "};
    static const char *const before[] = {"",         "card ",  "Nr.:", "tel 030 1234567, ",
                                         "\xc3\xbc", "no 12  "};
    static const char *const after[] = {"",     " thanks",  ", exp 12/29",
                                        " 123", "\xc3\xbc", " CVC 999 "};
    uint64_t dice = 2463534242u;
    for (int round = 0; round < 10000; round++) {
        const struct scheme *scheme = &schemes[dice_roll(&dice) % COUNT(schemes)];
        uint8_t digits[CARD_MAX];
        char mem[512];
        struct buf buf;
        buf_init(&buf, mem, sizeof mem);
        const uint8_t *number = number_make(&dice, digits, scheme);
        unsigned style = (unsigned)(dice_roll(&dice) % 4); /* none, by four, at random, all */
        const char *gap = gaps[dice_roll(&dice) % COUNT(gaps)];
        buf_str(&buf, before[dice_roll(&dice) % COUNT(before)]);
        for (size_t i = 0; i < scheme->n; i++) {
            if (i > 0 && ((style == 1 && i % 4 == 0) || (style == 2 && dice_roll(&dice) % 3 == 0) ||
                          style == 3))
                buf_str(&buf, gap);
            digit_put(&buf, &dice, number[i]);
        }
        buf_str(&buf, after[dice_roll(&dice) % COUNT(after)]);
        assert_true(buf_ok(&buf));
        if (!card_number_in(buf_span(&buf)))
            fail_msg("missed: %.*s", SPAN_FMT(buf_span(&buf)));
    }
}

/* Of random numbers of 16 digits at most 3 in 100 are taken for cards; other lengths are rarer
 * still. */
static void
test_false_refusals(void **state)
{
    (void)state;
    enum { ROUNDS = 100000 };
    uint64_t dice = 362436069u;
    for (size_t n = 10; n <= 22; n++) {
        int flagged = 0;
        for (int round = 0; round < ROUNDS; round++) {
            char text[22];
            for (size_t i = 0; i < n; i++)
                text[i] = (char)('0' + dice_roll(&dice) % 10);
            flagged += card_number_in(span_of(text, n));
        }
        print_message("%zu random digits: %.2f %% refused\n", n, flagged * 100.0 / ROUNDS);
        assert_true(flagged <= ROUNDS * 3 / 100);
        assert_true((flagged > 0) == (n >= 13 && n <= 19));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_recall),
                                       cmocka_unit_test(test_false_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
