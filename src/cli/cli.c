#include "cli/cli_priv.h"

#include "base/clock.h"
#include "base/limits.h"
#include "crypt/crypt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct option_row opt_none[] = {{0}};
static const struct option_row opt_page[] = {
    {"text", NULL, "plain text of 80 columns instead of HTML"},
    {"markdown", NULL, "Markdown instead of HTML"},
    {"language", "CODE", "de, en: the page's language; the policy's first when left out"},
    {0}};
static const struct option_row opt_map[] = {
    {"light", NULL, "for a light ground, whatever the reader's system likes"},
    {"dark", NULL, "for a dark one"}, {0}};
static const struct option_row opt_register[] = {
    {"csv", NULL, "for spreadsheets; this when nothing is said"},
    {"html", NULL, "as a page"},
    {"jsonld", NULL, "in the terms of the Data Privacy Vocabulary (W3C community group)"}, {0}};
static const struct option_row opt_diff[] = {
    {"json", NULL, "one JSON object instead of text"}, {0}};
static const struct option_row opt_init[] = {
    {"name", "TEXT", "who answers for the data: a company's or person's full name"},
    {"address", "TEXT", "their postal address"},
    {"email", "ADDRESS", "where people write about their data"},
    {"country", "CC", "country of the seat, two capital letters"},
    {"run", "LIST", "what you run: one or several of contact, newsletter, accounts, shop"},
    {"from", "EXAMPLE", "an example as it is instead: classroom"},
    {0}};
static const struct option_row opt_keys[] = {
    {"data", "DIR", "the data folder (troth-data)"},
    {"root-key-file", "FILE", "what opens the keyring; new and ask make it when it does not exist: 32 random bytes, mode 0400"},
    {"root-key-credential", "NAME", "a systemd credential instead"},
    {"passphrase-fd", "N", "a pass phrase from this file descriptor instead"},
    {"for", "KEY", "give: the line that ask printed on the other node"},
    {"to", "FILE", "give: where the keyring for that node is written"},
    {"from", "FILE", "take: what give wrote"},
    {"new-key-file", "FILE", "slot add: the secret to add; made when it does not exist"},
    {"new-passphrase-fd", "N", "slot add: a pass phrase from this file descriptor instead, at least 12 bytes"},
    {"store", "URL", "epoch, list: postgresql://… of the store, when it is not files (or the environment TROTH_STORE)"},
    {"store-keys", "URL", "epoch, list: that of the keys"},
    {0}};
static const struct option_row opt_store[] = {
    {"store", "URL", "postgresql://… of the database for the data (or the environment TROTH_STORE)"},
    {"store-keys", "URL", "that for the keys; without it the same server, and the other's name with _keys behind it"},
    {0}};
#define OPT_REACH                                                                                  \
    {"data", "DIR", "the data folder, whose local socket is used (troth-data)"},                   \
        {"server", "URL", "http://127.0.0.1:PORT instead of the local socket"},                    \
        {"policy", "FILE", "work on the files directly, when no server runs"},                     \
        {"store", "URL", "with --policy: where the databases are, when they are not files"},       \
        {"store-keys", "URL", "with --policy: that of the keys"},                                  \
        {"root-key-file", "FILE", "with --policy: the 32 bytes that open the keyring"},            \
        {"root-key-credential", "NAME", "with --policy: a systemd credential instead"},            \
        {"passphrase-fd", "N", "with --policy: a pass phrase from this file descriptor instead"}
#define OPT_AS                                                                                     \
    {"token-file", "FILE", "the caller's token (or the environment TROTH_TOKEN)"},                 \
        {"purpose", "NAME", "what for"}, {"task", "KIND/REF", "the task it serves, when one is needed"}
static const struct option_row opt_token[] = {
    OPT_REACH,
    {"role", "ROLE", "add: a role of the policy"},
    {"subject", "ID", "add: a person's own token instead"},
    {"name", "NAME", "add, revoke: what you call it; unique"},
    {"days", "N", "add: how long it lives (365)"},
    {0}};
