#include "policy/compile_priv.h"

static const char *const bases[] = {"consent", "contract", "legal-obligation", "vital-interests",
                                    "public-interest", "legitimate-interests", NULL};

/* What of a category may be named as a whole: all but what is never stored. */
static uint64_t
whole_mask(const struct draft *draft, int category)
{
    const struct policy_category *row = &draft->category_rows[category];
    uint64_t mask = row->all;
    for (int i = 0; i < row->field_count; i++) {
        const struct policy_field *field = &draft->field_rows[row->field_first + i];
        if (field->storage == STORE_NEVER)
            mask &= ~(UINT64_C(1) << field->bit);
    }
    return mask;
}

/* A list of categories and fields as one mask for each category. */
static bool
masks_read(struct draft *draft, const struct node *list, const char *what, const uint64_t **ret)
{
    size_t count = (size_t)draft->categories.count + 1;
    uint64_t *masks = ARENA_ARRAY(draft->arena, uint64_t, count);
    if (masks == NULL)
        return false;
    *ret = masks;
    for (const struct node *node = list_first(draft->reader, list, what); node != NULL;
         node = list_next(list, node)) {
        int category, field;
        bool whole;
        if (!ref_data(draft, node, &category, &field, &whole))
            continue;
        uint64_t mask = whole ? whole_mask(draft, category)
                              : UINT64_C(1) << draft->field_rows[field].bit;
        if (!whole && field_says_never(draft, field)) {
            fault(draft->reader, node->at, "never-stored", "`%.*s` is never stored here",
                  SPAN_FMT(node->text));
        } else if (mask != 0 && (masks[category] & mask) == mask) {
            fault(draft->reader, node->at, "duplicate-name", "`%.*s` is in this list already",
                  SPAN_FMT(node->text));
        }
        masks[category] |= mask;
    }
    return true;
}

static void
purpose_basis(struct draft *draft, struct policy_purpose *row, const struct node *node)
{
    const struct node *basis = map_get(node, "basis");
    row->basis_rule = row->rule;
    row->basis = BASIS_LEGAL_OBLIGATION; /* after a fault: asks for nothing more */
    if (basis == NULL) {
        missing(draft, node, "basis", "one of consent, contract, legal-obligation, vital-interests, "
                                      "public-interest, legitimate-interests");
        return;
    }
    row->basis = (enum policy_basis)value_choice(draft->reader, basis, "lawful basis", bases,
                                                 BASIS_LEGAL_OBLIGATION);
    row->basis_rule = rule_add(draft, basis, "purposes.%.*s.basis", SPAN_FMT(row->name));
}

static void
purpose_needs(struct draft *draft, struct policy_purpose *row, const struct node *node)
{
    const struct node *needs = map_get(node, "needs");
    row->needs = POLICY_NONE;
    row->needs_rule = row->rule;
    if (needs == NULL)
        return;
    row->needs_rule = rule_add(draft, needs, "purposes.%.*s.needs", SPAN_FMT(row->name));
    if (needs->shape == NODE_TEXT && span_is(needs->text, "task")) {
        fault(draft->reader, needs->at, "reserved-name", "`task` is no kind of task");
        fault_mend(draft->reader, "name the kind: ticket, order, case");
        return;
    }
    row->needs = task_take(draft, needs, "what a purpose needs");
}

