/*
 * The sections `glossary`, `promises` and `unproven`: words, the promises a policy was written from with the rules that
 * keep each, and what no software can show.
 */
#include "policy/compile_priv.h"

enum { PROMISE_ID = 12 };

/* "M28": capitals, then digits. */
static bool
id_check(struct draft *draft, const struct node *key)
{
    struct span id = key->text;
    size_t letters = 0, digits = 0;
    while (letters < id.n && id.p[letters] >= 'A' && id.p[letters] <= 'Z')
        letters++;
    while (letters + digits < id.n && id.p[letters + digits] >= '0' && id.p[letters + digits] <= '9')
        digits++;
    if (letters > 0 && digits > 0 && letters + digits == id.n && id.n <= PROMISE_ID)
        return true;
    if (!key->faulty) {
        fault(draft->reader, key->at, "bad-promise", "`%.*s` is no number of a promise", SPAN_FMT(shown(id)));
        fault_mend(draft->reader, "capital letters, then digits, at most %d of both: M28", PROMISE_ID);
    }
    return false;
}

/* The section's map, and room for its rows; NULL when there is nothing to read. */
static const struct node *
section_open(struct draft *draft, const char *section, size_t row, void **ret_rows)
{
    const struct node *map = map_get(draft->root, section);
    if (map == NULL || !node_expect(draft->reader, map, NODE_MAP, section))
        return NULL;
    (void)rows_check(draft, map, section);
    size_t count = (size_t)map->count < LIMIT_POLICY_ROWS ? (size_t)map->count : LIMIT_POLICY_ROWS;
    *ret_rows = arena_take(draft->arena, (count + 1) * row);
    return *ret_rows == NULL ? NULL : map;
}

void
compile_glossary(struct draft *draft)
{
    void *room = NULL;
    const struct node *map = section_open(draft, "glossary", sizeof(struct policy_term), &room);
    if (map == NULL)
        return;
    struct policy_term *rows = room;
    draft->policy->terms = rows;
    for (const struct node *node = map->first; node != NULL; node = node->next) {
        if (!name_check(draft->reader, node->key, "a term") || draft->policy->term_count == LIMIT_POLICY_ROWS)
            continue;
        struct policy_term *row = &rows[draft->policy->term_count++];
        *row = (struct policy_term){.name = keep_text(draft, node->key->text),
                                    .says = keep_says(draft, node, "what a term means")};
        row->rule = rule_add(draft, node, "glossary.%.*s", SPAN_FMT(row->name));
    }
}

static void
unproven_read(struct draft *draft, struct policy_unproven *row, const struct node *node)
{
    static const struct key_row keys[] = {{"says", false}, {"why", false}, {NULL, false}};
    if (!node_expect(draft->reader, node, NODE_MAP, "what no software can show"))
        return;
    map_keys_check(draft->reader, node, keys, "what no software can show");
    row->says = keep_sentence(draft, node, "says", "the sentence of what no software can show");
    row->why = keep_sentence(draft, node, "why", "why no software can show it");
    if (map_get(node, "says") == NULL)
        missing(draft, node, "says", "the promise, as people read it");
    if (map_get(node, "why") == NULL)
        missing(draft, node, "why", "why: what would have to be watched, and why no program can");
}

void
compile_unproven(struct draft *draft)
{
    void *room = NULL;
    const struct node *map = section_open(draft, "unproven", sizeof(struct policy_unproven), &room);
    if (map == NULL)
        return;
    struct policy_unproven *rows = room;
    draft->policy->unproven = rows;
    for (const struct node *node = map->first; node != NULL; node = node->next) {
        if (!id_check(draft, node->key) || draft->policy->unproven_count == LIMIT_POLICY_ROWS)
            continue;
        struct policy_unproven *row = &rows[draft->policy->unproven_count++];
        *row = (struct policy_unproven){.id = keep_text(draft, node->key->text)};
        row->rule = rule_add(draft, node, "unproven.%.*s", SPAN_FMT(row->id));
        unproven_read(draft, row, node);
    }
}

static bool
is_unproven(const struct policy *policy, struct span id)
{
    for (int i = 0; i < policy->unproven_count; i++)
        if (span_eq(policy->unproven[i].id, id))
            return true;
    return false;
}

static void
rules_read(struct draft *draft, struct policy_promise *row, const struct node *node)
{
    if (node->shape == NODE_LIST && node->count == 0) {
        fault(draft->reader, node_place(node), "promise-unkept", "no rule keeps %.*s", SPAN_FMT(row->id));
        fault_mend(draft->reader, "name the rules that keep it, or say under `unproven` why nothing can show it");
        return;
    }
    int *rules = ARENA_ARRAY(draft->arena, int, (size_t)node->count + 2);
    if (rules == NULL)
        return;
    row->rules = rules;
    for (const struct node *rule = list_first(draft->reader, node, "the rules of a promise"); rule != NULL;
         rule = list_next(node, rule)) {
        int i = ref_find(draft, rule, REF_RULE);
        bool twice = false;
        for (int j = 0; j < row->rule_count && i != POLICY_NONE; j++)
            twice = twice || rules[j] == i;
        if (twice)
            fault(draft->reader, rule->at, "duplicate-name", "`%.*s` stands in this list twice", SPAN_FMT(rule->text));
        else if (i != POLICY_NONE)
            rules[row->rule_count++] = i;
    }
}

bool
compile_promises(struct draft *draft)
{
    void *room = NULL;
    const struct node *map = section_open(draft, "promises", sizeof(struct policy_promise), &room);
    if (map == NULL)
        return true;
    if (draft->rules_sorted == NULL)
        rules_sort(draft);
    if (draft->rules_sorted == NULL)
        return false;
    struct policy_promise *rows = room;
    draft->policy->promises = rows;
    for (const struct node *node = map->first; node != NULL; node = node->next) {
        if (!id_check(draft, node->key) || draft->policy->promise_count == LIMIT_POLICY_ROWS)
            continue;
        struct policy_promise *row = &rows[draft->policy->promise_count++];
        *row = (struct policy_promise){.id = keep_text(draft, node->key->text), .line = node->key->at.line};
        if (is_unproven(draft->policy, row->id)) {
            fault(draft->reader, node->key->at, "promise-both", "%.*s is kept by rules here and called unproven below",
                  SPAN_FMT(row->id));
            fault_mend(draft->reader, "take it out of `promises`, or out of `unproven`");
        }
        rules_read(draft, row, node);
    }
    return true;
}
