/* Manual page, table of settings and shell completion, all from the tables of verbs and settings. */
#include "cli/cli_priv.h"

#include <string.h>

static const struct option_row *
options_of(const struct verb *verb)
{
    return verb->options == NULL ? settings_options() : verb->options;
}

static void
roff(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '-')
            (void)fputs("\\-", stdout);
        else if (*c == '\\')
            (void)fputs("\\e", stdout);
        else
            (void)fputc(*c, stdout);
    }
}

static int
man(void)
{
    size_t count = 0;
    const struct verb *verbs = verbs_all(&count);
    (void)printf(".TH TROTH 1 \"\" \"troth %s\" \"\"\n.SH NAME\ntroth \\- keeps a privacy policy\n"
                 ".SH SYNOPSIS\n.B troth\n.I VERB\n[OPTIONS] ...\n.SH VERBS\n",
                 TROTH_VERSION);
    for (size_t i = 0; i < count; i++) {
        if (verbs[i].hidden)
            continue;
        (void)printf(".SS \"troth %s %s\"\n", verbs[i].name, verbs[i].words);
        roff(verbs[i].summary);
        (void)printf(".\n");
        if (verbs[i].more != NULL) {
            (void)printf(".PP\n");
            roff(verbs[i].more);
            (void)printf("\n");
        }
        for (const struct option_row *row = options_of(&verbs[i]); row->name != NULL; row++) {
            (void)printf(".TP\n.B \\-\\-");
            roff(row->name);
            if (row->arg != NULL) {
                (void)printf(" ");
                roff(row->arg);
            }
            (void)printf("\n");
            roff(row->says);
            (void)printf("\n");
        }
    }
    (void)printf(".SH EXIT STATUS\n");
    static const char *const what[] = {"done", "the answer is no, or a policy has faults",
                                       "the call or the configuration is wrong", "bad input",
                                       "not found", "refused by the policy", "not available now",
                                       "broken data, keys or ledger"};
    for (int i = 0; i < 8; i++)
        (void)printf(".TP\n.B %d\n%s\n", i, what[i]);
    (void)printf(".TP\n.B 70\nour own fault\n");
    return 0;
}

static int
settings(void)
{
    static const struct {
        const char *key, *arg, *fallback, *says;
    } rows[] = {
#define SETTING(key, arg, fallback, says) {key, arg, fallback, says},
#include "cli/settings.def"
#undef SETTING
    };
    (void)printf("| setting | value | default | what it does |\n|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        (void)printf("| `%s` | %s | %s%s%s | %s |\n", rows[i].key,
                     rows[i].arg[0] == '\0' ? "switch" : rows[i].arg,
                     rows[i].fallback[0] == '\0' ? "" : "`", rows[i].fallback,
                     rows[i].fallback[0] == '\0' ? "" : "`", rows[i].says);
    return 0;
}

static int
completion(void)
{
    size_t count = 0;
    const struct verb *verbs = verbs_all(&count);
    (void)printf("# bash completion for troth\n_troth() {\n"
                 "    local cur=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} words=\n"
                 "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words=\"");
    for (size_t i = 0; i < count; i++)
        if (!verbs[i].hidden)
            (void)printf("%s ", verbs[i].name);
    (void)printf("help\"\n    else\n        case $verb in\n");
    for (size_t i = 0; i < count; i++) {
        if (verbs[i].hidden)
            continue;
        (void)printf("        %s) words=\"--help", verbs[i].name);
        for (const struct option_row *row = options_of(&verbs[i]); row->name != NULL; row++)
            (void)printf(" --%s", row->name);
        for (const char *c = verbs[i].words; strchr(verbs[i].words, '|') != NULL && *c != '\0'; c++)
            (void)printf("%s%c", c == verbs[i].words ? " " : "", *c == '|' ? ' ' : *c);
        (void)printf("\" ;;\n");
    }
    (void)printf("        esac\n    fi\n    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                 "    [ ${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- \"$cur\"))\n}\n"
                 "complete -F _troth troth\n");
    return 0;
}

int
run_docs(const struct args *args)
{
    if (args->word_count == 1 && strcmp(args->words[0], "man") == 0)
        return man();
    if (args->word_count == 1 && strcmp(args->words[0], "settings") == 0)
        return settings();
    if (args->word_count == 1 && strcmp(args->words[0], "completion") == 0)
        return completion();
    return fail_usage("docs knows man, settings and completion");
}
