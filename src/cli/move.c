#include "cli/cli_priv.h"

#include "base/clock.h"
#include "deeds/move.h"

#include <string.h>
#include <unistd.h>

enum { PLAIN_EVERY_MS = 10000, LINE_EVERY_MS = 200 };

static const char files_word[] = "sqlite:";

struct teller {
    int64_t begun_ms, said_ms;
    uint64_t rows, table_rows; /* looked at in all, and in the table at hand */
    const char *table;
    bool line;                 /* stands on the terminal */
};

static bool
place_read(const char *text, const char *keys, struct move_place *ret)
{
    size_t n = sizeof files_word - 1;
    *ret = (struct move_place){.keys_url = keys};
    if (strncmp(text, files_word, n) == 0)
        ret->dir = text + n;
    else if (strncmp(text, "postgresql://", 13) == 0 || strncmp(text, "postgres://", 11) == 0)
        ret->url = text;
    return ret->url != NULL || (ret->dir != NULL && ret->dir[0] != '\0' && keys == NULL);
}

static void
line_clear(struct teller *teller)
{
    if (teller->line)
        (void)fprintf(stderr, "\r%78s\r", "");
    teller->line = false;
}

/* On a terminal one line that changes; else a line every ten seconds. */
static void
say(void *ctx, enum move_step step, const struct move_table_report *table)
{
    static const char *const what[] = {
        [MOVE_STEP_TABLE] = "", [MOVE_STEP_AGAIN] = "once more: ", [MOVE_STEP_VERIFY] = "ledger: "};
    struct teller *teller = ctx;
    bool terminal = isatty(STDERR_FILENO) != 0;
    int64_t now = clock_mono_ms();
    if (table->name != teller->table || table->rows < teller->table_rows)
        teller->table_rows = 0;
    teller->table = table->name;
    if (step != MOVE_STEP_VERIFY)
        teller->rows += table->rows - teller->table_rows;
    teller->table_rows = table->rows;
    if (now - teller->said_ms < (terminal ? LINE_EVERY_MS : PLAIN_EVERY_MS))
        return;
    teller->said_ms = now;
    int64_t seconds = (now - teller->begun_ms) / 1000 + 1;
    line_clear(teller);
    if (step == MOVE_STEP_VERIFY)
        (void)fprintf(stderr, "ledger: %llu of %llu entries checked", (unsigned long long)table->rows,
                      (unsigned long long)table->added);
    else
        (void)fprintf(stderr, "%s%s: %llu rows, %llu written (%llu rows/s)", what[step], table->name,
                      (unsigned long long)table->rows, (unsigned long long)(table->added + table->changed + table->removed),
                      (unsigned long long)(teller->rows / (uint64_t)seconds));
    (void)fputs(terminal ? "" : "\n", stderr);
    teller->line = terminal;
}

static void
print_tables(const struct move_report *report)
{
    uint64_t rows = 0, written = 0;
    (void)printf("%-18s %12s %12s %12s %12s\n", "table", "rows", "new", "changed", "gone");
    for (size_t i = 0; i < MOVE_TABLES; i++) {
        const struct move_table_report *t = &report->tables[i];
        (void)printf("%-18s %12llu %12llu %12llu %12llu\n", t->name, (unsigned long long)t->rows,
                     (unsigned long long)t->added, (unsigned long long)t->changed, (unsigned long long)t->removed);
        rows += t->rows;
        written += t->added + t->changed + t->removed;
    }
    (void)printf("%-18s %12llu rows, %llu of them differed\n", "together", (unsigned long long)rows,
                 (unsigned long long)written);
}

static void
print_finish(const struct move_report *report)
{
    char root[65];
    hex_put(root, report->root, 32);
    (void)printf("the target holds what the source holds: every table was compared row by row.\n"
                 "%s: the ledger holds: %llu entries, %llu checkpoints, signed up to %llu\nroot %s (the source's too)\n"
                 "The target goes on from here. No server starts on the source any more; keep it until the target has "
                 "run, then destroy it and its backups: it still has the keys of whoever is erased from now on.\n",
                 report->origin, (unsigned long long)report->entries, (unsigned long long)report->checkpoints,
                 (unsigned long long)report->signed_size, root);
}

static int
tell(enum move_how how, const struct move_report *report)
{
    if (how == MOVE_UNDO) {
        (void)printf("the source goes on: a server may start on it, and none on the target.\n");
        return 0;
    }
    print_tables(report);
    if (how == MOVE_FINISH)
        print_finish(report);
    else if (how == MOVE_CHECK)
        (void)printf(report->equal ? "nothing differs.\n" : "they differ; nothing was written.\n");
    else
        (void)printf("%s\nNo server starts on the target yet. Run the same again as often as you like; for the last time "
                     "stop the server and add --finish.\n",
                     report->equal ? "nothing was left to do." : "what differed was brought over; what the source's server "
                                                                 "has changed meanwhile is not.");
    return how == MOVE_CHECK && !report->equal ? 1 : 0;
}

int
run_move(const struct args *args)
{
    static const struct {
        const char *name;
        enum move_how how;
    } words[] = {{"finish", MOVE_FINISH}, {"check", MOVE_CHECK}, {"undo", MOVE_UNDO}};
    struct err err;
    struct move_report report;
    struct teller teller = {.begun_ms = clock_mono_ms(), .said_ms = clock_mono_ms()};
    struct move_ask ask = {.how = MOVE_COPY, .progress = say, .ctx = &teller};
    const char *from = arg_value(args, "from"), *to = arg_value(args, "to");
    int said = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (arg_value(args, words[i].name) == NULL)
            continue;
        ask.how = words[i].how;
        said++;
    }
    if (args->word_count > 0 || from == NULL || to == NULL)
        return fail_usage("move needs --from PLACE and --to PLACE; a place is sqlite:DIR or postgresql://…");
    if (said > 1)
        return fail_usage("--finish, --check and --undo exclude each other");
    ask.without_target = ask.how == MOVE_UNDO && strcmp(to, "none") == 0;
    if (!place_read(from, arg_value(args, "from-keys"), &ask.from) ||
        (!ask.without_target && !place_read(to, arg_value(args, "to-keys"), &ask.to)))
        return fail_usage("a place is sqlite:DIR, or postgresql://… with perhaps another URL for the keys");
    if (!ask.without_target && (ask.from.url == NULL) == (ask.to.url == NULL))
        return fail_usage("one of the two places is sqlite:DIR and the other postgresql://…");
    err_clear(&err);
    bool good = move(&ask, &report, &err);
    line_clear(&teller);
    if (!good)
        return fail(&err);
    return tell(ask.how, &report);
}
