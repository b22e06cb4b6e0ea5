/* On which grounds data are handed to outsiders who ask: the section `disclosure`, and `disclose` of a category. */
#include "policy/compile_priv.h"

static void
evidence_read(struct draft *draft, struct policy_ground *row, const struct node *node)
{
    static const char *const words[] = {"document", "law", "scope", "reasons", "incident",
                                        "consent", "order", "mandate", NULL};
    const struct node *list = map_get(node, "evidence");
    if (list == NULL) {
        missing(draft, node, "evidence", "what has to lie there first: evidence: [document, law, scope]");
        return;
    }
    if (list->shape == NODE_LIST && list->count == 0)
        fault(draft->reader, node_place(list), "empty", "a ground that nothing shows is none");
    row->evidence = value_choices(draft->reader, list, "evidence", "kind of evidence", words);
}

static void
approve_read(struct draft *draft, struct policy_ground *row, const struct node *node)
{
    const struct node *approve = map_get(node, "approve");
    row->approve_rule = row->rule;
    if (approve == NULL) {
        missing(draft, node, "approve", "how many others must agree: approve: 0, 1 or 2");
        return;
    }
    row->approve_rule = rule_add(draft, approve, "disclosure.%.*s.approve", SPAN_FMT(row->name));
    row->approvals = (int)value_number(draft->reader, approve, "`approve`", 0, 2, 2);
}

static void
ground_read(struct draft *draft, struct policy_ground *row, const struct node *node)
{
    static const struct key_row keys[] = {
        {"says", false}, {"evidence", false}, {"approve", false}, {"by", false}, {"notice", false},
        {"binding", false}, {"counted", false}, {"review", false}, {NULL, false}};
    static const char *const notices[] = {"before", "after-gag", "after", "never", NULL};
    struct reader *reader = draft->reader;
    map_keys_check(reader, node, keys, "a ground");
    row->says = keep_sentence(draft, node, "says", "the words for a ground");
    if (map_get(node, "says") == NULL)
        missing(draft, node, "says", "what people read: says: \"a court orders it\"");
    evidence_read(draft, row, node);
    approve_read(draft, row, node);
    ref_bits(draft, map_get(node, "by"), "by", REF_ROLE, &row->by);
    const struct node *notice = map_get(node, "notice");
    if (notice == NULL)
        missing(draft, node, "notice", "when the person is told: notice: before, after-gag, after or never");
    row->notice = (enum policy_notice)value_choice(reader, notice, "time of notice", notices, NOTICE_BEFORE);
    row->binding = value_flag(reader, map_get(node, "binding"), "binding", false);
    const struct node *counted = map_get(node, "counted");
    row->counted = value_flag(reader, counted, "counted", false);
    if (row->counted)
        unkept_add(draft, counted, rule_add(draft, counted, "disclosure.%.*s.counted", SPAN_FMT(row->name)),
                   "a public count of what was handed over");
    (void)value_length(reader, map_get(node, "review"), "the time of a review", &row->review);
}

/* Data are not merchandise: that such a ground is refused is the language's own promise. */
static void
sale_check(struct draft *draft, const struct node *key)
{
    static const char *const sales[] = {"sale", "sell", "rent", "rental", "lease", "trade", "barter"};
    for (size_t i = 0; i < sizeof sales / sizeof sales[0]; i++)
        if (span_is(key->text, sales[i])) {
            fault(draft->reader, key->at, "ground-sale", "`%s` is no ground to hand over anybody's data", sales[i]);
            fault_mend(draft->reader, "it can only be promised not to happen: never: [%s]", sales[i]);
        }
}

void
compile_disclosure(struct draft *draft)
{
    const struct node *map = map_get(draft->root, "disclosure");
    if (map == NULL || map->shape != NODE_MAP)
        return;
    draft->policy->disclosure_set = true;
    draft->policy->disclosure_rule = rule_add(draft, map, "disclosure");
    for (int i = 0; i < draft->grounds.count; i++) {
        const struct node *node = draft->grounds.nodes[i];
        struct policy_ground *row = &draft->ground_rows[i];
        row->rule = rule_add(draft, node, "disclosure.%.*s", SPAN_FMT(row->name));
        row->approve_rule = row->rule;
        sale_check(draft, node->key);
        if (node_expect(draft->reader, node, NODE_MAP, "a ground"))
            ground_read(draft, row, node);
    }
}

void
compile_disclose(struct draft *draft, struct policy_category *row, const struct node *node)
{
    static const char *const words[] = {"never", NULL};
    if (node == NULL)
        return;
    if (node->shape == NODE_TEXT) {
        row->disclose_never = value_choice(draft->reader, node, "word for `disclose`", words, POLICY_NONE) == 0;
        return;
    }
    if (!node_expect(draft->reader, node, NODE_LIST, "disclose, when it is not `never`,"))
        return;
    /* No ground at all is another way to write never. */
    row->disclose_narrow = node->count > 0;
    row->disclose_never = node->count == 0;
    for (const struct node *one = node->first; one != NULL; one = one->next) {
        if (one->shape == NODE_TEXT && span_is(one->text, "never")) {
            fault(draft->reader, one->at, "disclose-never", "`never` is no ground and stands in no list of them");
            fault_mend(draft->reader, "disclose: never, or the list without it");
            continue;
        }
        ref_bit(draft, one, REF_GROUND, &row->disclose);
    }
}
