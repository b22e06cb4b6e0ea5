/*
 * Import: each row of a CSV or NDJSON file becomes one submission to a collection point.
 *
 * First every row is asked about (Troth-Dry-Run): all that would be refused are
 * listed and, unless told otherwise, nothing is stored. What one row would take
 * from another of the same file only shows here: the server names a mark for each
 * value that may be there once, and equal marks are equal values. Then the rows
 * are submitted under idempotency keys made of the file's hash and the row, so
 * that an import that was cut off continues where it was when it is run again.
 *
 * As many requests are under way as the server reads ahead; it commits together
 * what it has at hand. Answers come in the order of the rows.
 */
#include "cli/import_priv.h"

#include "crypt/crypt.h"

#include <stdlib.h>

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
    (void)number;
    stopped = 1;
}

/* The first Ctrl-C ends what is under way well, the second ends at once. What was told to ignore it goes on. */
static void
signals_take(void)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)(SA_RESTART | SA_RESETHAND)};
    struct sigaction old;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            (void)sigaction(numbers[i], &action, NULL);
}

static bool
import_open(struct import *import, const char *file, struct err *err)
{
    struct buf path;
    buf_init(&path, import->path, sizeof import->path - 1);
    buf_str(&path, "/v1/collect/");
    path_put(&path, span_str(arg_value(import->args, "point")));
    if (!buf_ok(&path))
        return err_set(err, ERR_USAGE, "the point's name is too long");
    if (!rows_open(import->args, file, &import->rows, err) || !seen_open(&import->seen, err) ||
        !client_open(import->args, &import->client, err))
        return false;
    crypt_sha256(&import->rows.text, 1, import->hash);
    return true;
}

static void
import_close(struct import *import)
{
    client_close(&import->client);
    seen_close(&import->seen);
    rows_close(&import->rows);
    free(import->states);
}

static unsigned long long
ull(uint64_t n)
{
    return n;
}

/* The reason first; then how far it was and what to do. */
static int
broke_off(const struct import *import)
{
    int status = import->halted ? fail(&import->halt) : err_exit_status(ERR_UNAVAILABLE);
    const char *why = import->halted ? "" : "interrupted: ";
    if (import->dry) {
        (void)fprintf(stderr, "troth: %sthe check stopped at row %llu; nothing was imported\n", why,
                      ull(import->row));
        return status;
    }
    (void)fprintf(stderr, "troth: %sthe import stopped at row %llu: %llu of %llu rows are stored", why,
                  ull(import->row), ull(import->stored + import->before), ull(import->total));
    if (import->lost > 0)
        (void)fprintf(stderr, ", and perhaps %llu more", ull(import->lost));
    (void)fprintf(stderr, "; run the same command again within a day to go on\n");
    /* The server remembers what was done under which key for a day. */
    if (import->loose > 0)
        (void)fprintf(stderr, "troth: after a day rows without a unique value would come in twice\n");
    else
        (void)fprintf(stderr, "troth: after a day add --skip-refused: rows that are in are then refused as taken\n");
    return status;
}

/* The check found rows that would be refused. */
static int
refused(const struct import *import)
{
    (void)fprintf(stderr, "troth: %llu of %llu rows would be refused; nothing was imported", ull(import->refused),
                  ull(import->total));
    if (import->before > 0)
        (void)fprintf(stderr, " (%llu were before)", ull(import->before));
    (void)fprintf(stderr, "; --skip-refused imports the others\n");
    if (import->taken > 0)
        (void)fprintf(stderr,
                      "troth: %llu of them want a value that is taken; if an import of these rows stopped more than "
                      "a day ago, or the file was changed since, they may be in already: --skip-refused imports "
                      "what is missing\n",
                      ull(import->taken));
    return err_exit_status(ERR_INVALID);
}

static int
finished(const struct import *import)
{
    (void)printf("%llu rows imported", ull(import->stored + import->before));
    if (import->before > 0)
        (void)printf(" (%llu of them before)", ull(import->before));
    (void)printf(", %llu refused\n", ull(import->refused));
    return import->refused > 0 ? err_exit_status(ERR_INVALID) : 0;
}

int
run_import(const struct args *args)
{
    static struct import import;
    struct err err;
    int status;
    import.args = args;
    import.stopped = &stopped;
    if (args->word_count != 1 || arg_value(args, "point") == NULL)
        return fail_usage("import needs a file and --point");
    err_clear(&err);
    if (!import_open(&import, args->words[0], &err)) {
        status = fail(&err);
    } else {
        signals_take();
        if (!import_pass(&import, true))
            status = broke_off(&import);
        else if (import.refused > 0 && arg_value(args, "skip-refused") == NULL)
            status = refused(&import);
        else if (!import_pass(&import, false))
            status = broke_off(&import);
        else
            status = finished(&import);
    }
    import_close(&import);
    return status;
}
