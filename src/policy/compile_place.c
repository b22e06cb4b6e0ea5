/* Where data lie, where to write to, where customers are, and which countries are home. */
#include "policy/compile_priv.h"

/* The European Economic Area: Regulation (EU) 2016/679 holds there, so that nothing has to open the way. */
static const char home[][3] = {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
                               "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"};

bool
country_home(struct span country)
{
    for (size_t i = 0; i < sizeof home / sizeof home[0]; i++)
        if (span_is(country, home[i]))
            return true;
    return false;
}

void
period_check(struct draft *draft, const struct node *from, const struct node *to, int64_t from_days, int64_t to_days)
{
    if (from_days == 0 || to_days == 0 || from_days <= to_days)
        return;
    fault(draft->reader, to->at, "from-after-to", "it ends before it begins");
    fault_mend(draft->reader, "it holds from the first day to the last one, in this order: line %d", from->at.line);
}

static void
host_read(struct draft *draft, struct policy_host *host, const struct node *node)
{
    static const struct key_row keys[] = {{"place", false}, {"country", false}, {"for", false},
                                          {"certificate", false}, {"from", false}, {"to", false}, {NULL, false}};
    struct reader *reader = draft->reader;
    map_keys_check(reader, node, keys, "a hosting place");
    host->place = keep_value(draft, node, "place", "the place");
    host->country = keep_text(draft, value_country(reader, map_get(node, "country"), "the country of a hosting place"));
    host->what = keep_sentence(draft, node, "for", "what a hosting place is for");
    for (int i = 0; i < 3; i++)
        if (map_get(node, keys[i].name) == NULL)
            missing(draft, node, keys[i].name, NULL);
    const struct node *certificate = map_get(node, "certificate"), *from = map_get(node, "from"), *to = map_get(node, "to");
    host->certificate = keep_value(draft, node, "certificate", "the certificate of a hosting place");
    host->from_days = value_date(reader, from, "the day a certificate is valid from");
    host->to_days = value_date(reader, to, "the day a certificate is valid to");
    if (certificate == NULL && (from != NULL || to != NULL))
        missing(draft, node, "certificate", "what these days are about: certificate: ISO 27001");
    if (certificate != NULL && (from == NULL || to == NULL))
        missing(draft, node, from == NULL ? "from" : "to", "the days between which it is valid: from: 2026-01-01, to: 2028-12-31");
    period_check(draft, from, to, host->from_days, host->to_days);
    if (host->to_days != 0 && host->to_days < reader->today_days && !reader->own_day) {
        fault_warn(reader, to->at, "certificate-over", "the certificate of `%.*s` is over",
                   SPAN_FMT(shown(host->place)));
        fault_mend(reader, "write the days of the new one, or leave it out");
    }
}

static void
hosts_read(struct draft *draft, const struct node *head)
{
    const struct node *list = map_get(head, "hosted");
    if (list == NULL || !node_expect(draft->reader, list, NODE_LIST, "hosted"))
        return;
    struct policy_host *hosts = ARENA_ARRAY(draft->arena, struct policy_host, (size_t)list->count + 1);
    if (hosts == NULL)
        return;
    int n = 0;
    for (const struct node *node = list->first; node != NULL; node = node->next)
        if (node_expect(draft->reader, node, NODE_MAP, "a hosting place"))
            host_read(draft, &hosts[n++], node);
    draft->policy->hosts = hosts;
    draft->policy->host_count = n;
    (void)rule_add(draft, list, "policy.hosted");
}

static void
offices_read(struct draft *draft, const struct node *head)
{
    static const struct key_row keys[] = {{"for", false}, {"address", false}, {NULL, false}};
    const struct node *list = map_get(head, "offices");
    if (list == NULL || !node_expect(draft->reader, list, NODE_LIST, "offices"))
        return;
    struct policy_office *offices = ARENA_ARRAY(draft->arena, struct policy_office, (size_t)list->count + 1);
    if (offices == NULL || !rows_check(draft, list, "offices"))
        return;
    int n = 0;
    for (const struct node *node = list->first; node != NULL; node = node->next) {
        if (!node_expect(draft->reader, node, NODE_MAP, "an office"))
            continue;
        map_keys_check(draft->reader, node, keys, "an office");
        offices[n++] = (struct policy_office){keep_sentence(draft, node, "for", "whom an office is for"),
                                              keep_value(draft, node, "address", "the address of an office")};
        for (int i = 0; i < 2; i++)
            if (map_get(node, keys[i].name) == NULL)
                missing(draft, node, keys[i].name, NULL);
    }
    draft->policy->offices = offices;
    draft->policy->office_count = n;
    (void)rule_add(draft, list, "policy.offices");
}

static void
sells_read(struct draft *draft, const struct node *head)
{
    const struct node *list = map_get(head, "sells-to");
    if (list == NULL || !node_expect(draft->reader, list, NODE_LIST, "sells-to"))
        return;
    struct span *rows = ARENA_ARRAY(draft->arena, struct span, (size_t)list->count + 1);
    if (rows == NULL || !rows_check(draft, list, "sells-to"))
        return;
    int n = 0;
    for (const struct node *node = list->first; node != NULL; node = node->next) {
        struct span country = value_country(draft->reader, node, "each of `sells-to`");
        bool twice = false;
        for (int i = 0; i < n; i++)
            twice = twice || span_eq(rows[i], country);
        if (twice)
            fault(draft->reader, node->at, "duplicate-name", "`%.*s` stands in this list twice", SPAN_FMT(country));
        else if (country.n > 0)
            rows[n++] = keep_text(draft, country);
    }
    draft->policy->sells = rows;
    draft->policy->sell_count = n;
    (void)rule_add(draft, list, "policy.sells-to");
}

void
compile_places(struct draft *draft, const struct node *head)
{
    hosts_read(draft, head);
    offices_read(draft, head);
    sells_read(draft, head);
    const struct node *controls = map_get(head, "controls");
    if (controls == NULL)
        return;
    draft->policy->controls_set = true;
    (void)rule_add(draft, controls, "policy.controls");
    compile_controls(draft, controls, &draft->policy->controls);
}