static bool
purpose_read(struct draft *draft, int i)
{
    static const struct key_row keys[] = {
        {"says", false}, {"basis", false}, {"uses", false}, {"needs", false}, {"channel", false},
        {"confirm", false}, {"incompatible", false}, {"aggregate-only", false}, {"serves", true},
        {"object", true}, {NULL, false}};
    static const char *const channels[] = {"email", "post", "phone", "sms", "app", NULL};
    static const char *const confirms[] = {"double-opt-in", NULL};
    const struct node *node = draft->purposes.nodes[i];
    struct policy_purpose *row = &draft->purpose_rows[i];
    row->rule = rule_add(draft, node, "purposes.%.*s", SPAN_FMT(row->name));
    row->needs = POLICY_NONE;
    if (!node_expect(draft->reader, node, NODE_MAP, "a purpose"))
        return masks_read(draft, NULL, "uses", &row->uses);
    map_keys_check(draft->reader, node, keys, "a purpose");
    row->says = keep_sentence(draft, node, "says", "the sentence of a purpose");
    if (map_get(node, "says") == NULL)
        missing(draft, node, "says", "the words people read: says: \"to answer you\"");
    purpose_basis(draft, row, node);
    purpose_needs(draft, row, node);
    const struct node *uses = map_get(node, "uses");
    if (uses == NULL)
        missing(draft, node, "uses", "list the categories or fields it needs: uses: [account.email]");
    else if (uses->shape == NODE_LIST && uses->count == 0)
        fault(draft->reader, node_place(uses), "uses-nothing", "a purpose that uses nothing is none");
    const struct node *channel = map_get(node, "channel"), *confirm = map_get(node, "confirm");
    if (channel != NULL) {
        int word = value_choice(draft->reader, channel, "channel", channels, POLICY_NONE);
        row->channel = word == POLICY_NONE ? SPAN_NONE : span_str(channels[word]);
    }
    if (confirm != NULL &&
        value_choice(draft->reader, confirm, "way to confirm", confirms, POLICY_NONE) == 0) {
        row->double_opt_in = true;
        if (row->basis != BASIS_CONSENT) {
            fault(draft->reader, confirm->at, "confirm-basis",
                  "only a purpose that rests on consent is confirmed");
        }
    }
    ref_purposes(draft, map_get(node, "incompatible"), "incompatible", &row->incompatible, NULL);
    row->aggregate_only = value_flag(draft->reader, map_get(node, "aggregate-only"),
                                     "aggregate-only", false);
    return masks_read(draft, uses, "uses", &row->uses);
}

bool
compile_purposes(struct draft *draft)
{
    static const char *const taken[] = {"rights", "retention"};
    for (int i = 0; i < draft->purposes.count; i++) {
        const struct node *key = draft->purposes.nodes[i]->key;
        for (size_t j = 0; j < sizeof taken / sizeof taken[0]; j++)
            if (span_is(key->text, taken[j]))
                fault(draft->reader, key->at, "reserved-name", "the purpose `%s` is built in",
                      taken[j]);
        int never = policy_never_find(draft->policy, key->text);
        if (never != POLICY_NONE) {
            fault(draft->reader, key->at, "purpose-never", "`%.*s` is promised never to happen",
                  SPAN_FMT(key->text));
            fault_mend(draft->reader, "the promise is in line %d",
                       draft->never_nodes[never]->at.line);
        }
        if (!purpose_read(draft, i))
            return false;
    }
    return true;
}

static void
role_over(struct draft *draft, struct policy_role *row, const struct node *node)
{
    const struct node *over = map_get(node, "over");
    if (over == NULL || !node_expect(draft->reader, over, NODE_TEXT, "over") || over->faulty)
        return;
    (void)rule_add(draft, over, "roles.%.*s.over", SPAN_FMT(row->name));
    if (span_is(over->text, "own")) {
        row->over = OVER_SELF;
        return;
    }
    row->over = OVER_RELATED;
    row->over_relation = keep_text(draft, over->text);
    struct hint hint;
    hint_start(draft->reader, &hint, over->text);
    hint_try(&hint, SPAN("own"));
    if (policy_relation_find(draft->policy, over->text) != POLICY_NONE)
        return;
    for (int i = 0; i < draft->relations.count; i++)
        hint_try(&hint, draft->relation_rows[i].name);
    struct span own = SPAN("own-");
    for (int i = 0; i < draft->organisations.count; i++) {
        struct span name = draft->organisation_rows[i].name;
        if (span_starts(over->text, own) && span_eq(span_sub(over->text, own.n, SIZE_MAX), name))
            return;
    }
    fault(draft->reader, over->at, "unknown-relation", "there is no relation `%.*s`",
          SPAN_FMT(shown(over->text)));
    hint_mend(draft->reader, &hint, "`own`, `own-` and the name of an organisation, or a relation: own-class, guardian");
}

