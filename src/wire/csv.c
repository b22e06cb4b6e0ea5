#include "wire/csv.h"

#include "base/limits.h"
#include "wire/text.h"

void
csv_init(struct csv *csv, struct span text, char separator)
{
    if (span_starts(text, SPAN("\xef\xbb\xbf")))
        text = span_sub(text, 3, text.n);
    *csv = (struct csv){.rest = text, .separator = separator};
}

static bool
fault(const struct csv *csv, size_t column, struct err *err, const char *what)
{
    err_set(err, ERR_INVALID, "%s", what);
    return err_place(err, "%zu:%zu", csv->row + 1, column);
}

/* End of the quoted text that begins at p (behind the opening quote), or NULL. */
static const char *
quoted_end(const char *p, const char *end, size_t *ret_doubled)
{
    size_t doubled = 0;
    for (;;) {
        const char *quote = memchr(p, '"', (size_t)(end - p));
        if (quote == NULL)
            return NULL;
        if (quote + 1 == end || quote[1] != '"') {
            *ret_doubled = doubled;
            return quote;
        }
        doubled++;
        p = quote + 2;
    }
}

static bool
quoted_read(struct csv *csv, struct arena *arena, size_t column, struct span *ret, struct err *err)
{
    const char *from = csv->rest.p + 1, *end = csv->rest.p + csv->rest.n;
    size_t doubled = 0;
    const char *close = quoted_end(from, end, &doubled);
    if (close == NULL)
        return fault(csv, column, err, "the quoted text does not end");
    struct span raw = span_of(from, (size_t)(close - from));
    csv->rest = span_of(close + 1, (size_t)(end - close - 1));
    if (doubled == 0) {
        *ret = raw;
        return true;
    }
    char *to = arena_take(arena, raw.n - doubled);
    if (to == NULL)
        return err_set(err, ERR_TOO_LARGE, "the record does not fit into memory");
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        to[n++] = raw.p[i];
        i += raw.p[i] == '"'; /* its twin */
    }
    *ret = span_of(to, n);
    return true;
}

static bool
plain_read(struct csv *csv, size_t column, struct span *ret, struct err *err)
{
    struct span s = csv->rest;
    size_t n = 0;
    while (n < s.n && s.p[n] != csv->separator && s.p[n] != '\n' && s.p[n] != '\r') {
        if (s.p[n] == '"')
            return fault(csv, column, err, "a quote inside an unquoted field");
        n++;
    }
    *ret = span_of(s.p, n);
    csv->rest = span_sub(s, n, s.n);
    return true;
}

static bool
cell_read(struct csv *csv, struct arena *arena, size_t column, struct span *ret, struct err *err)
{
    struct span cell;
    bool quoted = csv->rest.n > 0 && csv->rest.p[0] == '"';
    if (quoted ? !quoted_read(csv, arena, column, &cell, err)
               : !plain_read(csv, column, &cell, err))
        return false;
    if (!utf8_valid(cell, NULL))
        return fault(csv, column, err, "not valid UTF-8");
    if (span_find(cell, '\0') < cell.n)
        return fault(csv, column, err, "a NUL byte");
    *ret = cell;
    return true;
}

enum ending { END_CELL, END_RECORD, END_FAULT };

/* What stands behind a cell, taken off the rest. */
static enum ending
ending_read(struct csv *csv)
{
    struct span s = csv->rest;
    if (s.n == 0)
        return END_RECORD;
    size_t n = span_starts(s, SPAN("\r\n")) ? 2 : 1;
    if (s.p[0] != csv->separator && s.p[0] != '\n' && n != 2)
        return END_FAULT;
    csv->rest = span_sub(s, n, s.n);
    return s.p[0] == csv->separator ? END_CELL : END_RECORD;
}

static size_t
line_ends(const char *from, const char *to)
{
    size_t count = 0;
    while (from < to && (from = memchr(from, '\n', (size_t)(to - from))) != NULL) {
        count++;
        from++;
    }
    return count;
}

bool
csv_next(struct csv *csv, struct arena *arena, struct span *ret_cells, size_t *ret_count,
         struct err *err)
{
    if (csv->rest.n == 0) {
        *ret_count = 0;
        return true;
    }
    const char *start = csv->rest.p;
    csv->line = csv->ends + 1;
    size_t count = 0;
    enum ending ending;
    do {
        if (count == CSV_FIELDS_MAX)
            return fault(csv, count + 1, err, "too many fields");
        if (!cell_read(csv, arena, count + 1, &ret_cells[count], err))
            return false;
        count++;
        ending = ending_read(csv);
        if (ending == END_FAULT)
            return fault(csv, count, err, "text behind the field, or a bare carriage return");
        if (csv->rest.p - start > LIMIT_IMPORT_LINE)
            return fault(csv, count, err, "the record is too long");
    } while (ending == END_CELL);
    csv->ends += line_ends(start, csv->rest.p);
    if (csv->columns != 0 && count != csv->columns) {
        fault(csv, count < csv->columns ? count + 1 : csv->columns + 1, err,
              "not as many fields as in the first record");
        csv->row++; /* this one was read to its end: the next can be */
        return false;
    }
    csv->columns = count;
    csv->row++;
    *ret_count = count;
    return true;
}

static bool
is_formula(struct span cell)
{
    return cell.n > 0 && cell.p[0] != '\0' && strchr("=+-@\t\r\n", cell.p[0]) != NULL;
}

static bool
needs_quotes(struct span cell)
{
    if (cell.n > 0 && (cell.p[0] == ' ' || cell.p[cell.n - 1] == ' '))
        return true;
    for (size_t i = 0; i < cell.n; i++)
        if (cell.p[i] != '\0' && strchr("\",;\t\r\n", cell.p[i]) != NULL)
            return true;
    return false;
}

void
csv_put(struct buf *buf, struct span cell, bool first)
{
    if (!first)
        buf_char(buf, ',');
    bool quoted = needs_quotes(cell);
    if (quoted)
        buf_char(buf, '"');
    if (is_formula(cell))
        buf_char(buf, '\'');
    for (struct span part; span_split(&cell, '"', &part);) {
        buf_put(buf, part);
        if (cell.p != NULL)
            buf_str(buf, "\"\"");
    }
    if (quoted)
        buf_char(buf, '"');
}

void
csv_end(struct buf *buf)
{
    buf_str(buf, "\r\n");
}
