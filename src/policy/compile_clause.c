#include "policy/compile_priv.h"

/* One promise: a word, or {word: sentence}. */
static void
never_read(struct draft *draft, struct policy_never *rows, const struct node *node)
{
    struct reader *reader = draft->reader;
    const struct node *name = node;
    struct span says = SPAN_NONE;
    if (node->shape == NODE_MAP && node->count == 1) {
        name = node->first->key;
        says = keep_says(draft, node->first, "the sentence of a promise");
    } else if (!node_expect(reader, node, NODE_TEXT, "a promise, when it is not {word: sentence},") ||
               node->faulty) {
        return;
    }
    if (!name_check(reader, name, "a promise"))
        return;
    int n = draft->policy->never_count;
    if (policy_never_find(draft->policy, name->text) != POLICY_NONE) {
        fault(reader, name->at, "duplicate-name", "`%.*s` is promised already", SPAN_FMT(name->text));
        return;
    }
    rows[n] = (struct policy_never){.name = keep_text(draft, name->text),
                                    .says = says};
    draft->never_nodes[n] = name;
    rows[n].rule = rule_add(draft, name, "never.%.*s", SPAN_FMT(name->text));
    draft->policy->never_count++;
}

bool
compile_nevers(struct draft *draft)
{
    const struct node *list = map_get(draft->root, "never");
    size_t count = list == NULL ? 0 : (size_t)list->count;
    struct policy_never *rows = ARENA_ARRAY(draft->arena, struct policy_never, count + 1);
    draft->never_nodes = ARENA_ARRAY(&draft->reader->scratch, const struct node *, count + 1);
    if (rows == NULL || draft->never_nodes == NULL)
        return false;
    draft->policy->nevers = rows;
    if (list == NULL || !node_expect(draft->reader, list, NODE_LIST, "never"))
        return true;
    for (const struct node *node = list->first; node != NULL; node = node->next) {
        if (draft->policy->never_count == LIMIT_POLICY_ROLES) {
            fault(draft->reader, node->at, "too-many", "there are more than %d promises",
                  LIMIT_POLICY_ROLES);
            break;
        }
        never_read(draft, rows, node);
    }
    return true;
}

static void
kept_by_read(struct draft *draft, struct policy_clause *row, const struct node *node)
{
    const struct node *list = map_get(node, "kept-by");
    if (list == NULL || (list->shape == NODE_LIST && list->count == 0)) {
        fault(draft->reader, node_place(list == NULL ? node : list), "clause-unkept",
              "no rule keeps this clause");
        fault_mend(draft->reader, "name the rules that keep it: kept-by: [never.advertising]");
        return;
    }
    if (!node_expect(draft->reader, list, NODE_LIST, "kept-by"))
        return;
    int *rules = ARENA_ARRAY(draft->arena, int, (size_t)list->count + 1);
    if (rules == NULL)
        return;
    row->kept_by = rules;
    for (const struct node *rule = list->first; rule != NULL; rule = rule->next) {
        int i = ref_find(draft, rule, REF_RULE);
        if (i == POLICY_NONE)
            continue;
        rules[row->kept_by_count++] = i;
        if (draft->rules[i].clause.n == 0)
            draft->rules[i].clause = row->id;
    }
}

static void
clause_read(struct draft *draft, struct policy_clause *row, const struct node *node)
{
    static const struct key_row keys[] = {
        {"id", false}, {"says", false}, {"kept-by", false}, {NULL, false}};
    map_keys_check(draft->reader, node, keys, "a clause");
    const struct node *id = map_get(node, "id");
    if (id == NULL) {
        missing(draft, node, "id", "a name to point at: id: no-advertising");
    } else if (node_expect(draft->reader, id, NODE_TEXT, "a clause's id") && !id->faulty &&
               name_check(draft->reader, id, "a clause")) {
        for (int i = 0; i < draft->policy->clause_count; i++)
            if (span_eq(draft->policy->clauses[i].id, id->text))
                fault(draft->reader, id->at, "duplicate-name", "another clause is called `%.*s`",
                      SPAN_FMT(id->text));
        row->id = keep_text(draft, id->text);
    }
    row->says = keep_sentence(draft, node, "says", "the sentence of a clause");
    if (map_get(node, "says") == NULL)
        missing(draft, node, "says", "the sentence that is published");
    kept_by_read(draft, row, node);
}

bool
compile_clauses(struct draft *draft)
{
    const struct node *list = map_get(draft->root, "clauses");
    size_t count = list == NULL ? 0 : (size_t)list->count;
    struct policy_clause *rows = ARENA_ARRAY(draft->arena, struct policy_clause, count + 1);
    if (rows == NULL)
        return false;
    draft->policy->clauses = rows;
    if (list == NULL || !node_expect(draft->reader, list, NODE_LIST, "clauses"))
        return true;
    rows_check(draft, list, "clauses");
    rules_sort(draft);
    if (draft->rules_sorted == NULL)
        return false;
    for (const struct node *node = list->first; node != NULL; node = node->next)
        if (draft->policy->clause_count < LIMIT_POLICY_ROWS &&
            node_expect(draft->reader, node, NODE_MAP, "a clause"))
            clause_read(draft, &rows[draft->policy->clause_count++], node);
    return true;
}
