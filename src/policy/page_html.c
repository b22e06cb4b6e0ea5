#include "policy/page_priv.h"
#include "wire/text.h"

/* Light and dark, phone and paper. Contrast of text to ground is at least 7 : 1 in both. */
const char page_style[] =
    ":root{color-scheme:light dark;--ground:#fdfcfa;--ink:#1d2328;--soft:#4a545c;--line:#d9d6cf;"
    "--card:#f3f1ec;--link:#0b4f8a}"
    "@media(prefers-color-scheme:dark){:root{--ground:#15181b;--ink:#e6e4df;--soft:#b3b8bc;"
    "--line:#363c41;--card:#1e2226;--link:#8ec5f5}}"
    "*{box-sizing:border-box}"
    "html{font:100%/1.6 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',sans-serif;"
    "background:var(--ground);color:var(--ink);-webkit-text-size-adjust:100%}"
    "body{max-width:46rem;margin:0 auto;padding:1.25rem 1.1rem 3rem;overflow-wrap:break-word}"
    "h1{font-size:1.9rem;line-height:1.2;margin:.5rem 0 .4rem}"
    "h2{font-size:1.4rem;line-height:1.25;margin:2.8rem 0 .6rem;padding-top:.9rem;"
    "border-top:1px solid var(--line)}"
    "h3{font-size:1.08rem;line-height:1.35;margin:1.7rem 0 .3rem}"
    "p{margin:.5rem 0}a{color:var(--link);text-underline-offset:.15em}"
    "a:focus-visible{outline:3px solid var(--link);outline-offset:2px}"
    ".meta,.mark{color:var(--soft)}.meta{margin:0}"
    ".skip{position:absolute;left:-99rem}.skip:focus{left:1rem}"
    "nav h2{font-size:1.1rem;border:0;padding:0;margin:1.6rem 0 .5rem}"
    ".me{list-style:none;padding:0;margin:0;display:flex;flex-wrap:wrap;gap:.5rem}"
    ".me a{display:block;padding:.5rem .85rem;background:var(--card);border:1px solid var(--line);"
    "border-radius:.6rem;text-decoration:none}.me a:hover{text-decoration:underline}"
    ".toc{margin:0;padding-left:1.9rem;columns:2 15rem;column-gap:2rem}.toc li{padding:.12rem 0}"
    "main ul{margin:.3rem 0 .3rem;padding-left:1.15rem}main li{margin:.25rem 0}"
    "h3+ul{list-style:none;padding:0 0 0 .9rem;border-left:3px solid var(--line)}"
    "li b{font-weight:600}"
    "table{width:100%;border-collapse:collapse;margin:.8rem 0;font-size:.95rem}"
    "caption{text-align:left;font-weight:600;padding:.3rem 0}"
    "th,td{text-align:left;vertical-align:top;padding:.5rem .7rem .5rem 0;"
    "border-bottom:1px solid var(--line)}th{font-weight:600}thead th{color:var(--soft)}"
    "footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);"
    "font-size:.92rem}code{font-family:ui-monospace,Menlo,Consolas,monospace;"
    "overflow-wrap:anywhere}summary{cursor:pointer}"
    ":target{scroll-margin-top:1rem}h3:target{background:var(--card)}"
    /* On a phone a table of four columns is a list of cards; the roles in the markup keep it a table. */
    "@media(max-width:40rem){table,caption,tbody,tr,th,td{display:block}"
    "thead{position:absolute;left:-99rem}"
    "tbody tr{background:var(--card);border:1px solid var(--line);border-radius:.6rem;"
    "padding:.6rem .8rem;margin:.7rem 0}tbody th,tbody td{border:0;padding:.15rem 0}"
    "tbody th{font-size:1.02rem}td::before{content:attr(data-label) ': ';color:var(--soft)}}"
    "@media print{:root{--ground:#fff;--ink:#000;--soft:#333;--line:#999;--card:#fff;--link:#000}"
    "html{font-size:10pt}body{max-width:none;padding:0}nav,.skip{display:none}"
    "h2,h3{break-after:avoid}tr,li{break-inside:avoid}a{text-decoration:none}}";

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
html_own_words(struct pen *pen, bool open)
{
    struct span language = pen->policy->language;
    if (language.n == 0 || span_starts(language, SPAN("en")))
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
    bool web = strcmp(kind, "web") == 0;
    raw(pen, web ? "<a rel=\"noreferrer\" href=\"" : "<a href=\"");
    if (web) {
        html_put(pen->out, id);
    } else if (strcmp(kind, "mailto") == 0) {
        raw(pen, "mailto:");
        html_put(pen->out, id);
    } else {
        raw(pen, "#");
        put_id(pen, kind, id);
    }
    raw(pen, "\">");
    if (strcmp(kind, "mailto") == 0)
        html_put(pen->out, s);
    else
        pen_title(pen, kind, s);
    raw(pen, "</a>");
}

