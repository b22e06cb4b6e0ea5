#include "policy/page_priv.h"
#include "wire/text.h"

enum { TEXT_WIDTH = 80 };

static void
word_flush(struct pen *pen)
{
    if (pen->word_n == 0)
        return;
    bool fresh = pen->width == 0;
    if (!fresh && pen->width + 1 + pen->word_width > TEXT_WIDTH) {
        buf_char(pen->out, '\n');
        fresh = true;
    }
    if (fresh) {
        for (int i = 0; i < pen->indent; i++)
            buf_char(pen->out, ' ');
        pen->width = pen->indent;
    } else {
        buf_char(pen->out, ' ');
        pen->width++;
    }
    buf_put(pen->out, span_of(pen->word, pen->word_n));
    pen->width += pen->word_width;
    pen->word_n = 0;
    pen->word_width = 0;
}

/* Ends the line that is being written, if one is. */
static void
line_end(struct pen *pen)
{
    word_flush(pen);
    if (pen->width > 0)
        buf_char(pen->out, '\n');
    pen->width = 0;
}

static void
line_blank(struct pen *pen)
{
    line_end(pen);
    buf_char(pen->out, '\n');
}

static void
text_text(struct pen *pen, struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == ' ' || c == '\n' || c == '\t') {
            word_flush(pen);
            continue;
        }
        bool begins = ((unsigned char)c & 0xc0) != 0x80;
        /* A word wider than a line, or than its room, is broken between characters. */
        if (begins && (pen->word_n + 4 > sizeof pen->word ||
                       pen->word_width + pen->indent + 1 > TEXT_WIDTH))
            word_flush(pen);
        if (pen->word_n < sizeof pen->word)
            pen->word[pen->word_n++] = c;
        pen->word_width += begins;
    }
}

/* A line of its own with its indent. */
static void
line_str(struct pen *pen, const char *s)
{
    line_end(pen);
    pen->indent = 0;
    pen_str(pen, s);
    line_end(pen);
}

static void
underline(struct pen *pen, int width, char c)
{
    for (int i = 0; i < width && i < TEXT_WIDTH; i++)
        buf_char(pen->out, c);
    buf_char(pen->out, '\n');
}

static void
text_begin(struct pen *pen)
{
    words_said(pen, pen->policy->title, pen->policy->id);
    word_flush(pen);
    int width = pen->width;
    line_end(pen);
    underline(pen, width, '=');
}

static void
text_nothing(struct pen *pen)
{
    (void)pen;
}

static void
text_date(struct pen *pen, int64_t days, bool open)
{
    (void)pen;
    (void)days;
    (void)open;
}

static void
text_section(struct pen *pen, const char *id, const char *title)
{
    (void)id;
    line_blank(pen);
    buf_char(pen->out, '\n');
    line_str(pen, title);
    underline(pen, (int)utf8_length(span_str(title)), '-');
}

static void
text_part(struct pen *pen, const char *kind, struct span id, struct span title)
{
    (void)id;
    line_blank(pen);
    pen->indent = 0;
    pen->capital = true;
    pen_title(pen, kind, title);
    line_end(pen);
}

static void
text_para(struct pen *pen, bool open)
{
    if (open)
        line_blank(pen);
    else
        line_end(pen);
    pen->indent = 0;
}

static void
text_list(struct pen *pen, bool open)
{
    line_end(pen);
    pen->indent = 0;
    pen->depth += open ? 1 : -1;
}

static void
text_item(struct pen *pen, bool open)
{
    line_end(pen);
    pen->indent = 0;
    if (!open)
        return;
    pen->indent = pen->depth > 1 ? 8 : 4;
    buf_str(pen->out, pen->depth > 1 ? "      -" : "  -");
    pen->width = pen->indent - 1;
}

static void
text_link(struct pen *pen, const char *kind, struct span id, struct span s)
{
    pen_title(pen, kind, s);
    if (strcmp(kind, "web") != 0)
        return;
    pen_str(pen, " (");
    pen_put(pen, id);
    pen_str(pen, ")");
}

static void
text_own_words(struct pen *pen, bool open)
{
    (void)pen;
    (void)open;
}

static void
text_table(struct pen *pen, const char *caption, const char *const *columns, int count)
{
    (void)caption; /* the section's title says it */
    pen->columns = columns;
    pen->column_count = count;
    line_end(pen);
}

static void
text_table_end(struct pen *pen)
{
    line_end(pen);
    pen->indent = 0;
}

static void
text_row(struct pen *pen, bool open)
{
    pen->column = -1;
    if (open)
        line_blank(pen);
}

static void
text_cell(struct pen *pen, bool open)
{
    line_end(pen);
    if (!open)
        return;
    pen->column++;
    TROTH_ASSERT(pen->column < pen->column_count);
    pen->indent = 0;
    if (pen->column == 0)
        return;
    buf_str(pen->out, "  ");
    const char *column = pen_sentence(pen, pen->columns[pen->column]);
    buf_str(pen->out, column);
    buf_char(pen->out, ':');
    pen->width = 3 + (int)utf8_length(span_str(column));
    pen->indent = 4;
}

const struct pen_ops page_text_ops = {
    .begin = text_begin, .contents = text_nothing, .foot = text_nothing, .end = text_nothing,
    .section = text_section, .part = text_part, .para = text_para, .list = text_list,
    .item = text_item, .lead = text_text, .text = text_text, .code = text_text, .date = text_date,
    .link = text_link, .own_words = text_own_words, .table = text_table,
    .table_end = text_table_end, .row = text_row, .cell = text_cell,
};
