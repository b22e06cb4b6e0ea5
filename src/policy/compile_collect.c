#include "policy/compile_priv.h"

/* Groups of one point, by name. */
enum { GROUPS_MOST = 16 };
struct groups {
    struct span names[GROUPS_MOST];
    const struct node *nodes[GROUPS_MOST];
    int members[GROUPS_MOST];
    int count;
};

static int
group_take(struct draft *draft, struct groups *groups, const struct node *node, struct span name)
{
    int i = 0;
    while (i < groups->count && !span_eq(groups->names[i], name))
        i++;
    if (i == GROUPS_MOST) {
        fault(draft->reader, node->at, "too-many", "a point has at most %d groups", GROUPS_MOST);
        return 0;
    }
    if (i == groups->count) {
        groups->names[i] = name;
        groups->nodes[i] = node;
        groups->count++;
    }
    groups->members[i]++;
    return i;
}

static bool
need_read(struct draft *draft, struct groups *groups, const struct node *node,
          struct policy_point_field *row)
{
    if (!node_expect(draft->reader, node, NODE_TEXT, "a field of a point") || node->faulty)
        return false;
    struct span one_of = SPAN("one-of ");
    if (span_is(node->text, "required")) {
        row->need = NEED_REQUIRED;
    } else if (span_is(node->text, "optional")) {
        row->need = NEED_OPTIONAL;
    } else if (span_starts(node->text, one_of) &&
               value_is_name(span_sub(node->text, one_of.n, SIZE_MAX))) {
        row->need = NEED_ONE_OF;
        row->group = group_take(draft, groups, node, span_sub(node->text, one_of.n, SIZE_MAX));
    } else {
        struct hint hint;
        hint_start(draft->reader, &hint, node->text);
        hint_try(&hint, SPAN("required"));
        hint_try(&hint, SPAN("optional"));
        fault(draft->reader, node->at, "unknown-word", "`%.*s` does not say how a field is needed",
              SPAN_FMT(shown(node->text)));
        hint_mend(draft->reader, &hint, "required, optional, or one-of and the name of a group");
        return false;
    }
    return true;
}

/* A field given at a point must belong to the people it makes. */
static void
owner_check(struct draft *draft, const struct policy_point *point, int category,
            const struct node *node)
{
    int owner = draft->category_rows[category].kind;
    if (point->existing || point->kind == POLICY_NONE || owner == POLICY_NONE ||
        policy_kind_is(draft->policy, point->kind, owner))
        return;
    fault(draft->reader, node->key->at, "wrong-kind", "`%.*s` holds data of `%.*s`, and this point "
          "makes `%.*s`", SPAN_FMT(draft->category_rows[category].name),
          SPAN_FMT(draft->kind_rows[owner].name), SPAN_FMT(draft->kind_rows[point->kind].name));
}

static void
fields_read(struct draft *draft, struct policy_point *point, const struct node *map)
{
    struct groups groups = {.count = 0};
    struct policy_point_field *rows =
        ARENA_ARRAY(draft->arena, struct policy_point_field, (size_t)map->count + 1);
    if (rows == NULL || !rows_check(draft, map, "fields"))
        return;
    point->fields = rows;
    for (const struct node *node = map->first; node != NULL; node = node->next) {
        int category, field;
        struct policy_point_field *row = &rows[point->field_count];
        if (!ref_data(draft, node->key, &category, &field, NULL) ||
            !need_read(draft, &groups, node, row))
            continue;
        row->category = category;
        row->bit = draft->field_rows[field].bit;
        point->field_count++;
        if (draft->field_rows[field].pass_to != POLICY_NONE) {
            unkept_add(draft, node, draft->field_rows[field].pass_rule, "passing a value through that is never stored");
        } else if (field_says_never(draft, field)) {
            fault(draft->reader, node->key->at, "never-stored", "`%.*s` is never stored, and passes to nobody",
                  SPAN_FMT(node->key->text));
            fault_mend(draft->reader,
                       "say at the field to which recipient it goes: to: payments; or do not ask for it");
        }
        owner_check(draft, point, category, node);
    }
    for (int i = 0; i < groups.count; i++)
        if (groups.members[i] == 1) {
            fault(draft->reader, groups.nodes[i]->at, "group-of-one",
                  "the group `%.*s` has one field only", SPAN_FMT(groups.names[i]));
            fault_mend(draft->reader, "name the group at another field too, or write `required`");
        }
}

