#include "policy/value.h"
#include "policy/value_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define S(text) {"" text, sizeof(text) - 1}
#define REFUSED ERR_INVALID
#define CARD ERR_CARD_NUMBER

static const struct span sizes[] = {S("S"), S("M"), S("extra large")};

/* A value as JSON, and the text stored for it. */
static const struct row {
    enum policy_type type;
    const char *json;
    const char *stored;    /* NULL: refused */
    enum err_code code;
    enum policy_storage storage;
    uint32_t length_max;
    bool cards;            /* the point refuses card numbers */
    enum policy_precision precision;
    bool outcome;
} rows[] = {
    {TYPE_NAME, "\"Ada Quill\"", "Ada Quill"},
    {TYPE_NAME, "\"  Ada \"", "Ada"},
    {TYPE_NAME, "\"Zoë Łęcka 李\"", "Zoë Łęcka 李"},
    {TYPE_NAME, "\"\"", NULL, REFUSED},
    {TYPE_NAME, "\"   \"", NULL, REFUSED},
    {TYPE_NAME, "\"Ada\\nQuill\"", NULL, REFUSED},
    {TYPE_NAME, "\"Ada\\tQuill\"", NULL, REFUSED},
    {TYPE_NAME, "\"Ada\\u0007\"", NULL, REFUSED},
    {TYPE_NAME, "\"Ada\\u007f\"", NULL, REFUSED},
    {TYPE_NAME, "\"Ada \\u202e lliuQ\"", NULL, REFUSED},
    {TYPE_NAME, "\"Ada \\u2066Q\\u2069\"", NULL, REFUSED},
    {TYPE_NAME, "\"Ada\\ufeff\"", NULL, REFUSED},
    {TYPE_NAME, "12", NULL, REFUSED},
    {TYPE_NAME, "true", NULL, REFUSED},
    {TYPE_NAME, "null", NULL, REFUSED},
    {TYPE_NAME, "[\"Ada\"]", NULL, REFUSED},
    {TYPE_NAME, "{\"a\":\"Ada\"}", NULL, REFUSED},
    {TYPE_NAME, "\"abcdefgh\"", "abcdefgh", .length_max = 8},
    {TYPE_NAME, "\"abcdefghi\"", NULL, REFUSED, .length_max = 8},
    {TYPE_NAME, "\"ääääi\"", NULL, REFUSED, .length_max = 8}, /* bytes, not characters */
    {TYPE_EMAIL, "\"ada@quill.example\"", "ada@quill.example"},
    {TYPE_EMAIL, "\" Ada.Q+x@Quill.Example \"", "Ada.Q+x@Quill.Example"},
    {TYPE_EMAIL, "\"ada\"", NULL, REFUSED},
    {TYPE_EMAIL, "\"ada@\"", NULL, REFUSED},
    {TYPE_EMAIL, "\"a b@quill.example\"", NULL, REFUSED},
    {TYPE_EMAIL, "\"ada@quill.example, eve@quill.example\"", NULL, REFUSED},
    {TYPE_PHONE, "\"+49 30 1234567\"", "+49 30 1234567"},
    {TYPE_PHONE, "\"030 1234567\"", NULL, REFUSED},
    {TYPE_PHONE, "\"call me\"", NULL, REFUSED},
    {TYPE_ADDRESS, "\"Lindenweg 4\\r\\n10115 Berlin\"", "Lindenweg 4\n10115 Berlin"},
    {TYPE_ADDRESS, "\"Lindenweg 4\\rBerlin\"", NULL, REFUSED},
    {TYPE_USERNAME, "\"ada.quill-7\"", "ada.quill-7"},
    {TYPE_USERNAME, "\"a\"", "a"},
    {TYPE_USERNAME, "\".ada\"", NULL, REFUSED},
    {TYPE_USERNAME, "\"ada_\"", NULL, REFUSED},
    {TYPE_USERNAME, "\"ada quill\"", NULL, REFUSED},
    {TYPE_USERNAME, "\"ada@quill.example\"", NULL, REFUSED}, /* would pass for an address */
    {TYPE_USERNAME, "\"аda\"", NULL, REFUSED},               /* the first letter is Cyrillic */
    {TYPE_PASSWORD, "\"12345678\"", "12345678", .storage = STORE_HASH_ONLY},
    {TYPE_PASSWORD, "\"  pass word \"", "  pass word ", .storage = STORE_HASH_ONLY},
    {TYPE_PASSWORD, "\"1234567\"", NULL, REFUSED, STORE_HASH_ONLY},
    {TYPE_PASSWORD, "\"1234567\\u0000\"", NULL, ERR_BAD_JSON, STORE_HASH_ONLY},
    {TYPE_PASSWORD, "\"1234567\\n8\"", NULL, REFUSED, STORE_HASH_ONLY},
    {TYPE_PASSWORD, "\"4111111111111111\"", "4111111111111111", .storage = STORE_HASH_ONLY,
     .cards = true},
    {TYPE_DATE, "\"2028-02-29\"", "2028-02-29"},
    {TYPE_DATE, "\"2026-02-29\"", NULL, REFUSED},
    {TYPE_DATE, "\"2026-2-01\"", NULL, REFUSED},
    {TYPE_DATE, "\"01.02.2026\"", NULL, REFUSED},
    {TYPE_DATE, "\"2026-11-01T00:00:00Z\"", NULL, REFUSED},
    {TYPE_DATE, "20261101", NULL, REFUSED},
    {TYPE_BIRTHDATE, "\"1999-12-31\"", "1999-12-31"},
    {TYPE_BIRTHDATE, "\"1899-12-31\"", NULL, REFUSED},
    {TYPE_COUNTRY, "\"DE\"", "DE"},
    {TYPE_COUNTRY, "\"de\"", NULL, REFUSED},
    {TYPE_COUNTRY, "\"ZZ\"", NULL, REFUSED},
    {TYPE_COUNTRY, "\"DEU\"", NULL, REFUSED},
    {TYPE_IP, "\"192.0.2.7\"", "192.0.2.7"},
    {TYPE_IP, "\"192.0.2.07\"", NULL, REFUSED},
    {TYPE_IP, "\"192.0.2.256\"", NULL, REFUSED},
    {TYPE_IP, "\"192.0.2\"", NULL, REFUSED},
    {TYPE_IP, "\"192.0.2.7.\"", NULL, REFUSED},
    {TYPE_IP, "\"2001:DB8::1\"", "2001:db8::1"},
    {TYPE_IP, "\"2001:0db8:0:0:1:0:0:1\"", "2001:db8::1:0:0:1"},
    {TYPE_IP, "\"::\"", "::"},
    {TYPE_IP, "\"::ffff:192.0.2.7\"", "::ffff:c000:207"},
    {TYPE_IP, "\"1:2:3:4:5:6:7::\"", "1:2:3:4:5:6:7:0"},
    {TYPE_IP, "\"1:2:3:4:5:6:7:8\"", "1:2:3:4:5:6:7:8"},
    {TYPE_IP, "\"1:2:3:4:5:6:7:8:9\"", NULL, REFUSED},
    {TYPE_IP, "\"1:2:3:4:5:6:7\"", NULL, REFUSED},
    {TYPE_IP, "\"1:2:3:4:5:6:7:8::\"", NULL, REFUSED},
    {TYPE_IP, "\"1::2::3\"", NULL, REFUSED},
    {TYPE_IP, "\"1:2:3:4:5:6:192.0.2.7\"", "1:2:3:4:5:6:c000:207"},
    {TYPE_IP, "\"1:2:3:4:5:6:7:192.0.2.7\"", NULL, REFUSED},
    {TYPE_IP, "\"1:2:3:4:5:6:7:8:192.0.2.7\"", NULL, REFUSED},
    {TYPE_IP, "\"::1:2:3:4:5:6:7:192.0.2.7\"", NULL, REFUSED},
    {TYPE_IP, "\"fe80::1%eth0\"", NULL, REFUSED},
    {TYPE_IP, "\":::1\"", NULL, REFUSED},
    {TYPE_IP, "\"1.2.3.4::\"", NULL, REFUSED},
    {TYPE_IP, "\"12345::\"", NULL, REFUSED},
    {TYPE_URL, "\"https://quill.example/a?b=c#d\"", "https://quill.example/a?b=c#d"},
    {TYPE_URL, "\"HTTP://quill.example\"", "HTTP://quill.example"},
    {TYPE_URL, "\"javascript:alert(1)\"", NULL, REFUSED},
    {TYPE_URL, "\"ftp://quill.example/\"", NULL, REFUSED},
    {TYPE_URL, "\"https://\"", NULL, REFUSED},
    {TYPE_URL, "\"https:///path\"", NULL, REFUSED},
    {TYPE_URL, "\"https://ada:pw@quill.example/\"", NULL, REFUSED},
    {TYPE_URL, "\"https://quill.example/~ada/@home\"", "https://quill.example/~ada/@home"},
    {TYPE_URL, "\"https://quill.example/a b\"", NULL, REFUSED},
    {TYPE_URL, "\"https://quill.example/\\\"onload\"", NULL, REFUSED},
    {TYPE_USER_AGENT, "\"Browser/1.0 (phone)\"", "Browser/1.0 (phone)"},
    {TYPE_NUMBER, "12", "12"},
    {TYPE_NUMBER, "-0.50", "-0.50"},
    {TYPE_NUMBER, "\"12.5\"", "12.5"},
    {TYPE_NUMBER, "999999999999999.999999", "999999999999999.999999"},
    {TYPE_NUMBER, "1000000000000000", NULL, REFUSED},
    {TYPE_NUMBER, "0.0000001", NULL, REFUSED},
    {TYPE_NUMBER, "1e3", NULL, REFUSED},
    {TYPE_NUMBER, "\"007\"", NULL, REFUSED},
    {TYPE_NUMBER, "\"1,5\"", NULL, REFUSED},
    {TYPE_NUMBER, "\"+1\"", NULL, REFUSED},
    {TYPE_NUMBER, "\"1.\"", NULL, REFUSED},
    {TYPE_NUMBER, "\".5\"", NULL, REFUSED},
    {TYPE_NUMBER, "\"-\"", NULL, REFUSED},
    {TYPE_NUMBER, "\"NaN\"", NULL, REFUSED},
    {TYPE_NUMBER, "true", NULL, REFUSED},
    {TYPE_MONEY, "\"12.34 EUR\"", "12.34 EUR"},
    {TYPE_MONEY, "\"-1200 JPY\"", "-1200 JPY"},
    {TYPE_MONEY, "\"1.250 KWD\"", "1.250 KWD"},
    {TYPE_MONEY, "\"12.3 EUR\"", NULL, REFUSED},
    {TYPE_MONEY, "\"12,34 EUR\"", NULL, REFUSED},
    {TYPE_MONEY, "\"12.34\"", NULL, REFUSED},
    {TYPE_MONEY, "\"12.34 eur\"", NULL, REFUSED},
    {TYPE_MONEY, "\"12.34  EUR\"", NULL, REFUSED},
    {TYPE_MONEY, "\"EUR 12.34\"", NULL, REFUSED},
    {TYPE_MONEY, "12.34", NULL, REFUSED},
    {TYPE_TEXT, "\"essay on trees\"", "essay on trees"},
    {TYPE_TEXT, "\"two\\nlines\"", NULL, REFUSED},
    {TYPE_NOTE, "\"two\\n\\tlines\"", "two\n\tlines"},
    {TYPE_NOTE, "\" \\n \"", NULL, REFUSED},
    {TYPE_NOTE, "\"hidden \\u202e text\"", NULL, REFUSED},
    {TYPE_TEXT, "\"my card is 4111 1111 1111 1111\"", NULL, CARD, .cards = true},
    {TYPE_TEXT, "\"my card is 4111 1111 1111 1111\"", "my card is 4111 1111 1111 1111"},
    {TYPE_TEXT, "\"order 4111 1111 1111 1112\"", "order 4111 1111 1111 1112", .cards = true},
    {TYPE_NOTE, "\"4111-1111-\\n1111-1111\"", "4111-1111-\n1111-1111"},
    {TYPE_NAME, "\"5555555555554444\"", NULL, CARD, .cards = true},
    {TYPE_ADDRESS, "\"card 5555.5555.5555.4444\"", NULL, CARD, .cards = true},
    {TYPE_CHOICE, "\"extra large\"", "extra large"},
    {TYPE_CHOICE, "\"Extra large\"", NULL, REFUSED},
    {TYPE_CHOICE, "\"XL\"", NULL, REFUSED},
    {TYPE_CHOICE, "\"S \"", NULL, REFUSED},
    {TYPE_CHOICE, "\"\"", NULL, REFUSED},
    {TYPE_TOKEN, "\"tok_7fQ\"", "tok_7fQ"},
    {TYPE_TOKEN, "\"tok 7fQ\"", NULL, REFUSED},
    {TYPE_SECRET, "\" s p a c e \"", " s p a c e "},
    {TYPE_SECRET, "\"\"", NULL, REFUSED},
    {TYPE_CARD_NUMBER, "\"4111 1111 1111 1111\"", "1111", .storage = STORE_LAST4, .cards = true},
    {TYPE_CARD_NUMBER, "\"4111-1111-1111-1-111\"", "1111", .storage = STORE_LAST4},
    {TYPE_CARD_NUMBER, "\"4242\"", "4242", .storage = STORE_LAST4},
    {TYPE_CARD_NUMBER, "\"42421\"", NULL, REFUSED, STORE_LAST4},
    {TYPE_CARD_NUMBER, "\"1 1 1 1\"", NULL, REFUSED, STORE_LAST4},
    {TYPE_CARD_NUMBER, "\"4111 1111 1111 1111\"", NULL, REFUSED, STORE_NEVER},
    {TYPE_CARD_NUMBER, "\"4111 1111 1111 1111\"", NULL, CARD},
    {TYPE_TEXT, "\"DE02 1203 0000 0000 2020 51\"", "0 51", .storage = STORE_LAST4},
    {TYPE_TEXT, "\"ab\"", "ab", .storage = STORE_LAST4},
    {TYPE_TEXT, "\"xx äöü€\"", "äöü€", .storage = STORE_LAST4},
    {TYPE_BOOLEAN, "true", "true"},
    {TYPE_BOOLEAN, "false", "false"},
    {TYPE_BOOLEAN, "\"true\"", "true"},
    {TYPE_BOOLEAN, "\"yes\"", NULL, REFUSED},
    {TYPE_BOOLEAN, "1", NULL, REFUSED},
    {TYPE_GEO, "\"52.5200,13.4050\"", "52.5200,13.4050"},
    {TYPE_GEO, "\"-90,180.000\"", "-90,180.000"},
    {TYPE_GEO, "\"90.1,0\"", NULL, REFUSED},
    {TYPE_GEO, "\"0,-180.0000001\"", NULL, REFUSED},
    {TYPE_GEO, "\"1.12345678,1\"", NULL, REFUSED},
    {TYPE_GEO, "\"52.52\"", NULL, REFUSED},
    {TYPE_GEO, "\"52.52, 13.40\"", NULL, REFUSED},
    {TYPE_GEO, "\"52.52,13.40,7\"", NULL, REFUSED},
    /* as much as is kept, and no more */
    {TYPE_IP, "\"192.0.2.77\"", "192.0.2.0", .precision = PRECISION_NET},
    {TYPE_IP, "\"2001:db8:1:2::7\"", "2001:db8:1::", .precision = PRECISION_NET},
    {TYPE_IP, "\"2001:DB8:0:2::7\"", "2001:db8::", .precision = PRECISION_NET},
    {TYPE_IP, "\"::ffff:192.0.2.77\"", "::", .precision = PRECISION_NET},
    {TYPE_IP, "\"192.0.2\"", NULL, REFUSED, .precision = PRECISION_NET},
    {TYPE_GEO, "\"52.5200,13.4050\"", "52.52,13.40", .precision = PRECISION_PLACE},
    {TYPE_GEO, "\"-33.8688197,151.2092955\"", "-33.86,151.20", .precision = PRECISION_PLACE},
    {TYPE_GEO, "\"52.5,13\"", "52.5,13", .precision = PRECISION_PLACE},
    {TYPE_GEO, "\"-0.0049,-0.01\"", "0.00,-0.01", .precision = PRECISION_PLACE},
    {TYPE_GEO, "\"52.52\"", NULL, REFUSED, .precision = PRECISION_PLACE},
    {TYPE_DATE, "\"2026-02-28\"", "2026-02-01", .precision = PRECISION_MONTH},
    {TYPE_BIRTHDATE, "\"2011-12-31\"", "2011-01-01", .precision = PRECISION_YEAR},
    {TYPE_DATE, "\"2026-02-30\"", NULL, REFUSED, .precision = PRECISION_YEAR},
    /* what came of it, and never what was said */
    {TYPE_BIRTHDATE, "\"extra large\"", "extra large", .outcome = true},
    {TYPE_BIRTHDATE, "\"2011-12-31\"", NULL, REFUSED, .outcome = true},
    {TYPE_NUMBER, "\"S\"", "S", .outcome = true},
    {TYPE_NUMBER, "12", NULL, REFUSED, .outcome = true},
    {TYPE_NOTE, "\" S\"", NULL, REFUSED, .outcome = true},
    {TYPE_NOTE, "\"\"", NULL, REFUSED, .outcome = true},
    {TYPE_FILE, "\"a.pdf\"", NULL, REFUSED},
    {TYPE_TEXT, "\"passes through\"", NULL, REFUSED, STORE_NEVER},
};

