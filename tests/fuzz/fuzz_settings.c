/* A configuration file: what is accepted was understood line by line, and nothing was passed over.
 */
#include "cli/cli_priv.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* Lines that say something, counted the plain way. */
static size_t
lines_that_speak(struct span text)
{
    size_t count = 0;
    struct span line;
    while (text.n > 0 && span_split(&text, '\n', &line)) {
        while (line.n > 0 && memchr(" \t", line.p[0], 2) != NULL)
            line = span_sub(line, 1, line.n);
        while (line.n > 0 && memchr(" \t\r", line.p[line.n - 1], 3) != NULL)
            line.n--;
        count += line.n > 0 && line.p[0] != '#';
    }
    return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct verb serve = {.name = "serve"};
    const struct args args = {.verb = &serve};
    struct settings settings = {.args = &args};
    struct err err;
    char *text = malloc(size + 1);
    if (text == NULL || size > 65536) {
        free(text);
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    if (settings_text(&settings, text, size, "f", &err)) {
        size_t taken = 0;
        for (int i = 0; i < OPTIONS_MAX; i++) {
            taken += settings.values[i] != NULL;
            MUST_HOLD(settings.values[i] == NULL ||
                      (settings.values[i] >= text && settings.values[i] <= text + size));
        }
        MUST_HOLD(taken == lines_that_speak(span_of(data, size)));
        MUST_HOLD(memchr(data, '\0', size) == NULL);
        MUST_HOLD(settings_get(&settings, "data") != NULL);
    } else {
        MUST_HOLD(err.code == ERR_CONFIG && strncmp(err.text, "f:", 2) == 0);
    }
    free(text);
    return 0;
}
