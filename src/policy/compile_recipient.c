/* Who else gets data: the section `recipients`, and the levels of safeguards they are compared by. */
#include "policy/compile_priv.h"

#include "policy/value_priv.h"

enum { ASSURANCES_MOST = 32 };

void
compile_controls(struct draft *draft, const struct node *node, struct policy_controls *ret)
{
    static const struct key_row keys[] = {
        {"transport", false}, {"at-rest", false}, {"access", false}, {"logging", false}, {"erasure", false},
        {"incidents", false}, {"staff", false}, {"audit", false}, {NULL, false}};
    if (node == NULL || !node_expect(draft->reader, node, NODE_MAP, "controls"))
        return;
    map_keys_check(draft->reader, node, keys, "controls");
    for (int i = 0; i < CONTROL_COUNT; i++)
        ret->level[i] = (uint8_t)value_number(draft->reader, map_get(node, keys[i].name),
                                              "a level of safeguards", 0, 3, 0);
}

static void
assurance_read(struct draft *draft, struct policy_assurance *row, const struct node *node)
{
    static const struct key_row keys[] = {{"kind", false}, {"name", false}, {"from", false}, {"to", false},
                                          {"evidence", false}, {NULL, false}};
    static const char *const kinds[] = {"dpa", "adequacy", "clauses", "binding-rules", "certificate",
                                        "code", "use-limit", "notice", NULL};
    struct reader *reader = draft->reader;
    map_keys_check(reader, node, keys, "an assurance");
    const struct node *kind = map_get(node, "kind"), *from = map_get(node, "from"), *to = map_get(node, "to");
    if (kind == NULL)
        missing(draft, node, "kind", "what it is: dpa, adequacy, clauses, binding-rules, certificate, code, use-limit, notice");
    if (from == NULL)
        missing(draft, node, "from", "the day from which it holds: from: 2026-01-01");
    if (map_get(node, "evidence") == NULL)
        missing(draft, node, "evidence", "where the paper lies: evidence: contracts/payments.pdf");
    row->kind = (enum policy_assurance_kind)value_choice(reader, kind, "kind of assurance", kinds, ASSURANCE_DPA);
    row->name = keep_value(draft, node, "name", "the name of an assurance");
    row->evidence = keep_value(draft, node, "evidence", "the evidence of an assurance");
    row->from_days = value_date(reader, from, "the day an assurance holds from");
    row->to_days = value_date(reader, to, "the day an assurance ends");
    row->line = node_place(node).line;
    period_check(draft, from, to, row->from_days, row->to_days);
}

static bool
assurances_read(struct draft *draft, struct policy_recipient *row, const struct node *list)
{
    row->assurances_rule = row->rule;
    if (list == NULL || !node_expect(draft->reader, list, NODE_LIST, "assurances"))
        return true;
    row->assurances_rule = rule_add(draft, list, "recipients.%.*s.assurances", SPAN_FMT(row->name));
    struct policy_assurance *rows = ARENA_ARRAY(draft->arena, struct policy_assurance, (size_t)list->count + 1);
    if (rows == NULL)
        return false;
    row->assurances = rows;
    for (const struct node *node = list->first; node != NULL; node = node->next) {
        if (row->assurance_count == ASSURANCES_MOST) {
            fault(draft->reader, node->at, "too-many", "there are more than %d assurances", ASSURANCES_MOST);
            break;
        }
        if (node_expect(draft->reader, node, NODE_MAP, "an assurance"))
            assurance_read(draft, &rows[row->assurance_count++], node);
    }
    return true;
}

/* A whole category is what can be read of it, and what passes through to this one. */
static uint64_t
whole_mask(const struct draft *draft, int recipient, int category)
{
    const struct policy_category *row = &draft->category_rows[category];
    uint64_t mask = row->readable;
    for (int i = row->field_first; i < row->field_first + row->field_count; i++)
        if (draft->field_rows[i].storage == STORE_NEVER && draft->field_rows[i].pass_to == recipient)
            mask |= UINT64_C(1) << draft->field_rows[i].bit;
    return mask;
}