static struct arena arena;

static struct policy_field
field_of(enum policy_type type)
{
    return (struct policy_field){.name = S("it"), .full_name = S("thing.it"), .type = type,
                                 .choices = sizes, .choice_count = 3};
}

static int
row_run(const struct row *row)
{
    struct policy_field field = field_of(row->type);
    field.storage = row->storage;
    field.length_max = row->length_max;
    field.precision = row->precision;
    field.outcome_only = row->outcome;
    struct err err = {0};
    struct span got = SPAN("untouched");
    const struct json *node = NULL;
    bool ok = json_read(&arena, span_str(row->json), &node, &err) &&
              policy_value_read(&field, node, row->cards, &arena, &got, &err);
    bool right = row->stored != NULL ? ok && span_is(got, row->stored)
                                     : !ok && err.code == row->code && span_is(got, "untouched");
    if (right && !ok && err.code != ERR_BAD_JSON)
        right = strstr(err.text, "thing.it") != NULL;
    if (!right)
        print_error("type %d %s: %s \"%.*s\" (%s)\n", (int)row->type, row->json,
                    ok ? "taken as" : "refused", SPAN_FMT(got), err.text);
    return right ? 0 : 1;
}

static void
values_read(void **state)
{
    (void)state;
    int bad = 0;
    bool taken[TYPE_COUNT] = {0}, refused[TYPE_COUNT] = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        arena_reset(&arena);
        bad += row_run(&rows[i]);
        *(rows[i].stored != NULL ? &taken[rows[i].type] : &refused[rows[i].type]) = true;
    }
    print_message("%zu values\n", sizeof rows / sizeof rows[0]);
    for (int t = 0; t < TYPE_COUNT; t++)
        if ((!taken[t] && t != TYPE_FILE) || (!refused[t] && t != TYPE_USER_AGENT)) {
            print_error("type %d is not tested both ways\n", t);
            bad++;
        }
    assert_int_equal(bad, 0);
}