static const struct option_row opt_import[] = {
    OPT_REACH, OPT_AS,
    {"point", "NAME", "the collection point each row is submitted to"},
    {"map", "COLUMN=FIELD,…", "which column (or member) goes into which field, others are left out; without it the header names the fields, and a line of NDJSON is a submission as it is"},
    {"format", "csv|ndjson", "by the file's ending otherwise"},
    {"separator", "CHAR", "of CSV (,)"},
    {"skip-refused", NULL, "import the good rows although some are refused"},
    {0}};
static const struct option_row opt_export[] = {
    OPT_REACH, OPT_AS, {"subject", "ID", "whose data"}, {"out", "FILE", "where to (standard output)"}, {0}};
static const struct option_row opt_prove[] = {
    OPT_REACH,
    {"token-file", "FILE", "with --server: the token of a role that handles rights (or the environment TROTH_TOKEN)"},
    {"json", NULL, "one JSON object instead of text"},
    {"html", NULL, "a page of the same look as the policy's"},
    {"public", NULL, "for publishing: figures rounded down, months instead of times"},
    {"page", "FILE", "the policy's page as it is published elsewhere: does it carry the mark of the rules obeyed here"},
    {"recount", NULL, "instead: check the whole ledger, count it again and compare; reads the data itself, with or without a server"},
    {0}};
static const struct option_row opt_ledger[] = {
    {"data", "DIR", "the data folder, live or a copy (troth-data)"},
    {"store", "URL", "verify: the databases, when they are not files (or the environment TROTH_STORE)"},
    {"store-keys", "URL", "verify: that of the keys"},
    {"server", "URL", "checkpoint, key, inclusion, consistency: http://127.0.0.1:PORT"},
    {"vkey", "KEY", "verify: the ledger's key as you know it from elsewhere"},
    {"entry", "NUMBER", "inclusion: which entry, by the number in its receipt"},
    {"seq", "N", "inclusion: which entry, by its place in the tree"},
    {"old", "N", "consistency: from which size"},
    {"size", "N", "inclusion, consistency: in which tree (the newest checkpoint's)"},
    {0}};
static const struct option_row opt_move[] = {
    {"from", "PLACE", "sqlite:DIR, or postgresql://… of the database for the data"},
    {"from-keys", "URL", "that for the keys; without it the same server, and the other's name with _keys behind it"},
    {"to", "PLACE", "the same of the target; undo: or the word none, when it is no more"},
    {"to-keys", "URL", "that for its keys"},
    {"finish", NULL, "the last run, with no server on the source: compare all, check the ledger, and go on at the target"},
    {"check", NULL, "compare only, and write nothing; exit status 1 when something differs"},
    {"undo", NULL, "after --finish, before a server has started on the target: the source goes on"},
    {0}};
static const struct option_row opt_sweep[] = {OPT_REACH, {0}};

