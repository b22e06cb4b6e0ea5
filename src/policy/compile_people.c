/* Kinds of people, the organisations they belong to, and how two of them are related. */
#include "policy/compile_priv.h"

enum { STATES_MOST = 64 };

/* As enum policy_proof. */
static const char *const proof_words[] = {"mail-link", "sealed-link",  "login", "document",
                                          "staff",     "organisation", NULL};

const char *
policy_proof_name(enum policy_proof proof)
{
    return proof_words[proof];
}

unsigned
proofs_read(struct draft *draft, const struct node *list, const char *what)
{
    unsigned bits = value_choices(draft->reader, list, what, "way to show a relation", proof_words);
    if (list != NULL && list->shape == NODE_LIST && list->count == 0)
        fault(draft->reader, node_place(list), "empty", "nothing shows it, so nobody could ever be related so");
    return bits;
}

/* --- organisations ---------------------------------------------------------------------- */

static void
sees_read(struct draft *draft, struct policy_organisation *row, const struct node *node)
{
    const struct node *sees = map_get(node, "sees");
    if (sees == NULL)
        return;
    (void)rule_add(draft, sees, "organisations.%.*s.sees", SPAN_FMT(row->name));
    if (sees->shape == NODE_LIST && sees->count == 0) {
        fault(draft->reader, node_place(sees), "empty", "its leaders would see nobody");
        fault_mend(draft->reader, "name the kinds of people they see, or leave `sees` out: then all who are in it");
    }
    ref_bits(draft, sees, "sees", REF_KIND, &row->sees);
}

static void
organisation_read(struct draft *draft, struct policy_organisation *row, const struct node *node)
{
    static const struct key_row keys[] = {{"says", false}, {"of", false}, {"sees", false}, {"isolated", false},
                                          {NULL, false}};
    row->of = POLICY_NONE;
    row->isolated = true;
    row->rule = rule_add(draft, node, "organisations.%.*s", SPAN_FMT(row->name));
    if (!node_expect(draft->reader, node, NODE_MAP, "an organisation"))
        return;
    map_keys_check(draft->reader, node, keys, "an organisation");
    row->says = keep_sentence(draft, node, "says", "the words for an organisation");
    row->of = ref_optional(draft, node, "of", REF_ORGANISATION);
    sees_read(draft, row, node);
    const struct node *isolated = map_get(node, "isolated");
    if (isolated != NULL)
        (void)rule_add(draft, isolated, "organisations.%.*s.isolated", SPAN_FMT(row->name));
    row->isolated = value_flag(draft->reader, isolated, "isolated", true);
}

