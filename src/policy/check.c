/* What only shows across sections; every fault points at the thing that would have to change. */
#include "policy/compile_priv.h"

/* Fields collected or written by somebody, and fields some purpose uses, for each category. */
struct reach {
    uint64_t *given, *used;
};

static bool
reach_find(const struct draft *draft, struct reach *ret)
{
    const struct policy *p = draft->policy;
    size_t n = (size_t)p->category_count + 1;
    struct reach reach = {ARENA_ARRAY(&draft->reader->scratch, uint64_t, n),
                          ARENA_ARRAY(&draft->reader->scratch, uint64_t, n)};
    if (reach.given == NULL || reach.used == NULL)
        return false;
    for (int c = 0; c < p->category_count; c++) {
        for (int i = 0; i < p->purpose_count; i++)
            reach.used[c] |= p->purposes[i].uses[c];
        for (int i = 0; i < p->role_count; i++)
            reach.given[c] |= p->roles[i].writes[c];
    }
    for (int i = 0; i < p->point_count; i++)
        for (int j = 0; j < p->points[i].field_count; j++) {
            const struct policy_point_field *field = &p->points[i].fields[j];
            reach.given[field->category] |= UINT64_C(1) << field->bit;
        }
    *ret = reach;
    return true;
}

/* When what a purpose uses cannot be read, that is told, and nobody knows what is unused. */
static bool
uses_unsure(const struct draft *draft)
{
    for (int i = 0; i < draft->purposes.count; i++) {
        const struct node *uses = map_get(draft->purposes.nodes[i], "uses");
        if (uses == NULL || uses->shape == NODE_MAP || node_is_nothing(uses))
            return true;
    }
    return false;
}

/* A promise about data minimisation: whatever is held is needed for something named. */
static void
check_fields(struct draft *draft, const struct reach *reach)
{
    const struct policy *p = draft->policy;
    bool unsure = uses_unsure(draft);
    for (int i = 0; i < p->field_count; i++) {
        const struct policy_field *field = &p->fields[i];
        bool used = (reach->used[field->category] >> field->bit & 1) != 0;
        bool given = (reach->given[field->category] >> field->bit & 1) != 0;
        if (field->storage == STORE_HASH_ONLY || field->storage == STORE_NEVER)
            continue;
        struct place at = draft->field_nodes[i]->key->at;
        if (!used && unsure) {
            continue;
        } else if (!used) {
            fault(draft->reader, at, "field-unused", "no purpose uses `%.*s`",
                  SPAN_FMT(field->full_name));
            fault_mend(draft->reader, "name it in the `uses` of the purpose that needs it, or drop it");
        } else if (!given) {
            fault_warn(draft->reader, at, "field-never-given",
                       "nothing collects or writes `%.*s`", SPAN_FMT(field->full_name));
        }
    }
}

static void
check_keeps(struct draft *draft)
{
    for (int i = 0; i < draft->policy->category_count; i++) {
        const struct policy_category *row = &draft->policy->categories[i];
        if (row->keep != POLICY_NONE)
            continue;
        fault(draft->reader, draft->categories.nodes[i]->key->at, "keep-missing",
              "nothing says how long `%.*s` is kept", SPAN_FMT(row->name));
        fault_mend(draft->reader, "add to `keep`: %.*s: {from: collected, most: 1 year, then: erase}",
                   SPAN_FMT(row->name));
    }
}

/* What a point asks for must serve a purpose shown at that very point. */
static void
check_point(struct draft *draft, int n, const struct reach *reach)
{
    const struct policy *p = draft->policy;
    const struct policy_point *point = &p->points[n];
    const struct node *map = map_get(draft->points.nodes[n], "fields");
    bool any = false;
    for (int i = 0; i < p->purpose_count; i++)
        any |= policy_bit(&point->purposes, i);
    if (!any || map == NULL || map->shape != NODE_MAP)
        return;
    for (const struct node *node = map->first; node != NULL; node = node->next) {
        int f = policy_field_find(p, node->key->text);
        if (f == POLICY_NONE)
            continue;
        const struct policy_field *field = &p->fields[f];
        if (field->storage == STORE_HASH_ONLY || field->storage == STORE_NEVER ||
            (reach->used[field->category] >> field->bit & 1) == 0)
            continue; /* told at the field, or needs no reader */
        bool used = false;
        for (int i = 0; i < p->purpose_count; i++)
            used |= policy_bit(&point->purposes, i) &&
                    (p->purposes[i].uses[field->category] >> field->bit & 1) != 0;
        if (used)
            continue;
        fault(draft->reader, node->key->at, "point-unused",
              "no purpose shown at `%.*s` uses `%.*s`", SPAN_FMT(point->name),
              SPAN_FMT(field->full_name));
        fault_mend(draft->reader, "add the purpose that needs it to `for`, or do not ask for it");
    }
}

