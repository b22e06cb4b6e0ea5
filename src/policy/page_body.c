#include "policy/page_priv.h"

static bool
has_kinds(const struct policy *policy)
{
    return policy->kind_count > 0;
}

/* --- never, promises --------------------------------------------------------- */

static void
never_put(struct pen *pen)
{
    words_para(pen, SAY("These things are refused, whatever else is written on this page."));
    pen->ops->list(pen, true);
    for (int i = 0; i < pen->policy->never_count; i++) {
        const struct policy_never *never = &pen->policy->nevers[i];
        pen->ops->item(pen, true);
        pen->capital = true;
        words_said(pen, never->says, never->name);
        pen->ops->item(pen, false);
    }
    pen->ops->list(pen, false);
}

static bool
has_nevers(const struct policy *policy)
{
    return policy->never_count > 0;
}

/* The clause's paragraphs; an empty line divides them. */
static void
clause_put(struct pen *pen, const struct policy_clause *clause)
{
    struct span rest = words_says(pen, clause->says);
    while (rest.n > 0) {
        size_t n = 0;
        while (n < rest.n && !span_starts(span_sub(rest, n, rest.n), SPAN("\n\n")))
            n++;
        pen->ops->para(pen, true);
        pen->ops->own_words(pen, true);
        pen_put(pen, span_trim(span_sub(rest, 0, n)));
        pen->ops->own_words(pen, false);
        pen->ops->para(pen, false);
        while (n < rest.n && rest.p[n] == '\n')
            n++;
        rest = span_sub(rest, n, rest.n);
    }
}

static void
clauses_put(struct pen *pen)
{
    for (int i = 0; i < pen->policy->clause_count; i++)
        clause_put(pen, &pen->policy->clauses[i]);
}

static bool
has_clauses(const struct policy *policy)
{
    return policy->clause_count > 0;
}

/* --- where, who ----------------------------------------------------------------- */

static void
host_put(struct pen *pen, const struct policy_host *host)
{
    pen->ops->item(pen, true);
    pen_put(pen, host->place);
    if (host->country.n > 0) {
        pen_str(pen, " (");
        words_country(pen, host->country);
        pen_str(pen, ")");
    }
    if (host->what.n > 0)
        pen_str(pen, ": ");
    if (span_is(host->what, "live"))
        pen_say(pen, "what is used every day");
    else if (span_is(host->what, "backup"))
        pen_say(pen, "backups");
    else
        words_said(pen, host->what, SPAN_NONE);
    if (host->certificate.n > 0) {
        pen_str(pen, ", ");
        pen_say(pen, "with the certificate {name} from {from} to {to}", say_text("name", host->certificate),
                say_date("from", host->from_days), say_date("to", host->to_days));
    }
    pen->ops->item(pen, false);
}

static void
hosts_put(struct pen *pen)
{
    words_para(pen, SAY("Your data are on computers in these places:"));
    pen->ops->list(pen, true);
    for (int i = 0; i < pen->policy->host_count; i++)
        host_put(pen, &pen->policy->hosts[i]);
    pen->ops->list(pen, false);
}

static bool
has_hosts(const struct policy *policy)
{
    return policy->host_count > 0;
}

static void
contact_item(struct pen *pen, const char *lead, struct span s, bool mail)
{
    if (s.n == 0)
        return;
    words_lead(pen, lead);
    if (mail)
        pen->ops->link(pen, "mailto", s, s);
    else
        pen_put(pen, s);
    pen->ops->item(pen, false);
}

static void
contact_put(struct pen *pen)
{
    const struct policy *policy = pen->policy;
    words_para(pen, SAY("Write to us in whichever way suits you."));
    pen->ops->list(pen, true);
    contact_item(pen, SAY("Who answers for your data:"), policy->controller_name, false);
    contact_item(pen, SAY("By post:"), policy->controller_address, false);
    for (int i = 0; i < policy->office_count; i++) {
        words_lead(pen, SAY("By post, for some:"));
        words_said(pen, policy->offices[i].whom, SPAN_NONE);
        pen_str(pen, ": ");
        pen_put(pen, policy->offices[i].address);
        pen->ops->item(pen, false);
    }
    contact_item(pen, SAY("By e-mail:"), policy->controller_email, true);
    if (policy->officer_name.n + policy->officer_email.n > 0) {
        words_lead(pen, SAY("Data protection officer:"));
        pen_put(pen, policy->officer_name);
        pen_str(pen, policy->officer_name.n > 0 && policy->officer_email.n > 0 ? ", " : "");
        if (policy->officer_email.n > 0)
            pen->ops->link(pen, "mailto", policy->officer_email, policy->officer_email);
        pen->ops->item(pen, false);
    }
    pen->ops->list(pen, false);
}

/* --- the whole ------------------------------------------------------------------- */

