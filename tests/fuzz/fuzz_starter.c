/* Answers to `troth init`, a line each: what is accepted makes a policy without a fault, and one that says the name. */
#include "cli/starter_priv.h"
#include "crypt/crypt.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    struct starter starter = {.parts = 0, .date = "2026-01-01"};
    struct span rest = span_of((const char *)data, size), line;
    struct err err;
    struct buf out;
    started = started || crypt_start(&err);
    if (!started)
        return 0;
    for (int i = 0; i < ASK_COUNT; i++) {
        if (!span_split(&rest, '\n', &line))
            return 0;
        unsigned parts = starter.parts;
        err_clear(&err);
        if (!starter_answer(&starter, (enum starter_ask)i, line, &err)) {
            TROTH_ASSERT(err.code == ERR_USAGE && starter.parts == parts && starter.answers[i].n == 0);
            return 0;
        }
        TROTH_ASSERT(starter.answers[i].n > 0 && starter.answers[i].n <= STARTER_ANSWER);
    }
    char *mem = malloc(STARTER_MAX);
    buf_init(&out, mem, mem == NULL ? 0 : STARTER_MAX);
    bool good = starter_write(&starter, &out, &err);
    TROTH_ASSERT(good || err.code == ERR_USAGE); /* what cannot be seen; anything else is a fault of ours */
    TROTH_ASSERT(!good || (out.n > 0 && memmem(out.p, out.n, "clauses:", 8) != NULL));
    free(mem);
    return 0;
}
