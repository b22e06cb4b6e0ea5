#include "cli/cli_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/classroom_text.h"
#include "cli/schema_text.h"
#include "cli/starter_priv.h"
#include "wire/text.h"

enum { TRIES_MOST = 5 };

static const char schema_line[] = "# yaml-language-server: $schema=./policy.schema.json\n";

static bool
all_written(int fd, struct span text)
{
    while (text.n > 0) {
        ssize_t n = write(fd, text.p, text.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text = span_sub(text, (size_t)n, text.n);
    }
    return true;
}

/* A policy that is there is never touched. */
static bool
file_make(const char *path, struct span text, struct err *err)
{
    if (strcmp(path, "-") == 0)
        return all_written(STDOUT_FILENO, text) || err_sys(err, ERR_IO, errno, "standard output cannot be written");
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST)
        return err_set(err, ERR_USAGE, "%s is there already; name another file, or take it away first", path);
    if (fd < 0)
        return err_sys(err, ERR_IO, errno, "%s cannot be made", path);
    bool good = all_written(fd, text);
    int why = errno;
    good = close(fd) == 0 && good;
    if (!good) {
        (void)unlink(path);
        return err_sys(err, ERR_IO, why, "%s cannot be written", path);
    }
    return true;
}

/* Asks until the answer will do; false when there is no end to it, or to the input. */
static bool
ask(struct starter *starter, enum starter_ask what, char line[STARTER_ANSWER + 2], struct err *err)
{
    const struct starter_row *row = &starter_rows[what];
    for (int i = 0; i < TRIES_MOST; i++) {
        (void)fprintf(stderr, "%s (%s): ", row->question, row->example);
        (void)fflush(stderr);
        if (fgets(line, STARTER_ANSWER + 2, stdin) == NULL)
            break;
        bool whole = strchr(line, '\n') != NULL;
        for (int c = 0; !whole && c != EOF && c != '\n';)
            c = getchar();
        if (!whole)
            (void)err_set(err, ERR_USAGE, "%s: at most %d bytes", row->option, STARTER_ANSWER);
        else if (starter_answer(starter, what, span_of(line, strcspn(line, "\r\n")), err))
            return true;
        (void)fprintf(stderr, "  %s\n", err->text);
    }
    return err_set(err, ERR_USAGE, "no answer to: %s", row->option);
}

/* What options did not say is asked for, where somebody can answer. */
static bool
answers_take(const struct args *args, struct starter *starter, char lines[ASK_COUNT][STARTER_ANSWER + 2],
             struct err *err)
{
    char missing[256];
    struct buf list;
    buf_init(&list, missing, sizeof missing);
    bool terminal = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
    for (int i = 0; i < ASK_COUNT; i++) {
        const char *value = arg_value(args, starter_rows[i].option);
        if (value != NULL && !starter_answer(starter, (enum starter_ask)i, span_str(value), err))
            return false;
        if (value == NULL)
            buf_fmt(&list, "%s--%s", list.n == 0 ? "" : ", ", starter_rows[i].option);
    }
    if (list.n > 0 && !terminal)
        return err_set(err, ERR_USAGE, "init needs %.*s; there is no terminal to ask on", (int)list.n, list.p);
    for (int i = 0; i < ASK_COUNT; i++)
        if (arg_value(args, starter_rows[i].option) == NULL &&
            !ask(starter, (enum starter_ask)i, lines[i], err))
            return false;
    return true;
}

/* The example as it is, but for the line that tells editors where the schema lies. */
static bool
example_put(const char *name, struct buf *out, struct err *err)
{
    if (strcmp(name, "classroom") != 0)
        return err_set(err, ERR_USAGE, "there is no example \"%s\"; there is classroom", name);
    struct span text = span_of((const char *)classroom_text, classroom_text_size);
    if (span_starts(text, SPAN("# yaml-language-server:")))
        text = span_sub(text, span_find(text, '\n') + 1, text.n);
    buf_str(out, schema_line);
    buf_put(out, text);
    return buf_ok(out) || err_set(err, ERR_INTERNAL, "the example is too large");
}

static bool
starter_make(const struct args *args, struct buf *out, struct err *err)
{
    struct starter starter = {.parts = 0};
    char lines[ASK_COUNT][STARTER_ANSWER + 2];
    struct buf date;
    buf_init(&date, starter.date, sizeof starter.date - 1);
    date_put(&date, clock_now_us() / CLOCK_US_PER_DAY);
    return answers_take(args, &starter, lines, err) && starter_write(&starter, out, err);
}

int
run_init(const struct args *args)
{
    const char *from = arg_value(args, "from");
    const char *path = args->word_count == 1 ? args->words[0] : "policy.yaml";
    struct err err;
    struct buf out;
    err_clear(&err);
    if (args->word_count > 1)
        return fail_usage("init takes one file to write");
    for (int i = 0; i < ASK_COUNT && from != NULL; i++)
        if (arg_value(args, starter_rows[i].option) != NULL)
            return fail_usage("--from takes the example as it is; leave --%s out", starter_rows[i].option);
    /* Before the questions: nobody likes to have answered for nothing. */
    if (strcmp(path, "-") != 0 && access(path, F_OK) == 0)
        return fail_usage("%s is there already; name another file, or take it away first", path);
    char *mem = malloc(STARTER_MAX);
    buf_init(&out, mem, mem == NULL ? 0 : STARTER_MAX);
    bool good = from != NULL ? example_put(from, &out, &err) : starter_make(args, &out, &err);
    good = good && file_make(path, buf_span(&out), &err);
    free(mem);
    if (!good)
        return fail(&err);
    if (strcmp(path, "-") != 0)
        (void)printf("%s is written. Read it, change it, then: troth check %s\n", path, path);
    return 0;
}

int
run_schema(const struct args *args)
{
    if (args->word_count != 0)
        return fail_usage("schema takes no words");
    struct err err;
    if (!all_written(STDOUT_FILENO, span_of((const char *)schema_text, schema_text_size)))
        return err_sys(&err, ERR_IO, errno, "standard output cannot be written"), fail(&err);
    return 0;
}
