#include "policy/read_priv.h"

#include <stdarg.h>
#include <stdio.h>

#include "wire/text.h"

enum { FAULTS_ARENA = 512 * 1024, FAULT_SAYS = 600, FAULT_WORD = 2 * LIMIT_POLICY_NAME };

bool
policy_faults_open(struct policy_faults *faults, const char *file, struct err *err)
{
    struct arena arena;
    if (!arena_open(&arena, FAULTS_ARENA, err))
        return false;
    memset(faults, 0, sizeof *faults);
    faults->arena = arena;
    faults->file = file;
    return true;
}

void
policy_faults_close(struct policy_faults *faults)
{
    arena_close(&faults->arena);
    memset(faults, 0, sizeof *faults);
}

/* The line that holds byte `at`, by halves. */
static int
line_of(const struct part *part, size_t at)
{
    int low = 0, high = part->line_count;
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (part->lines[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static struct span
line_text(const struct part *part, int line)
{
    size_t from = part->lines[line];
    struct span s = span_sub(part->text, from, part->lines[line + 1] - from);
    while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
        s.n--;
    return s;
}

/* Characters in bytes that may be broken: every byte that does not continue one. */
static int
characters(struct span s)
{
    int n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((uint8_t)s.p[i] & 0xc0) != 0x80;
    return n;
}

struct place
place_of(const struct reader *reader, size_t at, size_t bytes)
{
    const struct part *part = &reader->parts[reader->part];
    if (at > part->text.n)
        at = part->text.n;
    int line = line_of(part, at);
    struct span whole = line_text(part, line);
    size_t from = at - part->lines[line];
    if (from > whole.n)
        from = whole.n;
    int width = characters(span_sub(whole, from, bytes));
    return (struct place){line + 1, characters(span_sub(whole, 0, from)) + 1,
                          width > 0 ? width : 1, reader->part};
}

struct place
place_start(const struct reader *reader)
{
    return (struct place){1, 1, 1, reader->part};
}

static struct span PRINTF_LIKE(2, 0)
fault_text(struct reader *reader, const char *fmt, va_list args)
{
    char text[FAULT_SAYS];
    int n = vsnprintf(text, sizeof text, fmt, args);
    if (n < 0)
        return SPAN_NONE;
    size_t used = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    while (used > 0 && (size_t)n >= sizeof text && ((uint8_t)text[used] & 0xc0) == 0x80)
        used--; /* a cut must not leave half a character */
    return arena_copy(&reader->faults->arena, span_of(text, used));
}

/* The line, cut to POLICY_FAULT_SOURCE bytes at a character. */
static struct span
fault_source(struct reader *reader, struct place at)
{
    const struct part *part = &reader->parts[at.part];
    if (part->lines == NULL || at.line < 1 || at.line > part->line_count)
        return SPAN_NONE;
    struct span s = line_text(part, at.line - 1);
    if (s.n > POLICY_FAULT_SOURCE) {
        s.n = POLICY_FAULT_SOURCE;
        while (s.n > 0 && ((uint8_t)s.p[s.n] & 0xc0) == 0x80)
            s.n--;
    }
    return arena_copy(&reader->faults->arena, s);
}

static void PRINTF_LIKE(5, 0)
fault_add(struct reader *reader, bool warning, struct place at, const char *code, const char *fmt,
          va_list args)
{
    struct policy_faults *faults = reader->faults;
    faults->errors += !warning;
    reader->last = NULL;
    if (faults->count == LIMIT_POLICY_FAULTS)
        return;
    struct policy_fault *row = &faults->rows[faults->count++];
    *row = (struct policy_fault){.code = code, .warning = warning, .part = at.part,
                                 .file = reader->parts[at.part].shown, .line = at.line,
                                 .column = at.column, .width = at.width,
                                 .source = fault_source(reader, at),
                                 .says = fault_text(reader, fmt, args)};
    reader->last = row;
}

void
fault(struct reader *reader, struct place at, const char *code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fault_add(reader, false, at, code, fmt, args);
    va_end(args);
}

void
fault_warn(struct reader *reader, struct place at, const char *code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fault_add(reader, true, at, code, fmt, args);
    va_end(args);
}

void
fault_mend(struct reader *reader, const char *fmt, ...)
{
    if (reader->last == NULL)
        return;
    va_list args;
    va_start(args, fmt);
    reader->last->mend = fault_text(reader, fmt, args);
    va_end(args);
}

struct span
shown(struct span text)
{
    struct span line = span_sub(text, 0, span_find(text, '\n'));
    if (line.n > FAULT_WORD) {
        line.n = FAULT_WORD;
        while (line.n > 0 && ((uint8_t)line.p[line.n] & 0xc0) == 0x80)
            line.n--;
    }
    return line;
}

/* By place; insertion keeps the order of telling where two share one. */
void
faults_sort(struct policy_faults *faults)
{
    for (int i = 1; i < faults->count; i++) {
        struct policy_fault row = faults->rows[i];
        int at = i;
        for (; at > 0; at--) {
            const struct policy_fault *before = &faults->rows[at - 1];
            if (before->part != row.part   ? before->part < row.part
                : before->line != row.line ? before->line < row.line
                                           : before->column <= row.column)
                break;
            faults->rows[at] = *before;
        }
        faults->rows[at] = row;
    }
}