static void
role_needs(struct draft *draft, struct policy_role *row, const struct node *node)
{
    const struct node *needs = map_get(node, "needs");
    row->needs = POLICY_NONE;
    row->needs_rule = row->rule;
    if (needs == NULL)
        return;
    row->needs_rule = rule_add(draft, needs, "roles.%.*s.needs", SPAN_FMT(row->name));
    if (needs->shape == NODE_TEXT && span_is(needs->text, "task"))
        row->needs_any_task = true;
    else
        row->needs = task_take(draft, needs, "what a role needs");
}

/* Who else looks on: another of the role beforehand, the person themself afterwards. */
static void
role_watch(struct draft *draft, struct policy_role *row, const struct node *node)
{
    const struct node *second = map_get(node, "second-person"), *seen = map_get(node, "seen");
    row->second_rule = row->rule;
    row->second_person = value_flag(draft->reader, second, "second-person", false);
    if (row->second_person) {
        row->second_rule = rule_add(draft, second, "roles.%.*s.second-person", SPAN_FMT(row->name));
        unkept_add(draft, second, row->second_rule, "a second person's agreement to each use");
    }
    row->seen = value_flag(draft->reader, seen, "seen", false);
    if (row->seen)
        unkept_add(draft, seen, rule_add(draft, seen, "roles.%.*s.seen", SPAN_FMT(row->name)),
                   "telling people at once, unasked, that their data were used");
}

static bool
role_read(struct draft *draft, int i)
{
    static const struct key_row keys[] = {
        {"says", false}, {"may", false}, {"writes", false}, {"needs", false}, {"over", false},
        {"kind", false}, {"second-person", false}, {"seen", false}, {NULL, false}};
    static const char *const kinds[] = {"staff", "application", NULL};
    const struct node *node = draft->roles.nodes[i];
    struct policy_role *row = &draft->role_rows[i];
    row->rule = rule_add(draft, node, "roles.%.*s", SPAN_FMT(row->name));
    row->needs = POLICY_NONE;
    if (!node_expect(draft->reader, node, NODE_MAP, "a role"))
        return masks_read(draft, NULL, "writes", &row->writes);
    map_keys_check(draft->reader, node, keys, "a role");
    row->says = keep_sentence(draft, node, "says", "the words for a role");
    const struct node *may = map_get(node, "may"), *writes = map_get(node, "writes");
    ref_purposes(draft, may, "may", &row->may, &row->may_rights);
    bool nothing = (may == NULL || (may->shape == NODE_LIST && may->count == 0)) &&
                   (writes == NULL || (writes->shape == NODE_LIST && writes->count == 0));
    if (nothing) {
        fault(draft->reader, node_place(node), "may-nothing", "the role `%.*s` may do nothing",
              SPAN_FMT(row->name));
        fault_mend(draft->reader, "list the purposes it works for: may: [support]");
    }
    const struct node *kind = map_get(node, "kind");
    row->kind = kind == NULL ? ROLE_STAFF
                             : (enum policy_role_kind)value_choice(draft->reader, kind,
                                                                   "kind of role", kinds, ROLE_STAFF);
    role_needs(draft, row, node);
    role_over(draft, row, node);
    role_watch(draft, row, node);
    return masks_read(draft, writes, "writes", &row->writes);
}

bool
compile_roles(struct draft *draft)
{
    static const char *const taken[] = {"subject", "system", "operator", "anyone"};
    for (int i = 0; i < draft->roles.count; i++) {
        const struct node *key = draft->roles.nodes[i]->key;
        for (size_t j = 0; j < sizeof taken / sizeof taken[0]; j++)
            if (span_is(key->text, taken[j]))
                fault(draft->reader, key->at, "reserved-name", "the actor `%s` is built in",
                      taken[j]);
        if (!role_read(draft, i))
            return false;
    }
    return true;
}
