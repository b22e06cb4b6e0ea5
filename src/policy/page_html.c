#include "policy/page_priv.h"
#include "wire/text.h"

static void
raw(struct pen *pen, const char *s)
{
    buf_str(pen->out, s);
}

static void
html_text(struct pen *pen, struct span s)
{
    html_put(pen->out, s);
}

static void
html_code(struct pen *pen, struct span s)
{
    raw(pen, "<code>");
    html_put(pen->out, s);
    raw(pen, "</code>");
}

static void
html_date(struct pen *pen, int64_t days, bool open)
{
    if (!open) {
        raw(pen, "</time>");
        return;
    }
    raw(pen, "<time datetime=\"");
    date_put(pen->out, days);
    raw(pen, "\">");
}

static void
html_own_words(struct pen *pen, bool open)
{
    struct span language = pen_language(pen);
    if (language.n == 0 || span_is(language, locale_code(pen_locale(pen))))
        return;
    if (!open) {
        raw(pen, "</span>");
        return;
    }
    raw(pen, "<span lang=\"");
    html_put(pen->out, language);
    raw(pen, "\">");
}

/* id="…" or #…: one name for each thing that can be pointed at. */
static void
put_id(struct pen *pen, const char *kind, struct span id)
{
    if (strcmp(kind, "section") != 0) {
        raw(pen, kind);
        raw(pen, "-");
    }
    html_put(pen->out, id);
}

static void
html_link(struct pen *pen, const char *kind, struct span id, struct span s)
{
    bool mail = strcmp(kind, "mailto") == 0, web = strcmp(kind, "web") == 0;
    raw(pen, web ? "<a rel=\"noreferrer\" href=\"" : mail ? "<a href=\"mailto:" : "<a href=\"#");
    if (mail)
        page_mail_put(pen->out, id);
    else if (web)
        html_put(pen->out, id);
    else
        put_id(pen, kind, id);
    raw(pen, "\">");
    if (mail)
        html_put(pen->out, s);
    else
        pen_title(pen, kind, s);
    raw(pen, "</a>");
}

static void
put_nav(struct pen *pen, const char *id, const char *title)
{
    raw(pen, "<nav aria-labelledby=\"");
    raw(pen, id);
    raw(pen, "\">\n<h2 id=\"");
    raw(pen, id);
    raw(pen, "\">");
    pen_say(pen, title);
    raw(pen, "</h2>\n");
}

static void
put_contents(struct pen *pen)
{
    size_t count = 0;
    const struct page_section *sections = page_sections(&count);
    put_nav(pen, "contents", SAY("On this page"));
    raw(pen, "<ol class=\"toc\">\n");
    for (size_t i = 0; i < count; i++) {
        if (sections[i].wanted != NULL && !sections[i].wanted(pen->policy))
            continue;
        raw(pen, "<li>");
        pen->plain = true;
        html_link(pen, "section", span_str(sections[i].id), span_str(pen_sentence(pen, sections[i].title)));
        raw(pen, "</li>\n");
    }
    raw(pen, "</ol>\n</nav>\n");
}

static void
put_kinds(struct pen *pen)
{
    if (pen->policy->kind_count == 0)
        return;
    put_nav(pen, "me", SAY("What about me?"));
    raw(pen, "<ul class=\"me\">\n");
    for (int i = 0; i < pen->policy->kind_count; i++) {
        const struct policy_kind *kind = &pen->policy->kinds[i];
        raw(pen, "<li>");
        pen->capital = true;
        html_link(pen, "about", kind->name, kind->says.n > 0 ? kind->says : kind->name);
        raw(pen, "</li>\n");
    }
    raw(pen, "</ul>\n</nav>\n");
}

/* One link for each other language, called what it calls itself. */
static void
put_languages(struct pen *pen)
{
    if (pen->address == NULL || policy_page_locale(pen->policy, 1) == NULL)
        return;
    raw(pen, "<nav class=\"languages\" aria-label=\"");
    html_put(pen->out, span_str(pen_sentence(pen, SAY("Languages of this page"))));
    raw(pen, "\">\n<ul>\n");
    const struct locale *locale = NULL;
    for (int i = 0; (locale = policy_page_locale(pen->policy, i)) != NULL; i++) {
        raw(pen, "<li lang=\"");
        raw(pen, locale_code(locale));
        raw(pen, "\"><a hreflang=\"");
        raw(pen, locale_code(locale));
        raw(pen, locale == pen_locale(pen) ? "\" aria-current=\"page\" href=\"" : "\" href=\"");
        html_put(pen->out, span_str(pen->address));
        raw(pen, "?language=");
        raw(pen, locale_code(locale));
        raw(pen, "\">");
        raw(pen, locale_name(locale));
        raw(pen, "</a></li>\n");
    }
    raw(pen, "</ul>\n</nav>\n");
}

