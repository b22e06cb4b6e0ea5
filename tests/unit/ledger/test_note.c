/* Checkpoints as signed notes, byte for byte as other programs write them. */
#include "slow.h"

#include <stdlib.h>

#define DASH "\xe2\x80\x94 "
#define BODY VECTOR_ORIGIN "\n5\n7m8U9lCjCxszFSE0yWZJStwWkSLI8WUDr6i+NBNfPCM=\n"
#define LOG_LINE                                                                                   \
    DASH VECTOR_ORIGIN " s/+vVCskn2pBoygi5C2qQt4F8G/hNkjbHE5iAIiEdqByFsR4/"                        \
                       "WaCgEAzvnl6rnTAm7OitSQh0xze+M1e4kx1Xfl0"                                   \
                       "lgs=\n"
#define WITNESS_LINE                                                                               \
    DASH                                                                                           \
        "witness.example/w1 "                                                                      \
        "IDJKvgAAAABlU/EAyM9auW34JvCR8bL3AVfUDjxrqA5qjSJ5kLGkSvVX6ynil45U+PH5kEd7lgeU0eMtU+N1Ngry" \
        "3rGiuewt3kB7DQ==\n"
#define VKEY VECTOR_ORIGIN "+b3ffaf54+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"

static uint8_t seed[32], key[32], root5[32];

static bool
check(const char *note, const uint8_t *by, uint64_t *ret_size, struct err *err)
{
    uint8_t root[LEDGER_HASH];
    *ret_size = 0;
    *err = (struct err){0};
    bool good = ledger_note_check(span_str(note), VECTOR_ORIGIN, by, ret_size, root, err);
    if (good)
        assert_memory_equal(root, root5, 32);
    else
        assert_int_equal(err->code, ERR_LEDGER);
    return good;
}

static void
test_written_byte_for_byte(void **state)
{
    (void)state;
    char mem[2][LEDGER_NOTE_MAX];
    struct buf note, whole, vkey;
    uint8_t sig[64];
    buf_init(&note, mem[0], LEDGER_NOTE_MAX);
    ledger_note(VECTOR_ORIGIN, 5, root5, &note);
    assert_true(span_is(buf_span(&note), BODY));
    crypt_sign(seed, buf_span(&note), sig);
    buf_init(&whole, mem[1], LEDGER_NOTE_MAX);
    ledger_note_signed(buf_span(&note), VECTOR_ORIGIN, key, sig, &whole);
    assert_true(span_is(buf_span(&whole), BODY "\n" LOG_LINE));
    buf_init(&vkey, mem[0], LEDGER_NOTE_MAX);
    ledger_vkey(VECTOR_ORIGIN, key, &vkey);
    assert_true(span_is(buf_span(&vkey), VKEY));
}

