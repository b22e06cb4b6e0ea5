#include "cli/cli_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_MAX = 65536, KEY_MAX = 64 };

struct setting {
    const char *key, *arg, *fallback, *says;
};

static const struct setting rows[] = {
#define SETTING(key, arg, fallback, says) {key, arg, fallback, says},
#include "cli/settings.def"
#undef SETTING
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

const struct option_row *
settings_options(void)
{
    static struct option_row options[ROW_COUNT + 2];
    for (size_t i = 0; i < ROW_COUNT; i++)
        options[i] = (struct option_row){
            rows[i].key, rows[i].arg[0] == '\0' ? NULL : rows[i].arg, rows[i].says};
    options[ROW_COUNT] =
        (struct option_row){"config", "FILE", "lines \"key = value\" with these names; # begins a comment"};
    return options;
}

static bool
line_fits(char *line, int number, const char *path, struct err *err)
{
    char *equals = strchr(line, '=');
    if (equals == NULL)
        return err_set(err, ERR_CONFIG, "%s:%d: a line reads \"key = value\"", path, number);
    size_t n = (size_t)(equals - line);
    while (n > 0 && isspace((unsigned char)line[n - 1]))
        n--;
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strlen(rows[i].key) == n && strncmp(rows[i].key, line, n) == 0)
            return true;
    return err_set(err, ERR_CONFIG, "%s:%d: there is no setting \"%.*s\"", path, number, (int)n, line);
}

/* Cuts the file into lines; every key is checked now, so that a typing error is not silence. */
static bool
file_read(struct settings *settings, const char *path, struct err *err)
{
    struct span text;
    if (!file_text(path, CONFIG_MAX, &text, err))
        return false;
    char *copy = malloc(text.n + 2);
    if (copy == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory");
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    copy[text.n + 1] = '\0';
    free((void *)(uintptr_t)text.p);
    settings->file = copy;
    int number = 0;
    for (char *line = copy; *line != '\0';) {
        char *end = strchr(line, '\n');
        char *next = end == NULL ? line + strlen(line) : end + 1;
        if (end != NULL)
            *end = '\0';
        number++;
        line += strspn(line, " \t");
        if (*line != '\0' && *line != '#' && *line != '\r' && !line_fits(line, number, path, err))
            return false;
        line = next;
    }
    settings->file_size = text.n;
    return true;
}

static const char *
file_get(const struct settings *settings, const char *key)
{
    static char value[ROW_COUNT][4096];
    if (settings->file == NULL)
        return NULL;
    size_t row = 0;
    while (strcmp(rows[row].key, key) != 0)
        row++;
    for (size_t at = 0; at < settings->file_size;) {
        const char *line = settings->file + at;
        at += strlen(line) + 1;
        line += strspn(line, " \t");
        size_t n = strlen(key);
        if (strncmp(line, key, n) != 0)
            continue;
        const char *rest = line + n + strspn(line + n, " \t");
        if (*rest != '=')
            continue;
        rest += 1 + strspn(rest + 1, " \t");
        size_t length = strlen(rest);
        while (length > 0 && isspace((unsigned char)rest[length - 1]))
            length--;
        if (length >= sizeof value[row])
            return NULL;
        memcpy(value[row], rest, length);
        value[row][length] = '\0';
        return value[row];
    }
    return NULL;
}

static const char *
environment_get(const char *key)
{
    char name[KEY_MAX + 8] = "TROTH_";
    size_t n = 6;
    for (const char *c = key; *c != '\0' && n < sizeof name - 1; c++)
        name[n++] = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    name[n] = '\0';
    return getenv(name);
}

bool
settings_open(const struct args *args, struct settings *settings, struct err *err)
{
    *settings = (struct settings){.args = args};
    const char *path = arg_value(args, "config");
    if (path == NULL)
        path = getenv("TROTH_CONFIG");
    return path == NULL || file_read(settings, path, err);
}

const char *
settings_get(const struct settings *settings, const char *key)
{
    const char *value = arg_value(settings->args, key);
    if (value == NULL)
        value = environment_get(key);
    if (value == NULL)
        value = file_get(settings, key);
    if (value != NULL)
        return value;
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].key, key) == 0)
            return rows[i].fallback[0] == '\0' ? NULL : rows[i].fallback;
    TROTH_ASSERT(!"a setting of that name");
    return NULL;
}

bool
settings_key_source(const struct settings *settings, struct key_source *ret, struct err *err)
{
    const char *fd = settings_get(settings, "passphrase-fd");
    uint64_t number = 0;
    *ret = (struct key_source){.file = settings_get(settings, "root-key-file"),
                               .credential = settings_get(settings, "root-key-credential"),
                               .passphrase_fd = -1};
    if (fd != NULL && !span_u64(span_str(fd), 1023, &number))
        return err_set(err, ERR_CONFIG, "passphrase-fd must be the number of an open file");
    if (fd != NULL)
        ret->passphrase_fd = (int)number;
    int given = (ret->file != NULL) + (ret->credential != NULL) + (fd != NULL);
    if (given == 1)
        return true;
    return err_set(err, ERR_CONFIG, given == 0
                                        ? "say what opens the keyring: --root-key-file, "
                                          "--root-key-credential or --passphrase-fd"
                                        : "give one of --root-key-file, --root-key-credential and "
                                          "--passphrase-fd, not several");
}
