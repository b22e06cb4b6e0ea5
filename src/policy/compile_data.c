#include "policy/compile_priv.h"

/* The node's word as an index of the table, or POLICY_NONE when absent or unknown (told). */
static int
optional_ref(struct draft *draft, const struct node *map, const char *key, enum table table)
{
    const struct node *node = map_get(map, key);
    return node == NULL ? POLICY_NONE : ref_find(draft, node, table);
}

static void
compile_organisations(struct draft *draft)
{
    static const struct key_row keys[] = {{"says", false}, {"of", false}, {"sees", true},
                                          {"isolated", true}, {NULL, false}};
    for (int i = 0; i < draft->organisations.count; i++) {
        const struct node *node = draft->organisations.nodes[i];
        struct policy_organisation *row = &draft->organisation_rows[i];
        row->of = POLICY_NONE;
        row->rule = rule_add(draft, node, "organisations.%.*s", SPAN_FMT(row->name));
        if (!node_expect(draft->reader, node, NODE_MAP, "an organisation"))
            continue;
        map_keys_check(draft->reader, node, keys, "an organisation");
        row->says = keep_value(draft, node, "says", "the words for an organisation");
        row->of = optional_ref(draft, node, "of", REF_ORGANISATION);
    }
    for (int i = 0; i < draft->organisations.count; i++) {
        int up = draft->organisation_rows[i].of, steps = 0;
        while (up != POLICY_NONE && up != i && steps++ < draft->organisations.count)
            up = draft->organisation_rows[up].of;
        if (up != i)
            continue;
        fault(draft->reader, map_get(draft->organisations.nodes[i], "of")->at, "circle",
              "`%.*s` would belong to itself", SPAN_FMT(draft->organisation_rows[i].name));
        draft->organisation_rows[i].of = POLICY_NONE;
    }
}

static void
kinds_untangle(struct draft *draft)
{
    for (int i = 0; i < draft->kinds.count; i++) {
        int up = draft->kind_rows[i].is, steps = 0;
        while (up != POLICY_NONE && up != i && steps++ < draft->kinds.count)
            up = draft->kind_rows[up].is;
        if (up != i)
            continue;
        fault(draft->reader, map_get(draft->kinds.nodes[i], "is")->at, "circle",
              "`%.*s` would be a kind of itself", SPAN_FMT(draft->kind_rows[i].name));
        draft->kind_rows[i].is = POLICY_NONE;
    }
}

void
compile_people(struct draft *draft)
{
    static const struct key_row keys[] = {{"is", false}, {"says", false}, {"in", false},
                                          {"leads", false}, {"guardian-of", true},
                                          {"proven-by", true}, {"states", true}, {NULL, false}};
    compile_organisations(draft);
    for (int i = 0; i < draft->kinds.count; i++) {
        const struct node *node = draft->kinds.nodes[i];
        struct policy_kind *row = &draft->kind_rows[i];
        row->is = row->in = row->leads = POLICY_NONE;
        row->rule = rule_add(draft, node, "people.%.*s", SPAN_FMT(row->name));
        if (!node_expect(draft->reader, node, NODE_MAP, "a kind of people"))
            continue;
        map_keys_check(draft->reader, node, keys, "a kind of people");
        row->says = keep_value(draft, node, "says", "the words for a kind of people");
        if (map_get(node, "says") == NULL)
            missing(draft, node, "says", "how the page speaks to them: \"you, when you have an account\"");
        row->is = optional_ref(draft, node, "is", REF_KIND);
        row->in = optional_ref(draft, node, "in", REF_ORGANISATION);
        row->leads = optional_ref(draft, node, "leads", REF_ORGANISATION);
    }
    kinds_untangle(draft);
}

