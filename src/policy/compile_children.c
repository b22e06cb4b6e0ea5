/* Children: who is one, the question that is asked, the routes to a yes, and what their data may serve. */
#include "policy/compile_priv.h"

#include "policy/law_priv.h"

enum { AGE_LEAST = 1, AGE_MOST = 21, AGE_ROWS_MOST = 512 };

/* --- ages ------------------------------------------------------------------------------------- */

/* Where the policy says whom it sells to, those; else all the table has. */
static bool
country_wanted(const struct policy *policy, struct span country)
{
    bool found = policy->sell_count == 0;
    for (int i = 0; i < policy->sell_count && !found; i++)
        found = span_eq(policy->sells[i], country);
    return found;
}

/* The rows of the table that hold on the policy's date or later: what was before is nobody's age any more. */
static void
ages_take(struct draft *draft, struct policy_children *children)
{
    struct policy_age *rows = ARENA_ARRAY(draft->arena, struct policy_age, AGE_ROWS_MOST);
    if (rows == NULL)
        return;
    int n = 0;
    for (const struct law_row *row = law_next(&draft->law, LAW_CHILD_CONSENT_AGES, NULL); row != NULL && n < AGE_ROWS_MOST;
         row = law_next(&draft->law, LAW_CHILD_CONSENT_AGES, row)) {
        struct span country = span_str(row->country);
        if (row->to_days < draft->policy->date_days || !country_wanted(draft->policy, country))
            continue;
        rows[n++] = (struct policy_age){.country = keep_text(draft, country), .years = row->value,
                                        .from_days = row->from_days, .to_days = row->to_days,
                                        .source = keep_text(draft, span_str(row->source))};
    }
    children->ages = rows;
    children->age_count = n;
}

static void
ages_read(struct draft *draft, struct policy_children *children, const struct node *node)
{
    struct reader *reader = draft->reader;
    const struct node *ages = map_get(node, "ages"), *other = map_get(node, "else");
    children->ages_rule = children->rule;
    if (ages == NULL) {
        missing(draft, node, "ages", "ages: law.child-consent and else: 16, or one age for all: ages: 16");
        return;
    }
    children->ages_rule = rule_add(draft, ages, "children.ages");
    children->ages_law = ages->shape == NODE_TEXT && span_starts(ages->text, SPAN("law."));
    if (!children->ages_law) {
        children->age_fixed = (int)value_number(reader, ages, "the age, when not `law.child-consent`,", AGE_LEAST, AGE_MOST, 16);
        if (other == NULL)
            return;
        fault(reader, node_place(other), "ages-else", "one age holds for every country, so there is nothing else");
        fault_mend(reader, "leave `else` out, or write ages: law.child-consent");
        return;
    }
    if (!span_is(ages->text, "law.child-consent")) {
        fault(reader, ages->at, "unknown-law", "there is no table `%.*s`", SPAN_FMT(shown(ages->text)));
        fault_mend(reader, "ages come from the table law.child-consent");
    }
    if (other == NULL)
        missing(draft, node, "else", "the age for a country the table lacks: else: 16");
    children->age_else = (int)value_number(reader, other, "else", AGE_LEAST, AGE_MOST, 16);
    ages_take(draft, children);
}

/* --- routes ------------------------------------------------------------------------------------ */

static void
route_keeps(struct draft *draft, struct policy_child_route *route, const struct node *list)
{
    for (const struct node *node = list_first(draft->reader, list, "keeps"); node != NULL; node = list_next(list, node)) {
        int category, field;
        if (!ref_data(draft, node, &category, &field, NULL))
            continue;
        if (field_says_never(draft, field)) {
            fault(draft->reader, node->at, "never-stored", "`%.*s` is never stored here", SPAN_FMT(node->text));
            continue;
        }
        if (route->keeps_category != POLICY_NONE && route->keeps_category != category) {
            fault(draft->reader, node->at, "keeps-more", "two categories would be kept while nobody has said yes");
            fault_mend(draft->reader, "keep the guardian's address alone, in a category of its own");
            continue;
        }
        uint64_t bit = UINT64_C(1) << draft->field_rows[field].bit;
        if ((route->keeps & bit) != 0)
            fault(draft->reader, node->at, "duplicate-name", "`%.*s` is in this list already", SPAN_FMT(node->text));
        route->keeps_category = category;
        route->keeps |= bit;
    }
    if (list != NULL && list->shape == NODE_LIST && list->count == 0)
        fault(draft->reader, node_place(list), "empty", "without an address nobody could be asked");
}

static void
route_purposes(struct draft *draft, struct policy_child_route *route, const struct node *node, const char *mend)
{
    const struct node *purposes = map_get(node, "for");
    if (purposes == NULL || (purposes->shape == NODE_LIST && purposes->count == 0))
        missing(draft, node, "for", mend);
    ref_purposes(draft, purposes, "for", &route->purposes, NULL);
}

static void
parent_read(struct draft *draft, struct policy_child_route *route, const struct node *node)
{
    static const struct key_row keys[] = {{"by", false}, {"keeps", false}, {"within", false}, {"for", false}, {NULL, false}};
    static const char *const words[] = {"sealed-link", "mail-link", "document", NULL};
    static const enum policy_proof proofs[] = {PROOF_SEALED_LINK, PROOF_MAIL_LINK, PROOF_DOCUMENT};
    static const char *const mends[] = {"how a parent says yes: by: sealed-link, mail-link or document",
                                        "what is kept meanwhile, their address alone: keeps: [guardian.email]",
                                        "how long a yes is waited for: within: 14 days"};
    map_keys_check(draft->reader, node, keys, "the route over a parent");
    for (int i = 0; i < 3; i++)
        if (map_get(node, keys[i].name) == NULL)
            missing(draft, node, keys[i].name, mends[i]);
    const struct node *by = map_get(node, "by");
    route->by = proofs[by == NULL ? 0 : value_choice(draft->reader, by, "way for a parent to say yes", words, 0)];
    route_keeps(draft, route, map_get(node, "keeps"));
    (void)value_length(draft->reader, map_get(node, "within"), "within", &route->within);
    route_purposes(draft, route, node, "what the address is used for until the answer: for: [ask-parents]");
}

