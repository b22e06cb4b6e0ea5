/*
 * Import: each row of a CSV or NDJSON file becomes one submission to a collection point.
 *
 * First every row is asked about (Troth-Dry-Run): all that would be refused are
 * listed and, unless told otherwise, nothing is stored. Then the rows are
 * submitted under idempotency keys made of the file's hash and the row, so that
 * an import that was cut off continues where it was when it is run again.
 */
#include "cli/cli_priv.h"

#include "crypt/crypt.h"
#include "wire/csv.h"
#include "wire/json.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 30, COLUMNS_MAX = 64, BODY_MAX = LIMIT_HTTP_BODY, REFUSED_SHOWN = 1000 };

struct column {
    struct span name, field;
    size_t at;            /* CSV: index of the cell */
    bool found;
};

struct import {
    const struct args *args;
    struct client *client;
    struct span text;
    bool ndjson;
    struct csv csv;
    struct arena arena;
    struct column columns[COLUMNS_MAX];
    size_t column_count;
    char path[256];
    char name_mem[8192];
    struct buf names;     /* field names taken from a header */
    uint8_t hash[32];
    char *body;
    uint64_t row, refused, refused_dry, stored, total;
};

static bool
map_read(struct import *import, const char *map, struct err *err)
{
    struct span rest = span_str(map), part;
    while (span_split(&rest, ',', &part)) {
        size_t equals = span_find(part, '=');
        if (equals == 0 || equals + 1 >= part.n || import->column_count == COLUMNS_MAX)
            return err_set(err, ERR_USAGE, "--map reads COLUMN=category.field,COLUMN=category.field");
        import->columns[import->column_count++] = (struct column){
            .name = span_sub(part, 0, equals), .field = span_sub(part, equals + 1, SIZE_MAX)};
    }
    return true;
}

/* CSV without --map: the header names the fields. */
static bool
header_is_map(struct import *import, const struct span *cells, size_t count, struct err *err)
{
    import->column_count = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++)
            if (span_eq(cells[i], cells[j]))
                return err_set(err, ERR_INVALID, "row 1: the column \"%.*s\" is there twice",
                               SPAN_FMT(cells[i]));
        if (i == COLUMNS_MAX)
            return err_set(err, ERR_INVALID, "row 1: more than %d columns", COLUMNS_MAX);
        size_t mark = import->names.n;
        buf_put(&import->names, cells[i]);
        struct span name = span_of(import->names.p + mark, cells[i].n);
        import->columns[import->column_count++] =
            (struct column){.name = name, .field = name, .at = i, .found = true};
    }
    return buf_ok(&import->names) || err_set(err, ERR_INVALID, "row 1: the names are too long");
}

/* CSV: which cell each mapped column is. */
static bool
header_read(struct import *import, struct err *err)
{
    static struct span cells[CSV_FIELDS_MAX];
    size_t count = 0;
    const char *separator = arg_value(import->args, "separator");
    buf_init(&import->names, import->name_mem, sizeof import->name_mem);
    csv_init(&import->csv, import->text, separator == NULL || separator[0] == '\0' ? ',' : separator[0]);
    if (!csv_next(&import->csv, &import->arena, cells, &count, err))
        return false;
    if (count == 0)
        return err_set(err, ERR_INVALID, "the file is empty");
    if (arg_value(import->args, "map") == NULL)
        return header_is_map(import, cells, count, err);
    for (size_t c = 0; c < import->column_count; c++) {
        for (size_t i = 0; i < count; i++) {
            if (!span_eq(cells[i], import->columns[c].name))
                continue;
            import->columns[c].at = i;
            import->columns[c].found = true;
        }
        if (!import->columns[c].found)
            return err_set(err, ERR_INVALID, "the file has no column \"%.*s\"",
                           SPAN_FMT(import->columns[c].name));
    }
    return true;
}

static void
value_put(struct json_out *out, const struct json *value)
{
    if (value->kind == JSON_STRING)
        json_text(out, value->text);
    else if (value->kind == JSON_NUMBER)
        json_raw(out, value->text);
    else if (value->kind == JSON_TRUE || value->kind == JSON_FALSE)
        json_bool(out, value->kind == JSON_TRUE);
    else
        json_null(out); /* arrays and objects are no field's value: the server says so */
}

/* The next row as a body; *ret_end when there is none, *ret_bad (and err) when this row alone is none. */
static bool
row_next(struct import *import, struct buf *body, bool *ret_end, bool *ret_bad, struct err *err)
{
    static struct span cells[CSV_FIELDS_MAX];
    struct json_out out;
    const struct json *line = NULL;
    struct span line_text = SPAN_NONE;
    arena_reset(&import->arena);
    buf_reset(body);
    size_t count = 0;
    *ret_end = *ret_bad = false;
    if (import->ndjson) {
        struct span text;
        do {
            if (!span_split(&import->csv.rest, '\n', &text)) {
                *ret_end = true;
                return true;
            }
            import->row++;
        } while (span_trim(text).n == 0);
        if (!json_read(&import->arena, text, &line, err)) {
            *ret_bad = true;
            return true;
        }
        line_text = text;
    } else {
        size_t before = import->csv.row;
        if (!csv_next(&import->csv, &import->arena, cells, &count, err)) {
            *ret_bad = import->csv.row > before; /* only this record is wrong */
            import->row = import->csv.row;
            return *ret_bad;
        }
        import->row = import->csv.row;
        if (count == 0) {
            *ret_end = true;
            return true;
        }
    }
    if (import->ndjson && import->column_count == 0) {
        buf_put(body, line_text); /* without --map a line is a submission as it is */
        return true;
    }
    json_out_init(&out, body);
    json_begin(&out, '{');
    json_key(&out, "fields");
    json_begin(&out, '{');
    for (size_t c = 0; c < import->column_count; c++) {
        char name[128];
        const struct json *value = NULL;
        if (import->ndjson &&
            (!span_copy(import->columns[c].name, name, sizeof name) ||
             (value = json_get(line, name)) == NULL || value->kind == JSON_NULL))
            continue;
        if (!import->ndjson && cells[import->columns[c].at].n == 0)
            continue; /* an empty cell is no value */
        json_key_span(&out, import->columns[c].field);
        if (import->ndjson)
            value_put(&out, value);
        else
            json_text(&out, cells[import->columns[c].at]);
    }
    json_end(&out, '}');
    json_end(&out, '}');
    return buf_ok(body) || err_set(err, ERR_TOO_LARGE, "row %llu is too large",
                                   (unsigned long long)import->row);
}

