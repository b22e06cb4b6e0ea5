#include "wire_test.h"

#include "wire/text.h"

#define TEN "aaaaaaaaaa"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void
test_email(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        bool good;
    } rows[] = {
        {BYTES("a@b.c"), true},
        {BYTES("ann.lee+news@mail.example.com"), true},
        {BYTES("!#$%&'*+-/=?^_`{|}~@example.com"), true},
        {BYTES("1@2.example"), true},
        {BYTES("a@xn--mller-kva.example"), true},
        {BYTES("a@m\xc3\xbcller.example"), true},
        {BYTES("a@\xe4\xbe\x8b\xe3\x81\x88.\xe6\x97\xa5\xe6\x9c\xac"), true},
        {BYTES(SIXTY "aaaa@example.com"), true},
        {BYTES("a@" SIXTY "aaa.example"), true},
        {BYTES("a@" SIXTY "." SIXTY "." SIXTY "." SIXTY ".aaaaaaa"), true},
        {BYTES(""), false},
        {BYTES("@"), false},
        {BYTES("a@"), false},
        {BYTES("@b.c"), false},
        {BYTES("a"), false},
        {BYTES("a@b"), false},
        {BYTES("a@b@c.d"), false},
        {BYTES("a b@c.d"), false},
        {BYTES(" a@b.c"), false},
        {BYTES("a@b.c "), false},
        {BYTES(".a@b.c"), false},
        {BYTES("a.@b.c"), false},
        {BYTES("a..b@c.d"), false},
        {BYTES("\"a b\"@c.d"), false},
        {BYTES("a(x)@b.c"), false},
        {BYTES("Ann <a@b.c>"), false},
        {BYTES("a,b@c.d"), false},
        {BYTES("a:b@c.d"), false},
        {BYTES("a\\b@c.d"), false},
        {BYTES("a@b.c\r\nBcc: x@y.z"), false},
        {BYTES("a\r\n@b.c"), false},
        {BYTES("a\0z@b.c"), false},
        {BYTES("a@b\0.c"), false},
        {BYTES("\xc3\xbc@b.c"), false},
        {BYTES("a@[127.0.0.1]"), false},
        {BYTES("a@127.0.0.1"), false},
        {BYTES("a@.b.c"), false},
        {BYTES("a@b..c"), false},
        {BYTES("a@b.c."), false},
        {BYTES("a@-b.c"), false},
        {BYTES("a@b-.c"), false},
        {BYTES("a@b_c.d"), false},
        {BYTES("a@b.c/d"), false},
        {BYTES("a@b.c%0a"), false},
        {BYTES("a@b\xff.c"), false},
        {BYTES("a@b\xe2\x80\xae.c"), false}, /* bidi override */
        {BYTES("a@b\xe2\x80\x8b.c"), false}, /* zero width */
        {BYTES("a@b\xe3\x80\x82"
               "c.d"),
         false}, /* full stop of another script */
        {BYTES("a@b\xef\xbc\x8e"
               "c.d"),
         false}, /* full-width dot */
        {BYTES("a@b\xef\xbc\xa0"
               "c.d"),
         false},
        {BYTES("a@b\xc2\xa0.c"), false},
        {BYTES(SIXTY "aaaaa@example.com"), false},
        {BYTES("a@" SIXTY "aaaa.example"), false},
        {BYTES("a@" SIXTY "." SIXTY "." SIXTY "." SIXTY ".aaaaaaaaa"), false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW_ASSERT(email_valid(rows[i].text) == rows[i].good, rows[i].text.p);
}

static void
test_phone(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *normal; /* NULL: refused */
    } rows[] = {
        {"+49301234567", "+49301234567"},
        {"+49 30 123 45 67", "+49301234567"},
        {"+49 (30) 1234567", "+49301234567"},
        {"+49 (0)30 1234567", "+49301234567"},
        {"+49(0)30/123-4567", "+49301234567"},
        {"0049 30 1234567", "+49301234567"},
        {" +1 (202) 555-0143 ", "+12025550143"},
        {"+1.202.555.0143", "+12025550143"},
        {"+44\xc2\xa0"
         "20\xe2\x80\x91"
         "7946\xe2\x80\x93"
         "0018",
         "+442079460018"},
        {"+123456789012345", "+123456789012345"},
        {"+1234567", "+1234567"},
        {"+1234567890123456", NULL},
        {"+123456", NULL},
        {"+0301234567", NULL},
        {"00030123456", NULL},
        {"030 1234567", NULL},
        {"301234567", NULL},
        {"(0) +49 30 1234567", NULL},
        {"++49301234567", NULL},
        {"+49+301234567", NULL},
        {"+49 30 1234567 ext 5", NULL},
        {"+49 30 1234567x5", NULL},
        {"+49 (30 1234567", NULL},
        {"+49 30) 1234567", NULL},
        {"+49 ((30)) 1234567", NULL},
        {"+1-800-FLOWERS", NULL},
        {"+", NULL},
        {"", NULL},
        {"+49 30 1234567\r\n", NULL},
        {"+49 30\n1234567", NULL},
        {"+\xef\xbc\x94\xef\xbc\x99"
         "301234567",
         NULL},
        {"+49\xff"
         "301234567",
         NULL},
        {"+4-9-3-0-1-2-3-4-5-6-7- - - - - - - - - - - - - - - - -", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char normal[20] = "untouched";
        ROW_ASSERT(phone_normal(span_str(rows[i].text), normal) == (rows[i].normal != NULL),
                   rows[i].text);
        ROW_ASSERT(strcmp(normal, rows[i].normal == NULL ? "untouched" : rows[i].normal) == 0,
                   rows[i].text);
    }
}

static void
test_country(void **state)
{
    (void)state;
    static const char *const good[] = {"AD", "DE", "FR", "GB", "US", "ZW",
                                       "XK", "SS", "CW", "BQ", "AX", "TL"};
    static const char *const bad[] = {"",   "D",  "de", "De", "DEU",   "UK", "EU", "AN", "SU",
                                      "YU", "XX", "ZZ", "AA", "D\xff", "1A", "A1", "A "};
    for (size_t i = 0; i < COUNT(good); i++)
        ROW_ASSERT(country_valid(span_str(good[i])), good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        ROW_ASSERT(!country_valid(span_str(bad[i])), bad[i]);
    assert_false(country_valid(SPAN("D\0")));
    int count = 0;
    for (int a = 0; a < 256; a++) {
        for (int b = 0; b < 256; b++) {
            const char code[2] = {(char)a, (char)b};
            count += country_valid(span_of(code, 2));
        }
    }
    assert_int_equal(count, 250); /* 249 assigned, and XK */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_email), cmocka_unit_test(test_phone),
                                       cmocka_unit_test(test_country)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