/* Whether a field named by itself can be given to anybody; told when not. */
static bool
field_given(struct draft *draft, int recipient, const struct node *node, int f)
{
    const struct policy_field *field = &draft->field_rows[f];
    struct span name = draft->recipient_rows[recipient].name;
    if (field->storage == STORE_HASH_ONLY) {
        fault(draft->reader, node->at, "gets-hash", "`%.*s` can be read by nobody, so it can be given to nobody",
              SPAN_FMT(field->full_name));
        return false;
    }
    if (field->storage != STORE_NEVER || field->pass_to == recipient)
        return true;
    if (field_says_never(draft, f)) {
        fault(draft->reader, node->at, "never-stored", "`%.*s` is never stored here, and does not pass to `%.*s`",
              SPAN_FMT(node->text), SPAN_FMT(name));
        fault_mend(draft->reader, "say at the field: store: never, to: %.*s", SPAN_FMT(name));
    }
    return false;
}

static bool
gets_read(struct draft *draft, int recipient, const struct node *list)
{
    struct policy_recipient *row = &draft->recipient_rows[recipient];
    uint64_t *masks = ARENA_ARRAY(draft->arena, uint64_t, (size_t)draft->categories.count + 1);
    if (masks == NULL)
        return false;
    row->gets = masks;
    if (list != NULL && list->shape == NODE_LIST && list->count == 0) {
        fault(draft->reader, node_place(list), "gets-nothing", "a recipient that gets nothing is none");
        fault_mend(draft->reader, "name what it gets, or leave the recipient out");
    }
    for (const struct node *node = list_first(draft->reader, list, "gets"); node != NULL;
         node = list_next(list, node)) {
        int category, field;
        bool whole;
        if (!ref_data(draft, node, &category, &field, &whole) ||
            (!whole && !field_given(draft, recipient, node, field)))
            continue;
        uint64_t mask = whole ? whole_mask(draft, recipient, category) : UINT64_C(1) << draft->field_rows[field].bit;
        if (mask != 0 && (masks[category] & mask) == mask)
            fault(draft->reader, node->at, "duplicate-name", "`%.*s` is in this list already", SPAN_FMT(node->text));
        masks[category] |= mask;
    }
    return true;
}

static struct span
link_value(struct draft *draft, const struct node *map, const char *key)
{
    const struct node *node = map_get(map, key);
    struct span text = value_text(draft->reader, node, key);
    if (text.n == 0)
        return SPAN_NONE;
    if (value_link_ok(text))
        return keep_text(draft, text);
    fault(draft->reader, node->at, "not-a-link", "`%s` must be an address that begins with https://", key);
    fault_mend(draft->reader, "the whole address of a page: https://www.example.org/terms");
    return SPAN_NONE;
}

static void
ending_read(struct draft *draft, struct policy_recipient *row, const struct node *node)
{
    static const char *const ways[] = {"webhook", "email", "post", "contract", NULL};
    struct reader *reader = draft->reader;
    const struct node *keeps = map_get(node, "keeps"), *law = map_get(node, "keeps-law");
    const struct node *erase = map_get(node, "erase-by"), *acknowledge = map_get(node, "acknowledge");
    if (keeps == NULL && law == NULL)
        missing(draft, node, "keeps", "how long it keeps them: keeps: 30 days, or keeps-law: \"as the tax law of IE asks\"");
    if (keeps != NULL && law != NULL)
        fault(reader, node_place(law), "keeps-twice", "it keeps data for a time or by a law of its own, not both");
    (void)value_length(reader, keeps, "how long a recipient keeps data", &row->keeps);
    row->keeps_law = keep_sentence(draft, node, "keeps-law", "the law a recipient keeps data by");
    if (erase != NULL) {
        int way = value_choice(reader, erase, "way to tell it to erase", ways, POLICY_NONE);
        row->erase_by = way == POLICY_NONE ? SPAN_NONE : span_str(ways[way]);
    } else if (acknowledge != NULL) {
        missing(draft, node, "erase-by", "it cannot acknowledge what it is not told: erase-by: webhook");
    }
    (void)value_length(reader, acknowledge, "the time to acknowledge", &row->acknowledge);
    const struct node *sign = map_get(node, "signed");
    row->signed_days = value_date(reader, sign, "the day terms were signed");
    if (row->signed_days > reader->today_days && !reader->own_day) {
        fault(reader, sign->at, "signed-ahead", "terms cannot have been signed on a day to come");
        fault_mend(reader, "leave `signed` out until they are; nothing is sent before");
    }
}