static void
put_contents(struct pen *pen)
{
    size_t count = 0;
    const struct page_section *sections = page_sections(&count);
    raw(pen, "<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">On this page</h2>\n"
             "<ol class=\"toc\">\n");
    for (size_t i = 0; i < count; i++) {
        if (sections[i].wanted != NULL && !sections[i].wanted(pen->policy))
            continue;
        raw(pen, "<li>");
        html_link(pen, "section", span_str(sections[i].id), span_str(sections[i].title));
        raw(pen, "</li>\n");
    }
    raw(pen, "</ol>\n</nav>\n");
}

static void
put_kinds(struct pen *pen)
{
    if (pen->policy->kind_count == 0)
        return;
    raw(pen, "<nav aria-labelledby=\"me\">\n<h2 id=\"me\">What about me?</h2>\n<ul class=\"me\">\n");
    for (int i = 0; i < pen->policy->kind_count; i++) {
        const struct policy_kind *kind = &pen->policy->kinds[i];
        raw(pen, "<li>");
        pen->capital = true;
        html_link(pen, "about", kind->name, kind->says.n > 0 ? kind->says : kind->name);
        raw(pen, "</li>\n");
    }
    raw(pen, "</ul>\n</nav>\n");
}

static void
html_begin(struct pen *pen)
{
    const struct policy *policy = pen->policy;
    raw(pen, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
             "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    html_put(pen->out, policy->title);
    raw(pen, "</title>\n<style>");
    raw(pen, page_style);
    raw(pen, "</style>\n</head>\n<body>\n"
             "<a class=\"skip\" href=\"#main\">Skip to the text</a>\n<header>\n<h1>");
    words_said(pen, policy->title, policy->id);
    raw(pen, "</h1>\n<p class=\"meta\">Version ");
    pen_u64(pen, (uint64_t)(policy->version < 0 ? 0 : policy->version));
    raw(pen, " of <time datetime=\"");
    date_put(pen->out, policy->date_days);
    raw(pen, "\">");
    words_date(pen, policy->date_days);
    raw(pen, "</time>, in force from <time datetime=\"");
    date_put(pen->out, policy->in_force_days);
    raw(pen, "\">");
    words_date(pen, policy->in_force_days);
    raw(pen, "</time></p>\n<p><b>");
    html_put(pen->out, policy->controller_name);
    raw(pen, "</b> answers for what happens with your data. Most of this page is written by our "
             "server out of the same rules that it obeys: what is not written here, it refuses."
             "</p>\n</header>\n");
    put_kinds(pen);
    put_contents(pen);
    raw(pen, "<main id=\"main\">\n");
    pen->columns = NULL;
}

static void
html_end(struct pen *pen)
{
    raw(pen, "</section>\n</main>\n<footer>\n<p>These rules carry the mark <code>");
    buf_hex(pen->out, pen->policy->hash, 8);
    raw(pen, "</code>. Every receipt names it, so that nobody can change a word unnoticed.</p>\n"
             "<details><summary>The whole mark</summary>\n<p><code>");
    buf_hex(pen->out, pen->policy->hash, sizeof pen->policy->hash);
    raw(pen, "</code><br>SHA-256 of the rules in their exact form.</p>\n</details>\n</footer>\n"
             "</body>\n</html>\n");
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
    raw(pen, title);
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
    raw(pen, caption);
    raw(pen, "</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">");
    for (int i = 0; i < count; i++) {
        raw(pen, "<th scope=\"col\" role=\"columnheader\">");
        raw(pen, columns[i]);
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
    raw(pen, pen->columns[pen->column]);
    raw(pen, "\">");
}

const struct pen_ops page_html_ops = {
    .begin = html_begin, .end = html_end, .section = html_section, .part = html_part,
    .para = html_para, .list = html_list, .item = html_item, .lead = html_lead,
    .text = html_text, .link = html_link, .own_words = html_own_words, .table = html_table,
    .table_end = html_table_end, .row = html_row, .cell = html_cell,
};

void
policy_page_html(const struct policy *policy, struct buf *out)
{
    struct pen pen = {.ops = &page_html_ops, .policy = policy, .out = out};
    page_body(&pen);
}
