/* How data are kept: where, how much of them, sealed to whom, under which key. */
#include "policy/compile_priv.h"

enum { INSTANCES_MOST = 16 };

/* --- kinds of server ------------------------------------------------------------------------ */

void
compile_instances(struct draft *draft, const struct node *head)
{
    const struct node *list = map_get(head, "instances");
    if (list == NULL)
        return;
    struct span *names = ARENA_ARRAY(draft->arena, struct span, INSTANCES_MOST);
    if (names == NULL)
        return;
    int n = 0;
    (void)rule_add(draft, list, "policy.instances");
    if (list->shape == NODE_LIST && list->count == 0)
        fault(draft->reader, node_place(list), "empty", "no server could keep this policy");
    for (const struct node *node = list_first(draft->reader, list, "instances"); node != NULL;
         node = list_next(list, node)) {
        if (!node_expect(draft->reader, node, NODE_TEXT, "a kind of server") || node->faulty ||
            !name_check(draft->reader, node, "a kind of server"))
            continue;
        for (int i = 0; i < n; i++)
            if (span_eq(names[i], node->text))
                fault(draft->reader, node->at, "duplicate-name", "`%.*s` stands in this list twice",
                      SPAN_FMT(node->text));
        if (n == INSTANCES_MOST) {
            fault(draft->reader, node->at, "too-many", "there are more than %d kinds of server", INSTANCES_MOST);
            break;
        }
        names[n++] = keep_text(draft, node->text);
    }
    draft->policy->instances = names;
    draft->policy->instance_count = n;
}

/* --- categories ------------------------------------------------------------------------------ */

/* The flag's rule stands where it is `yes`. */
static bool
flag_read(struct draft *draft, const struct policy_category *row, const struct node *node, const char *key,
          int *ret_rule)
{
    const struct node *flag = map_get(node, key);
    *ret_rule = RULE_NONE;
    if (!value_flag(draft->reader, flag, key, false))
        return false;
    *ret_rule = rule_add(draft, flag, "data.%.*s.%s", SPAN_FMT(row->name), key);
    return true;
}

static void
backup_read(struct draft *draft, struct policy_category *row, const struct node *node)
{
    const struct node *backup = map_get(node, "backup");
    row->no_backup = !value_flag(draft->reader, backup, "backup", true);
    if (row->no_backup) {
        int rule = rule_add(draft, backup, "data.%.*s.backup", SPAN_FMT(row->name));
        unkept_add(draft, backup, rule, "leaving one category out of every backup");
    } else if (backup != NULL && row->memory) {
        fault(draft->reader, backup->at, "memory-backup", "`%.*s` lies in memory alone, so no backup can have it",
              SPAN_FMT(row->name));
        fault_mend(draft->reader, "leave `backup` out, or `memory`");
    }
}

/* Always both: a third reader, or one of them alone, is not in the language. */
static void
sealed_read(struct draft *draft, struct policy_category *row, const struct node *node)
{
    static const char *const words[] = {"author", "subject", NULL};
    const struct node *list = map_get(node, "sealed-to");
    if (list == NULL)
        return;
    unsigned said = value_choices(draft->reader, list, "sealed-to", "reader that data are sealed to", words);
    if (said != 3 && list->shape == NODE_LIST && (said != 0 || list->count == 0)) {
        fault(draft->reader, node_place(list), "sealed-both",
              "data are sealed to who wrote them and to whom they are about");
        fault_mend(draft->reader, "sealed-to: [author, subject]");
    }
    row->sealed = true;
    row->sealed_rule = rule_add(draft, list, "data.%.*s.sealed-to", SPAN_FMT(row->name));
    unkept_add(draft, list, row->sealed_rule, "sealing data to two people's own keys, and knowing who wrote a record");
}