static void
key_make(const struct import *import, char ret[LIMIT_IDEM_KEY + 1])
{
    uint8_t number[8], hash[32];
    put_be64(number, import->row);
    const struct span parts[] = {span_of(import->hash, 32), span_of(number, 8),
                                 span_str(import->path)};
    crypt_sha256(parts, 3, hash);
    hex_put(ret, hash, 32);
}

/* A row that does not come in; each is told once. */
static void
refuse(struct import *import, bool dry, const struct err *why)
{
    bool told = !dry && import->refused_dry > import->refused;
    if (import->refused++ >= REFUSED_SHOWN || told)
        return;
    (void)fprintf(stderr, "row %llu: %s%s%s%s%s%s\n", (unsigned long long)import->row, why->text,
                  why->place[0] ? " at " : "", why->place, why->rule[0] ? " [" : "", why->rule,
                  why->rule[0] ? "]" : "");
}

/* One pass over the file. */
static bool
pass(struct import *import, bool dry, struct err *err)
{
    struct buf body;
    struct progress progress;
    char key[LIMIT_IDEM_KEY + 1];
    progress_begin(&progress, dry ? "checking rows" : "importing rows");
    buf_init(&body, import->body, BODY_MAX);
    import->row = 0;
    import->refused = 0;
    if (import->ndjson)
        import->csv.rest = import->text;
    else if (!header_read(import, err))
        return false;
    for (;;) {
        bool end = false, no_row = false;
        struct answer answer;
        struct err why;
        err_clear(&why);
        if (!row_next(import, &body, &end, &no_row, &why)) {
            *err = why;
            return false;
        }
        if (end)
            break;
        if (no_row) {
            refuse(import, dry, &why);
            continue;
        }
        key_make(import, key);
        const struct client_ask ask = {.method = "POST",
                                       .path = import->path,
                                       .purpose = arg_value(import->args, "purpose"),
                                       .task = arg_value(import->args, "task"),
                                       .idempotency = key, /* of rows that are in already the check says so, too */
                                       .dry_run = dry,
                                       .body = buf_span(&body)};
        if (!client_do(import->client, &ask, &answer, err))
            return false;
        err_clear(&why);
        if (client_good(&answer, client_arena(import->client), &why)) {
            import->stored += !dry;
        } else if (answer.status >= 500 || answer.status == 401) {
            *err = why; /* not about this row */
            return false;
        } else {
            refuse(import, dry, &why);
        }
        progress_say(&progress, import->row, import->total);
    }
    if (dry) {
        import->total = import->row;
        import->refused_dry = import->refused;
    }
    progress_end(&progress);
    return true;
}

static bool
import_open(struct import *import, const char *file, struct err *err)
{
    const char *map = arg_value(import->args, "map"), *format = arg_value(import->args, "format");
    struct buf path;
    import->ndjson = format != NULL ? strcmp(format, "ndjson") == 0
                                    : span_ends(span_str(file), SPAN(".ndjson")) ||
                                          span_ends(span_str(file), SPAN(".jsonl"));
    buf_init(&path, import->path, sizeof import->path - 1);
    buf_str(&path, "/v1/collect/");
    path_put(&path, span_str(arg_value(import->args, "point")));
    import->body = malloc(BODY_MAX);
    if (import->body == NULL || !buf_ok(&path))
        return err_set(err, ERR_USAGE, "the point's name is too long");
    if ((map != NULL && !map_read(import, map, err)) || !file_text(file, FILE_MAX, &import->text, err) ||
        !arena_open(&import->arena, 8 * 1024 * 1024, err) ||
        !client_open(import->args, &import->client, err))
        return false;
    crypt_sha256(&import->text, 1, import->hash);
    return true;
}

int
run_import(const struct args *args)
{
    static struct import import;
    struct err err;
    int status = 0;
    import.args = args;
    if (args->word_count != 1 || arg_value(args, "point") == NULL)
        return fail_usage("import needs a file and --point");
    err_clear(&err);
    bool skip = arg_value(args, "skip-refused") != NULL;
    if (!import_open(&import, args->words[0], &err) || !pass(&import, true, &err)) {
        status = fail(&err);
    } else if (import.refused > 0 && !skip) {
        (void)fprintf(stderr, "troth: %llu of the rows would be refused; nothing was imported\n",
                      (unsigned long long)import.refused);
        status = err_exit_status(ERR_INVALID);
    } else if (!pass(&import, false, &err)) {
        (void)fprintf(stderr, "troth: the import stopped after %llu rows; run it again to go on\n",
                      (unsigned long long)import.stored);
        status = fail(&err);
    } else {
        (void)printf("%llu rows imported, %llu refused\n", (unsigned long long)import.stored,
                     (unsigned long long)import.refused);
        status = import.refused > 0 ? err_exit_status(ERR_INVALID) : 0;
    }
    client_close(&import.client);
    arena_close(&import.arena);
    free(import.body);
    return status;
}