static const struct verb verbs[] = {
    {"serve", "", "keep the policy: answer over HTTP",
     "Settings come from options, then the environment (TROTH_DATA …), then the file given with "
     "--config (lines \"key = value\"), then the defaults. SIGHUP reads the certificate again, "
     "SIGTERM ends after the replies in hand.",
     NULL, run_serve, false},
    {"init", "FILE", "write a first policy, commented, from a few answers",
     "Writes FILE (policy.yaml), which must not be there; - is standard output. On a terminal it asks for what no option "
     "says. What it writes has no fault and can be published; read it before you do.",
     opt_init, run_init, false},
    {"check", "FILE", "find every fault of a policy file",
     "Prints file, line, column, the line with a mark, what is wrong and what would be right. Exit "
     "status 1 when there is a fault.",
     opt_none, run_check, false},
    {"ask", "FILE QUESTION", "ask a policy: may helpdesk read account.email for support with a ticket",
     "Answers yes or no, the rule and the sentence. Exit status 1 for no.", opt_none, run_ask, false},
    {"schema", "", "the JSON Schema of policy files, for editors",
     "Save it as policy.schema.json beside a policy whose first line is "
     "\"# yaml-language-server: $schema=./policy.schema.json\"; editors with a YAML language server then complete keys and "
     "mark slips. It is draft-07 of JSON Schema. What goes beyond one place only check finds.",
     opt_none, run_schema, false},
    {"page", "FILE", "the public page of a policy", NULL, opt_page, run_page, false},
    {"map", "FILE", "a drawing of who gives what, how long it is kept, what for, and who gets it",
     "An SVG of four columns, for screens and paper. The same policy gives the same drawing.", opt_map, run_map, false},
    {"register", "FILE", "the record of processing activities (Art. 30 GDPR)",
     "One row for each purpose, made from the rules and nothing else.", opt_register, run_register, false},
    {"diff", "OLD NEW", "what a new version of a policy widens and narrows",
     "Prints each change by its rule, who must be told and who must agree anew; where it can be shown, "
     "a question that is allowed now and was refused before. Exit status 0 when nothing became wider, 1 "
     "when something did, 3 when a file has faults.",
     opt_diff, run_diff, false},
    {"keys", "new|ask|give|take|list|slot add|slot remove NUMBER|epoch prepare|epoch activate|epoch cancel",
     "make a keyring, bring it to further nodes, change what opens it",
     "new makes DIR/keyring.trk and, when it is named and missing, the root key file. Keep a copy of the root key apart "
     "from the data: without it nothing opens ever again. A further node gets the keyring in three steps: ask, there, "
     "makes its own secret and prints a key; give, here, seals the keyring for that key; take, there, makes or completes "
     "its keyring. No secret travels. list shows what opens the keyring, its epochs and the nodes of the store; slot add "
     "and slot remove change what opens it. epoch prepare adds a key for the keys to come, epoch activate puts it into "
     "use when every node has it, epoch cancel takes one back that was not activated.",
     opt_keys, run_keys, false},
    {"store", "prepare", "make the tables of a store on PostgreSQL, or bring them up to this version",
     "Needs a role that owns the two databases, or may make tables there; the server then comes as "
     "another (troth_service, when there is one, is given what it needs). No server may run on them "
     "meanwhile. A store of files needs none of this.",
     opt_store, run_store, false},
    {"token", "add|revoke|list", "bearer tokens for applications, staff and people",
     "add prints the token once, on standard output. Needs access to the data folder's local socket, "
     "or the files themselves when no server runs.",
     opt_token, run_token, false},
    {"import", "FILE", "submit the rows of a CSV or NDJSON file to a collection point",
     "Every row is checked first, also against the rows before it; when one would be refused, all refused "
     "rows are listed with place and reason and nothing is imported. An import that was cut off, by Ctrl-C "
     "too, goes on when it is run again within a day; after that add --skip-refused, because rows that are "
     "in are then refused as taken. Exit status 3 when rows were refused, 6 when it stopped on the way.",
     opt_import, run_import, false},
    {"export", "", "everything about one person, as JSON", NULL, opt_export, run_export, false},
    {"ledger", "verify|checkpoint|key|inclusion|consistency", "check the ledger, or ask for proofs",
     "verify reads every entry, tile and checkpoint of a data folder (live or copied) and names the "
     "first entry that is changed, missing, reordered or cut off. Exit status 7 when it does not hold.",
     opt_ledger, run_ledger, false},
    {"prove", "", "what the records of this server show of each promise",
     "For each clause of the policy in force: its rules, the tests that cover them, what the ledger and the sweep show, and "
     "what no program can show. Exit status 1 when something that owes evidence has none (docs/prove.md says what owes "
     "which): a sweep that is late, records overdue, a page of other rules, a ledger that does not hold.",
     opt_prove, run_prove, false},
    {"move", "", "bring all data from files to PostgreSQL, or back",
     "Every run makes the target equal to the source, and may be cut off and run again. Run it while the server works "
     "until little is left to do; then stop the server and run it with --finish. Until that has ended no server starts "
     "on the target, and from then on none on the source. Rows travel sealed: no key is needed, and the keyring stays "
     "where it is. Everything keeps its id, and every receipt its number.",
     opt_move, run_move, false},
    {"sweep", "", "erase now what the keep rules say is due",
     "The server sweeps by itself every minute; this waits until nothing is due.", opt_sweep,
     run_sweep, false},
    {"limits", "", "every limit on size and time", NULL, opt_none, run_limits, false},
    {"version", "", "version and what it was built with", NULL, opt_none, run_version, false},
    {"docs", "man|settings|completion", "the manual page, the table of settings, bash completion",
     NULL, opt_none, run_docs, true},
    {"keyd", "FD", "the key process; started by the server", NULL, opt_none, run_keyd, true},
};

