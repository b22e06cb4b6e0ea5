/* Whether every way by which a child comes in leads over somebody who may say yes, and to nothing it may not. */
#include "policy/compile_priv.h"

/* What nobody may do with a child's data, by the words such purposes go by. */
static const char *const adult_words[] = {"advertising", "advertisement", "ads", "marketing", "profiling", "profiles",
                                          "tracking", "targeting", "sale", "rent", NULL};

static const char *
adult_word(struct span name)
{
    struct span part;
    while (span_split(&name, '-', &part))
        for (int i = 0; adult_words[i] != NULL; i++)
            if (span_is(part, adult_words[i]))
                return adult_words[i];
    return NULL;
}

static bool
kin(const struct policy *p, int a, int b)
{
    return policy_kind_is(p, a, b) || policy_kind_is(p, b, a);
}

static void
check_may(struct draft *draft, const struct node *node)
{
    const struct policy *p = draft->policy;
    const struct policy_children *children = &p->children;
    const struct node *may = map_get(node, "may");
    for (int i = 0; i < p->purpose_count; i++) {
        if (!policy_bit(&children->may, i))
            continue;
        const struct policy_purpose *purpose = &p->purposes[i];
        const char *word = adult_word(purpose->name);
        if (word != NULL) {
            fault(draft->reader, node_place(may), "child-advertising", "`%.*s` is nothing a child's data may serve",
                  SPAN_FMT(purpose->name));
            fault_mend(draft->reader, "take it out of `may`; %s is for adults, if for anybody", word);
        }
        if (purpose->basis == BASIS_CONSENT && !children->routes[CHILD_ROUTE_PARENT].set) {
            fault(draft->reader, node_place(may), "child-consent", "`%.*s` rests on consent, which a child's parent gives",
                  SPAN_FMT(purpose->name));
            fault_mend(draft->reader, "add the route `parent`, or take the purpose out of `may`");
        }
    }
}

static void
check_routes(struct draft *draft, const struct node *node)
{
    static const char *const names[CHILD_ROUTE_COUNT] = {"parent", "school"};
    const struct policy *p = draft->policy;
    for (int r = 0; r < CHILD_ROUTE_COUNT; r++) {
        const struct policy_child_route *route = &p->children.routes[r];
        const struct node *purposes = map_get(map_get(node, names[r]), "for");
        for (int i = 0; i < p->purpose_count; i++) {
            if (!policy_bit(&route->purposes, i) || policy_bit(&p->children.may, i) || map_get(node, "may") == NULL)
                continue;
            fault(draft->reader, node_place(purposes), "route-beyond",
                  "this route leads to `%.*s`, which a child's data may not serve", SPAN_FMT(p->purposes[i].name));
            fault_mend(draft->reader, "add it to `may`, or take it out here");
        }
    }
}

static bool
is_contact(enum policy_type type)
{
    return type == TYPE_EMAIL || type == TYPE_PHONE || type == TYPE_ADDRESS;
}

/* Nothing but how the parent is reached, in a category that holds nothing else either. */
static void
check_keeps(struct draft *draft, const struct node *node)
{
    const struct policy *p = draft->policy;
    const struct policy_child_route *route = &p->children.routes[CHILD_ROUTE_PARENT];
    const struct node *keeps = map_get(map_get(node, "parent"), "keeps");
    if (!route->set || route->keeps_category == POLICY_NONE)
        return;
    const struct policy_category *row = &p->categories[route->keeps_category];
    bool mail = route->by == PROOF_DOCUMENT;
    for (int i = row->field_first; i < row->field_first + row->field_count; i++) {
        const struct policy_field *field = &p->fields[i];
        mail |= (route->keeps >> field->bit & 1) != 0 && field->type == TYPE_EMAIL;
        if (is_contact(field->type) && !field->special)
            continue;
        fault(draft->reader, node_place(keeps), "keeps-more", "`%.*s` is no address of a parent",
              SPAN_FMT(field->full_name));
        fault_mend(draft->reader, "keep fields of type email, phone or address, in a category that has no others");
        return;
    }
    if (!mail) {
        fault(draft->reader, node_place(keeps), "keeps-address", "a link is mailed, and no e-mail address is kept");
        fault_mend(draft->reader, "keep a field of type email");
    }
}

static void
check_guardian(struct draft *draft, const struct node *node)
{
    const struct policy *p = draft->policy;
    const struct policy_children *children = &p->children;
    const struct node *guardian = map_get(node, "guardian");
    if (guardian == NULL && children->routes[CHILD_ROUTE_PARENT].set)
        missing(draft, node, "guardian", "the relation of who says yes: guardian: guardian");
    if (children->guardian == POLICY_NONE || children->kind == POLICY_NONE)
        return;
    const struct policy_relation *relation = &p->relations[children->guardian];
    if (relation->to == POLICY_NONE || kin(p, relation->to, children->kind))
        return;
    fault(draft->reader, guardian->at, "guardian-of", "`%.*s` is a relation to `%.*s`, not to `%.*s`", SPAN_FMT(relation->name),
          SPAN_FMT(p->kinds[relation->to].name), SPAN_FMT(p->kinds[children->kind].name));
    fault_mend(draft->reader, "write `to: %.*s` at the relation", SPAN_FMT(p->kinds[children->kind].name));
}

/* A point that makes children asks for the age, or is the school's own. */
static void
check_point(struct draft *draft, int n)
{
    const struct policy *p = draft->policy;
    const struct policy_children *children = &p->children;
    const struct policy_point *point = &p->points[n];
    const struct policy_child_route *school = &children->routes[CHILD_ROUTE_SCHOOL];
    const struct node *key = draft->points.nodes[n]->key;
    if (point->existing || point->age_gate || point->kind == POLICY_NONE || children->kind == POLICY_NONE)
        return;
    if (!policy_kind_is(p, point->kind, children->kind)) {
        if (!point->from_anyone || !policy_kind_is(p, children->kind, point->kind))
            return;
        fault_warn(draft->reader, key->at, "gate-missing", "children may come in at `%.*s`, and nobody is asked for their age",
                   SPAN_FMT(point->name));
        fault_mend(draft->reader, "add age-gate: yes");
        return;
    }
    bool own = school->set && !point->from_anyone;
    for (int r = 0; r < p->role_count && own; r++)
        own = !policy_bit(&point->from, r) || policy_role_within(p, r, school->organisation);
    if (own)
        return;
    fault(draft->reader, key->at, "child-unrouted", "`%.*s` makes children, and nobody has said yes for them",
          SPAN_FMT(point->name));
    fault_mend(draft->reader, "add age-gate: yes, or take them from the school's own people alone: a role over own-SCHOOL");
}

void
check_children(struct draft *draft)
{
    const struct policy *p = draft->policy;
    const struct node *node = map_get(draft->root, "children");
    if (!p->children.set)
        return;
    check_may(draft, node);
    check_routes(draft, node);
    check_keeps(draft, node);
    check_guardian(draft, node);
    bool gate = !p->children.routes[CHILD_ROUTE_PARENT].set;
    for (int i = 0; i < p->point_count; i++) {
        check_point(draft, i);
        gate |= p->points[i].age_gate;
    }
    if (gate)
        return;
    fault_warn(draft->reader, node_place(node), "gate-idle", "no collection point asks for the age, so nobody is found to be a child");
    fault_mend(draft->reader, "write `age-gate: yes` at the point where accounts are made");
}
