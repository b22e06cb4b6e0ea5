/* The words of the command line: what is wrong is said, with exit status 2, before anything is
 * done. */
#include "cli/cli_priv.h" /* before cmocka, whose fail is another */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { USAGE = 2 };
static char out[65536], said[65536];

static void
taken(int fd, char *to, size_t size)
{
    assert_true(lseek(fd, 0, SEEK_SET) == 0);
    ssize_t n = read(fd, to, size - 1);
    to[n < 0 ? 0 : n] = '\0';
    (void)close(fd);
}

/* Runs the line as a shell would split it; what it prints is in `out` and `said`. */
static int
run(const char *line)
{
    static char words[4096];
    char *argv[128] = {(char *)(uintptr_t) "troth"};
    int argc = 1;
    assert_true(strlen(line) < sizeof words);
    memcpy(words, line, strlen(line) + 1);
    for (char *word = strtok(words, " "); word != NULL && argc < 127; word = strtok(NULL, " "))
        argv[argc++] = word;
    char name[] = "/tmp/troth-cli-XXXXXX";
    int files[2], kept[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    for (int i = 0; i < 2; i++) {
        memcpy(name + sizeof name - 7, "XXXXXX", 6);
        files[i] = mkstemp(name);
        (void)unlink(name);
    }
    (void)fflush(NULL);
    (void)dup2(files[0], STDOUT_FILENO);
    (void)dup2(files[1], STDERR_FILENO);
    int status = cli_main(argc, argv);
    (void)fflush(NULL);
    (void)dup2(kept[0], STDOUT_FILENO);
    (void)dup2(kept[1], STDERR_FILENO);
    (void)close(kept[0]);
    (void)close(kept[1]);
    taken(files[0], out, sizeof out);
    taken(files[1], said, sizeof said);
    return status;
}

static void
test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } rows[] = {
        {"", "usage: troth"},
        {"nonsense", "there is no verb \"nonsense\""},
        {"Check x", "there is no verb \"Check\""},
        {"check --nonsense x", "check knows no option --nonsense"},
        {"check --text x", "check knows no option --text"}, /* another verb's */
        {"page --tex x", "page knows no option --tex"},     /* no abbreviations */
        {"page --text=1 x", "--text takes no value"},
        {"page --text= x", "--text takes no value"},
        {"page --text --text x", "--text is given twice"},
        {"keys new --data", "--data needs a value: DIR"},
        {"keys new --data a --data b", "--data is given twice"},
        {"keys new --data=a --data=a", "--data is given twice"},
        {"keys new --=a", "keys knows no option --"},
        {"serve --config", "--config needs a value"},
        {"serve x", "serve takes options only"},
        {"serve --access-log=yes", "--access-log takes no value"},
        {"token", "token knows add, revoke and list"},
        {"token give", "token knows add, revoke and list, not \"give\""},
        {"token add --name x", "token add needs --name and either --role or --subject"},
        {"token add --name x --role a --subject b", "token add needs"},
        {"token revoke", "token revoke needs --name"},
        {"ledger", "ledger knows verify"},
        {"ledger burn", "not \"burn\""},
        {"ledger inclusion --seq x", "--seq is a whole number"},
        {"ledger inclusion --seq -1", "--seq is a whole number"},
        {"import x", "import needs a file and --point"},
        {"import --point p", "import needs a file and --point"},
        {"export", "export needs --subject"},
        {"keyd x", "keyd is started by the server"},
        {"keyd 99999", "keyd is started by the server"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int status = run(rows[i].line);
        if (status != USAGE || strstr(said, rows[i].says) == NULL)
            fail_msg("troth %s: status %d, \"%s\"", rows[i].line, status, said);
        assert_string_equal(out, ""); /* nothing where a program would read */
    }
}

static void
test_help(void **state)
{
    (void)state;
    static const char *const lines[] = {"help", "--help", "-h"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(run(lines[i]), 0);
        assert_non_null(strstr(out, "usage: troth VERB"));
        assert_null(strstr(out, "keyd")); /* not for people */
        assert_string_equal(said, "");
    }
    size_t count;
    const struct verb *verbs = verbs_all(&count);
    for (size_t i = 0; i < count; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "%s --help", verbs[i].name);
        assert_int_equal(run(line), 0);
        (void)snprintf(line, sizeof line, "usage: troth %s", verbs[i].name);
        assert_memory_equal(out, line, strlen(line));
        const struct option_row *rows =
            verbs[i].options == NULL ? settings_options() : verbs[i].options;
        for (int n = 0; rows[n].name != NULL; n++) {
            assert_true(n < OPTIONS_MAX);
            (void)snprintf(line, sizeof line, "  --%s", rows[n].name);
            assert_non_null(strstr(out, line));
            for (int other = 0; other < n; other++)
                assert_string_not_equal(rows[other].name, rows[n].name);
        }
    }
}

/* Help is asked for wherever it stands; words behind -- are words. */
static void
test_order(void **state)
{
    (void)state;
    assert_int_equal(run("check nowhere.yaml --help"), 0);
    assert_int_equal(run("check -- --help"), 6);
    assert_non_null(strstr(said, "--help cannot be opened"));
    assert_int_equal(run("check --"), USAGE);
    assert_int_equal(run("--version"), 0);
    assert_int_equal(run("version"), 0);
    static char many[1024];
    memcpy(many, "check", 6);
    for (int i = 0; i < ARGS_MAX + 1; i++)
        strcat(many, " x");
    assert_int_equal(run(many), USAGE);
    assert_non_null(strstr(said, "too many words"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
