#include "cli/cli_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_MAX = 65536, KEY_MAX = 64, PATH_SHOWN = 160 };

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

/* 1 on, 0 off, -1 neither. */
static int
switch_state(const char *value)
{
    static const char *const words[][2] = {
        {"no", "yes"}, {"off", "on"}, {"false", "true"}, {"0", "1"}};
    if (value[0] == '\0')
        return 1; /* as the option is given */
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        for (int on = 0; on < 2; on++)
            if (strcmp(value, words[i][on]) == 0)
                return on;
    return -1;
}

static bool
is_switch(size_t row)
{
    return rows[row].arg[0] == '\0';
}

/* "key = value" with its ends trimmed; where is "file:line". */
static bool
line_take(struct settings *settings, char *line, const char *where, struct err *err)
{
    char *equals = strchr(line, '=');
    if (equals == NULL)
        return err_set(err, ERR_CONFIG, "%s: a line reads \"key = value\"", where);
    char *end = equals;
    while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *end = '\0';
    size_t row = 0;
    while (row < ROW_COUNT && strcmp(rows[row].key, line) != 0)
        row++;
    if (row == ROW_COUNT)
        return err_set(err, ERR_CONFIG, "%s: there is no setting \"%s\"", where, line);
    if (settings->values[row] != NULL)
        return err_set(err, ERR_CONFIG, "%s: %s is given twice", where, line);
    const char *value = equals + 1 + strspn(equals + 1, " \t");
    if (is_switch(row) && switch_state(value) < 0)
        return err_set(err, ERR_CONFIG, "%s: %s is yes or no", where, line);
    settings->values[row] = value;
    return true;
}

bool
settings_text(struct settings *settings, char *text, size_t n, const char *path, struct err *err)
{
    char where[PATH_SHOWN + 16];
    int number = 0;
    for (char *line = text, *next; line < text + n; line = next) {
        char *end = memchr(line, '\n', (size_t)(text + n - line));
        end = end == NULL ? text + n : end;
        next = end + 1;
        (void)snprintf(where, sizeof where, "%.*s:%d", PATH_SHOWN, path, ++number);
        /* What cannot be seen would make two readings of one line. */
        for (char *c = line; c < end; c++)
            if ((unsigned char)*c < ' ' && *c != '\t' && !(*c == '\r' && c + 1 == end))
                return err_set(err, ERR_CONFIG, "%s: a character that cannot be seen", where);
        while (end > line && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
            end--;
        *end = '\0';
        line += strspn(line, " \t");
        if (*line != '\0' && *line != '#' && !line_take(settings, line, where, err))
            return false;
    }
    return true;
}

/* Every line is looked at now, so that a typing error is not silence. */
static bool
file_read(struct settings *settings, const char *path, struct err *err)
{
    struct span text;
    if (!file_text(path, CONFIG_MAX, &text, err))
        return false;
    settings->file = malloc(text.n + 1); /* the values point into it */
    if (settings->file == NULL) {
        free((void *)(uintptr_t)text.p);
        return err_set(err, ERR_UNAVAILABLE, "no memory");
    }
    if (text.n > 0)
        memcpy(settings->file, text.p, text.n);
    settings->file[text.n] = '\0';
    free((void *)(uintptr_t)text.p);
    return settings_text(settings, settings->file, text.n, path, err);
}

static const char *
environment_get(const char *key, char name[KEY_MAX + 8])
{
    memcpy(name, "TROTH_", 7);
    size_t n = 6;
    for (const char *c = key; *c != '\0' && n < KEY_MAX + 7; c++)
        name[n++] = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    name[n] = '\0';
    return getenv(name);
}

bool
settings_open(const struct args *args, struct settings *settings, struct err *err)
{
    *settings = (struct settings){.args = args};
    for (size_t i = 0; i < ROW_COUNT; i++) {
        char name[KEY_MAX + 8];
        const char *value = environment_get(rows[i].key, name);
        if (is_switch(i) && value != NULL && switch_state(value) < 0)
            return err_set(err, ERR_CONFIG, "%s is yes or no", name);
    }
    const char *path = arg_value(args, "config");
    if (path == NULL)
        path = getenv("TROTH_CONFIG");
    return path == NULL || file_read(settings, path, err);
}

void
settings_close(struct settings *settings)
{
    free(settings->file);
    *settings = (struct settings){0};
}

const char *
settings_get(const struct settings *settings, const char *key)
{
    size_t row = 0;
    while (row < ROW_COUNT && strcmp(rows[row].key, key) != 0)
        row++;
    TROTH_ASSERT(row < ROW_COUNT);
    char name[KEY_MAX + 8];
    const char *value = arg_value(settings->args, key);
    if (value == NULL)
        value = environment_get(key, name);
    if (value == NULL)
        value = settings->values[row];
    if (value == NULL)
        value = rows[row].fallback[0] == '\0' ? NULL : rows[row].fallback;
    return value != NULL && is_switch(row) && switch_state(value) == 0 ? NULL : value;
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