static void
blind_read(struct draft *draft, struct policy_category *row, const struct node *node)
{
    const struct node *blind = map_get(node, "blind");
    row->blind = ref_optional(draft, node, "blind", REF_ORGANISATION);
    if (blind == NULL)
        return;
    row->blind_rule = rule_add(draft, blind, "data.%.*s.blind", SPAN_FMT(row->name));
    unkept_add(draft, blind, row->blind_rule, "sealing data to an organisation's key");
    if (row->sealed) {
        fault(draft->reader, blind->at, "sealed-and-blind", "`%.*s` is sealed to two people, so to no organisation",
              SPAN_FMT(row->name));
        fault_mend(draft->reader, "leave `blind` or `sealed-to` out");
    }
}

static void
keys_read(struct draft *draft, struct policy_category *row, const struct node *node)
{
    static const char *const words[] = {"person", "own", "record", "year", "day", NULL};
    const struct node *keys = map_get(node, "keys");
    if (keys == NULL)
        return;
    row->keys = (enum policy_key_domain)value_choice(draft->reader, keys, "key domain", words, KEYS_PERSON);
    int rule = rule_add(draft, keys, "data.%.*s.keys", SPAN_FMT(row->name));
    /* A person's data key is one for each category (vault/keys.h). */
    if (row->keys != KEYS_PERSON && row->keys != KEYS_OWN)
        unkept_add(draft, keys, rule, "keys for each record, year or day");
}

void
compile_kept(struct draft *draft, struct policy_category *row, const struct node *node)
{
    int rule;
    row->latest = flag_read(draft, row, node, "latest", &rule);
    if (row->latest && !row->many) {
        fault(draft->reader, map_get(node, "latest")->at, "latest-one",
              "a person has one `%.*s` only, so there is no latest", SPAN_FMT(row->name));
        fault_mend(draft->reader, "many: yes where each new one replaces the one before; else leave `latest` out");
    }
    row->memory = flag_read(draft, row, node, "memory", &rule);
    if (row->memory)
        unkept_add(draft, map_get(node, "memory"), rule, "data that lie in memory alone");
    row->sourced = flag_read(draft, row, node, "sourced", &rule);
    if (row->sourced)
        unkept_add(draft, map_get(node, "sourced"), rule, "source, licence and reason of each record");
    backup_read(draft, row, node);
    sealed_read(draft, row, node);
    blind_read(draft, row, node);
    keys_read(draft, row, node);
    const struct node *only = map_get(node, "only");
    row->only = ref_optional(draft, node, "only", REF_INSTANCE);
    if (only != NULL)
        (void)rule_add(draft, only, "data.%.*s.only", SPAN_FMT(row->name));
}

/* --- fields ----------------------------------------------------------------------------------- */

static bool
precision_fits(enum policy_precision precision, enum policy_type type)
{
    switch (precision) {
    case PRECISION_NET: return type == TYPE_IP;
    case PRECISION_PLACE: return type == TYPE_GEO;
    default: return type == TYPE_DATE || type == TYPE_BIRTHDATE;
    }
}

void
compile_precision(struct draft *draft, struct policy_field *field, const struct node *node)
{
    static const char *const words[] = {"net", "place", "month", "year", NULL};
    static const char *const fitting[] = {"`net` is for ip", "`place` is for geo", "`month` is for date and birthdate",
                                          "`year` is for date and birthdate"};
    const struct node *precision = map_get(node, "precision");
    int word =
        precision == NULL ? POLICY_NONE : value_choice(draft->reader, precision, "precision", words, POLICY_NONE);
    if (word == POLICY_NONE)
        return;
    field->precision = PRECISION_NET + word;
    (void)rule_add(draft, precision, "data.%.*s.precision", SPAN_FMT(field->full_name));
    if (field->storage != STORE_PLAIN || field->outcome_only) {
        fault(draft->reader, precision->at, "precision-type", "nothing of `%.*s` is kept that could be cut",
              SPAN_FMT(field->full_name));
        fault_mend(draft->reader, "leave `precision` out");
    } else if (!precision_fits((enum policy_precision)field->precision, field->type)) {
        fault(draft->reader, precision->at, "precision-type", "a %s is not cut to its %s",
              policy_type_name(field->type), words[word]);
        fault_mend(draft->reader, "%s", fitting[word]);
    }
}
