#include "policy/compile_priv.h"

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
        {"disclose", false}, {"latest", false}, {"memory", false}, {"backup", false},
        {"sealed-to", false}, {"blind", false}, {"only", false}, {"keys", false},
        {"sourced", false}, {NULL, false}};
    const struct node *node = draft->categories.nodes[i];
    struct policy_category *row = &draft->category_rows[i];
    row->kind = row->keep = row->blind = row->only = POLICY_NONE;
    row->rule = rule_add(draft, node, "data.%.*s", SPAN_FMT(row->name));
    if (!node_expect(draft->reader, node, NODE_MAP, "a category"))
        return;
    map_keys_check(draft->reader, node, keys, "a category");
    row->says = keep_sentence(draft, node, "says", "the words for a category");
    row->kind = ref_optional(draft, node, "of", REF_KIND);
    if (map_get(node, "of") == NULL)
        missing(draft, node, "of", "whose data these are, a kind of people: of: user");
    row->many = value_flag(draft->reader, map_get(node, "many"), "many", false);
    row->special = value_flag(draft->reader, map_get(node, "special"), "special", false);
    compile_disclose(draft, row, map_get(node, "disclose"));
    compile_kept(draft, row, node);
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