static void
from_read(struct draft *draft, struct policy_point *point, const struct node *node)
{
    const struct node *from = map_get(node, "from");
    if (from == NULL) {
        missing(draft, node, "from", "who may submit: from: anyone, or a list of roles");
        return;
    }
    if (from->shape == NODE_TEXT && span_is(from->text, "anyone")) {
        point->from_anyone = true;
        return;
    }
    if (from->shape == NODE_LIST && from->count == 0)
        fault(draft->reader, node_place(from), "empty", "nobody may submit to this point");
    ref_bits(draft, from, "`from`, when not `anyone`,", REF_ROLE, &point->from);
}

static void
makes_read(struct draft *draft, struct policy_point *point, const struct node *node)
{
    const struct node *makes = map_get(node, "makes"), *adds = map_get(node, "adds-to");
    point->kind = POLICY_NONE;
    if (makes != NULL && adds != NULL) {
        fault(draft->reader, node_place(adds), "makes-and-adds",
              "a point makes a person or adds to one, not both");
        return;
    }
    if (makes == NULL && adds == NULL) {
        missing(draft, node, "makes", "makes: user for a new person, or adds-to: existing");
        return;
    }
    static const char *const words[] = {"existing", NULL};
    if (makes != NULL)
        point->kind = ref_find(draft, makes, REF_KIND);
    else
        point->existing = value_choice(draft->reader, adds, "word for `adds-to`", words, 0) == 0;
}

/* What must be true before anything is taken there, and the words beside it. */
static void
gates_read(struct draft *draft, struct policy_point *point, const struct node *node)
{
    const struct node *gate = map_get(node, "age-gate"), *agreed = map_get(node, "agreed");
    const struct node *relation = map_get(node, "relation"), *form = map_get(node, "form");
    point->age_gate = value_flag(draft->reader, gate, "age-gate", false);
    if (point->age_gate)
        unkept_add(draft, gate, rule_add(draft, gate, "collect.%.*s.age-gate", SPAN_FMT(point->name)),
                   "asking for the age at a collection point");
    point->agreed = ref_optional(draft, node, "agreed", REF_PURPOSE);
    if (agreed != NULL)
        point->agreed_rule = rule_add(draft, agreed, "collect.%.*s.agreed", SPAN_FMT(point->name));
    point->relation = ref_optional(draft, node, "relation", REF_RELATION);
    if (relation != NULL) {
        point->relation_rule = rule_add(draft, relation, "collect.%.*s.relation", SPAN_FMT(point->name));
        unkept_add(draft, relation, point->relation_rule,
                   "showing a relation, so that such a point takes anything at all");
    }
    point->warning = keep_sentence(draft, node, "warning", "the words beside free text");
    point->form = (int)value_number(draft->reader, form, "the version of the form", 1, 1000000, 0);
}

static void
point_read(struct draft *draft, int i)
{
    static const struct key_row keys[] = {
        {"from", false}, {"makes", false}, {"adds-to", false}, {"fields", false}, {"for", false},
        {"cards", false}, {"says", false}, {"age-gate", false}, {"agreed", false},
        {"relation", false}, {"warning", false}, {"form", false}, {"captures", true}, {NULL, false}};
    static const char *const cards[] = {"allow", "refuse", NULL};
    const struct node *node = draft->points.nodes[i];
    struct policy_point *point = &draft->point_rows[i];
    point->rule = rule_add(draft, node, "collect.%.*s", SPAN_FMT(point->name));
    point->refuse_cards = true;
    point->kind = point->agreed = point->relation = POLICY_NONE;
    if (!node_expect(draft->reader, node, NODE_MAP, "a collection point"))
        return;
    map_keys_check(draft->reader, node, keys, "a collection point");
    from_read(draft, point, node);
    makes_read(draft, point, node);
    point->says = keep_sentence(draft, node, "says", "the words for a point");
    const struct node *fields = map_get(node, "fields"), *purposes = map_get(node, "for");
    if (fields == NULL)
        missing(draft, node, "fields", "what is asked for there: fields: {account.email: required}");
    else if (node_expect(draft->reader, fields, NODE_MAP, "fields")) {
        if (fields->count == 0)
            fault(draft->reader, node_place(fields), "empty", "a point without fields takes nothing");
        fields_read(draft, point, fields);
    }
    if (purposes == NULL || (purposes->shape == NODE_LIST && purposes->count == 0))
        missing(draft, node, "for", "the purposes shown there: for: [run-account]");
    ref_purposes(draft, purposes, "for", &point->purposes, NULL);
    const struct node *card = map_get(node, "cards");
    if (card != NULL)
        point->refuse_cards = value_choice(draft->reader, card, "word for `cards`", cards, 1) == 1;
    gates_read(draft, point, node);
}

void
compile_points(struct draft *draft)
{
    for (int i = 0; i < draft->points.count; i++)
        point_read(draft, i);
}