/* Whatever the type, a byte sequence that is no UTF-8 is refused although it got past the JSON reader. */
static void
bad_bytes_refused(void **state)
{
    (void)state;
    static const struct span bad[] = {S("abcdefg\xff"), S("abcdef\xed\xa0\x80"), /* lone surrogate */
                                      S("abcdefg\xc0\xaf"), S("abcdefg\xe2\x82"), S("\0abcdefgh"),
                                      S("abcdefgh\xef\xbf\xbf")};
    for (int t = 0; t < TYPE_FILE; t++)
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            struct policy_field field = field_of((enum policy_type)t);
            field.storage = t == TYPE_CARD_NUMBER ? STORE_LAST4 : STORE_PLAIN;
            struct json node = {.kind = JSON_STRING, .text = bad[i]};
            struct span got;
            struct err err = {0};
            assert_false(policy_value_read(&field, &node, true, &arena, &got, &err));
            assert_int_equal(err.code, ERR_INVALID);
        }
}

static void
long_values_refused(void **state)
{
    (void)state;
    static char text[70000];
    memset(text, 'a', sizeof text);
    static const struct {
        enum policy_type type;
        uint32_t length_max;
        size_t most;
        enum policy_lookup lookup;
    } longs[] = {
        {TYPE_NAME, 0, 256},       {TYPE_NAME, 300, 300},        {TYPE_USERNAME, 0, 64},
        {TYPE_USERNAME, 300, 64},  {TYPE_PASSWORD, 0, 256},      {TYPE_PASSWORD, 1000, 256},
        {TYPE_TEXT, 0, 16384},     {TYPE_NOTE, 0, 16384},        {TYPE_NOTE, 30000, 30000},
        {TYPE_ADDRESS, 0, 1024},   {TYPE_USER_AGENT, 0, 1024},   {TYPE_TOKEN, 0, 1024},
        {TYPE_SECRET, 0, 4096},
        /* People are found by a keyed hash of it, and the key process takes no longer text. */
        {TYPE_TEXT, 30000, 16384, LOOKUP_PLAIN}, {TYPE_TEXT, 30000, 16384, LOOKUP_UNIQUE},
        {TYPE_TEXT, 100, 100, LOOKUP_PLAIN},
    };
    for (size_t i = 0; i < sizeof longs / sizeof longs[0]; i++) {
        struct policy_field field = field_of(longs[i].type);
        field.length_max = longs[i].length_max;
        field.lookup = longs[i].lookup;
        struct json node = {.kind = JSON_STRING, .text = span_of(text, longs[i].most)};
        struct span got;
        struct err err = {0};
        assert_true(policy_value_read(&field, &node, false, &arena, &got, &err));
        node.text.n++;
        assert_false(policy_value_read(&field, &node, false, &arena, &got, &err));
        assert_int_equal(err.code, ERR_INVALID);
    }
}

