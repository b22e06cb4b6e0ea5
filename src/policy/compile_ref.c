#include "policy/compile_priv.h"

#include <stdlib.h>

static const struct {
    const char *what, *code;
    const char *mend;  /* when no name is near */
    bool needed;       /* its section must be there and hold something: without that, no name of it is told */
} tables[] = {
    [REF_ORGANISATION] = {"organisation", "unknown-organisation", "declare it in the section `organisations`", false},
    [REF_KIND] = {"kind of people", "unknown-kind", "declare it in the section `people`", true},
    [REF_CATEGORY] = {"category", "unknown-category", "declare it in the section `data`", true},
    [REF_PURPOSE] = {"purpose", "unknown-purpose", "declare it in the section `purposes`", true},
    [REF_ROLE] = {"role", "unknown-role", "declare it in the section `roles`", false},
    [REF_RELATION] = {"relation", "unknown-relation", "declare it in the section `relations`", false},
    [REF_RECIPIENT] = {"recipient", "unknown-recipient", "declare it in the section `recipients`", false},
    [REF_GROUND] = {"ground", "unknown-ground", "declare it in the section `disclosure`", false},
    [REF_INSTANCE] = {"kind of server", "unknown-instance", "declare it in the section `policy`: instances: [vendor, onsite]", false},
    [REF_EVENT] = {"event", "unknown-event", "declare it in the section `events`", false},
    [REF_RULE] = {"rule", "unknown-rule", "write the address of a rule of this file: keep.account, purposes.support.needs", false},
};

static int
table_count(const struct draft *draft, enum table table)
{
    const struct policy *p = draft->policy;
    switch (table) {
    case REF_ORGANISATION: return p->organisation_count;
    case REF_KIND: return p->kind_count;
    case REF_CATEGORY: return p->category_count;
    case REF_PURPOSE: return p->purpose_count;
    case REF_ROLE: return p->role_count;
    case REF_RELATION: return p->relation_count;
    case REF_RECIPIENT: return p->recipient_count;
    case REF_GROUND: return p->ground_count;
    case REF_INSTANCE: return p->instance_count;
    case REF_EVENT: return p->event_count;
    case REF_RULE: return p->rule_count;
    }
    return 0;
}

static struct span
table_name(const struct draft *draft, enum table table, int i)
{
    const struct policy *p = draft->policy;
    switch (table) {
    case REF_ORGANISATION: return p->organisations[i].name;
    case REF_KIND: return p->kinds[i].name;
    case REF_CATEGORY: return p->categories[i].name;
    case REF_PURPOSE: return p->purposes[i].name;
    case REF_ROLE: return p->roles[i].name;
    case REF_RELATION: return p->relations[i].name;
    case REF_RECIPIENT: return p->recipients[i].name;
    case REF_GROUND: return p->grounds[i].name;
    case REF_INSTANCE: return p->instances[i];
    case REF_EVENT: return p->events[i];
    case REF_RULE: return draft->rules[i].name;
    }
    return SPAN_NONE;
}

static int
rule_compare(const void *a, const void *b)
{
    struct span x = (*(const struct policy_rule *const *)a)->name;
    struct span y = (*(const struct policy_rule *const *)b)->name;
    int order = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
    return order != 0 ? order : (x.n > y.n) - (x.n < y.n);
}

/* A large policy has tens of thousands of rules and of references to them. */
void
rules_sort(struct draft *draft)
{
    size_t n = (size_t)draft->policy->rule_count;
    draft->rules_sorted = ARENA_ARRAY(&draft->reader->scratch, const struct policy_rule *, n);
    if (draft->rules_sorted == NULL)
        return;
    for (size_t i = 0; i < n; i++)
        draft->rules_sorted[i] = &draft->rules[i];
    qsort(draft->rules_sorted, n, sizeof *draft->rules_sorted, rule_compare);
}

static int
rule_find(const struct draft *draft, struct span name)
{
    struct policy_rule wanted = {.name = name};
    const struct policy_rule *key = &wanted;
    const struct policy_rule *const *found =
        name.n == 0 ? NULL : bsearch(&key, draft->rules_sorted, (size_t)draft->policy->rule_count,
                                     sizeof *draft->rules_sorted, rule_compare);
    return found == NULL ? POLICY_NONE : (int)(*found - draft->rules);
}

static int
table_find(const struct draft *draft, enum table table, struct span name)
{
    if (table == REF_RULE)
        return rule_find(draft, name);
    int count = table_count(draft, table);
    for (int i = 0; i < count; i++)
        if (span_eq(table_name(draft, table, i), name))
            return i;
    return POLICY_NONE;
}

