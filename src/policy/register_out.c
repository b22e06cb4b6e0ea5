/* The record for spreadsheets and as a page. */
#include "policy/register_priv.h"

#include "policy/page_priv.h"
#include "wire/csv.h"
#include "wire/text.h"

bool
policy_register_csv(const struct policy *policy, struct arena *scratch, struct buf *out)
{
    for (int c = 0; c < REGISTER_COLUMNS; c++)
        csv_put(out, span_str(register_title((enum register_column)c)), c == 0);
    csv_end(out);
    for (int p = 0; p < policy->purpose_count; p++) {
        for (int c = 0; c < REGISTER_COLUMNS; c++)
            csv_put(out, register_cell(scratch, policy, p, (enum register_column)c), c == 0);
        csv_end(out);
    }
    return buf_ok(out) && !scratch->overflow;
}

static void
line_put(struct buf *out, const char *tag, const char *lead, struct span text)
{
    if (text.n == 0)
        return;
    buf_fmt(out, "<%s>%s", tag, lead);
    html_put(out, text);
    buf_fmt(out, "</%s>\n", tag);
}

/* A cell; things divided by "; " stand one under the other. */
static void
cell_put(struct buf *out, enum register_column column, struct span text)
{
    bool heading = column == REGISTER_PURPOSE;
    buf_fmt(out, "<%s role=\"%s\" data-label=\"%s\">", heading ? "th scope=\"row\"" : "td", heading ? "rowheader" : "cell",
            register_title(column));
    for (bool first = true; text.n > 0; first = false) {
        size_t n = 0;
        while (n < text.n && !span_starts(span_sub(text, n, SIZE_MAX), SPAN("; ")))
            n++;
        buf_str(out, first ? "" : "<br>");
        html_put(out, span_sub(text, 0, n));
        text = span_sub(text, n + 2, SIZE_MAX);
    }
    buf_str(out, heading ? "</th>" : "</td>");
}

static void
table_put(struct buf *out, const struct policy *policy, struct arena *scratch)
{
    buf_str(out, "<table role=\"table\"><caption>One row for each purpose (Art. 30(1)(b) to (g) GDPR)</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">");
    for (int c = REGISTER_PURPOSE; c < REGISTER_MEASURES; c++)
        buf_fmt(out, "<th role=\"columnheader\" scope=\"col\">%s</th>", register_title((enum register_column)c));
    buf_str(out, "</tr></thead>\n<tbody role=\"rowgroup\">\n");
    for (int p = 0; p < policy->purpose_count; p++) {
        buf_str(out, "<tr role=\"row\">");
        for (int c = REGISTER_PURPOSE; c < REGISTER_MEASURES; c++)
            cell_put(out, (enum register_column)c, register_cell(scratch, policy, p, (enum register_column)c));
        buf_str(out, "</tr>\n");
    }
    buf_str(out, "</tbody></table>\n");
}

bool
policy_register_html(const struct policy *policy, struct arena *scratch, struct buf *out)
{
    buf_str(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                 "content=\"width=device-width,initial-scale=1\"><title>Record of processing activities: ");
    html_put(out, policy->controller_name);
    buf_fmt(out, "</title><style>%sbody{max-width:96rem}td,th{font-size:.88rem}@media print{@page{size:A4 landscape}"
                 "body{max-width:none;font-size:80%%}}</style></head>\n<body>\n<main>\n<h1>Record of processing activities</h1>\n",
            page_style);
    line_put(out, "p", "<b>Controller:</b> ", register_cell(scratch, policy, 0, REGISTER_CONTROLLER));
    line_put(out, "p", "<b>Data protection officer:</b> ", register_cell(scratch, policy, 0, REGISTER_OFFICER));
    line_put(out, "p", "<b>Technical and organisational measures:</b> ", register_cell(scratch, policy, 0, REGISTER_MEASURES));
    buf_fmt(out, "<p class=\"meta\">From version %d of the policy, in force from ", policy->version);
    date_put(out, policy->in_force_days);
    buf_str(out, "</p>\n");
    table_put(out, policy, scratch);
    buf_str(out, "</main>\n<footer><p>Made from the rules that are enforced; their mark (SHA-256) is <code>");
    buf_hex(out, policy->hash, sizeof policy->hash);
    buf_str(out, "</code></p></footer>\n</body></html>\n");
    return buf_ok(out) && !scratch->overflow;
}
