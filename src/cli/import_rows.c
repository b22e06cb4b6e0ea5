/* Rows of a CSV or NDJSON file as submissions, and how a row and a column are named to people. */
#include "cli/import_priv.h"

#include "wire/json.h"
#include "wire/text.h"

#include <stdlib.h>

enum { ROW_ARENA = 8 * 1024 * 1024 };

static bool
map_read(struct rows *rows, const char *map, struct err *err)
{
    struct span rest = span_str(map), part;
    while (span_split(&rest, ',', &part)) {
        size_t equals = span_find(part, '=');
        if (equals == 0 || equals + 1 >= part.n || rows->column_count == COLUMNS_MAX)
            return err_set(err, ERR_USAGE, "--map reads COLUMN=category.field,COLUMN=category.field");
        struct span field = span_sub(part, equals + 1, SIZE_MAX);
        for (size_t c = 0; c < rows->column_count; c++)
            if (span_eq(rows->columns[c].field, field))
                return err_set(err, ERR_USAGE, "--map names the field %.*s twice", SPAN_FMT(field));
        rows->columns[rows->column_count++] =
            (struct column){.name = span_sub(part, 0, equals), .field = field};
    }
    return true;
}

bool
rows_open(const struct args *args, const char *file, struct rows *rows, struct err *err)
{
    const char *map = arg_value(args, "map"), *format = arg_value(args, "format");
    const char *separator = arg_value(args, "separator");
    rows->ndjson = format != NULL ? strcmp(format, "ndjson") == 0
                                  : span_ends(span_str(file), SPAN(".ndjson")) ||
                                        span_ends(span_str(file), SPAN(".jsonl"));
    rows->separator = separator == NULL || separator[0] == '\0' ? ',' : separator[0];
    rows->mapped = map != NULL;
    rows->body = malloc(LIMIT_HTTP_BODY);
    if (rows->body == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory");
    return (map == NULL || map_read(rows, map, err)) &&
           file_text(file, LIMIT_IMPORT_FILE, &rows->text, err) &&
           arena_open(&rows->arena, ROW_ARENA, err);
}

void
rows_close(struct rows *rows)
{
    arena_close(&rows->arena);
    free(rows->body);
    free((void *)(uintptr_t)rows->text.p);
}

/* CSV without --map: the header names the fields. */
static bool
header_is_map(struct rows *rows, const struct span *cells, size_t count, struct err *err)
{
    rows->column_count = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++)
            if (span_eq(cells[i], cells[j]))
                return err_set(err, ERR_INVALID, "row 1: columns %zu and %zu have the same name", j + 1, i + 1);
        if (i == COLUMNS_MAX)
            return err_set(err, ERR_INVALID, "row 1: more than %d columns", COLUMNS_MAX);
        size_t mark = rows->names.n;
        buf_put(&rows->names, cells[i]);
        struct span name = span_of(rows->names.p + mark, cells[i].n);
        rows->columns[rows->column_count++] =
            (struct column){.name = name, .field = name, .at = i, .found = true};
    }
    return buf_ok(&rows->names) || err_set(err, ERR_INVALID, "row 1: the names are too long");
}

/* What csv_next found wrong, with its place in front. */
static bool
csv_fault(const struct rows *rows, struct err *err)
{
    struct span column = span_str(err->place);
    column = span_sub(column, span_find(column, ':') + 1, SIZE_MAX);
    err_prefix(err, "row %zu (line %zu), column %.*s", rows->csv.row + 1, rows->csv.line, SPAN_FMT(column));
    return err_place(err, "%s", "");
}

