/* Whether what is said of organisations, relations, roles and points about people can ever be true. */
#include "policy/compile_priv.h"

/* Its leaders see the kinds named as far as they belong to it: one that never does is a slip. */
static void
check_sees(struct draft *draft, int n)
{
    const struct policy *p = draft->policy;
    const struct node *sees = map_get(draft->organisations.nodes[n], "sees");
    for (int k = 0; k < p->kind_count; k++) {
        bool member = !policy_bit(&p->organisations[n].sees, k);
        for (int i = 0; i < p->kind_count && !member; i++)
            member = (policy_kind_is(p, i, k) || policy_kind_is(p, k, i)) && policy_organisation_within(p, p->kinds[i].in, n);
        if (member)
            continue;
        fault_warn(draft->reader, node_place(sees), "sees-idle", "no `%.*s` is in `%.*s` or in what belongs to it",
                   SPAN_FMT(p->kinds[k].name), SPAN_FMT(p->organisations[n].name));
        fault_mend(draft->reader, "say in `people` where they belong: %.*s: {in: %.*s, …}", SPAN_FMT(p->kinds[k].name),
                   SPAN_FMT(p->organisations[n].name));
    }
}

static bool
relation_used(const struct policy *p, int relation)
{
    const struct policy_relation *row = &p->relations[relation];
    bool used = row->rights || p->children.guardian == relation;
    for (int i = 0; i < p->role_count; i++)
        used |= p->roles[i].over == OVER_RELATED && span_eq(p->roles[i].over_relation, row->name);
    for (int i = 0; i < p->point_count; i++)
        used |= p->points[i].relation == relation;
    for (int i = 0; i < RIGHT_COUNT; i++)
        used |= policy_bit(&p->rights[i].relations, relation);
    return used;
}

static void
check_relations(struct draft *draft)
{
    for (int i = 0; i < draft->relations.count; i++) {
        if (relation_used(draft->policy, i))
            continue;
        fault_warn(draft->reader, draft->relations.nodes[i]->key->at, "relation-unused", "nothing goes by the relation `%.*s`",
                   SPAN_FMT(draft->relation_rows[i].name));
        fault_mend(draft->reader, "let a role be over it, or give it rights: yes, or leave it out");
    }
}

static void
check_second(struct draft *draft, int n)
{
    const struct policy_role *role = &draft->policy->roles[n];
    if (!role->second_person || role->kind != ROLE_APPLICATION)
        return;
    fault(draft->reader, map_get(draft->roles.nodes[n], "second-person")->at, "second-application",
          "`%.*s` is a program, and no person could agree to what it does", SPAN_FMT(role->name));
    fault_mend(draft->reader, "give the use to a role of staff, or leave `second-person` out");
}

/* --- points ----------------------------------------------------------------------------------- */

static void
check_agreed(struct draft *draft, int n)
{
    const struct policy_point *point = &draft->policy->points[n];
    const struct node *agreed = map_get(draft->points.nodes[n], "agreed");
    if (point->agreed == POLICY_NONE)
        return;
    if (draft->policy->purposes[point->agreed].basis != BASIS_CONSENT) {
        fault(draft->reader, agreed->at, "agreed-basis", "`%.*s` does not rest on consent, so nobody agrees to it",
              SPAN_FMT(agreed->text));
    } else if (!point->existing) {
        fault(draft->reader, agreed->at, "agreed-new", "nobody who is only now made can have agreed before");
        fault_mend(draft->reader, "a point where one must have agreed adds to a person: adds-to: existing");
    }
}

static void
check_gate(struct draft *draft, int n)
{
    const struct policy_point *point = &draft->policy->points[n];
    const struct node *node = draft->points.nodes[n], *gate = map_get(node, "age-gate");
    if (point->relation != POLICY_NONE && !point->existing) {
        fault(draft->reader, map_get(node, "relation")->at, "relation-new", "nobody is related to a person who is only now made");
        fault_mend(draft->reader, "a point for who is related adds to a person: adds-to: existing");
    }
    if (!point->age_gate)
        return;
    if (point->existing) {
        fault(draft->reader, gate->at, "gate-existing", "whoever is there already was asked when they came");
        fault_mend(draft->reader, "write `age-gate` where the person is made");
    } else if (!draft->policy->children.set && map_get(draft->root, "children") == NULL) {
        fault(draft->reader, gate->at, "gate-without-children", "nothing says who is a child and what happens then");
        fault_mend(draft->reader, "add the section `children`");
    }
}

static bool
is_free_text(enum policy_type type)
{
    return type == TYPE_TEXT || type == TYPE_NOTE;
}

static void
check_warning(struct draft *draft, int n)
{
    const struct policy *p = draft->policy;
    const struct policy_point *point = &p->points[n];
    bool any = point->warning.n == 0;
    for (int i = 0; i < point->field_count; i++)
        any |= is_free_text(p->fields[p->categories[point->fields[i].category].field_first + point->fields[i].bit].type);
    if (any)
        return;
    fault_warn(draft->reader, map_get(draft->points.nodes[n], "warning")->at, "warning-idle",
               "`%.*s` has no free text that words could stand beside", SPAN_FMT(point->name));
    fault_mend(draft->reader, "free text is a field of type text or note");
}

void
check_people(struct draft *draft)
{
    for (int i = 0; i < draft->organisations.count; i++)
        check_sees(draft, i);
    check_relations(draft);
    for (int i = 0; i < draft->policy->role_count; i++)
        check_second(draft, i);
    for (int i = 0; i < draft->policy->point_count; i++) {
        check_agreed(draft, i);
        check_gate(draft, i);
        check_warning(draft, i);
    }
}
