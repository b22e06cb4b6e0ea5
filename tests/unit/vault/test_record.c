/* The fields of a record as bytes, and the seal around them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../dice.h"
#include "crypt/crypt.h"
#include "vault/record.h"

enum { HEAD = 1 + 16 + 24, TAG = 16, PAD = 32, FIELDS = LIMIT_POLICY_FIELDS };

static struct arena arena;
static struct dice dice;

/* One category of `count` fields whose numbers are given; the way a policy holds them. */
struct table {
    struct policy policy;
    struct policy_category category;
    struct policy_field fields[FIELDS];
    struct catalogue catalogue;
    uint16_t numbers[FIELDS];
};

static void
table_set(struct table *table, const uint16_t *numbers, int count)
{
    *table = (struct table){.category = {.name = SPAN("account"), .field_count = count}};
    for (int i = 0; i < count; i++) {
        table->fields[i].bit = i;
        table->numbers[i] = numbers[i];
    }
    table->policy.categories = &table->category;
    table->policy.category_count = 1;
    table->policy.fields = table->fields;
    table->policy.field_count = count;
    table->catalogue.field = table->numbers;
}

static struct span
encode(const struct table *table, const struct record_fields *fields)
{
    struct span text = record_encode(&arena, &table->policy, &table->catalogue, 0, fields);
    assert_non_null(text.p);
    return text;
}

static bool
decode(const struct table *table, struct span text, struct record_fields *ret)
{
    struct err err = {0};
    bool good = record_decode(text, &table->policy, &table->catalogue, 0, ret, &err);
    if (!good)
        assert_int_equal(err.code, ERR_CORRUPT);
    return good;
}

static void
test_layout(void **state)
{
    (void)state;
    static const uint16_t numbers[] = {0x0102, 7, 0xffff};
    static struct table table;
    static const struct {
        struct record_fields fields;
        struct span bytes;
    } rows[] = {
        {{0}, SPAN("")},
        {{.present = 1, .value = {SPAN("ana")}}, SPAN("\x01\x02\0\0\0\3ana")},
        {{.present = 2, .value = {SPAN("left out"), SPAN("")}}, SPAN("\0\7\0\0\0\0")},
        {{.present = 5, .value = {SPAN("a"), SPAN("left out"), SPAN("b\0c")}},
         SPAN("\x01\x02\0\0\0\1a\xff\xff\0\0\0\3b\0c")},
    };
    table_set(&table, numbers, 3);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct record_fields back;
        arena_reset(&arena);
        struct span text = encode(&table, &rows[i].fields);
        if (!span_eq(text, rows[i].bytes))
            fail_msg("row %zu", i);
        assert_true(decode(&table, text, &back));
        assert_int_equal(back.present, rows[i].fields.present);
    }
}

static void
shuffle(uint16_t *numbers, int count)
{
    for (int i = count - 1; i > 0; i--) {
        int j = (int)dice_below(&dice, (uint64_t)i + 1);
        uint16_t kept = numbers[i];
        numbers[i] = numbers[j];
        numbers[j] = kept;
    }
}

static void
fields_random(struct record_fields *fields, int count)
{
    static char bytes[4096];
    dice_fill(&dice, bytes, sizeof bytes);
    *fields = (struct record_fields){0};
    for (int bit = 0; bit < count; bit++) {
        if (dice_below(&dice, 3) == 0)
            continue;
        fields->present |= UINT64_C(1) << bit;
        size_t n = (size_t)dice_below(&dice, dice_below(&dice, 4) == 0 ? 2000 : 12);
        fields->value[bit] = span_of(bytes + dice_below(&dice, 2000), n);
    }
}

/* Written under one policy, read under it and under a later one with other fields in another order:
 * what both know is the same, the rest is left out. */
