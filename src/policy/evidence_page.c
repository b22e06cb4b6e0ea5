/* The evidence as a page of the same look as the policy's, or as plain text of 80 columns. */
#include "policy/evidence_priv.h"
#include "wire/text.h"

#include <string.h>

static const char style[] =
    ".state{display:inline-block;font-size:.86rem;line-height:1.35;padding:.05rem .55rem;margin-right:.4rem;"
    "border:1px solid var(--line);border-radius:1rem;background:var(--card);white-space:nowrap}"
    ".state.shown,.state.built{border-color:#2c7a4b}.state.shown{background:#dcefe2}.state.missing{background:#a3261b;border-color:#a3261b;color:#fff;"
    "font-weight:600}"
    ".sum{padding:.7rem 1rem;margin:1rem 0;background:var(--card);border-left:4px solid #2c7a4b}"
    ".sum.bad{border-left-color:#a3261b}main li b{overflow-wrap:anywhere}"
    "tbody th{overflow-wrap:anywhere}td details{display:inline-block;vertical-align:top}"
    "@media(prefers-color-scheme:dark){.state.shown{background:#1c3a28}.state.missing,.sum.bad{border-color:#d8655a}}";

void
evidence_mark(struct evidence_pen *p, enum evidence_state state)
{
    if (!p->html) {
        pen_str(&p->pen, "[");
        pen_str(&p->pen, evidence_word(state));
        pen_str(&p->pen, "] ");
        return;
    }
    buf_fmt(p->pen.out, "<span class=\"state %s\">%s</span>", evidence_code(state), evidence_word(state));
}

void
evidence_said(struct evidence_pen *p, int rule, int item)
{
    char text[EVIDENCE_SENTENCE];
    struct buf said;
    buf_init(&said, text, sizeof text);
    if (rule >= 0)
        evidence_say_rule(p->evidence, rule, &said);
    else
        evidence_say_item(p->evidence, (enum evidence_item)item, &said);
    pen_put(&p->pen, buf_span(&said));
}

static void
counts_put(struct evidence_pen *p)
{
    static const enum evidence_state order[] = {EVIDENCE_SHOWN, EVIDENCE_BUILT, EVIDENCE_UNUSED, EVIDENCE_TOLD,
                                                EVIDENCE_MISSING};
    bool any = false;
    pen_u64(&p->pen, (uint64_t)p->evidence->policy->clause_count);
    pen_str(&p->pen, p->evidence->policy->clause_count == 1 ? " clause: " : " clauses: ");
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        int n = p->evidence->clause_count[order[i]];
        if (n == 0)
            continue;
        pen_str(&p->pen, any ? ", " : "");
        any = true;
        pen_u64(&p->pen, (uint64_t)n);
        pen_str(&p->pen, " ");
        pen_str(&p->pen, evidence_word(order[i]));
    }
    pen_str(&p->pen, any ? "." : "none.");
}

static void
version_put(struct evidence_pen *p)
{
    const struct policy *policy = p->evidence->policy;
    pen_str(&p->pen, "Version ");
    pen_u64(&p->pen, (uint64_t)(policy->version < 0 ? 0 : policy->version));
    pen_str(&p->pen, " of ");
    words_date(&p->pen, policy->date_days);
    if (p->evidence->facts->activated_us != 0) {
        pen_str(&p->pen, ", obeyed here since ");
        words_date(&p->pen, p->evidence->facts->activated_us / CLOCK_US_PER_DAY);
    }
}

static void
asked_put(struct evidence_pen *p)
{
    pen_str(&p->pen, "What the records of this server show of each promise, as it stood on ");
    words_date(&p->pen, p->evidence->facts->now_us / CLOCK_US_PER_DAY);
    if (!p->evidence->coarse) {
        char text[40];
        struct buf time;
        buf_init(&time, text, sizeof text);
        time_put(&time, p->evidence->facts->now_us);
        pen_str(&p->pen, " at ");
        pen_put(&p->pen, span_sub(buf_span(&time), 11, 5));
        pen_str(&p->pen, " UTC");
    } else {
        pen_str(&p->pen, ". Figures are rounded down, so that nobody sees one person's doings in them");
    }
    pen_str(&p->pen, ".");
}

static const char *
verdict(const struct evidence *evidence)
{
    return evidence->whole ? "Everything that owes evidence has it. " : "Something that owes evidence has none. ";
}

static void
html_begin(struct evidence_pen *p)
{
    struct buf *out = p->pen.out;
    buf_str(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                 "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    html_put(out, p->evidence->policy->title);
    buf_str(out, ": what can be shown</title>\n<style>");
    buf_str(out, page_style);
    buf_str(out, style);
    buf_str(out, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the text</a>\n<header>\n<h1>");
    words_said(&p->pen, p->evidence->policy->title, p->evidence->policy->id);
    buf_str(out, ": what can be shown</h1>\n<p class=\"meta\">");
    version_put(p);
    buf_str(out, "</p>\n<p>");
    asked_put(p);
    buf_fmt(out, "</p>\n<p class=\"sum%s\"><b>%s</b>", p->evidence->whole ? "" : " bad", verdict(p->evidence));
    counts_put(p);
    buf_str(out, "</p>\n</header>\n<main id=\"main\">\n");
}

static void
html_end(struct evidence_pen *p)
{
    struct buf *out = p->pen.out;
    buf_str(out, "</section>\n</main>\n<footer>\n<p>The rules these are about carry the mark <code>");
    buf_hex(out, p->evidence->policy->hash, sizeof p->evidence->policy->hash);
    buf_str(out, "</code>, the ledger is <code>");
    html_put(out, p->evidence->facts->origin);
    buf_str(out, "</code>.</p>\n</footer>\n</body>\n</html>\n");
}

static void
text_begin(struct evidence_pen *p)
{
    struct pen *pen = &p->pen;
    buf_str(pen->out, "What can be shown\n=================\n");
    pen->ops->para(pen, true);
    words_said(pen, p->evidence->policy->title, p->evidence->policy->id);
    pen_str(pen, ". ");
    version_put(p);
    pen_str(pen, ". ");
    asked_put(p);
    pen->ops->para(pen, false);
    pen->ops->para(pen, true);
    pen_str(pen, verdict(p->evidence));
    counts_put(p);
    pen->ops->para(pen, false);
}

static void
text_end(struct evidence_pen *p)
{
    struct pen *pen = &p->pen;
    pen->ops->para(pen, true);
    pen_str(pen, "The rules these are about carry the mark (SHA-256) ");
    pen->ops->para(pen, false);
    buf_hex(pen->out, p->evidence->policy->hash, sizeof p->evidence->policy->hash);
    buf_str(pen->out, "\nThe ledger is ");
    buf_put(pen->out, p->evidence->facts->origin);
    buf_char(pen->out, '\n');
}

void
evidence_text(const struct evidence *evidence, struct buf *out)
{
    struct evidence_pen p = {.pen = {.ops = &page_text_ops, .policy = evidence->policy, .out = out}, .evidence = evidence};
    text_begin(&p);
    evidence_body(&p);
    text_end(&p);
}

void
evidence_html(const struct evidence *evidence, struct buf *out)
{
    struct evidence_pen p = {.pen = {.ops = &page_html_ops, .policy = evidence->policy, .out = out},
                             .evidence = evidence,
                             .html = true};
    html_begin(&p);
    evidence_body(&p);
    html_end(&p);
}
