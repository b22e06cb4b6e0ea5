#include "policy/read.h"

#include "wire/text.h"

enum { TAB_STOP = 8, MARK_MOST = 160 };

#define COLOUR(on, code) ((on) ? "\x1b[" code "m" : "")

/* East Asian wide and full-width forms and pictures take two columns of a terminal, accents none. */
static int
columns_of(uint32_t c)
{
    static const struct {
        uint32_t from, to;
        int columns;
    } rows[] = {
        {0x0300, 0x036f, 0},   {0x200b, 0x200d, 0},   {0xfe00, 0xfe0f, 0},   {0x1100, 0x115f, 2},
        {0x2e80, 0x303e, 2},   {0x3041, 0x33ff, 2},   {0x3400, 0x4dbf, 2},   {0x4e00, 0x9fff, 2},
        {0xa000, 0xa4cf, 2},   {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},   {0xfe30, 0xfe6f, 2},
        {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x1f300, 0x1f64f, 2}, {0x1f900, 0x1f9ff, 2},
        {0x20000, 0x3fffd, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (c >= rows[i].from && c <= rows[i].to)
            return rows[i].columns;
    return 1;
}

/* The line as a terminal can show it, tabs as spaces; *ret_from, *ret_to: columns of the mark; -1: not in sight. */
static void
source_put(const struct policy_fault *fault, struct buf *out, int *ret_from, int *ret_to)
{
    struct span s = fault->source;
    bool good = utf8_valid(s, NULL);
    int column = 0, from = -1, to = 0, character = 0;
    for (size_t at = 0; at < s.n; character++) {
        if (character + 1 == fault->column)
            from = column;
        size_t start = at;
        uint32_t c = good ? utf8_next(s, &at) : (uint8_t)s.p[at++];
        if (c == '\t') {
            do
                buf_char(out, ' ');
            while (++column % TAB_STOP != 0);
        } else if (c < 0x20 || c == 0x7f || (!good && c >= 0x80) || (c >= 0x80 && c < 0xa0) ||
                   (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff) {
            buf_char(out, '?'); /* a terminal must not obey a file */
            column++;
        } else {
            buf_put(out, span_sub(s, start, at - start));
            column += columns_of(c);
        }
        if (character + 1 < fault->column + fault->width)
            to = column;
    }
    if (from < 0 && character + 1 == fault->column && s.n < POLICY_FAULT_SOURCE)
        from = column; /* behind the end of the line */
    *ret_from = from;
    *ret_to = to > from ? to : from + 1;
}

static void
mark_put(int from, int to, bool colour, struct buf *out)
{
    buf_str(out, "      | ");
    for (int i = 0; i < from; i++)
        buf_char(out, ' ');
    buf_fmt(out, "%s^", COLOUR(colour, "32"));
    for (int i = from + 1; i < to && i < from + MARK_MOST; i++)
        buf_char(out, '~');
    buf_fmt(out, "%s\n", COLOUR(colour, "0"));
}

static void
fault_print(const struct policy_fault *fault, const char *file, bool colour, struct buf *out)
{
    file = fault->file != NULL ? fault->file : file;
    buf_fmt(out, "%s%s:%d:%d: %s%s:%s ", COLOUR(colour, "1"), file, fault->line, fault->column,
            fault->warning ? COLOUR(colour, "35") : COLOUR(colour, "31"),
            fault->warning ? "warning" : "error", COLOUR(colour, "0"));
    buf_put(out, fault->says);
    buf_fmt(out, " [%s]\n", fault->code);
    if (fault->source.n > 0) {
        int from, to;
        buf_fmt(out, "%5d | ", fault->line);
        source_put(fault, out, &from, &to);
        buf_char(out, '\n');
        if (from >= 0)
            mark_put(from, to, colour, out);
    }
    if (fault->mend.n > 0) {
        buf_str(out, "      = mend: ");
        buf_put(out, fault->mend);
        buf_char(out, '\n');
    }
}

void
policy_faults_print(const struct policy_faults *faults, bool colour, struct buf *out)
{
    int warnings = 0, errors = 0;
    const char *file = faults->file == NULL ? "policy" : faults->file;
    for (int i = 0; i < faults->count; i++) {
        fault_print(&faults->rows[i], file, colour, out);
        warnings += faults->rows[i].warning;
        errors += !faults->rows[i].warning;
    }
    if (faults->count == 0)
        return;
    buf_fmt(out, "%s: %d error%s, %d warning%s\n", file, faults->errors,
            faults->errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
    if (faults->errors > errors)
        buf_fmt(out, "%s: only the first %d are shown\n", file, faults->count);
}