const struct verb *
verbs_all(size_t *ret_count)
{
    *ret_count = sizeof verbs / sizeof verbs[0];
    return verbs;
}

static const struct option_row *
options_of(const struct verb *verb)
{
    return verb->options == NULL ? settings_options() : verb->options;
}

const char *
arg_value(const struct args *args, const char *name)
{
    const struct option_row *row = options_of(args->verb);
    for (int i = 0; row[i].name != NULL; i++)
        if (strcmp(row[i].name, name) == 0)
            return args->values[i];
    return NULL;
}

const char *
arg_or_env(const struct args *args, const char *name, const char *env)
{
    const char *value = arg_value(args, name);
    if (value == NULL)
        value = getenv(env);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

int
fail(const struct err *err)
{
    (void)fprintf(stderr, "troth: %s", err->text[0] == '\0' ? err_public_text(err->code) : err->text);
    if (err->place[0] != '\0')
        (void)fprintf(stderr, " (at %s)", err->place);
    if (err->rule[0] != '\0')
        (void)fprintf(stderr, " [%s]", err->rule);
    (void)fputc('\n', stderr);
    return err_exit_status(err->code);
}

int
fail_usage(const char *fmt, ...)
{
    va_list args;
    (void)fputs("troth: ", stderr);
    va_start(args, fmt);
    (void)vfprintf(stderr, fmt, args);
    va_end(args);
    (void)fputs("\n", stderr);
    return err_exit_status(ERR_USAGE);
}

static void
usage_all(FILE *to)
{
    (void)fprintf(to, "troth %s: keeps a privacy policy\n\nusage: troth VERB [OPTIONS] …\n\n",
                  TROTH_VERSION);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (!verbs[i].hidden)
            (void)fprintf(to, "  %-8s %s\n", verbs[i].name, verbs[i].summary);
    (void)fprintf(to, "\ntroth VERB --help says more.\n");
}

static void
wrap(FILE *to, const char *text, int indent, int width)
{
    int column = width + 1;
    const char *word = text;
    while (*word != '\0') {
        size_t n = strcspn(word, " ");
        if (column + 1 + (int)n > width) {
            (void)fprintf(to, "%s%*s", column > width && word == text ? "" : "\n", indent, "");
            column = indent;
        } else {
            (void)fputc(' ', to);
            column++;
        }
        (void)fprintf(to, "%.*s", (int)n, word);
        column += (int)n;
        word += n + strspn(word + n, " ");
    }
    (void)fputc('\n', to);
}

static void
usage_verb(FILE *to, const struct verb *verb)
{
    (void)fprintf(to, "usage: troth %s [OPTIONS] %s\n\n", verb->name, verb->words);
    wrap(to, verb->summary, 2, 78);
    if (verb->more != NULL) {
        (void)fputc('\n', to);
        wrap(to, verb->more, 2, 78);
    }
    const struct option_row *row = options_of(verb);
    if (row[0].name != NULL)
        (void)fprintf(to, "\noptions:\n");
    for (; row->name != NULL; row++) {
        (void)fprintf(to, "  --%s%s%s\n", row->name, row->arg == NULL ? "" : " ",
                      row->arg == NULL ? "" : row->arg);
        wrap(to, row->says, 6, 78);
    }
}

/* 0 goes on; otherwise the exit status plus one (help was printed or the call is wrong). */
static int
parse(struct args *args, int argc, char **argv)
{
    const struct option_row *rows = options_of(args->verb);
    bool only_words = false;
    for (int i = 2; i < argc; i++) {
        const char *word = argv[i];
        if (!only_words && strcmp(word, "--") == 0) {
            only_words = true;
            continue;
        }
        if (!only_words && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
            usage_verb(stdout, args->verb);
            return 1;
        }
        if (only_words || strncmp(word, "--", 2) != 0) {
            if (args->word_count == ARGS_MAX)
                return 1 + fail_usage("too many words");
            args->words[args->word_count++] = word;
            continue;
        }
        size_t n = strcspn(word + 2, "=");
        int at = 0;
        while (rows[at].name != NULL &&
               (strlen(rows[at].name) != n || strncmp(rows[at].name, word + 2, n) != 0))
            at++;
        if (rows[at].name == NULL)
            return 1 + fail_usage("%s knows no option --%.*s; see troth %s --help",
                                  args->verb->name, (int)n, word + 2, args->verb->name);
        if (args->values[at] != NULL)
            return 1 + fail_usage("--%s is given twice", rows[at].name);
        bool joined = word[2 + n] == '=';
        if (rows[at].arg == NULL && joined)
            return 1 + fail_usage("--%s takes no value", rows[at].name);
        if (rows[at].arg == NULL)
            args->values[at] = "";
        else if (joined)
            args->values[at] = word + 3 + n;
        else if (i + 1 < argc)
            args->values[at] = argv[++i];
        else
            return 1 + fail_usage("--%s needs a value: %s", rows[at].name, rows[at].arg);
    }
    return 0;
}

int
cli_main(int argc, char **argv)
{
    static char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n < 0)
        return fail_usage("cannot find this program's own file under /proc");
    self[n] = '\0';
    if (argc < 2) {
        usage_all(stderr);
        return err_exit_status(ERR_USAGE);
    }
    const char *name = argv[1];
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        usage_all(stdout);
        return 0;
    }
    if (strcmp(name, "--version") == 0)
        name = "version";
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].name, name) != 0)
            continue;
        struct args args = {.verb = &verbs[i], .self_exe = self};
        int stop = parse(&args, argc, argv);
        if (stop != 0)
            return stop - 1;
        struct err err;
        if (!crypt_start(&err))
            return fail(&err);
        return verbs[i].run(&args);
    }
    return fail_usage("there is no verb \"%s\"; see troth --help", name);
}