static void
test_round_trip(void **state)
{
    (void)state;
    static struct table then, now;
    static struct record_fields fields, back;
    for (int round = 0; round < 400; round++) {
        uint16_t numbers[FIELDS * 2];
        int count = 1 + (int)dice_below(&dice, FIELDS), later = 1 + (int)dice_below(&dice, FIELDS);
        arena_reset(&arena);
        for (int i = 0; i < FIELDS * 2; i++)
            numbers[i] = (uint16_t)(1 + i * 511);
        shuffle(numbers, FIELDS * 2);
        table_set(&then, numbers, count);
        fields_random(&fields, count);
        struct span text = encode(&then, &fields);
        assert_true(decode(&then, text, &back));
        assert_int_equal(back.present, fields.present);
        for (int bit = 0; bit < count; bit++)
            assert_true(span_eq(back.value[bit],
                                fields.present >> bit & 1 ? fields.value[bit] : SPAN_NONE));
        shuffle(numbers, FIELDS * 2);
        table_set(&now, numbers, later);
        assert_true(decode(&now, text, &back));
        for (int bit = 0; bit < FIELDS; bit++) {
            const struct span *was = NULL;
            for (int old = 0; bit < later && old < count; old++)
                if (then.numbers[old] == now.numbers[bit] && fields.present >> old & 1)
                    was = &fields.value[old];
            assert_int_equal(back.present >> bit & 1, was != NULL);
            if (was != NULL)
                assert_true(span_eq(back.value[bit], *was));
        }
    }
}

/* The seal keeps others from writing it; should it fail us, nothing is read that is not there. */
static void
test_decode_hostile(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct span text;
        bool good;
    } rows[] = {
        {"one byte", SPAN("\0"), false},
        {"a head cut off", SPAN("\0\1\0\0\0"), false},
        {"a length beyond the end", SPAN("\0\1\0\0\0\2a"), false},
        {"the largest length", SPAN("\0\1\xff\xff\xff\xff"), false},
        {"the largest length, for us to run over",
         SPAN("\0\1\xff\xff\xff\xfa"
              "abcdef"),
         false},
        {"a second field cut off", SPAN("\0\1\0\0\0\1a\0\2\0\0\0\2b"), false},
        {"a tail", SPAN("\0\1\0\0\0\1ab"), false},
        {"a field nobody knows", SPAN("\x77\x77\0\0\0\1a"), true},
        {"nothing", SPAN(""), true},
    };
    static const uint16_t numbers[] = {1, 2};
    static struct table table;
    static struct record_fields fields, back;
    table_set(&table, numbers, 2);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        back = (struct record_fields){.present = 0xabc};
        if (decode(&table, rows[i].text, &back) != rows[i].good)
            fail_msg("%s", rows[i].name);
        assert_int_equal(back.present, rows[i].good ? 0 : 0xabc); /* untouched when it fails */
    }
    for (int round = 0; round < 3000; round++) {
        arena_reset(&arena);
        fields_random(&fields, 2);
        struct span text = encode(&table, &fields);
        size_t n = (size_t)dice_below(&dice, text.n + 1);
        uint8_t *exact = malloc(n == 0 ? 1 : n); /* a sanitizer sees the first byte too far */
        assert_non_null(exact);
        memcpy(exact, text.p, n);
        for (uint64_t hits = dice_below(&dice, 4); n > 0 && hits > 0; hits--)
            exact[dice_below(&dice, n < 24 ? n : 24)] = (uint8_t)dice_roll(&dice);
        if (decode(&table, span_of(exact, n), &back))
            for (int bit = 0; bit < 2; bit++)
                if (back.present >> bit & 1 && back.value[bit].n > 0)
                    assert_true((const uint8_t *)back.value[bit].p >= exact &&
                                (const uint8_t *)back.value[bit].p + back.value[bit].n <=
                                    exact + n);
        free(exact);
    }
}

static const struct person ana = {.sn = 5, .id = {0x10, 0x11, 0x12}};
static const struct person ben = {.sn = 6, .id = {0x10, 0x11, 0x13}};
static uint8_t key_bytes[32], other_bytes[32];
static struct data_key key = {.key = key_bytes, .key_id = {0xa0, 0xa1}};

static const struct record_place home = {
    .table = TABLE_RECORD, .category = 0x0304, .rec = 9, .version = 2, .who = &ana};

static struct span
seal(struct span text)
{
    struct span sealed = record_seal(&arena, &key, &home, text);
    assert_non_null(sealed.p);
    return sealed;
}

