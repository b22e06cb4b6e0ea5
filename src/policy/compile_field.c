#include "policy/compile_priv.h"

enum { FIELD_LENGTH_MOST = LIMIT_RECORD };

/* What a type is by nature. */
static const struct {
    bool identifies; /* unless the field says `identifies: no` */
    bool lookup;     /* may be looked up by */
} natures[TYPE_COUNT] = {
    [TYPE_NAME] = {true, true},      [TYPE_EMAIL] = {true, true},
    [TYPE_PHONE] = {true, true},     [TYPE_ADDRESS] = {true, false},
    [TYPE_USERNAME] = {true, true},  [TYPE_PASSWORD] = {true, false},
    [TYPE_IP] = {true, false},       [TYPE_NOTE] = {true, false},
    [TYPE_TOKEN] = {true, true},     [TYPE_SECRET] = {true, false},
    [TYPE_CARD_NUMBER] = {true, false}, [TYPE_TEXT] = {false, true},
};

static const struct key_row field_keys[] = {
    {"type", false}, {"identifies", false}, {"lookup", false}, {"special", false},
    {"store", false}, {"length", false}, {"choices", false}, {"says", false}, {"precision", false},
    {"to", false}, {"sealed-to", true}, {NULL, false}};

static void
type_read(struct draft *draft, struct policy_field *field, const struct node *map)
{
    const char *words[TYPE_COUNT + 1] = {NULL};
    for (int i = 0; i < TYPE_COUNT; i++)
        words[i] = policy_type_name((enum policy_type)i);
    const struct node *node = map_get(map, "type");
    field->type = TYPE_TEXT;
    if (node == NULL) {
        missing(draft, map, "type", "say what kind of value it holds: type: text");
        return;
    }
    field->type = (enum policy_type)value_choice(draft->reader, node, "type of field", words,
                                                 TYPE_TEXT);
    if (field->type == TYPE_FILE) {
        fault(draft->reader, node->at, "not-supported",
              "the type `file` is not supported by this version");
    }
}

static void
storage_read(struct draft *draft, struct policy_field *field, const struct node *map)
{
    static const char *const words[] = {"plain", "hash-only", "never", "last4", "outcome-only", NULL};
    enum { WORD_OUTCOME = STORE_LAST4 + 1 };
    const struct node *node = map_get(map, "store");
    int word = node == NULL ? STORE_PLAIN
                            : value_choice(draft->reader, node, "way to store a field", words,
                                           STORE_PLAIN);
    field->outcome_only = word == WORD_OUTCOME;
    field->storage = field->outcome_only ? STORE_PLAIN : (enum policy_storage)word;
    if (field->type == TYPE_PASSWORD) {
        field->storage = STORE_HASH_ONLY;
        if (node != NULL && word != STORE_HASH_ONLY) {
            fault(draft->reader, node->at, "password-store",
                  "a password is only ever kept as a slow hash");
            fault_mend(draft->reader, "leave `store` out");
        }
        return;
    }
    if (field->type == TYPE_CARD_NUMBER && word != STORE_NEVER && word != STORE_LAST4) {
        fault(draft->reader, node == NULL ? node_place(map) : node->at, "card-store",
              "a whole card number must not be stored");
        fault_mend(draft->reader, "store: never, or store: last4 for the last four digits");
        field->storage = STORE_NEVER; /* so that nothing more is asked of it */
        return;
    }
    if (word == STORE_HASH_ONLY && field->type != TYPE_SECRET && field->type != TYPE_TOKEN) {
        fault(draft->reader, node->at, "hash-store",
              "only passwords, secrets and tokens can be kept as a hash alone");
    }
}

/* What is never stored passes through to one who is named. */
static void
to_read(struct draft *draft, struct policy_field *field, const struct node *map)
{
    const struct node *to = map_get(map, "to");
    if (to == NULL)
        return;
    if (field->storage != STORE_NEVER) {
        fault(draft->reader, to->at, "to-stored", "only what is never stored passes through to somebody");
        fault_mend(draft->reader, "add store: never; or leave `to` out, and name the field in the recipient's `gets`");
        return;
    }
    field->pass_to = ref_find(draft, to, REF_RECIPIENT);
}