bool
file_text(const char *path, size_t most, struct span *ret, struct err *err)
{
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, ERR_IO, errno, "%s cannot be opened", path);
    struct stat stat;
    if (fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && (uint64_t)stat.st_size > most) {
        (void)close(fd);
        return err_set(err, ERR_TOO_LARGE, "%s is larger than %zu bytes", path, most);
    }
    char *text = malloc(most + 1);
    size_t used = 0;
    ssize_t n = text == NULL ? -1 : 1;
    while (n > 0 && used <= most) {
        n = read(fd, text + used, most + 1 - used);
        if (n > 0)
            used += (size_t)n;
    }
    int why = errno;
    (void)close(fd);
    if (n < 0 || used > most) {
        free(text);
        return n < 0 ? err_sys(err, ERR_IO, why, "%s cannot be read", path)
                     : err_set(err, ERR_TOO_LARGE, "%s is larger than %zu bytes", path, most);
    }
    *ret = span_of(text, used);
    return true;
}

void
progress_begin(struct progress *progress, const char *what)
{
    *progress = (struct progress){.what = what, .begun_ms = clock_mono_ms()};
}

void
progress_say(struct progress *progress, uint64_t done, uint64_t total)
{
    int64_t now = clock_mono_ms();
    if (!isatty(STDERR_FILENO) || now - progress->begun_ms < 1000 || now - progress->said_ms < 200)
        return;
    progress->said_ms = now;
    progress->shown = true;
    if (total > 0)
        (void)fprintf(stderr, "\r%s: %llu of %llu (%d %%) ", progress->what,
                      (unsigned long long)done, (unsigned long long)total,
                      (int)(done * 100 / total));
    else
        (void)fprintf(stderr, "\r%s: %llu ", progress->what, (unsigned long long)done);
}

void
progress_clear(struct progress *progress)
{
    if (progress->shown)
        (void)fputs("\r\033[K", stderr);
    progress->shown = false;
}

void
progress_end(struct progress *progress)
{
    if (progress->shown)
        (void)fputc('\n', stderr);
    progress->shown = false;
}