static bool
opens(const struct data_key *with, const struct record_place *place, struct span sealed,
      struct span *ret)
{
    struct err err = {0};
    bool good = record_open(&arena, with, place, sealed, ret, &err);
    if (!good)
        assert_int_equal(err.code, ERR_SEAL);
    return good;
}

/* The bytes as the papers give them, opened here without the room's own code. */
static void
test_seal_layout(void **state)
{
    (void)state;
    static const uint8_t ad[] = "troth-rv-v1\0\0\0\0\0" /* to 16 */
                                "\0\1"
                                "\0\1"
                                "\3\4"
                                "\0\1" /* tenant, table, column, schema */
                                "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09"     /* row */
                                "\x10\x11\x12\0\0\0\0\0\0\0\0\0\0\0\0\0" /* person */
                                "\0\0\0\0\0\0\0\2";                      /* version */
    uint8_t text[64];
    arena_reset(&arena);
    struct span sealed = seal(SPAN("the fields of ana, thirty-two by"));
    assert_int_equal(sizeof ad - 1, 64);
    assert_int_equal(sealed.n, 57 + 64);
    assert_int_equal(sealed.p[0], 1);
    assert_memory_equal(sealed.p + 1, key.key_id, 16);
    assert_true(crypt_open(key_bytes, (const uint8_t *)sealed.p + 17, span_of(ad, 64),
                           span_of(sealed.p + HEAD, sealed.n - HEAD), text));
    assert_memory_equal(text, "the fields of ana, thirty-two by\x80\0\0\0", 36);
    for (int i = 33; i < 64; i++)
        assert_int_equal(text[i], 0);
}

static void
test_lengths_are_hidden(void **state)
{
    (void)state;
    static char text[200], nonces[200][24];
    memset(text, 0,
           sizeof text); /* zeros and the mark itself: the padding must still be told apart */
    text[77] = (char)0x80;
    for (size_t n = 0; n < sizeof text; n++) {
        struct span back;
        arena_reset(&arena);
        struct span sealed = seal(span_of(text, n));
        assert_int_equal(sealed.n, 57 + (n / PAD + 1) * PAD);
        assert_true(opens(&key, &home, sealed, &back));
        assert_true(span_eq(back, span_of(text, n)));
        memcpy(nonces[n], sealed.p + 17, 24);
        for (size_t other = 0; other < n; other++)
            assert_memory_not_equal(nonces[other], nonces[n], 24);
    }
}

/* [G21] No bit may change. */
static void
test_every_bit_counts(void **state)
{
    (void)state;
    struct span back;
    arena_reset(&arena);
    struct span sealed = seal(SPAN("ana@example.org and a few more bytes"));
    char *bytes = (char *)(uintptr_t)sealed.p;
    size_t mark = arena_mark(&arena);
    for (size_t bit = 0; bit < sealed.n * 8; bit++) {
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        arena_back(&arena, mark);
        if (opens(&key, &home, sealed, &back))
            fail_msg("bit %zu of byte %zu does not matter", bit % 8, bit / 8);
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
    }
    assert_true(opens(&key, &home, sealed, &back));
    for (size_t n = 0; n < sealed.n; n++) {
        uint8_t *exact = malloc(n == 0 ? 1 : n);
        assert_non_null(exact);
        memcpy(exact, sealed.p, n);
        assert_false(opens(&key, &home, span_of(exact, n), &back));
        free(exact);
    }
}