/* CSV: which cell each mapped column is. */
static bool
header_read(struct rows *rows, struct err *err)
{
    static struct span cells[CSV_FIELDS_MAX];
    size_t count = 0;
    buf_init(&rows->names, rows->name_mem, sizeof rows->name_mem);
    csv_init(&rows->csv, rows->text, rows->separator);
    if (!csv_next(&rows->csv, &rows->arena, cells, &count, err))
        return csv_fault(rows, err);
    if (count == 0)
        return err_set(err, ERR_INVALID, "the file is empty");
    if (!rows->mapped)
        return header_is_map(rows, cells, count, err);
    for (size_t c = 0; c < rows->column_count; c++) {
        for (size_t i = 0; i < count; i++) {
            if (!span_eq(cells[i], rows->columns[c].name))
                continue;
            rows->columns[c].at = i;
            rows->columns[c].found = true;
        }
        if (!rows->columns[c].found)
            return err_set(err, ERR_INVALID, "the file has no column \"%.*s\"",
                           SPAN_FMT(rows->columns[c].name));
    }
    return true;
}

bool
rows_begin(struct rows *rows, struct err *err)
{
    static const struct span mark = SPAN("\xef\xbb\xbf");
    arena_reset(&rows->arena);
    rows->line = 0;
    rows->rest = span_starts(rows->text, mark) ? span_sub(rows->text, mark.n, SIZE_MAX) : rows->text;
    return rows->ndjson || header_read(rows, err);
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

static enum row_got
body_end(struct buf *body, struct json_out *out, struct span *ret, struct err *err)
{
    json_end(out, '}');
    json_end(out, '}');
    *ret = buf_span(body);
    if (buf_ok(body))
        return ROW_GOOD;
    err_set(err, ERR_TOO_LARGE, "the row is larger than a submission may be (%d bytes)", LIMIT_HTTP_BODY);
    return ROW_BAD;
}

static void
body_begin(struct rows *rows, struct buf *body, struct json_out *out)
{
    buf_init(body, rows->body, LIMIT_HTTP_BODY);
    json_out_init(out, body);
    json_begin(out, '{');
    json_key(out, "fields");
    json_begin(out, '{');
}

static enum row_got
csv_row(struct rows *rows, struct span *ret_body, struct row_at *ret, struct err *err)
{
    static struct span cells[CSV_FIELDS_MAX];
    size_t count = 0, before = rows->csv.row;
    struct buf body;
    struct json_out out;
    bool good = csv_next(&rows->csv, &rows->arena, cells, &count, err);
    *ret = (struct row_at){.row = rows->csv.row, .line = rows->csv.line};
    if (!good && rows->csv.row == before) {
        (void)csv_fault(rows, err);
        return ROW_FAULT;
    }
    if (!good) {
        struct span place = span_str(err->place);
        uint64_t column = 0;
        (void)span_u64(span_sub(place, span_find(place, ':') + 1, SIZE_MAX), CSV_FIELDS_MAX + 1, &column);
        ret->column = (size_t)column;
        return ROW_BAD;
    }
    if (count == 0)
        return ROW_END;
    body_begin(rows, &body, &out);
    for (size_t c = 0; c < rows->column_count; c++) {
        if (cells[rows->columns[c].at].n == 0)
            continue; /* an empty cell is no value */
        json_key_span(&out, rows->columns[c].field);
        json_text(&out, cells[rows->columns[c].at]);
    }
    return body_end(&body, &out, ret_body, err);
}

/* What json_read found wrong in a line: the column alone counts. */
static enum row_got
json_fault(struct row_at *at, struct err *err)
{
    struct span place = span_str(err->place), text = span_str(err->text);
    uint64_t column = 0;
    if (span_u64(span_sub(place, span_find(place, ':') + 1, SIZE_MAX), SIZE_MAX, &column) && column > 0) {
        char why[ERR_TEXT_MAX];
        (void)span_copy(span_trim(span_sub(text, span_find(text, ':') + 1, SIZE_MAX)), why, sizeof why);
        err_set(err, err->code, "%s", why);
    }
    at->column = (size_t)column;
    return ROW_BAD;
}

static enum row_got
ndjson_row(struct rows *rows, struct span *ret_body, struct row_at *ret, struct err *err)
{
    struct span text;
    const struct json *line = NULL;
    struct buf body;
    struct json_out out;
    do {
        if (!span_split(&rows->rest, '\n', &text))
            return ROW_END;
        rows->line++;
    } while (span_trim(text).n == 0 || span_is(text, "\r"));
    *ret = (struct row_at){.row = rows->line, .line = rows->line, .text = text};
    if (text.n > LIMIT_HTTP_BODY) {
        err_set(err, ERR_TOO_LARGE, "the line is longer than a submission may be (%d bytes)", LIMIT_HTTP_BODY);
        return ROW_BAD;
    }
    if (!json_read(&rows->arena, text, &line, err))
        return json_fault(ret, err);
    if (!rows->mapped) {
        struct span subject;
        if (json_get_text(line, "subject", &subject))
            (void)span_copy(subject, ret->subject, sizeof ret->subject);
        *ret_body = text; /* a submission as it is */
        return ROW_GOOD;
    }
    body_begin(rows, &body, &out);
    for (size_t c = 0; c < rows->column_count; c++) {
        char name[128];
        const struct json *value = NULL;
        if (!span_copy(rows->columns[c].name, name, sizeof name) ||
            (value = json_get(line, name)) == NULL || value->kind == JSON_NULL)
            continue;
        json_key_span(&out, rows->columns[c].field);
        value_put(&out, value);
    }
    return body_end(&body, &out, ret_body, err);
}

enum row_got
rows_next(struct rows *rows, struct span *ret_body, struct row_at *ret, struct err *err)
{
    arena_reset(&rows->arena);
    err_clear(err);
    return rows->ndjson ? ndjson_row(rows, ret_body, ret, err) : csv_row(rows, ret_body, ret, err);
}

void
rows_number(const struct row_at *at, struct buf *out)
{
    buf_u64(out, at->row);
    if (at->line != at->row)
        buf_fmt(out, " (line %llu)", (unsigned long long)at->line);
}

/* A member the policy does not know may be anything, so it is told by its number. */
static void
member_place(const struct row_at *at, struct arena *arena, struct span name, struct buf *out)
{
    const struct json *line = NULL, *fields;
    struct err ignored;
    size_t number = 1;
    arena_reset(arena);
    if (!json_read(arena, at->text, &line, &ignored) || (fields = json_get(line, "fields")) == NULL)
        return;
    for (const struct json *m = fields->first; m != NULL; m = m->next, number++)
        if (span_starts(m->key, name)) {
            buf_fmt(out, "member %zu of \"fields\"", number);
            return;
        }
}

/* The cell or member that gave the field, where that is not the field's own name. */
static void
origin_put(const struct rows *rows, struct span field, bool whole, struct buf *out)
{
    for (size_t c = 0; c < rows->column_count; c++) {
        const struct column *column = &rows->columns[c];
        if (!(whole ? span_eq(column->field, field) : span_starts(column->field, field)))
            continue;
        if (rows->ndjson)
            buf_fmt(out, "member \"%.*s\"", SPAN_FMT(column->name)); /* of the command line, not of the file */
        else
            buf_fmt(out, "column %zu", column->at + 1);
        return;
    }
}

void
rows_place(struct rows *rows, const struct row_at *at, const struct err *why, struct buf *out)
{
    struct span place = span_str(why->place), name = span_sub(place, SPAN("/fields/").n, SIZE_MAX);
    if (at->column > 0) {
        buf_fmt(out, "column %zu", at->column);
    } else if (span_is(place, "/fields") || span_is(place, "/subject")) {
        buf_put(out, span_sub(place, 1, SIZE_MAX));
    } else if (!span_starts(place, SPAN("/fields/"))) {
        return; /* a member nobody asked for may be called anything */
    } else if (why->code == ERR_UNKNOWN_FIELD) {
        if (rows->ndjson && !rows->mapped)
            member_place(at, &rows->arena, name, out);
        else
            origin_put(rows, name, false, out); /* the server cuts off long ones */
    } else {
        bool said = strstr(why->text, name.p) != NULL; /* the reason names it */
        if (!said)
            buf_put(out, name);
        if (rows->mapped) {
            buf_str(out, said ? "" : " (");
            origin_put(rows, name, true, out);
            buf_str(out, said ? "" : ")");
        }
    }
}