/* Tells it, and goes on with the nearest name, so that one slip is one fault; POLICY_NONE: none is near. */
static int
unknown(struct draft *draft, const struct node *node, enum table table, struct span name)
{
    if (tables[table].needed && table_count(draft, table) == 0)
        return POLICY_NONE; /* told at the section */
    struct hint hint;
    hint_start(draft->reader, &hint, name);
    int count = hint.word.n == 0 ? 0 : table_count(draft, table), near = POLICY_NONE;
    for (int i = 0; i < count; i++) {
        int before = hint.distance;
        hint_try(&hint, table_name(draft, table, i));
        near = hint.distance < before ? i : near;
    }
    fault(draft->reader, node->at, tables[table].code, "there is no %s `%.*s`", tables[table].what,
          SPAN_FMT(shown(name)));
    hint_mend(draft->reader, &hint, tables[table].mend);
    return near;
}

int
ref_find(struct draft *draft, const struct node *node, enum table table)
{
    if (node == NULL || !node_expect(draft->reader, node, NODE_TEXT, tables[table].what) ||
        node->faulty)
        return POLICY_NONE;
    int i = table_find(draft, table, node->text);
    return i == POLICY_NONE ? unknown(draft, node, table, node->text) : i;
}

int
ref_optional(struct draft *draft, const struct node *map, const char *key, enum table table)
{
    const struct node *node = map_get(map, key);
    return node == NULL ? POLICY_NONE : ref_find(draft, node, table);
}

static int
unknown_field(struct draft *draft, const struct node *node, int category, struct span name)
{
    const struct policy_category *row = &draft->policy->categories[category];
    struct hint hint;
    hint_start(draft->reader, &hint, name);
    int near = POLICY_NONE;
    for (int i = row->field_first; i < row->field_first + row->field_count; i++) {
        int before = hint.distance;
        hint_try(&hint, draft->policy->fields[i].name);
        near = hint.distance < before ? i : near;
    }
    fault(draft->reader, node->at, "unknown-field", "`%.*s` has no field `%.*s`",
          SPAN_FMT(row->name), SPAN_FMT(shown(name)));
    if (hint.best.n > 0)
        fault_mend(draft->reader, "did you mean `%.*s.%.*s`?", SPAN_FMT(row->name),
                   SPAN_FMT(hint.best));
    return near;
}

bool
ref_data(struct draft *draft, const struct node *node, int *ret_category, int *ret_field,
         bool *ret_whole)
{
    if (!node_expect(draft->reader, node, NODE_TEXT, "a category or field") || node->faulty)
        return false;
    struct span rest = node->text, name;
    (void)span_split(&rest, '.', &name);
    bool whole = rest.p == NULL;
    int category = table_find(draft, REF_CATEGORY, name);
    if (category == POLICY_NONE)
        category = unknown(draft, node, REF_CATEGORY, name);
    if (category == POLICY_NONE)
        return false;
    if (whole && ret_whole == NULL) {
        fault(draft->reader, node->at, "field-expected", "`%.*s` is a category, not a field",
              SPAN_FMT(name));
        fault_mend(draft->reader, "name each field: %.*s.FIELD", SPAN_FMT(name));
        return false;
    }
    int field = whole ? POLICY_NONE : policy_field_in(draft->policy, category, rest);
    if (!whole && field == POLICY_NONE)
        field = unknown_field(draft, node, category, rest);
    if (!whole && field == POLICY_NONE)
        return false;
    *ret_category = category;
    *ret_field = field;
    if (ret_whole != NULL)
        *ret_whole = whole;
    return true;
}

void
ref_bit(struct draft *draft, const struct node *node, enum table table, struct policy_bits *ret)
{
    int i = ref_find(draft, node, table);
    if (i == POLICY_NONE)
        return;
    if (policy_bit(ret, i))
        fault(draft->reader, node->at, "duplicate-name", "`%.*s` stands in this list twice", SPAN_FMT(node->text));
    bit_set(ret, i);
}

void
ref_bits(struct draft *draft, const struct node *list, const char *what, enum table table, struct policy_bits *ret)
{
    for (const struct node *node = list_first(draft->reader, list, what); node != NULL; node = list_next(list, node))
        ref_bit(draft, node, table, ret);
}

void
ref_purposes(struct draft *draft, const struct node *list, const char *what,
             struct policy_bits *ret, bool *ret_rights)
{
    for (const struct node *node = list_first(draft->reader, list, what); node != NULL;
         node = list_next(list, node)) {
        if (ret_rights != NULL && node->shape == NODE_TEXT && span_is(node->text, "rights")) {
            if (*ret_rights)
                fault(draft->reader, node->at, "duplicate-name", "`rights` stands in this list twice");
            *ret_rights = true;
            continue;
        }
        ref_bit(draft, node, REF_PURPOSE, ret);
    }
}