static const struct page_section sections[] = {
    {"about", SAY("What about me?"), page_about, has_kinds},
    {"collect", SAY("What we take, and when"), page_points, NULL},
    {"purposes", SAY("What we use it for"), page_purposes, NULL},
    {"roles", SAY("Who of us sees it"), page_roles, NULL},
    {"recipients", SAY("Who else gets it"), page_recipients, NULL},
    {"disclosure", SAY("When we hand it over"), page_disclosure, page_has_disclosure},
    {"keep", SAY("How long we keep it"), page_keeps, NULL},
    {"care", SAY("What we keep with more care"), page_care, page_has_care},
    {"children", SAY("Children"), page_children, page_has_children},
    {"relations", SAY("Who belongs to whom"), page_relations, page_has_relations},
    {"cookies", SAY("Cookies"), page_cookies, NULL},
    {"never", SAY("What we never do"), never_put, has_nevers},
    {"promises", SAY("Our promises, in our own words"), clauses_put, has_clauses},
    {"rights", SAY("Your rights"), page_rights, NULL},
    {"mail", SAY("Mail from us"), page_mail, page_has_mail},
    {"places", SAY("Where your data are"), hosts_put, has_hosts},
    {"changes", SAY("When this policy changes"), page_changes, page_has_changes},
    {"breach", SAY("If something goes wrong"), page_breach, page_has_breach},
    {"unproven", SAY("What no program can show"), page_unproven, page_has_unproven},
    {"words", SAY("What words mean here"), page_terms, page_has_terms},
    {"contact", SAY("How to reach us"), contact_put, NULL},
};

const struct page_section *
page_sections(size_t *ret_count)
{
    *ret_count = sizeof sections / sizeof sections[0];
    return sections;
}

static void
intro_put(struct pen *pen)
{
    const struct policy *policy = pen->policy;
    pen->ops->para(pen, true);
    pen_say(pen, "Version {version} of {date}, in force from {from}", say_number("version", policy->version),
            say_date("date", policy->date_days), say_date("from", policy->in_force_days));
    pen->ops->para(pen, false);
    pen->ops->para(pen, true);
    pen_say(pen, "{controller} answers for what happens with your data. Most of this page is written by our server out of "
                 "the same rules that it obeys: what is not written here, it refuses.",
            say_strong("controller", policy->controller_name));
    pen->ops->para(pen, false);
}

static void
mark_put(struct pen *pen)
{
    enum { SHORT = 16 };
    char memory[2 * sizeof pen->policy->hash];
    struct buf hash;
    buf_init(&hash, memory, sizeof memory);
    buf_hex(&hash, pen->policy->hash, sizeof pen->policy->hash);
    pen->ops->para(pen, true);
    pen_say(pen, "These rules carry the mark {mark}. Every receipt names it, so that nobody can change a word unnoticed.",
            say_code("mark", span_sub(buf_span(&hash), 0, SHORT)));
    pen->ops->para(pen, false);
    pen->ops->para(pen, true);
    pen_say(pen, "The whole mark, the SHA-256 of the rules in their exact form: {hash}", say_code("hash", buf_span(&hash)));
    pen->ops->para(pen, false);
}

bool
policy_page_fits(struct span page, const uint8_t hash[32])
{
    char memory[64];
    struct buf hex;
    size_t run = 0, end = 0;
    buf_init(&hex, memory, sizeof memory);
    buf_hex(&hex, hash, 32);
    for (size_t i = 0; i < page.n; i++) {
        bool digit = (page.p[i] >= '0' && page.p[i] <= '9') || (page.p[i] >= 'a' && page.p[i] <= 'f');
        run = digit ? run + 1 : 0;
        if (run == sizeof memory)
            end = i + 1;
    }
    return end > 0 && span_eq(span_sub(page, end - sizeof memory, sizeof memory), buf_span(&hex));
}

const struct locale *
policy_page_locale(const struct policy *policy, int i)
{
    const struct locale *locale = NULL;
    if (i < policy->language_count)
        locale = locale_find(policy->languages[i]);
    else if (i == 0)
        locale = locale_find(policy->language);
    return locale == NULL && i == 0 ? locale_at(0) : locale;
}

void
policy_page(const struct policy *policy, const struct page_look *look, struct buf *out)
{
    static const struct pen_ops *const pens[PAGE_FORMS] = {
        [PAGE_HTML] = &page_html_ops, [PAGE_MARKDOWN] = &page_markdown_ops, [PAGE_TEXT] = &page_text_ops};
    struct pen pen = {.ops = pens[look->form], .policy = policy, .address = look->address, .out = out,
                      .locale = look->locale == NULL ? policy_page_locale(policy, 0) : look->locale};
    for (int i = 0; i < policy->language_count; i++)
        if (span_is(policy->languages[i], locale_code(pen.locale)))
            pen.language = i;
    pen.ops->begin(&pen);
    intro_put(&pen);
    pen.ops->contents(&pen);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (sections[i].wanted != NULL && !sections[i].wanted(policy))
            continue;
        pen.ops->section(&pen, sections[i].id, pen_sentence(&pen, sections[i].title));
        sections[i].put(&pen);
    }
    pen.ops->foot(&pen);
    mark_put(&pen);
    pen.ops->end(&pen);
}