void
page_html_head(struct pen *pen, const char *after_title, const char *more_style)
{
    raw(pen, "<!DOCTYPE html>\n<html lang=\"");
    raw(pen, locale_code(pen_locale(pen)));
    raw(pen, "\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
             "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    html_put(pen->out, words_says(pen, pen->policy->title));
    raw(pen, after_title);
    raw(pen, "</title>\n<style>");
    raw(pen, page_style);
    raw(pen, more_style);
    raw(pen, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">");
    pen_say(pen, "Skip to the text");
    raw(pen, "</a>\n");
    put_languages(pen);
    raw(pen, "<header>\n<h1>");
}

static void
html_begin(struct pen *pen)
{
    page_html_head(pen, "", "");
    words_said(pen, pen->policy->title, pen->policy->id);
    raw(pen, "</h1>\n");
}

static void
html_contents(struct pen *pen)
{
    raw(pen, "</header>\n");
    put_kinds(pen);
    put_contents(pen);
    raw(pen, "<main id=\"main\">\n");
}

static void
html_foot(struct pen *pen)
{
    raw(pen, pen->indent > 0 ? "</section>\n" : "");
    raw(pen, "</main>\n<footer>\n");
}

static void
html_end(struct pen *pen)
{
    raw(pen, "</footer>\n</body>\n</html>\n");
}

static void
html_section(struct pen *pen, const char *id, const char *title)
{
    /* The first section has none before it to close. */
    raw(pen, pen->indent++ == 0 ? "" : "</section>\n");
    raw(pen, "<section aria-labelledby=\"");
    raw(pen, id);
    raw(pen, "\">\n<h2 id=\"");
    raw(pen, id);
    raw(pen, "\">");
    html_put(pen->out, span_str(title));
    raw(pen, "</h2>\n");
}

static void
html_part(struct pen *pen, const char *kind, struct span id, struct span title)
{
    raw(pen, "<h3 id=\"");
    put_id(pen, kind, id);
    raw(pen, "\">");
    pen->capital = true;
    pen_title(pen, kind, title);
    raw(pen, "</h3>\n");
}

static void
html_para(struct pen *pen, bool open)
{
    raw(pen, open ? "<p>" : "</p>\n");
}

static void
html_list(struct pen *pen, bool open)
{
    raw(pen, open ? "<ul>\n" : "</ul>\n");
}

static void
html_item(struct pen *pen, bool open)
{
    raw(pen, open ? "<li>" : "</li>\n");
}

static void
html_lead(struct pen *pen, struct span s)
{
    raw(pen, "<b>");
    html_put(pen->out, s);
    raw(pen, "</b>");
}

static void
html_table(struct pen *pen, const char *caption, const char *const *columns, int count)
{
    pen->columns = columns;
    pen->column_count = count;
    raw(pen, "<table role=\"table\">\n<caption>");
    pen_say(pen, caption);
    raw(pen, "</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">");
    for (int i = 0; i < count; i++) {
        raw(pen, "<th scope=\"col\" role=\"columnheader\">");
        pen_say(pen, columns[i]);
        raw(pen, "</th>");
    }
    raw(pen, "</tr></thead>\n<tbody role=\"rowgroup\">\n");
}

static void
html_table_end(struct pen *pen)
{
    raw(pen, "</tbody>\n</table>\n");
}

static void
html_row(struct pen *pen, bool open)
{
    pen->column = -1;
    raw(pen, open ? "<tr role=\"row\">" : "</tr>\n");
}

static void
html_cell(struct pen *pen, bool open)
{
    if (!open) {
        raw(pen, pen->column == 0 ? "</th>" : "</td>");
        return;
    }
    pen->column++;
    TROTH_ASSERT(pen->column < pen->column_count);
    if (pen->column == 0) {
        raw(pen, "<th scope=\"row\" role=\"rowheader\">");
        return;
    }
    raw(pen, "<td role=\"cell\" data-label=\"");
    html_put(pen->out, span_str(pen_sentence(pen, pen->columns[pen->column])));
    raw(pen, "\">");
}

const struct pen_ops page_html_ops = {
    .begin = html_begin, .contents = html_contents, .foot = html_foot, .end = html_end,
    .section = html_section, .part = html_part, .para = html_para, .list = html_list,
    .item = html_item, .lead = html_lead, .text = html_text, .code = html_code, .date = html_date,
    .link = html_link, .own_words = html_own_words, .table = html_table,
    .table_end = html_table_end, .row = html_row, .cell = html_cell,
};
