#include "policy/page_priv.h"

static void
para(struct pen *pen, const char *s)
{
    pen->ops->para(pen, true);
    pen_str(pen, s);
    pen->ops->para(pen, false);
}

static void
item(struct pen *pen, const char *lead, const char *s)
{
    words_lead(pen, lead);
    pen_str(pen, s);
}

/* --- what about me? -------------------------------------------------------- */

/* Whether records of the category are about people of this kind. */
static bool
is_about(const struct policy *policy, int kind, int category)
{
    int whose = policy->categories[category].kind;
    return whose == POLICY_NONE || policy_kind_is(policy, kind, whose);
}

static void
about_data(struct pen *pen, int kind)
{
    const struct policy *policy = pen->policy;
    int n = 0, at = 0;
    for (int c = 0; c < policy->category_count; c++)
        n += is_about(policy, kind, c);
    item(pen, "What we may know:", n == 0 ? "nothing" : "");
    for (int c = 0; c < policy->category_count; c++) {
        if (!is_about(policy, kind, c))
            continue;
        if (at++ > 0)
            pen_str(pen, "; ");
        words_said(pen, policy->categories[c].says, policy->categories[c].name);
        pen_str(pen, " (");
        words_fields(pen, c, words_kept(policy, c));
        pen_str(pen, ")");
    }
    pen->ops->item(pen, false);
}

static bool
purpose_about(const struct policy *policy, int kind, int purpose)
{
    for (int c = 0; c < policy->category_count; c++)
        if (policy->purposes[purpose].uses[c] != 0 && is_about(policy, kind, c))
            return true;
    return false;
}

static void
about_purposes(struct pen *pen, int kind)
{
    const struct policy *policy = pen->policy;
    int at = 0;
    for (int p = 0; p < policy->purpose_count; p++) {
        if (!purpose_about(policy, kind, p))
            continue;
        if (at++ == 0)
            item(pen, "What for:", "");
        else
            pen_str(pen, "; ");
        words_purpose(pen, p);
        if (policy->purposes[p].basis == BASIS_CONSENT)
            pen_str(pen, " (only if you agree)");
    }
    if (at > 0)
        pen->ops->item(pen, false);
}

static void
about_points(struct pen *pen, int kind)
{
    const struct policy *policy = pen->policy;
    int at = 0;
    for (int i = 0; i < policy->point_count; i++) {
        if (policy->points[i].kind == POLICY_NONE ||
            !policy_kind_is(policy, kind, policy->points[i].kind))
            continue;
        if (at++ == 0)
            item(pen, "Where it comes from:", "");
        else
            pen_str(pen, ", ");
        pen->ops->link(pen, "point", policy->points[i].name, words_point(&policy->points[i]));
    }
    if (at > 0)
        pen->ops->item(pen, false);
}

static void
about_put(struct pen *pen)
{
    for (int i = 0; i < pen->policy->kind_count; i++) {
        const struct policy_kind *kind = &pen->policy->kinds[i];
        pen->ops->part(pen, "about", kind->name, kind->says.n > 0 ? kind->says : kind->name);
        pen->ops->list(pen, true);
        about_data(pen, i);
        about_points(pen, i);
        about_purposes(pen, i);
        page_kind_states(pen, kind);
        item(pen, "What you can do:", "");
        pen->ops->link(pen, "section", SPAN("rights"), SPAN("see it, correct it, have it erased"));
        pen_str(pen, ", and more");
        pen->ops->item(pen, false);
        pen->ops->list(pen, false);
    }
}

static bool
has_kinds(const struct policy *policy)
{
    return policy->kind_count > 0;
}

/* --- never, promises --------------------------------------------------------- */

static void
never_put(struct pen *pen)
{
    para(pen, "These things are refused, whatever else is written on this page.");
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
    struct span rest = clause->says;
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
hosts_put(struct pen *pen)
{
    para(pen, "Your data are on computers in these places:");
    pen->ops->list(pen, true);
    for (int i = 0; i < pen->policy->host_count; i++) {
        const struct policy_host *host = &pen->policy->hosts[i];
        pen->ops->item(pen, true);
        pen_put(pen, host->place);
        if (host->country.n > 0) {
            pen_str(pen, " (");
            pen_put(pen, host->country);
            pen_str(pen, ")");
        }
        if (host->what.n > 0) {
            pen_str(pen, ": ");
            words_name(pen, host->what);
        }
        if (host->certificate.n > 0) {
            pen_str(pen, ", with the certificate ");
            pen_put(pen, host->certificate);
            pen_str(pen, " from ");
            words_date(pen, host->from_days);
            pen_str(pen, " to ");
            words_date(pen, host->to_days);
        }
        pen->ops->item(pen, false);
    }
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
    item(pen, lead, "");
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
    para(pen, "Write to us in whichever way suits you. The law gives us a month to answer.");
    pen->ops->list(pen, true);
    contact_item(pen, "Who answers for your data:", policy->controller_name, false);
    contact_item(pen, "By post:", policy->controller_address, false);
    for (int i = 0; i < policy->office_count; i++) {
        item(pen, "By post, for", " ");
        words_said(pen, policy->offices[i].whom, SPAN_NONE);
        pen_str(pen, ": ");
        pen_put(pen, policy->offices[i].address);
        pen->ops->item(pen, false);
    }
    contact_item(pen, "By e-mail:", policy->controller_email, true);
    if (policy->officer_name.n + policy->officer_email.n > 0) {
        item(pen, "Data protection officer:", "");
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
    {"about", "What about me?", about_put, has_kinds},
    {"collect", "What we take, and when", page_points, NULL},
    {"purposes", "What we use it for", page_purposes, NULL},
    {"roles", "Who of us sees it", page_roles, NULL},
    {"recipients", "Who else gets it", page_recipients, NULL},
    {"disclosure", "When we hand it over", page_disclosure, page_has_disclosure},
    {"keep", "How long we keep it", page_keeps, NULL},
    {"care", "What we keep with more care", page_care, page_has_care},
    {"children", "Children", page_children, page_has_children},
    {"relations", "Who belongs to whom", page_relations, page_has_relations},
    {"cookies", "Cookies", page_cookies, NULL},
    {"never", "What we never do", never_put, has_nevers},
    {"promises", "Our promises, in our own words", clauses_put, has_clauses},
    {"rights", "Your rights", page_rights, NULL},
    {"mail", "Mail from us", page_mail, page_has_mail},
    {"places", "Where your data are", hosts_put, has_hosts},
    {"changes", "When this policy changes", page_changes, page_has_changes},
    {"breach", "If something goes wrong", page_breach, page_has_breach},
    {"unproven", "What no program can show", page_unproven, page_has_unproven},
    {"words", "What words mean here", page_terms, page_has_terms},
    {"contact", "How to reach us", contact_put, NULL},
};

const struct page_section *
page_sections(size_t *ret_count)
{
    *ret_count = sizeof sections / sizeof sections[0];
    return sections;
}

void
page_body(struct pen *pen)
{
    pen->ops->begin(pen);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (sections[i].wanted != NULL && !sections[i].wanted(pen->policy))
            continue;
        pen->ops->section(pen, sections[i].id, sections[i].title);
        sections[i].put(pen);
    }
    pen->ops->end(pen);
}