/* [G21] A value opens in its own place and nowhere else. */
static void
test_moving_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct record_place place;
        bool good;
    } rows[] = {
        {"its own", {TABLE_RECORD, 0x0304, 9, 2, &ana}, true},
        {"another person's", {TABLE_RECORD, 0x0304, 9, 2, &ben}, false},
        {"another category", {TABLE_RECORD, 0x0305, 9, 2, &ana}, false},
        {"another record", {TABLE_RECORD, 0x0304, 10, 2, &ana}, false},
        {"record and version changed about", {TABLE_RECORD, 0x0304, 2, 9, &ana}, false},
        {"an earlier version", {TABLE_RECORD, 0x0304, 9, 1, &ana}, false},
        {"a later version", {TABLE_RECORD, 0x0304, 9, 3, &ana}, false},
        {"another table", {TABLE_TRACE, 0x0304, 9, 2, &ana}, false},
        {"a number 2^32 further", {TABLE_RECORD, 0x0304, 9 + (UINT64_C(1) << 32), 2, &ana}, false},
    };
    struct span back;
    arena_reset(&arena);
    struct span sealed = seal(SPAN("ana's"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (opens(&key, &rows[i].place, sealed, &back) != rows[i].good)
            fail_msg("%s", rows[i].name);
    /* Another key under the same number, and the same key under another. */
    struct data_key wrong = key;
    wrong.key = other_bytes;
    assert_false(opens(&wrong, &home, sealed, &back));
    wrong = key;
    wrong.key_id[15] ^= 1;
    assert_false(opens(&wrong, &home, sealed, &back));
}

/* Sealed with the right key, but not by us: no padding, or none where it must be. */
static void
test_padding_is_checked(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint8_t first, last;
        size_t n;
        bool good;
    } rows[] = {
        {"nothing but padding", 0x80, 0, 32, true},
        {"all zero", 0, 0, 32, false},
        {"no mark at the end", 0x80, 0x7f, 32, false},
        {"the mark at the end", 0, 0x80, 32, true},
        {"two blocks", 0x80, 0, 64, true},
        {"half a block", 0x80, 0, 16, false},
        {"no block", 0x80, 0, 0, false},
    };
    /* As test_seal_layout shows it. */
    uint8_t ad[64] = "troth-rv-v1";
    memcpy(ad + 16, "\0\1\0\1\3\4\0\1", 8);
    ad[39] = 9;
    memcpy(ad + 40, ana.id, 16);
    ad[63] = 2;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t sealed[HEAD + 64 + TAG] = {1}, text[64] = {0};
        struct span back;
        text[0] = rows[i].first;
        if (rows[i].n > 0)
            text[rows[i].n - 1] |= rows[i].last;
        memcpy(sealed + 1, key.key_id, 16);
        crypt_seal(key_bytes, sealed + 17, span_of(ad, 64), span_of(text, rows[i].n),
                   sealed + HEAD);
        arena_reset(&arena);
        if (opens(&key, &home, span_of(sealed, HEAD + rows[i].n + TAG), &back) != rows[i].good)
            fail_msg("%s", rows[i].name);
    }
}

static void
test_no_room(void **state)
{
    (void)state;
    static char mem[256];
    static struct table table;
    static const uint16_t numbers[] = {1};
    static char big[1000];
    struct err err = {0};
    struct span back = SPAN("before");
    struct arena small = {.p = mem, .cap = sizeof mem};
    arena_reset(&arena);
    struct span sealed = seal(span_of(big, sizeof big));
    assert_null(record_seal(&small, &key, &home, span_of(big, sizeof big)).p);
    small = (struct arena){.p = mem, .cap = sizeof mem};
    assert_false(record_open(&small, &key, &home, sealed, &back, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
    assert_true(span_is(back, "before"));
    table_set(&table, numbers, 1);
    const struct record_fields fields = {.present = 1, .value = {span_of(big, sizeof big)}};
    small = (struct arena){.p = mem, .cap = sizeof mem};
    assert_null(record_encode(&small, &table.policy, &table.catalogue, 0, &fields).p);
}

static int
start(void **state)
{
    (void)state;
    struct err err;
    if (!crypt_start_debuggable(&err) || !arena_open(&arena, 1 << 20, &err))
        return -1;
    dice = dice_open("record");
    dice_fill(&dice, key_bytes, 32);
    dice_fill(&dice, other_bytes, 32);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    arena_close(&arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_decode_hostile),
        cmocka_unit_test(test_seal_layout),
        cmocka_unit_test(test_lengths_are_hidden),
        cmocka_unit_test(test_every_bit_counts),
        cmocka_unit_test(test_moving_is_refused),
        cmocka_unit_test(test_padding_is_checked),
        cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