static void
lookup_read(struct draft *draft, struct policy_field *field, const struct node *map)
{
    const struct node *node = map_get(map, "lookup");
    if (node == NULL || !node_expect(draft->reader, node, NODE_TEXT, "lookup") || node->faulty)
        return;
    if (span_is(node->text, "unique"))
        field->lookup = LOOKUP_UNIQUE;
    else if (value_flag(draft->reader, node, "lookup, when not `unique`,", false))
        field->lookup = LOOKUP_PLAIN;
    if (field->lookup == LOOKUP_NONE)
        return;
    if (draft->category_rows[field->category].many) {
        fault(draft->reader, node->at, "lookup-many",
              "people are not looked up by a category each has many of");
        fault_mend(draft->reader, "move the field to a category that is one per person");
    } else if (!natures[field->type].lookup || field->storage != STORE_PLAIN || field->outcome_only) {
        fault(draft->reader, node->at, "lookup-type", "nobody can be looked up by this field");
        fault_mend(draft->reader, "look-ups go by plainly stored fields of type name, email, phone, "
                                  "username, token or text");
    }
}

static void
choices_read(struct draft *draft, struct policy_field *field, const struct node *map)
{
    const struct node *list = map_get(map, "choices");
    if (list == NULL && field->outcome_only) {
        fault(draft->reader, map_get(map, "store")->at, "outcome-choices",
              "`%.*s` keeps only what comes of it, and nothing says what may come", SPAN_FMT(field->full_name));
        fault_mend(draft->reader, "list it: choices: [child, adult]");
    } else if (list == NULL && field->type == TYPE_CHOICE) {
        missing(draft, map, "choices", "list what may be chosen: choices: [a, b]");
    }
    if (list == NULL || !node_expect(draft->reader, list, NODE_LIST, "choices"))
        return;
    if (field->type != TYPE_CHOICE && !field->outcome_only) {
        fault(draft->reader, node_place(list), "choices-type",
              "only a field of type choice, or one that is `store: outcome-only`, has choices");
        return;
    }
    struct span *rows = ARENA_ARRAY(draft->arena, struct span, (size_t)list->count + 1);
    if (rows == NULL || !rows_check(draft, list, "choices"))
        return;
    int n = 0;
    for (const struct node *node = list->first; node != NULL; node = node->next) {
        struct span text = value_text(draft->reader, node, "a choice");
        bool twice = false;
        for (int i = 0; i < n && text.n > 0; i++)
            twice |= span_eq(rows[i], text);
        if (twice)
            fault(draft->reader, node->at, "duplicate-name", "this choice stands here twice");
        else if (text.n > 0)
            rows[n++] = keep_text(draft, text);
    }
    if (list->count == 0)
        fault(draft->reader, node_place(list), "empty", "there is nothing to choose");
    field->choices = rows;
    field->choice_count = n;
}

bool
field_says_never(const struct draft *draft, int field)
{
    const struct node *store = map_get(draft->field_nodes[field], "store");
    return store != NULL && span_is(store->text, "never");
}

void
compile_field(struct draft *draft, struct policy_field *field, const struct node *node)
{
    struct reader *reader = draft->reader;
    field->type = TYPE_TEXT;
    if (!node_expect(reader, node, NODE_MAP, "a field"))
        return;
    map_keys_check(reader, node, field_keys, "a field");
    type_read(draft, field, node);
    storage_read(draft, field, node);
    to_read(draft, field, node);
    lookup_read(draft, field, node);
    choices_read(draft, field, node);
    compile_precision(draft, field, node);
    field->identifies = value_flag(reader, map_get(node, "identifies"), "identifies",
                                   natures[field->type].identifies && !field->outcome_only);
    field->special |= value_flag(reader, map_get(node, "special"), "special", false);
    field->length_max = (uint32_t)value_number(reader, map_get(node, "length"), "length", 1,
                                               FIELD_LENGTH_MOST, 0);
    field->says = keep_sentence(draft, node, "says", "the words for a field");
}