/* Signatures of others, before and after ours, are passed over. */
static void
test_lines_of_others(void **state)
{
    (void)state;
    static const struct {
        const char *name, *note;
        bool good;
    } rows[] = {
        {"ours alone", BODY "\n" LOG_LINE, true},
        {"a witness after", BODY "\n" LOG_LINE WITNESS_LINE, true},
        {"a witness before", BODY "\n" WITNESS_LINE LOG_LINE, true},
        {"a witness alone", BODY "\n" WITNESS_LINE, false},
        {"our name, another key", BODY "\n" DASH VECTOR_ORIGIN " AAAAAAAA\n", false},
        {"our name with another key before", BODY "\n" DASH VECTOR_ORIGIN " AAAAAAAA\n" LOG_LINE,
         true},
        {"nobody", BODY, false},
        {"nobody, and a blank line", BODY "\n", false},
        {"a line without a dash", BODY "\n" LOG_LINE "witness.example/w1 AAAAAAAA\n", false},
        {"a line without a signature", BODY "\n" LOG_LINE DASH "witness.example/w1\n", false},
        {"a line without a name", BODY "\n" LOG_LINE DASH " AAAAAAAA\n", false},
        {"an empty line after", BODY "\n" LOG_LINE "\n", false},
        {"words after", BODY "\n" LOG_LINE "and more", false},
        {"cut inside ours", BODY "\n" DASH VECTOR_ORIGIN " s/+vVCskn2pBoygi5C2qQt4F8G\n", false},
        {"without the last newline", BODY "\n" DASH VECTOR_ORIGIN " AAAA", false},
        {"empty", "", false},
        {"a newline", "\n", false},
        {"two newlines", "\n\n", false},
        {"three newlines", "\n\n\n", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t size;
        struct err err;
        if (check(rows[i].note, key, &size, &err) != rows[i].good)
            fail_msg("%s: %s", rows[i].name, rows[i].good ? err.text : "accepted");
        assert_int_equal(size, rows[i].good ? 5 : 0);
    }
}

/* Sixteen signatures must be read (C2SP signed-note); ours may be the last of them. */
static void
test_many_signatures(void **state)
{
    (void)state;
    for (int others = 0; others <= 40; others++) {
        static char mem[32768];
        struct buf note;
        uint64_t size;
        struct err err;
        buf_init(&note, mem, sizeof mem - 1);
        buf_str(&note, BODY "\n");
        for (int i = 0; i < others; i++)
            buf_str(&note, WITNESS_LINE);
        buf_str(&note, LOG_LINE);
        mem[note.n] = '\0';
        bool good = check(mem, key, &size, &err);
        if (others < 16 && !good)
            fail_msg("%d others: %s", others, err.text);
        if (others >= 39 && good)
            fail_msg("%d others are no checkpoint any more", others);
    }
}

/* A bit flipped anywhere in a note of ours is found. */
static void
test_every_bit_counts(void **state)
{
    (void)state;
    char note[] = BODY "\n" LOG_LINE;
    uint64_t size;
    struct err err;
    for (size_t bit = 0; bit < (sizeof note - 1) * 8; bit++) {
        note[bit / 8] = (char)(note[bit / 8] ^ 1 << bit % 8);
        if (check(note, key, &size, &err))
            fail_msg("bit %zu of byte %zu does not matter", bit % 8, bit / 8);
        note[bit / 8] = (char)(note[bit / 8] ^ 1 << bit % 8);
    }
    assert_true(check(note, key, &size, &err));
    for (size_t n = 0; n < sizeof note - 1; n++) {
        uint8_t root[32];
        assert_false(ledger_note_check(span_of(note, n), VECTOR_ORIGIN, key, &size, root, &err));
    }
}

/* Bodies that somebody with the key signed all the same. */
static void
test_bodies(void **state)
{
    (void)state;
#define ROOT "7m8U9lCjCxszFSE0yWZJStwWkSLI8WUDr6i+NBNfPCM=\n"
    static const struct {
        const char *name, *body;
        bool good;
    } rows[] = {
        {"as it should be", VECTOR_ORIGIN "\n5\n" ROOT, true},
        {"the largest size", VECTOR_ORIGIN "\n9223372036854775807\n" ROOT, true},
        {"a size too large", VECTOR_ORIGIN "\n9223372036854775808\n" ROOT, false},
        {"a size with a zero before", VECTOR_ORIGIN "\n05\n" ROOT, false},
        {"a size with a sign", VECTOR_ORIGIN "\n+5\n" ROOT, false},
        {"a size with a blank", VECTOR_ORIGIN "\n5 \n" ROOT, false},
        {"no size", VECTOR_ORIGIN "\n\n" ROOT, false},
        {"of nothing", VECTOR_ORIGIN "\n0\n" ROOT, true},
        {"another ledger", "troth.example/ledger/t2\n5\n" ROOT, false},
        {"a longer name", VECTOR_ORIGIN "0\n5\n" ROOT, false},
        {"another case", "Troth.example/ledger/t1\n5\n" ROOT, false},
        {"two lines", VECTOR_ORIGIN "\n5\n", false},
        {"a fourth line", VECTOR_ORIGIN "\n5\n" ROOT "more\n", false},
        {"a root too short", VECTOR_ORIGIN "\n5\n7m8U9lCjCxszFSE0yWZJStwWkSLI8WUDr6i+NBNfPA==\n",
         false},
        {"a root too long", VECTOR_ORIGIN "\n5\n7m8U9lCjCxszFSE0yWZJStwWkSLI8WUDr6i+NBNfPCM0\n",
         false},
        {"a root without its padding",
         VECTOR_ORIGIN "\n5\n7m8U9lCjCxszFSE0yWZJStwWkSLI8WUDr6i+NBNfPCM\n", false},
        {"a root written in another way",
         VECTOR_ORIGIN "\n5\n7m8U9lCjCxszFSE0yWZJStwWkSLI8WUDr6i+NBNfPCN=\n", false},
        {"a root in the alphabet of links",
         VECTOR_ORIGIN "\n5\n7m8U9lCjCxszFSE0yWZJStwWkSLI8WUDr6i-NBNfPCM=\n", false},
        {"carriage returns", VECTOR_ORIGIN "\r\n5\r\n" ROOT, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char mem[1024];
        struct buf whole;
        uint8_t sig[64];
        uint64_t size;
        struct err err;
        crypt_sign(seed, span_str(rows[i].body), sig);
        buf_init(&whole, mem, sizeof mem - 1);
        ledger_note_signed(span_str(rows[i].body), VECTOR_ORIGIN, key, sig, &whole);
        mem[whole.n] = '\0';
        if (check(mem, key, &size, &err) != rows[i].good)
            fail_msg("%s: %s", rows[i].name, rows[i].good ? err.text : "accepted");
    }
}

static void
test_split_gives_what_was_signed(void **state)
{
    (void)state;
    struct err err = {0};
    struct span body;
    uint8_t sig[64], root[32], other[32] = {9};
    uint64_t size = 0;
    struct span whole = SPAN(BODY "\n" WITNESS_LINE LOG_LINE);
    assert_true(ledger_note_split(whole, VECTOR_ORIGIN, key, &body, sig, &size, root, &err));
    assert_true(span_is(body, BODY));
    assert_true(crypt_verify(key, body, sig));
    assert_int_equal(size, 5);
    assert_memory_equal(root, root5, 32);
    /* Outputs are untouched by a note that does not hold. */
    size = 77;
    body = SPAN("before");
    memset(sig, 3, sizeof sig);
    memset(root, 4, sizeof root);
    assert_false(ledger_note_split(whole, VECTOR_ORIGIN, other, &body, sig, &size, root, &err));
    assert_int_equal(size, 77);
    assert_true(span_is(body, "before"));
    assert_int_equal(sig[0], 3);
    assert_int_equal(root[31], 4);
    assert_false(ledger_note_split(whole, "troth.example", key, &body, sig, &size, root, &err));
}

static void
test_vkey_read(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        bool good;
    } rows[] = {
        {"as written", VKEY, true},
        {"as a file holds it", VKEY "\r\n", true},
        {"blanks around it", "  " VKEY "\t", true},
        {"another id", VECTOR_ORIGIN "+b3ffaf55+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
         false},
        {"another name",
         "troth.example/ledger/t2+b3ffaf54+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", false},
        {"another key", VECTOR_ORIGIN "+b3ffaf54+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG5",
         false},
        {"a witness's kind of key",
         "witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X", false},
        {"no name", "+b3ffaf54+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", false},
        {"an id too short", VECTOR_ORIGIN "+b3ffaf5+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
         false},
        {"an id of no digits",
         VECTOR_ORIGIN "+b3ffafg4+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", false},
        {"a key too short",
         VECTOR_ORIGIN "+b3ffaf54+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTA=", false},
        {"words after it", VKEY " and more", false},
        {"the name alone", VECTOR_ORIGIN, false},
        {"name and id", VECTOR_ORIGIN "+b3ffaf54+", false},
        {"nothing", "", false},
        {"a plus", "+", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char origin[64] = "before";
        uint8_t got[32] = {1};
        struct err err = {0};
        bool good = ledger_vkey_read(span_str(rows[i].text), origin, sizeof origin, got, &err);
        if (good != rows[i].good)
            fail_msg("%s: %s", rows[i].name, good ? "read" : err.text);
        if (good) {
            assert_string_equal(origin, VECTOR_ORIGIN);
            assert_memory_equal(got, key, 32);
        } else {
            assert_int_equal(err.code, ERR_LEDGER);
        }
    }
    char small[8];
    uint8_t got[32];
    struct err err = {0};
    assert_false(ledger_vkey_read(SPAN(VKEY), small, sizeof small, got, &err));
    assert_int_equal(err.code, ERR_LEDGER);
}

static int
start(void **state)
{
    (void)state;
    struct err err;
    if (!crypt_start_debuggable(&err))
        return -1;
    for (int i = 0; i < 32; i++)
        seed[i] = (uint8_t)i;
    crypt_sign_key(seed, key);
    hash_of(VECTOR_ROOT5, root5);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_byte_for_byte),
        cmocka_unit_test(test_lines_of_others),
        cmocka_unit_test(test_many_signatures),
        cmocka_unit_test(test_every_bit_counts),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_split_gives_what_was_signed),
        cmocka_unit_test(test_vkey_read),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
