/* One pass over the file: rows go out while answers come in, and each refusal is told with its row. */
#include "cli/import_priv.h"

#include "crypt/crypt.h"
#include "wire/json.h"

#include <stdlib.h>

/* What is under way is brought to its end all the same. */
static void
halt(struct import *import, uint64_t row, const struct err *why)
{
    if (import->halted)
        return;
    import->halted = true;
    import->halt = *why;
    import->row = row;
}

static bool
state_room(struct import *import, struct err *err)
{
    if (import->number < import->states_cap)
        return true;
    size_t cap = import->states_cap == 0 ? 65536 : 2 * import->states_cap;
    uint8_t *states = realloc(import->states, cap);
    if (states == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for so many rows");
    memset(states + import->states_cap, ROW_OPEN, cap - import->states_cap);
    import->states = states;
    import->states_cap = cap;
    return true;
}

static void
key_make(const struct import *import, uint64_t row, char ret[LIMIT_IDEM_KEY + 1])
{
    uint8_t number[8], hash[32];
    put_be64(number, row);
    const struct span parts[] = {span_of(import->hash, 32), span_of(number, 8),
                                 span_str(import->path)};
    crypt_sha256(parts, 3, hash);
    hex_put(ret, hash, 32);
}

/* A row that does not come in; `between` stands between its place, when there is one, and the reason. */
static void
refuse(struct import *import, const struct slot *slot, const struct err *why, const char *between)
{
    char mem[1024];
    struct buf buf;
    import->states[slot->number] = ROW_REFUSED;
    import->refused++;
    import->taken += why->code == ERR_TAKEN;
    if (import->shown == LIMIT_IMPORT_REFUSED) {
        import->untold++;
        return;
    }
    import->shown++;
    buf_init(&buf, mem, sizeof mem);
    buf_str(&buf, "row ");
    rows_number(&slot->at, &buf);
    buf_str(&buf, ": ");
    size_t mark = buf.n;
    rows_place(&import->rows, &slot->at, why, &buf);
    buf_str(&buf, buf.n > mark ? between : "");
    buf_str(&buf, why->text);
    if (why->rule[0] != '\0')
        buf_fmt(&buf, " [%s]", why->rule);
    progress_clear(&import->progress);
    (void)fprintf(stderr, "%.*s\n", SPAN_FMT(buf_span(&buf)));
}

/* Whether a refusal is about this row; if not, the next row would meet it too. */
static bool
about_row(const struct err *why, const struct row_at *at)
{
    switch (why->code) {
    case ERR_BAD_JSON:
    case ERR_NOT_FOUND:
    case ERR_CONFLICT:
    case ERR_TAKEN:
    case ERR_GONE:
    case ERR_TOO_LARGE:
    case ERR_INVALID:
    case ERR_UNKNOWN_FIELD:
    case ERR_CARD_NUMBER:
    case ERR_IDEM_REUSED:
        return true;
    case ERR_REFUSED:
        return at->subject[0] != '\0'; /* of a new person the policy knows nothing yet: it means the caller */
    default:
        return false;
    }
}

/* The marks of a row that would be taken, against those of the rows before it. A row that is refused takes nothing. */
static void
marks_take(struct import *import, const struct slot *slot, const struct answer *answer)
{
    const struct json *reply = NULL, *unique;
    struct err err;
    if (!json_read(client_arena(import->client), answer->body, &reply, &err)) {
        halt(import, slot->at.row, &err);
        return;
    }
    unique = json_get(reply, "unique");
    import->loose += unique == NULL || unique->first == NULL;
    for (int put = 0; put < 2; put++) {
        for (const struct json *m = unique == NULL ? NULL : unique->first; m != NULL; m = m->next) {
            uint8_t mark[16];
            if (!hex_get(m->text, mark, sizeof mark))
                continue;
            if (put == 1) {
                if (!seen_put(import->seen, m->key, mark, slot->at.subject, slot->at.row, &err))
                    halt(import, slot->at.row, &err);
                continue;
            }
            uint64_t other = seen_find(import->seen, m->key, mark, slot->at.subject);
            if (other == 0)
                continue;
            err_set(&err, ERR_INVALID, "is that of row %llu already", (unsigned long long)other);
            err_place(&err, "/fields/%.*s", SPAN_FMT(m->key));
            refuse(import, slot, &err, " ");
            return;
        }
    }
}

/* The oldest row under way gets its answer. */
static void
settle(struct import *import)
{
    struct slot *slot = &import->slots[import->first];
    struct answer answer;
    struct err why;
    err_clear(&why);
    if (slot->asked && !client_pull(import->client, NULL, &answer, &why)) {
        halt(import, slot->at.row, &why);
        for (unsigned i = 0; i < import->flying; i++)
            import->lost += import->slots[(import->first + i) % LIMIT_HTTP_PIPELINE].asked;
        import->flying = 0;
        return;
    }
    import->first = (import->first + 1) % LIMIT_HTTP_PIPELINE;
    import->flying--;
    if (!import->halted)
        import->row = slot->at.row;
    if (!slot->asked) {
        refuse(import, slot, &slot->why, ": ");
    } else if (client_good(&answer, client_arena(import->client), &why)) {
        if (import->dry && answer.replayed) {
            import->states[slot->number] = ROW_IN;
            import->before++;
        } else if (import->dry) {
            marks_take(import, slot, &answer);
        } else {
            import->stored++;
        }
    } else if (about_row(&why, &slot->at)) {
        if (why.code == ERR_IDEM_REUSED)
            err_set(&why, why.code, "this row of this file came in already, with another --map");
        refuse(import, slot, &why, ": ");
    } else {
        halt(import, slot->at.row, &why);
    }
    progress_say(&import->progress, slot->number + 1, import->dry ? 0 : import->total);
}

/* The next row that is to be asked about into the free slot; false when there is none. */
static bool
slot_fill(struct import *import, struct slot *slot)
{
    struct err err;
    for (;;) {
        enum row_got got = rows_next(&import->rows, &import->held, &slot->at, &slot->why);
        if (got == ROW_FAULT)
            halt(import, slot->at.row + 1, &slot->why);
        if (got == ROW_END || got == ROW_FAULT) {
            import->ended = true;
            return false;
        }
        if (!state_room(import, &err)) {
            halt(import, slot->at.row, &err);
            return false;
        }
        slot->number = import->number++;
        slot->asked = got == ROW_GOOD;
        if (import->dry || import->states[slot->number] == ROW_OPEN)
            return true;
    }
}

/* Rows go out until as many are under way as may be, or the way is full. */
static void
window_fill(struct import *import)
{
    char key[LIMIT_IDEM_KEY + 1];
    while (!import->ended && !import->halted && !*import->stopped && import->flying < client_window(import->client)) {
        struct slot *slot = &import->slots[(import->first + import->flying) % LIMIT_HTTP_PIPELINE];
        if (!import->holds && !slot_fill(import, slot))
            return;
        import->holds = false;
        if (!slot->asked) { /* told when those before it are */
            import->flying++;
            continue;
        }
        key_make(import, slot->at.row, key);
        const struct client_ask ask = {.method = "POST",
                                       .path = import->path,
                                       .purpose = arg_value(import->args, "purpose"),
                                       .task = arg_value(import->args, "task"),
                                       .idempotency = key, /* of rows that are in already the check says so, too */
                                       .dry_run = import->dry,
                                       .body = import->held};
        struct err err;
        switch (client_push(import->client, &ask, &err)) {
        case PUSHED:
            import->flying++;
            break;
        case PUSHED_NOT_NOW:
            import->holds = true;
            return;
        default:
            halt(import, slot->at.row, &err);
        }
    }
}

bool
import_pass(struct import *import, bool dry)
{
    struct err err;
    import->dry = dry;
    import->number = 0;
    import->row = 0;
    import->ended = import->holds = false;
    progress_begin(&import->progress, dry ? "checking rows" : "importing rows");
    if (!rows_begin(&import->rows, &err))
        halt(import, 1, &err);
    for (;;) {
        window_fill(import);
        if (import->flying == 0)
            break;
        settle(import);
    }
    progress_end(&import->progress);
    if (dry)
        import->total = import->number;
    if (import->untold > 0)
        (void)fprintf(stderr, "… and %llu more\n", (unsigned long long)import->untold);
    import->untold = 0;
    return import->ended && !import->halted;
}
