/* Settings: who overrules whom, and a file in which nothing is passed over in silence. */
#include "cli/cli_priv.h" /* before cmocka, whose fail is another */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct verb serve = {.name =
                                      "serve"}; /* no options of its own: the settings are they */
static char path[64];

static void
file_is(const char *text, size_t n)
{
    (void)snprintf(path, sizeof path, "/tmp/troth-settings-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), n);
    (void)close(fd);
}

/* What was opened in a case, closed before the next one. */
static struct settings settings;

static int
option_at(const char *name)
{
    const struct option_row *rows = settings_options();
    int at = 0;
    while (rows[at].name != NULL && strcmp(rows[at].name, name) != 0)
        at++;
    assert_non_null(rows[at].name);
    return at;
}

/* Everything that may carry over from another case. */
static int
clean(void **state)
{
    (void)state;
    static const char *const names[] = {
        "TROTH_CONFIG",     "TROTH_DATA",          "TROTH_LISTEN",
        "TROTH_POLICY",     "TROTH_LOG_LEVEL",     "TROTH_ROOT_KEY_FILE",
        "TROTH_ACCESS_LOG", "TROTH_PASSPHRASE_FD", "TROTH_ROOT_KEY_CREDENTIAL"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)unsetenv(names[i]);
    if (path[0] != '\0')
        (void)unlink(path);
    path[0] = '\0';
    settings_close(&settings);
    return 0;
}

static void
test_precedence(void **state)
{
    (void)state;
    static const struct {
        const char *option, *environment, *file, *want;
    } rows[] = {
        {NULL, NULL, NULL, "troth-data"},           {NULL, NULL, "file", "file"},
        {NULL, "environment", NULL, "environment"}, {NULL, "environment", "file", "environment"},
        {"option", NULL, NULL, "option"},           {"option", NULL, "file", "option"},
        {"option", "environment", NULL, "option"},  {"option", "environment", "file", "option"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[64];
        struct args args = {.verb = &serve};
        struct err err = {0};
        (void)clean(NULL);
        (void)snprintf(
            text, sizeof text, "listen = 127.0.0.1:1\n%s%s\n",
            rows[i].file == NULL ? "# " : "data = ", rows[i].file == NULL ? "" : rows[i].file);
        file_is(text, strlen(text));
        args.values[option_at("config")] = path;
        args.values[option_at("data")] = rows[i].option;
        if (rows[i].environment != NULL)
            (void)setenv("TROTH_DATA", rows[i].environment, 1);
        if (!settings_open(&args, &settings, &err))
            fail_msg("row %zu: %s", i, err.text);
        assert_string_equal(settings_get(&settings, "data"), rows[i].want);
        assert_string_equal(settings_get(&settings, "listen"), "127.0.0.1:1");
        assert_string_equal(settings_get(&settings, "log-level"), "info"); /* a default */
        assert_null(settings_get(&settings, "policy"));                    /* and none */
        assert_null(settings_get(&settings, "access-log"));
    }
}

/* The file may be named by the environment too; the option overrules that. */
static void
test_which_file(void **state)
{
    (void)state;
    struct args args = {.verb = &serve};
    struct err err = {0};
    file_is("data = here\n", 12);
    (void)setenv("TROTH_CONFIG", path, 1);
    assert_true(settings_open(&args, &settings, &err));
    assert_string_equal(settings_get(&settings, "data"), "here");
    settings_close(&settings);
    args.values[option_at("config")] = "/nowhere/at/all";
    assert_false(settings_open(&args, &settings, &err));
    assert_non_null(strstr(err.text, "/nowhere/at/all"));
}

/* Every name of the table, in the environment's writing and in the file's. */
static void
test_every_setting(void **state)
{
    (void)state;
    const struct option_row *rows = settings_options();
    static char text[4096];
    struct buf out;
    buf_init(&out, text, sizeof text - 1);
    for (int i = 0; rows[i].name != NULL; i++)
        if (strcmp(rows[i].name, "config") != 0)
            buf_fmt(&out, "%s = %s\n", rows[i].name, rows[i].arg == NULL ? "yes" : rows[i].name);
    file_is(text, out.n);
    for (int environment = 0; environment < 2; environment++) {
        struct args args = {.verb = &serve};
        struct err err = {0};
        settings_close(&settings);
        args.values[option_at("config")] = path;
        for (int i = 0; environment && rows[i].name != NULL; i++) {
            char name[64] = "TROTH_";
            for (size_t n = 0; n <= strlen(rows[i].name); n++)
                name[6 + n] = rows[i].name[n] == '-' ? '_'
                              : rows[i].name[n] >= 'a' && rows[i].name[n] <= 'z'
                                  ? (char)(rows[i].name[n] - 32)
                                  : rows[i].name[n];
            (void)setenv(name, rows[i].arg == NULL ? "no" : name, 1);
        }
        if (environment)
            (void)unsetenv("TROTH_CONFIG");
        if (!settings_open(&args, &settings, &err))
            fail_msg("%s", err.text);
        for (int i = 0; rows[i].name != NULL; i++) {
            if (strcmp(rows[i].name, "config") == 0)
                continue;
            const char *value = settings_get(&settings, rows[i].name);
            if (rows[i].arg == NULL)
                assert_int_equal(value != NULL, !environment);
            else if (environment)
                assert_memory_equal(value, "TROTH_", 6);
            else
                assert_string_equal(value, rows[i].name);
        }
        for (int i = 0; environment && rows[i].name != NULL; i++) {
            char name[64] = "TROTH_";
            for (size_t n = 0; n <= strlen(rows[i].name); n++)
                name[6 + n] = rows[i].name[n] == '-' ? '_'
                              : rows[i].name[n] >= 'a' && rows[i].name[n] <= 'z'
                                  ? (char)(rows[i].name[n] - 32)
                                  : rows[i].name[n];
            (void)unsetenv(name);
        }
    }
}

#define TEXT(literal) literal, sizeof(literal) - 1

static void
test_lines(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        size_t n;
        const char *data; /* what `data` is then; NULL: the file is refused */
        const char *says; /* the fault holds this, behind the file's name */
    } rows[] = {
        {"empty", TEXT(""), "troth-data", NULL},
        {"blank lines", TEXT("\n\n  \n\t\n"), "troth-data", NULL},
        {"a comment", TEXT("# data = x\n   # data = y\n"), "troth-data", NULL},
        {"plain", TEXT("data = x\n"), "x", NULL},
        {"no newline at the end", TEXT("data = x"), "x", NULL},
        {"no blanks", TEXT("data=x\n"), "x", NULL},
        {"many blanks", TEXT(" \t data \t = \t x y \t \n"), "x y", NULL},
        {"of another system", TEXT("data = x\r\nlisten = y\r\n\r\n"), "x", NULL},
        {"an equals sign in it", TEXT("data = a=b = c\n"), "a=b = c", NULL},
        {"an empty value", TEXT("data =\n"), "", NULL},
        {"a longer name first", TEXT("root-key-file = k\ndata = x\n"), "x", NULL},
        {"no equals sign", TEXT("# one\ndata x\n"), NULL, ":2: a line reads"},
        {"an unknown name", TEXT("data = x\n\n\nlog = x\n"), NULL,
         ":4: there is no setting \"log\""},
        {"a name in capitals", TEXT("Data = x\n"), NULL, ":1: there is no setting \"Data\""},
        {"a beginning of a name", TEXT("dat = x\n"), NULL, ":1: there is no setting \"dat\""},
        {"no name", TEXT(" = x\n"), NULL, ":1: there is no setting \"\""},
        {"the file itself", TEXT("config = x\n"), NULL, ":1: there is no setting \"config\""},
        {"twice", TEXT("data = x\nlisten = l\ndata = y\n"), NULL, ":3: data"},
        {"twice the same", TEXT("data = x\ndata = x\n"), NULL, ":2: data"},
        {"a NUL in a line", TEXT("data = x\0y\n"), NULL, ":1:"},
        {"a fault behind a NUL", TEXT("data = x\n\0\nlog = x\n"), NULL, ":2:"},
        {"another blank before the equals sign", TEXT("data\v= x\n"), NULL, ":1: a character"},
        {"another blank before the name", TEXT("\fdata = x\n"), NULL, ":1: a character"},
        {"a carriage return before the name", TEXT("\rdata = x\n"), NULL, ":1: a character"},
        {"carriage returns alone", TEXT("data = x\rlisten = y\r"), NULL, ":1:"},
        {"a fault in the last line", TEXT("data = x\nlog"), NULL, ":2: a line reads"},
        {"a byte order mark",
         TEXT("\xef\xbb\xbf"
              "data = x\n"),
         NULL, ":1: there is no setting"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct args args = {.verb = &serve};
        struct err err = {0};
        (void)clean(NULL);
        file_is(rows[i].text, rows[i].n);
        args.values[option_at("config")] = path;
        bool good = settings_open(&args, &settings, &err);
        if (good != (rows[i].data != NULL))
            fail_msg("%s: %s", rows[i].name, good ? "accepted" : err.text);
        if (good) {
            if (strcmp(settings_get(&settings, "data"), rows[i].data) != 0)
                fail_msg("%s: \"%s\"", rows[i].name, settings_get(&settings, "data"));
            continue;
        }
        assert_int_equal(err.code, ERR_CONFIG);
        if (strncmp(err.text, path, strlen(path)) != 0 ||
            strncmp(err.text + strlen(path), rows[i].says, strlen(rows[i].says)) != 0)
            fail_msg("%s: %s", rows[i].name, err.text);
    }
}

/* A value as long as a file may hold is that value, and a file that is longer is refused. */
static void
test_long(void **state)
{
    (void)state;
    static char text[70000];
    static const size_t lengths[] = {4000, 4095, 4096, 5000, 60000};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct args args = {.verb = &serve};
        struct err err = {0};
        (void)clean(NULL);
        memcpy(text, "data = ", 7);
        memset(text + 7, 'a', lengths[i]);
        text[7 + lengths[i]] = '\n';
        file_is(text, lengths[i] + 8);
        args.values[option_at("config")] = path;
        assert_true(settings_open(&args, &settings, &err));
        assert_int_equal(strlen(settings_get(&settings, "data")), lengths[i]);
    }
    struct args args = {.verb = &serve};
    struct err err = {0};
    (void)clean(NULL);
    memset(text, '#', 65537);
    file_is(text, 65537);
    args.values[option_at("config")] = path;
    assert_false(settings_open(&args, &settings, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
}

/* A switch is on or off; "no" is not yes. */
static void
test_switch(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int on; /* 2: refused */
    } rows[] = {{"", 1},    {"yes", 1},   {"true", 1}, {"on", 1},    {"1", 1},  {"no", 0},
                {"off", 0}, {"false", 0}, {"0", 0},    {"maybe", 2}, {"Yes", 2}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int environment = 0; environment < 2; environment++) {
            char text[64];
            struct args args = {.verb = &serve};
                struct err err = {0};
            (void)clean(NULL);
            (void)snprintf(text, sizeof text, environment ? "\n\n" : "\naccess-log = %s\n",
                           rows[i].value);
            file_is(text, strlen(text));
            args.values[option_at("config")] = path;
            if (environment)
                (void)setenv("TROTH_ACCESS_LOG", rows[i].value, 1);
            bool good = settings_open(&args, &settings, &err);
            if (good != (rows[i].on != 2))
                fail_msg("\"%s\": %s", rows[i].value, good ? "accepted" : err.text);
            if (good && (settings_get(&settings, "access-log") != NULL) != (rows[i].on == 1))
                fail_msg("\"%s\" is %s", rows[i].value, rows[i].on ? "off" : "on");
            if (!good)
                assert_non_null(
                    strstr(err.text, environment ? "TROTH_ACCESS_LOG" : ":2: access-log"));
        }
    struct args args = {.verb = &serve};
    struct err err = {0};
    (void)clean(NULL);
    (void)setenv("TROTH_ACCESS_LOG", "no", 1);
    args.values[option_at("access-log")] = "";
    assert_true(settings_open(&args, &settings, &err));
    assert_non_null(settings_get(&settings, "access-log")); /* the option overrules */
}

static void
test_key_source(void **state)
{
    (void)state;
    static const struct {
        const char *file, *credential, *fd;
        bool good;
    } rows[] = {
        {"f", NULL, NULL, true},   {NULL, "c", NULL, true},   {NULL, NULL, "3", true},
        {NULL, NULL, NULL, false}, {"f", "c", NULL, false},   {"f", NULL, "3", false},
        {NULL, "c", "3", false},   {"f", "c", "3", false},    {NULL, NULL, "", false},
        {NULL, NULL, "x", false},  {NULL, NULL, "-1", false}, {NULL, NULL, "1024", false},
        {NULL, NULL, "0", true},   {NULL, NULL, "3 ", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct args args = {.verb = &serve};
        struct key_source source;
        struct err err = {0};
        args.values[option_at("root-key-file")] = rows[i].file;
        args.values[option_at("root-key-credential")] = rows[i].credential;
        args.values[option_at("passphrase-fd")] = rows[i].fd;
        assert_true(settings_open(&args, &settings, &err));
        bool good = settings_key_source(&settings, &source, &err);
        if (good != rows[i].good)
            fail_msg("row %zu: %s", i, good ? "accepted" : err.text);
        if (!good) {
            assert_int_equal(err.code, ERR_CONFIG);
            continue;
        }
        assert_ptr_equal(source.file, rows[i].file);
        assert_ptr_equal(source.credential, rows[i].credential);
        assert_int_equal(source.passphrase_fd, rows[i].fd == NULL ? -1 : atoi(rows[i].fd));
    }
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, clean, clean)
    const struct CMUnitTest tests[] = {
        CASE(test_precedence), CASE(test_which_file), CASE(test_every_setting), CASE(test_lines),
        CASE(test_long),       CASE(test_switch),     CASE(test_key_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
