#include "policy/page_priv.h"

#include "wire/text.h"

/* CommonMark with the tables of GitHub. A block is one line, so only its beginning has signs of its own. */

static void
raw(struct pen *pen, const char *s)
{
    buf_str(pen->out, s);
}

/* What begins something wherever it stands: a backslash before it takes that away. */
static bool
always(char c)
{
    return c != '\0' && strchr("\\`*_[]<>&|~#{}", c) != NULL;
}

/* What begins a list, a line or a definition at the beginning of a block: "-", "+", "=", ":", "1." and "1)". */
static bool
at_beginning(const struct pen *pen, char c)
{
    if (pen->fresh)
        return strchr("-+=:", c) != NULL;
    return pen->digits > 0 && (c == '.' || c == ')');
}

static void
markdown_text(struct pen *pen, struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == ' ' || c == '\n' || c == '\t') {
            pen->space = !pen->fresh;
            continue;
        }
        /* Two spaces at a line's end would break the line, and several are one anyway. */
        if (pen->space)
            buf_char(pen->out, ' ');
        if (always(c) || (!pen->space && at_beginning(pen, c)))
            buf_char(pen->out, '\\');
        buf_char(pen->out, c);
        pen->digits = c >= '0' && c <= '9' && (pen->fresh || (pen->digits > 0 && !pen->space)) ? pen->digits + 1 : 0;
        pen->space = pen->fresh = false;
    }
}

/* Signs of ours between words, behind a space that waits. */
static void
sign(struct pen *pen, const char *s)
{
    if (pen->space)
        buf_char(pen->out, ' ');
    pen->space = pen->fresh = false;
    pen->digits = 0;
    raw(pen, s);
}

static void
block(struct pen *pen, bool open, const char *begin, const char *end)
{
    raw(pen, open ? begin : end);
    pen->fresh = open;
    pen->space = false;
    pen->digits = 0;
}

static void
markdown_lead(struct pen *pen, struct span s)
{
    s = span_trim(s);
    if (s.n == 0)
        return;
    sign(pen, "**");
    markdown_text(pen, s);
    pen->space = false;
    raw(pen, "**");
}

/* Letters and digits only: nothing that would end it. */
static void
markdown_code(struct pen *pen, struct span s)
{
    sign(pen, "`");
    buf_put(pen->out, s);
    raw(pen, "`");
}

static void
markdown_date(struct pen *pen, int64_t days, bool open)
{
    (void)pen;
    (void)days;
    (void)open;
}

static void
markdown_own_words(struct pen *pen, bool open)
{
    (void)pen;
    (void)open;
}

static void
put_id(struct pen *pen, const char *kind, struct span id)
{
    if (strcmp(kind, "section") != 0) {
        raw(pen, kind);
        raw(pen, "-");
    }
    percent_put(pen->out, id);
}

/* An address of the web between angle brackets: what would end it, or be read as an entity or an escape. */
static void
address_put(struct pen *pen, struct span id)
{
    for (size_t i = 0; i < id.n; i++) {
        if (id.p[i] == ' ' || id.p[i] == '\n')
            continue;
        if (strchr("<>\\&", id.p[i]) != NULL)
            buf_char(pen->out, '\\');
        buf_char(pen->out, id.p[i]);
    }
}

static void
markdown_link(struct pen *pen, const char *kind, struct span id, struct span s)
{
    sign(pen, "[");
    pen->fresh = true;
    if (strcmp(kind, "mailto") == 0)
        markdown_text(pen, s);
    else
        pen_title(pen, kind, s);
    pen->space = pen->fresh = false;
    if (strcmp(kind, "mailto") == 0) {
        raw(pen, "](mailto:");
        page_mail_put(pen->out, id);
    } else if (strcmp(kind, "web") == 0) {
        raw(pen, "](<");
        address_put(pen, id);
        raw(pen, ">");
    } else {
        raw(pen, "](#");
        put_id(pen, kind, id);
    }
    raw(pen, ")");
    pen->digits = 0;
}