static bool
recipient_read(struct draft *draft, int i)
{
    static const struct key_row keys[] = {
        {"name", false}, {"class", false}, {"country", false}, {"role", false}, {"task", false}, {"gets", false},
        {"for", false}, {"controls", false}, {"assurances", false}, {"signed", false}, {"keeps", false},
        {"keeps-law", false}, {"erase-by", false}, {"acknowledge", false}, {"terms", false}, {"opt-out", false},
        {"part-of", false}, {NULL, false}};
    static const char *const roles[] = {"processor", "controller", "joint", "successor", "authority", NULL};
    static const char *const mends[] = {
        "its full name: name: Example Payments Ltd", "what people call its kind: class: payment provider",
        "where it is: country: IE", "role: processor, controller, joint, successor or authority",
        "what it does with them: task: authorises your card", "what it gets: gets: [invoice.total]",
        "the purposes it is given them for: for: [purchase]"};
    const struct node *node = draft->recipients.nodes[i], *list;
    struct policy_recipient *row = &draft->recipient_rows[i];
    row->part_of = POLICY_NONE;
    row->rule = row->controls_rule = row->assurances_rule =
        rule_add(draft, node, "recipients.%.*s", SPAN_FMT(row->name));
    if (!node_expect(draft->reader, node, NODE_MAP, "a recipient"))
        return gets_read(draft, i, NULL);
    map_keys_check(draft->reader, node, keys, "a recipient");
    for (size_t k = 0; k < sizeof mends / sizeof mends[0]; k++)
        if (map_get(node, keys[k].name) == NULL)
            missing(draft, node, keys[k].name, mends[k]);
    row->legal_name = keep_value(draft, node, "name", "the name of a recipient");
    row->class = keep_sentence(draft, node, "class", "the class of a recipient");
    row->country = keep_text(draft, value_country(draft->reader, map_get(node, "country"), "the country of a recipient"));
    row->abroad = row->country.n > 0 && !country_home(row->country) && !span_eq(row->country, draft->policy->seat);
    const struct node *role = map_get(node, "role");
    row->role = (enum policy_recipient_role)value_choice(draft->reader, role, "role of a recipient", roles,
                                                         RECIPIENT_CONTROLLER);
    row->task = keep_sentence(draft, node, "task", "the task of a recipient");
    list = map_get(node, "for");
    if (list != NULL && list->shape == NODE_LIST && list->count == 0)
        fault(draft->reader, node_place(list), "empty", "a recipient is given data for some purpose");
    ref_purposes(draft, list, "for", &row->purposes, NULL);
    const struct node *controls = map_get(node, "controls");
    if (controls != NULL)
        row->controls_rule = rule_add(draft, controls, "recipients.%.*s.controls", SPAN_FMT(row->name));
    compile_controls(draft, controls, &row->controls);
    ending_read(draft, row, node);
    row->terms_url = link_value(draft, node, "terms");
    row->opt_out_url = link_value(draft, node, "opt-out");
    if (map_get(node, "part-of") != NULL)
        row->part_of = ref_find(draft, map_get(node, "part-of"), REF_RECIPIENT);
    return gets_read(draft, i, map_get(node, "gets")) && assurances_read(draft, row, map_get(node, "assurances"));
}

static void
parts_untangle(struct draft *draft)
{
    for (int i = 0; i < draft->recipients.count; i++) {
        int up = draft->recipient_rows[i].part_of, steps = 0;
        while (up != POLICY_NONE && up != i && steps++ < draft->recipients.count)
            up = draft->recipient_rows[up].part_of;
        if (up != i)
            continue;
        fault(draft->reader, map_get(draft->recipients.nodes[i], "part-of")->at, "circle",
              "`%.*s` would work for itself", SPAN_FMT(draft->recipient_rows[i].name));
        draft->recipient_rows[i].part_of = POLICY_NONE;
    }
}

bool
compile_recipients(struct draft *draft)
{
    const struct node *map = map_get(draft->root, "recipients");
    if (map != NULL && map->shape == NODE_MAP)
        draft->policy->recipients_rule = rule_add(draft, map, "recipients");
    for (int i = 0; i < draft->recipients.count; i++)
        if (!recipient_read(draft, i))
            return false;
    parts_untangle(draft);
    return true;
}