static void
school_read(struct draft *draft, struct policy_child_route *route, const struct node *node)
{
    static const struct key_row keys[] = {{"by", false}, {"organisation", false}, {"for", false}, {NULL, false}};
    static const char *const words[] = {"organisation", NULL};
    map_keys_check(draft->reader, node, keys, "the route over a school");
    const struct node *by = map_get(node, "by");
    if (by == NULL)
        missing(draft, node, "by", "by: organisation");
    else
        (void)value_choice(draft->reader, by, "way for a school to say yes", words, 0);
    route->by = PROOF_ORGANISATION;
    if (map_get(node, "organisation") == NULL)
        missing(draft, node, "organisation", "which one says yes for its children: organisation: school");
    route->organisation = ref_optional(draft, node, "organisation", REF_ORGANISATION);
    route_purposes(draft, route, node, "what such an account may serve: for: [teach]");
}

static void
routes_read(struct draft *draft, struct policy_children *children, const struct node *node)
{
    static const char *const names[CHILD_ROUTE_COUNT] = {"parent", "school"};
    bool any = false;
    for (int i = 0; i < CHILD_ROUTE_COUNT; i++) {
        const struct node *map = map_get(node, names[i]);
        struct policy_child_route *route = &children->routes[i];
        route->organisation = route->keeps_category = POLICY_NONE;
        if (map == NULL)
            continue;
        any = true;
        route->set = true;
        route->rule = rule_add(draft, map, "children.%s", names[i]);
        if (!node_expect(draft->reader, map, NODE_MAP, "a route"))
            continue;
        if (i == CHILD_ROUTE_PARENT)
            parent_read(draft, route, map);
        else
            school_read(draft, route, map);
    }
    if (!any) {
        fault(draft->reader, node_place(node), "route-missing", "no way leads to a yes for a child");
        fault_mend(draft->reader, "add parent: {by: mail-link, keeps: [guardian.email], within: 14 days, for: [ask-parents]}, "
                                  "or school: {by: organisation, …}");
    }
}

/* --- the section -------------------------------------------------------------------------------- */

static void
may_read(struct draft *draft, struct policy_children *children, const struct node *node)
{
    const struct node *may = map_get(node, "may");
    children->may_rule = children->rule;
    if (may == NULL) {
        missing(draft, node, "may", "what a child's data may serve at most: may: [run-account]");
        return;
    }
    children->may_rule = rule_add(draft, may, "children.may");
    if (may->shape == NODE_LIST && may->count == 0)
        fault(draft->reader, node_place(may), "empty", "an account that may serve nothing is none");
    ref_purposes(draft, may, "may", &children->may, NULL);
}

static void
children_read(struct draft *draft, struct policy_children *children, const struct node *node)
{
    static const struct key_row keys[] = {
        {"kind", false}, {"guardian", false}, {"ages", false}, {"else", false}, {"ask", false}, {"may", false},
        {"parent", false}, {"school", false}, {"discovered", false}, {"of-age", false}, {NULL, false}};
    map_keys_check(draft->reader, node, keys, "the section `children`");
    children->kind = ref_optional(draft, node, "kind", REF_KIND);
    if (map_get(node, "kind") == NULL)
        missing(draft, node, "kind", "the kind of people who are children: kind: child");
    children->guardian = ref_optional(draft, node, "guardian", REF_RELATION);
    ages_read(draft, children, node);
    children->ask = keep_sentence(draft, node, "ask", "the question about age");
    if (map_get(node, "ask") == NULL)
        missing(draft, node, "ask", "a neutral question, which does not say what answer helps: ask: \"When were you born?\"");
    may_read(draft, children, node);
    routes_read(draft, children, node);
    const struct node *discovered = map_get(node, "discovered"), *of_age = map_get(node, "of-age");
    if (discovered == NULL)
        missing(draft, node, "discovered", "how soon an account found to be a child's is erased: discovered: 14 days");
    else
        children->discovered_rule = rule_add(draft, discovered, "children.discovered");
    if (of_age == NULL)
        missing(draft, node, "of-age", "how soon a child that has come of age is asked itself: of-age: 30 days");
    else
        (void)rule_add(draft, of_age, "children.of-age");
    (void)value_length(draft->reader, discovered, "discovered", &children->discovered);
    (void)value_length(draft->reader, of_age, "of-age", &children->of_age);
}

void
compile_children(struct draft *draft)
{
    struct policy_children *children = &draft->policy->children;
    const struct node *node = map_get(draft->root, "children");
    children->kind = children->guardian = POLICY_NONE;
    for (int i = 0; i < CHILD_ROUTE_COUNT; i++)
        children->routes[i].organisation = children->routes[i].keeps_category = POLICY_NONE;
    if (node == NULL || !node_expect(draft->reader, node, NODE_MAP, "children"))
        return;
    children->set = true;
    children->rule = children->may_rule = children->ages_rule = children->discovered_rule = rule_add(draft, node, "children");
    children_read(draft, children, node);
    unkept_add(draft, node, children->rule, "asking for the age, the routes over parents and schools, and what follows from them");
}