static void
check_special(struct draft *draft, int n)
{
    const struct policy *p = draft->policy;
    const struct policy_purpose *purpose = &p->purposes[n];
    const struct node *basis = map_get(draft->purposes.nodes[n], "basis");
    if (basis == NULL || (purpose->basis != BASIS_CONTRACT &&
                          purpose->basis != BASIS_LEGITIMATE_INTERESTS))
        return;
    for (int i = 0; i < p->field_count; i++) {
        const struct policy_field *field = &p->fields[i];
        if (!field->special || (purpose->uses[field->category] >> field->bit & 1) == 0)
            continue;
        fault(draft->reader, basis->at, "special-basis",
              "`%.*s` is special data (Art. 9), which %s does not open",
              SPAN_FMT(field->full_name), policy_basis_name(purpose->basis));
        fault_mend(draft->reader, "rest the purpose on consent or on law, or do not use the field");
        return;
    }
}

static void
check_purpose(struct draft *draft, int n)
{
    const struct policy *p = draft->policy;
    const struct policy_purpose *purpose = &p->purposes[n];
    const struct node *node = draft->purposes.nodes[n];
    check_special(draft, n);
    bool consent = map_get(node, "basis") != NULL && purpose->basis == BASIS_CONSENT;
    if (consent && map_get(draft->root, "consent") == NULL) {
        fault(draft->reader, map_get(node, "basis")->at, "consent-missing",
              "consent is asked for, and no section `consent` says how");
        fault_mend(draft->reader, "add consent: {text-version: 1, confirm-within: 7 days}");
    } else if (purpose->double_opt_in && !p->consent.confirm_within.set) {
        fault(draft->reader, map_get(node, "confirm")->at, "confirm-within-missing",
              "nothing says how long a consent may wait to be confirmed");
        fault_mend(draft->reader, "add to `consent`: confirm-within: 7 days");
    }
    bool may = false;
    for (int i = 0; i < p->role_count; i++)
        may |= policy_bit(&p->roles[i].may, n);
    if (!may)
        fault_warn(draft->reader, node->key->at, "purpose-idle", "no role may `%.*s`",
                   SPAN_FMT(purpose->name));
}

/* A write also needs a purpose of the role that uses the field, so some `writes` could never work. */
static void
check_role(struct draft *draft, int n)
{
    const struct policy *p = draft->policy;
    const struct policy_role *role = &p->roles[n];
    for (int c = 0; c < p->category_count; c++) {
        uint64_t used = 0;
        for (int i = 0; i < p->purpose_count; i++)
            used |= policy_bit(&role->may, i) ? p->purposes[i].uses[c] : 0;
        uint64_t idle = role->writes[c] & ~used;
        if (idle == 0)
            continue;
        int bit = __builtin_ctzll(idle);
        const struct node *writes = map_get(draft->roles.nodes[n], "writes");
        fault_warn(draft->reader, node_place(writes), "write-idle",
                   "`%.*s` writes `%.*s`, but none of its purposes uses it", SPAN_FMT(role->name),
                   SPAN_FMT(p->fields[p->categories[c].field_first + bit].full_name));
    }
}

static void
check_nevers(struct draft *draft)
{
    for (int i = 0; i < draft->policy->never_count; i++) {
        const struct policy_never *row = &draft->policy->nevers[i];
        if (draft->rules[row->rule].clause.n > 0)
            continue;
        fault(draft->reader, draft->never_nodes[i]->at, "never-untold",
              "no clause tells people that `%.*s` never happens", SPAN_FMT(row->name));
        fault_mend(draft->reader, "add to `clauses`: {id: no-%.*s, says: \"…\", kept-by: [never.%.*s]}",
                   SPAN_FMT(row->name), SPAN_FMT(row->name));
    }
}

void
check(struct draft *draft)
{
    struct reach reach;
    if (!reach_find(draft, &reach))
        return;
    check_fields(draft, &reach);
    check_keeps(draft);
    for (int i = 0; i < draft->policy->point_count; i++)
        check_point(draft, i, &reach);
    for (int i = 0; i < draft->policy->purpose_count; i++)
        check_purpose(draft, i);
    for (int i = 0; i < draft->policy->role_count; i++)
        check_role(draft, i);
    check_nevers(draft);
    check_idle(draft, reach.given);
    check_people(draft);
    check_kept(draft);
    check_children(draft);
    check_out(draft);
    check_law(draft);
}