/* Names and numbers of all fields, before anything refers to one. */
bool
declare_fields(struct draft *draft)
{
    int total = 0;
    for (int i = 0; i < draft->categories.count; i++) {
        const struct node *fields = map_get(draft->categories.nodes[i], "fields");
        total += fields == NULL ? 0 : fields->count < LIMIT_POLICY_FIELDS ? fields->count
                                                                          : LIMIT_POLICY_FIELDS;
    }
    draft->field_rows = ARENA_ARRAY(draft->arena, struct policy_field, (size_t)total + 1);
    draft->field_nodes = ARENA_ARRAY(&draft->reader->scratch, const struct node *, (size_t)total + 1);
    if (draft->field_rows == NULL || draft->field_nodes == NULL)
        return false;
    draft->policy->fields = draft->field_rows;
    for (int i = 0; i < draft->categories.count; i++) {
        struct policy_category *category = &draft->category_rows[i];
        category->field_first = draft->policy->field_count;
        const struct node *fields = map_get(draft->categories.nodes[i], "fields");
        if (fields == NULL || fields->shape != NODE_MAP)
            continue; /* told when the category is filled */
        for (const struct node *node = fields->first; node != NULL; node = node->next) {
            if (!name_check(draft->reader, node->key, "a field"))
                continue;
            if (category->field_count == LIMIT_POLICY_FIELDS) {
                fault(draft->reader, node->key->at, "too-many",
                      "a category has at most %d fields", LIMIT_POLICY_FIELDS);
                break;
            }
            int n = draft->policy->field_count++;
            draft->field_nodes[n] = node;
            draft->field_rows[n] = (struct policy_field){
                .name = keep_text(draft, node->key->text), .category = i,
                .bit = category->field_count++, .pass_to = POLICY_NONE};
        }
    }
    return true;
}

static void
category_masks(struct draft *draft, struct policy_category *row)
{
    for (int i = 0; i < row->field_count; i++) {
        const struct policy_field *field = &draft->field_rows[row->field_first + i];
        uint64_t bit = UINT64_C(1) << field->bit;
        row->all |= bit;
        if (field->storage != STORE_HASH_ONLY && field->storage != STORE_NEVER)
            row->readable |= bit;
        if (field->lookup != LOOKUP_NONE)
            row->lookups |= bit;
        row->special |= field->special;
    }
}

static void
category_read(struct draft *draft, int i)
{
    static const struct key_row keys[] = {
        {"of", false}, {"many", false}, {"says", false}, {"special", false}, {"fields", false},
        {"disclose", false}, {"keys", true}, {"sealed-to", true}, {"latest-only", true},
        {"memory-only", true}, {"vendor-blind", true}, {"instances", true}, {NULL, false}};
    const struct node *node = draft->categories.nodes[i];
    struct policy_category *row = &draft->category_rows[i];
    row->kind = row->keep = row->blind = row->only = POLICY_NONE;
    row->rule = rule_add(draft, node, "data.%.*s", SPAN_FMT(row->name));
    if (!node_expect(draft->reader, node, NODE_MAP, "a category"))
        return;
    map_keys_check(draft->reader, node, keys, "a category");
    row->says = keep_value(draft, node, "says", "the words for a category");
    row->kind = optional_ref(draft, node, "of", REF_KIND);
    if (map_get(node, "of") == NULL)
        missing(draft, node, "of", "whose data these are, a kind of people: of: user");
    row->many = value_flag(draft->reader, map_get(node, "many"), "many", false);
    row->special = value_flag(draft->reader, map_get(node, "special"), "special", false);
    compile_disclose(draft, row, map_get(node, "disclose"));
    const struct node *fields = map_get(node, "fields");
    if (fields == NULL)
        missing(draft, node, "fields", "a category is its fields: fields: {name: {type: name}}");
    else if (node_expect(draft->reader, fields, NODE_MAP, "fields") && fields->count == 0)
        fault(draft->reader, node_place(fields), "empty", "a category without fields holds nothing");
    for (int f = row->field_first; f < row->field_first + row->field_count; f++) {
        struct policy_field *field = &draft->field_rows[f];
        field->special = row->special;
        field->rule = rule_add(draft, draft->field_nodes[f], "data.%.*s.%.*s", SPAN_FMT(row->name),
                               SPAN_FMT(field->name));
        field->full_name = span_sub(draft->rules[field->rule].name, 5, SIZE_MAX);
        compile_field(draft, field, draft->field_nodes[f]);
    }
    category_masks(draft, row);
}

void
compile_data(struct draft *draft)
{
    for (int i = 0; i < draft->categories.count; i++)
        category_read(draft, i);
}