static void
compile_organisations(struct draft *draft)
{
    for (int i = 0; i < draft->organisations.count; i++)
        organisation_read(draft, &draft->organisation_rows[i], draft->organisations.nodes[i]);
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

/* --- kinds of people ---------------------------------------------------------------------- */

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

static void
states_read(struct draft *draft, struct policy_kind *row, const struct node *list)
{
    struct span *names = ARENA_ARRAY(draft->arena, struct span, STATES_MOST);
    if (names == NULL)
        return;
    row->states = names;
    row->states_rule = rule_add(draft, list, "people.%.*s.states", SPAN_FMT(row->name));
    if (list->shape == NODE_LIST && list->count == 0)
        fault(draft->reader, node_place(list), "empty", "a list of states names one at least");
    for (const struct node *node = list_first(draft->reader, list, "states"); node != NULL;
         node = list_next(list, node)) {
        if (!node_expect(draft->reader, node, NODE_TEXT, "a state") || node->faulty ||
            !name_check(draft->reader, node, "a state"))
            continue;
        for (int i = 0; i < row->state_count; i++)
            if (span_eq(names[i], node->text))
                fault(draft->reader, node->at, "duplicate-name", "`%.*s` stands in this list twice",
                      SPAN_FMT(node->text));
        if (row->state_count == STATES_MOST) {
            fault(draft->reader, node->at, "too-many", "a kind of people has at most %d states", STATES_MOST);
            return;
        }
        names[row->state_count++] = keep_text(draft, node->text);
    }
}

static void
acts_in_read(struct draft *draft, struct policy_kind *row, const struct node *list)
{
    for (const struct node *node = list_first(draft->reader, list, "acts-in"); node != NULL;
         node = list_next(list, node)) {
        if (!node_expect(draft->reader, node, NODE_TEXT, "a state") || node->faulty)
            continue;
        struct hint hint;
        hint_start(draft->reader, &hint, node->text);
        int found = POLICY_NONE;
        for (int i = 0; i < row->state_count && found == POLICY_NONE; i++) {
            found = span_eq(row->states[i], node->text) ? i : POLICY_NONE;
            hint_try(&hint, row->states[i]);
        }
        if (found == POLICY_NONE) {
            fault(draft->reader, node->at, "unknown-state", "`%.*s` has no state `%.*s`", SPAN_FMT(row->name),
                  SPAN_FMT(shown(node->text)));
            hint_mend(draft->reader, &hint, "name it in `states` of the same kind of people");
            continue;
        }
        if (policy_bit(&row->acts_in, found))
            fault(draft->reader, node->at, "duplicate-name", "`%.*s` stands in this list twice", SPAN_FMT(node->text));
        bit_set(&row->acts_in, found);
    }
    if (list->shape == NODE_LIST && list->count == 0)
        fault(draft->reader, node_place(list), "empty", "in no state could they act at all");
}

static void
kind_states(struct draft *draft, struct policy_kind *row, const struct node *node)
{
    const struct node *states = map_get(node, "states"), *acts = map_get(node, "acts-in");
    if (states != NULL)
        states_read(draft, row, states);
    if (acts != NULL)
        acts_in_read(draft, row, acts);
    if (states == NULL)
        return;
    if (acts == NULL) {
        fault_warn(draft->reader, node_place(states), "states-idle", "nothing goes by the states of `%.*s`",
                   SPAN_FMT(row->name));
        fault_mend(draft->reader, "say in which of them they may act: acts-in: […], or leave the states out");
    }
    unkept_add(draft, states, row->states_rule, "which state people are in, and that they act in some of them only");
}

void
compile_people(struct draft *draft)
{
    static const struct key_row keys[] = {{"is", false}, {"says", false}, {"in", false}, {"leads", false},
                                          {"states", false}, {"acts-in", false}, {NULL, false}};
    compile_organisations(draft);
    for (int i = 0; i < draft->kinds.count; i++) {
        const struct node *node = draft->kinds.nodes[i];
        struct policy_kind *row = &draft->kind_rows[i];
        row->is = row->in = row->leads = POLICY_NONE;
        row->rule = rule_add(draft, node, "people.%.*s", SPAN_FMT(row->name));
        if (!node_expect(draft->reader, node, NODE_MAP, "a kind of people"))
            continue;
        map_keys_check(draft->reader, node, keys, "a kind of people");
        row->says = keep_sentence(draft, node, "says", "the words for a kind of people");
        if (map_get(node, "says") == NULL)
            missing(draft, node, "says", "how the page speaks to them: \"you, when you have an account\"");
        row->is = ref_optional(draft, node, "is", REF_KIND);
        row->in = ref_optional(draft, node, "in", REF_ORGANISATION);
        row->leads = ref_optional(draft, node, "leads", REF_ORGANISATION);
        kind_states(draft, row, node);
    }
    kinds_untangle(draft);
}

/* --- relations ------------------------------------------------------------------------------ */

static void
relation_read(struct draft *draft, struct policy_relation *row, const struct node *node)
{
    static const struct key_row keys[] = {{"says", false}, {"from", false}, {"to", false}, {"shown-by", false},
                                          {"rights", false}, {NULL, false}};
    map_keys_check(draft->reader, node, keys, "a relation");
    row->says = keep_sentence(draft, node, "says", "the words for a relation");
    row->from = ref_optional(draft, node, "from", REF_KIND);
    row->to = ref_optional(draft, node, "to", REF_KIND);
    const struct node *by = map_get(node, "shown-by"), *rights = map_get(node, "rights");
    row->shown_by = proofs_read(draft, by, "shown-by");
    for (int i = 0; i < 4; i++)
        if (map_get(node, keys[i].name) == NULL)
            missing(draft, node, keys[i].name,
                    i == 0   ? "what one is to the other: says: \"a parent or guardian of\""
                    : i == 3 ? "how it is shown to be true: shown-by: [mail-link]"
                             : "a kind of people on either side: from: parent, to: child");
    row->rights = value_flag(draft->reader, rights, "rights", false);
    if (!row->rights)
        return;
    row->rights_rule = rule_add(draft, rights, "relations.%.*s.rights", SPAN_FMT(row->name));
    unkept_add(draft, rights, row->rights_rule, "showing a relation, and asking for another by it");
}

void
compile_relations(struct draft *draft)
{
    for (int i = 0; i < draft->relations.count; i++) {
        const struct node *node = draft->relations.nodes[i];
        struct policy_relation *row = &draft->relation_rows[i];
        row->from = row->to = POLICY_NONE;
        row->rule = rule_add(draft, node, "relations.%.*s", SPAN_FMT(row->name));
        if (span_is(row->name, "own") || span_starts(row->name, SPAN("own-")))
            fault(draft->reader, node->key->at, "reserved-name", "`own` and what begins with it is built in");
        if (node_expect(draft->reader, node, NODE_MAP, "a relation"))
            relation_read(draft, row, node);
    }
}
