/*
 * The languages of two policies, and their sentences in those both have. What a sentence says in the first language is
 * compared where its rule is; in the others it is held against the canonical forms, where " says.de=…" stands beside
 * " says=…".
 */
#include "policy/diff_priv.h"

static int
language_find(const struct policy *policy, struct span language)
{
    for (int i = 0; i < policy->language_count; i++)
        if (span_eq(policy->languages[i], language))
            return i;
    return POLICY_NONE;
}

void
diff_languages(struct differ *d)
{
    struct place place = {.section = "policy", .rule = RULE_NONE, .address = "policy.languages"};
    bool moved = false;
    for (int i = 0; i < d->was->language_count; i++) {
        struct span language = d->was->languages[i];
        int now = language_find(d->now, language);
        moved = moved || (now != i && now != POLICY_NONE);
        if (now == POLICY_NONE)
            tell_all(d, change_add(d, DIFF_WIDER, &place, "languages", "is no longer published in %.*s",
                                   SPAN_FMT(language)));
    }
    for (int i = 0; i < d->now->language_count; i++)
        if (language_find(d->was, d->now->languages[i]) == POLICY_NONE)
            (void)change_add(d, DIFF_NARROWER, &place, "languages", "is published in %.*s too",
                             SPAN_FMT(d->now->languages[i]));
    if (moved)
        (void)change_add(d, DIFF_OTHER, &place, "languages", "the languages stand in another order");
}

/* The address of the rule a line of the canonical form is about: "purpose news" is "purposes.news". */
static struct span
address_of(struct differ *d, struct span about)
{
    static const char *const rows[][2] = {
        {"organisation", "organisations."}, {"people", "people."},       {"event", "events."},
        {"data", "data."},                  {"purpose", "purposes."},    {"role", "roles."},
        {"collect", "collect."},            {"never", "never."},         {"cookie", "cookies."},
        {"relation", "relations."},         {"recipient", "recipients."}, {"disclosure", "disclosure."},
        {"right", "rights."},               {"sender", "mail.senders."}, {"template", "mail.templates."},
        {"term", "glossary."},              {"unproven", "unproven."},   {"children", "children"},
        {"hosted", "policy.hosted"},        {"office", "policy.offices"}, {"clause", "clauses."},
    };
    size_t n = span_find(about, ' ');
    struct span section = span_sub(about, 0, n), name = span_sub(about, n + 1, SIZE_MAX);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!span_is(section, rows[i][0]))
            continue;
        size_t prefix = strlen(rows[i][1]);
        char *text = arena_take(d->arena, prefix + name.n + 1);
        if (text == NULL)
            break;
        memcpy(text, rows[i][1], prefix);
        if (name.n > 0)
            memcpy(text + prefix, name.p, name.n);
        text[prefix + name.n] = '\0';
        return span_of(text, prefix + name.n);
    }
    return SPAN("policy");
}

bool
diff_is_said(const struct differ *d, struct span key, struct span *ret_base, bool *ret_both)
{
    size_t dot = span_find(key, '.');
    if (dot == key.n)
        return false;
    struct span language = span_sub(key, dot + 1, SIZE_MAX);
    *ret_base = span_sub(key, 0, dot);
    *ret_both = language_find(d->was, language) != POLICY_NONE && language_find(d->now, language) != POLICY_NONE;
    return true;
}

void
diff_said(struct differ *d, struct span about, struct span key)
{
    struct place place = {.section = "", .rule = RULE_NONE, .address = address_of(d, about).p};
    size_t dot = span_find(key, '.');
    struct diff_change *change = change_add(d, DIFF_OTHER, &place, "", "says something else in %.*s (%.*s)",
                                            SPAN_FMT(span_sub(key, dot + 1, SIZE_MAX)), SPAN_FMT(span_sub(key, 0, dot)));
    change->line = about;
    change->key = key;
    tell_all(d, change);
}
