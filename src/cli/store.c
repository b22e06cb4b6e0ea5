#include "cli/cli_priv.h"

#include "deeds/instance.h"

#include <string.h>

/* As the owner of two databases: their tables are made, or brought up to this version; the server itself then comes
 * as a role that may do neither. */
int
run_store(const struct args *args)
{
    struct err err;
    const char *store = arg_or_env(args, "store", "TROTH_STORE");
    if (args->word_count != 1 || strcmp(args->words[0], "prepare") != 0)
        return fail_usage("store knows one word: prepare");
    if (store == NULL)
        return fail_usage("say which databases: --store postgresql://…");
    err_clear(&err);
    if (!instance_prepare(store, arg_or_env(args, "store-keys", "TROTH_STORE_KEYS"), &err))
        return fail(&err);
    (void)printf("the tables are there.\n");
    return 0;
}
