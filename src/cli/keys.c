#include "cli/cli_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
data_dir(const struct args *args)
{
    const char *dir = arg_value(args, "data");
    if (dir == NULL)
        dir = getenv("TROTH_DATA");
    return dir == NULL ? "troth-data" : dir;
}

int
run_keys(const struct args *args)
{
    struct err err;
    struct settings settings = {.args = args};
    struct key_source source;
    if (args->word_count != 1 || strcmp(args->words[0], "new") != 0)
        return fail_usage("keys knows one word: new");
    if (!settings_key_source(&settings, &source, &err))
        return fail(&err);
    const char *dir = data_dir(args);
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        err_sys(&err, ERR_IO, errno, "%s cannot be made", dir);
        return fail(&err);
    }
    bool made = source.file != NULL && access(source.file, F_OK) != 0;
    if (made && !key_file_create(source.file, &err))
        return fail(&err);
    if (!keyring_create(dir, &source, &err)) {
        if (made)
            (void)unlink(source.file);
        return fail(&err);
    }
    (void)printf("%s/keyring.trk is made.\n", dir);
    if (made)
        (void)printf("%s opens it. Keep a copy apart from the data: without it nothing opens.\n",
                     source.file);
    return 0;
}