/* The sentence goes to whoever asked and into logs: it names the field and never the value. */
static void
errors_are_silent(void **state)
{
    (void)state;
    for (int t = 0; t < TYPE_COUNT; t++) {
        struct policy_field field = field_of((enum policy_type)t);
        struct json node = {.kind = JSON_STRING, .text = SPAN("canary-7731\x01 4111111111111111")};
        struct span got;
        struct err err = {0};
        assert_false(policy_value_read(&field, &node, true, &arena, &got, &err));
        assert_null(strstr(err.text, "canary"));
        assert_null(strstr(err.text, "4111"));
    }
}

static void
normal_forms(void **state)
{
    (void)state;
    static const struct {
        enum policy_type type;
        const char *stored, *normal;
    } forms[] = {
        {TYPE_EMAIL, "Ada.Quill@Quill.Example", "ada.quill@quill.example"},
        {TYPE_EMAIL, " ÄDA@quill.example ", "äda@quill.example"},
        {TYPE_USERNAME, "AdaQ", "adaq"},
        {TYPE_PHONE, "+49 (30) 1234567", "+49301234567"},
        {TYPE_PHONE, "0049 30 1234567", "+49301234567"},
        {TYPE_PHONE, "1234", NULL},
        {TYPE_IP, "2001:DB8:0::1", "2001:db8::1"},
        {TYPE_TEXT, "Case Counts ", "Case Counts "},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct policy_field field = field_of(forms[i].type);
        struct span got = SPAN("untouched");
        struct err err = {0};
        bool ok = policy_value_normal(&field, span_str(forms[i].stored), &arena, &got, &err);
        assert_int_equal(ok, forms[i].normal != NULL);
        if (!span_is(got, ok ? forms[i].normal : "untouched"))
            fail_msg("%s became %.*s", forms[i].stored, SPAN_FMT(got));
    }
}