/* A heading's own place: what readers make of its words differs between them. */
static void
put_place(struct pen *pen, const char *kind, struct span id)
{
    raw(pen, "\n<a id=\"");
    put_id(pen, kind, id);
    raw(pen, "\"></a>\n\n");
}

static void
markdown_begin(struct pen *pen)
{
    block(pen, true, "# ", "");
    words_said(pen, pen->policy->title, pen->policy->id);
    block(pen, false, "", "\n");
}

static void
markdown_list(struct pen *pen, bool open)
{
    if (open)
        raw(pen, "\n"); /* behind a heading, or at the end of the item it is in */
    else
        pen->ended = pen->depth > 1;
    pen->depth += open ? 1 : -1;
    pen->space = false;
}

static void
markdown_item(struct pen *pen, bool open)
{
    if (open && pen->depth > 1)
        raw(pen, "  ");
    block(pen, open, "- ", pen->ended ? "" : "\n");
    pen->ended = false;
}

static void
markdown_section(struct pen *pen, const char *id, const char *title)
{
    put_place(pen, "section", span_str(id));
    block(pen, true, "## ", "");
    markdown_text(pen, span_str(title));
    block(pen, false, "", "\n");
}

static void
markdown_part(struct pen *pen, const char *kind, struct span id, struct span title)
{
    put_place(pen, kind, id);
    block(pen, true, "### ", "");
    pen->capital = true;
    pen_title(pen, kind, title);
    block(pen, false, "", "\n");
}

static void
markdown_para(struct pen *pen, bool open)
{
    block(pen, open, "\n", "\n");
}

static void
markdown_contents(struct pen *pen)
{
    size_t count = 0;
    const struct page_section *sections = page_sections(&count);
    markdown_list(pen, true);
    for (size_t i = 0; i < count; i++) {
        if (sections[i].wanted != NULL && !sections[i].wanted(pen->policy))
            continue;
        markdown_item(pen, true);
        pen->plain = true;
        markdown_link(pen, "section", span_str(sections[i].id), span_str(pen_sentence(pen, sections[i].title)));
        markdown_item(pen, false);
    }
    markdown_list(pen, false);
}

static void
markdown_foot(struct pen *pen)
{
    raw(pen, "\n---\n");
}

static void
markdown_nothing(struct pen *pen)
{
    (void)pen;
}

static void
markdown_table(struct pen *pen, const char *caption, const char *const *columns, int count)
{
    (void)caption; /* the section's title says it */
    pen->columns = columns;
    pen->column_count = count;
    raw(pen, "\n|");
    for (int i = 0; i < count; i++) {
        block(pen, true, " ", "");
        markdown_text(pen, span_str(pen_sentence(pen, columns[i])));
        block(pen, false, "", " |");
    }
    raw(pen, "\n|");
    for (int i = 0; i < count; i++)
        raw(pen, " --- |");
    raw(pen, "\n");
}

static void
markdown_row(struct pen *pen, bool open)
{
    pen->column = -1;
    raw(pen, open ? "|" : "\n");
}

static void
markdown_cell(struct pen *pen, bool open)
{
    block(pen, open, " ", " |");
    if (open)
        pen->column++;
    TROTH_ASSERT(pen->column < pen->column_count);
}

const struct pen_ops page_markdown_ops = {
    .begin = markdown_begin, .contents = markdown_contents, .foot = markdown_foot, .end = markdown_nothing,
    .section = markdown_section, .part = markdown_part, .para = markdown_para, .list = markdown_list,
    .item = markdown_item, .lead = markdown_lead, .text = markdown_text, .code = markdown_code, .date = markdown_date,
    .link = markdown_link, .own_words = markdown_own_words, .table = markdown_table,
    .table_end = markdown_nothing, .row = markdown_row, .cell = markdown_cell,
};
