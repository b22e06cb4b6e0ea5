#include "wire_test.h"

#include "wire/http.h"

static const char *const media[] = {"text/html", "text/markdown", "text/plain"};
static const char *const languages[] = {"en", "de"};

static void
test_media(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        int want;
    } rows[] = {
        {"*/*", 0},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 0},
        {"text/plain", 2},
        {"TEXT/Plain ; Q=0.5", 2},
        {"text/markdown, text/plain;q=0.9", 1},
        {"text/plain;q=0.9, text/markdown;q=0.91", 1},
        {"text/*", 0},
        {"text/*;q=0.5, text/plain", 2},
        {"text/html;q=0, */*", 1}, /* the closest range counts, not the best */
        {"application/json", -1},
        {"text/plain;q=0", -1},
        {"text/plain;q=2", -1},
        {"text/plain;q=0.1234", -1},
        {"text/plain;q=abc, text/markdown;q=0.001", 1},
        {"text/plain;format=flowed;q=0.4, text/html;q=0.3", 2},
        {"", -1},
        {",,;,;q=1,=", -1},
        {"text/htmlx", -1},
        {"xtext/html", -1},
        {"text", -1},
        {"*", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (http_accept(span_str(rows[i].header), HTTP_ACCEPT_MEDIA, media, 3) != rows[i].want)
            fail_msg("Accept: %s", rows[i].header);
}

static void
test_languages(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        int want;
    } rows[] = {
        {"de", 1},
        {"DE", 1},
        {"de-AT", 1},
        {"de-AT, en;q=0.5", 1},
        {"en-GB,en;q=0.9,de;q=0.8", 0},
        {"fr-CH, fr;q=0.9, de;q=0.7, *;q=0.5", 1},
        {"fr, *;q=0.5", 0},
        {"*, en;q=0", 1},
        {"den", -1},
        {"d", -1},
        {"fr", -1},
        {"de;q=0.3, en;q=0.4", 0},
        {"de-AT;q=0.2, de-CH;q=0.9, en;q=0.5", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (http_accept(span_str(rows[i].header), HTTP_ACCEPT_LANGUAGE, languages, 2) != rows[i].want)
            fail_msg("Accept-Language: %s", rows[i].header);
}

static void
test_nothing(void **state)
{
    (void)state;
    assert_int_equal(http_accept(SPAN_NONE, HTTP_ACCEPT_MEDIA, media, 3), -1);
    assert_int_equal(http_accept(SPAN("*/*"), HTTP_ACCEPT_MEDIA, media, 0), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_media),
        cmocka_unit_test(test_languages),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests_name("http accept", tests, NULL, NULL);
}