static void
written_as_json(void **state)
{
    (void)state;
    static const struct {
        enum policy_type type;
        const char *stored, *json;
    } forms[] = {
        {TYPE_NUMBER, "-12.50", "-12.50"},     {TYPE_NUMBER, "12]", "\"12]\""},
        {TYPE_BOOLEAN, "true", "true"},        {TYPE_BOOLEAN, "false", "false"},
        {TYPE_BOOLEAN, "maybe", "\"maybe\""},  {TYPE_MONEY, "12.34 EUR", "\"12.34 EUR\""},
        {TYPE_NAME, "A \"Q\"", "\"A \\\"Q\\\"\""},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct policy_field field = field_of(forms[i].type);
        char text[64];
        struct buf buf;
        buf_init(&buf, text, sizeof text);
        struct json_out out;
        json_out_init(&out, &buf);
        policy_value_write(&field, span_str(forms[i].stored), &out);
        if (!buf_ok(&buf) || !span_is(buf_span(&buf), forms[i].json))
            fail_msg("%s became %.*s", forms[i].stored, SPAN_FMT(buf_span(&buf)));
    }
}

/* No room left is an answer of its own, not a value with a hole. */
static void
full_arena_refuses(void **state)
{
    (void)state;
    struct arena small;
    struct err err = {0};
    assert_true(arena_open(&small, 4096, &err));
    while (arena_take(&small, 16) != NULL)
        continue;
    struct policy_field field = field_of(TYPE_NOTE);
    struct json node = {.kind = JSON_STRING, .text = SPAN("a\r\nb")};
    struct span got;
    assert_false(policy_value_read(&field, &node, false, &small, &got, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
    arena_close(&small);
}

int
main(void)
{
    struct err err;
    if (!arena_open(&arena, 1 << 20, &err))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_read),        cmocka_unit_test(bad_bytes_refused),
        cmocka_unit_test(long_values_refused), cmocka_unit_test(errors_are_silent),
        cmocka_unit_test(normal_forms),       cmocka_unit_test(written_as_json),
        cmocka_unit_test(full_arena_refuses),
    };
    int failed = cmocka_run_group_tests_name("policy value", tests, NULL, NULL);
    arena_close(&arena);
    return failed;
}
