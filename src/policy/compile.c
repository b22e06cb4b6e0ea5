#include "policy/compile_priv.h"

#include <stdarg.h>
#include <stdio.h>

enum { RULE_TEXT = 2 * LIMIT_POLICY_NAME + 32, RULES_FIXED = 16, EVENTS_MOST = 64 };

static const char *const builtin_names[RULE_BUILTIN_COUNT] = {
    [RULE_NONE] = "-",
    [RULE_SILENCE] = "default.silence",
    [RULE_CLOSED_WORLD] = "default.closed-world",
    [RULE_RIGHTS_SELF] = "rights.self",
    [RULE_RIGHTS_RESTRICT] = "rights.restrict",
    [RULE_RETENTION] = "default.retention",
    [RULE_STATE] = "default.state",
    [RULE_HASH_ONLY] = "default.hash-only",
    [RULE_OPERATOR] = "default.operator",
    [RULE_TOKEN] = "default.token",
};

/* What the language knows at the top of a file. */
static const struct key_row section_keys[] = {
    {"troth", false}, {"policy", false}, {"people", false}, {"organisations", false},
    {"events", false}, {"data", false}, {"purposes", false}, {"collect", false}, {"roles", false},
    {"keep", false}, {"never", false}, {"clauses", false}, {"consent", false}, {"cookies", false},
    {"recipients", false}, {"disclosure", false}, {"rights", false}, {"children", false},
    {"relations", false}, {"mail", false}, {"changes", false}, {"breach", false}, {"law", false},
    {"include", false}, {"glossary", false}, {"promises", false}, {"unproven", false},
    {NULL, false}};

struct span
keep_text(struct draft *draft, struct span text)
{
    return text.n == 0 ? SPAN_NONE : arena_copy(draft->arena, text);
}

struct span
keep_value(struct draft *draft, const struct node *map, const char *key, const char *what)
{
    return keep_text(draft, value_text(draft->reader, map_get(map, key), what));
}

void
bit_set(struct policy_bits *bits, int i)
{
    TROTH_ASSERT(i >= 0 && i < POLICY_BITS_WORDS * 64);
    bits->w[i / 64] |= UINT64_C(1) << (i % 64);
}

void
missing(struct draft *draft, const struct node *node, const char *key, const char *mend)
{
    if (node->key != NULL)
        fault(draft->reader, node_place(node), "missing-key", "`%.*s` lacks `%s`", SPAN_FMT(shown(node->key->text)), key);
    else
        fault(draft->reader, node_place(node), "missing-key", "this entry lacks `%s`", key);
    if (mend != NULL)
        fault_mend(draft->reader, "%s", mend);
}

bool
rows_check(struct draft *draft, const struct node *rows, const char *what)
{
    if (rows->count <= LIMIT_POLICY_ROWS)
        return true;
    fault(draft->reader, node_place(rows), "too-many", "there are more than %d of `%s`",
          LIMIT_POLICY_ROWS, what);
    return false;
}

int
rule_add(struct draft *draft, const struct node *node, const char *fmt, ...)
{
    char text[RULE_TEXT];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    struct policy *policy = draft->policy;
    TROTH_ASSERT(n > 0 && (size_t)n < sizeof text && policy->rule_count < draft->rule_cap);
    struct place at = node == NULL ? (struct place){0} : node_place(node);
    draft->rules[policy->rule_count] =
        (struct policy_rule){.name = keep_text(draft, span_of(text, (size_t)n)), .line = at.line,
                             .file = keep_text(draft, draft->reader->parts[at.part].name)};
    return policy->rule_count++;
}

void
unkept_add(struct draft *draft, const struct node *node, int rule, const char *what)
{
    struct policy *policy = draft->policy;
    TROTH_ASSERT(policy->unkept_count < draft->rule_cap);
    for (int i = 0; i < policy->unkept_count; i++)
        if (draft->unkept[i] == rule)
            return;
    draft->unkept[policy->unkept_count++] = rule;
    fault_warn(draft->reader, node_place(node), "not-kept", "this version of the server does not keep this yet: %s",
               what);
    fault_mend(draft->reader, "the policy can be checked, asked and printed, but no server starts with it");
}

struct names
names_of(struct draft *draft, const struct node *map, const char *key, const char *what, int most)
{
    struct names names = {NULL, 0};
    if (map == NULL || !node_expect(draft->reader, map, NODE_MAP, key))
        return names;
    names.nodes = ARENA_ARRAY(&draft->reader->scratch, const struct node *, (size_t)map->count + 1);
    if (names.nodes == NULL)
        return names;
    for (const struct node *node = map->first; node != NULL; node = node->next) {
        if (!name_check(draft->reader, node->key, what))
            continue;
        if (names.count == most) {
            fault(draft->reader, node->key->at, "too-many", "there are more than %d of `%s`", most, key);
            break;
        }
        names.nodes[names.count++] = node;
    }
    return names;
}

struct names
names_take(struct draft *draft, const char *section, const char *what, int most)
{
    return names_of(draft, map_get(draft->root, section), section, what, most);
}

int
task_take(struct draft *draft, const struct node *node, const char *what)
{
    if (!node_expect(draft->reader, node, NODE_TEXT, what) || node->faulty ||
        !name_check(draft->reader, node, "a kind of task"))
        return POLICY_NONE;
    struct policy *policy = draft->policy;
    int i = policy_task_find(policy, node->text);
    if (i != POLICY_NONE)
        return i;
    draft->task_rows[policy->task_count] = keep_text(draft, node->text);
    return policy->task_count++;
}

/* Events retention may count from: `closed` always, and those of the section `events`. */
static bool
declare_events(struct draft *draft)
{
    draft->events = names_take(draft, "events", "an event", EVENTS_MOST);
    struct span *rows = ARENA_ARRAY(draft->arena, struct span, (size_t)draft->events.count + 1);
    struct span *says = ARENA_ARRAY(draft->arena, struct span, (size_t)draft->events.count + 1);
    if (rows == NULL || says == NULL)
        return false;
    int n = 0;
    rows[n++] = SPAN("closed");
    static const char *const taken[] = {"closed", "collected", "changed", "withdrawn"};
    for (int i = 0; i < draft->events.count; i++) {
        const struct node *node = draft->events.nodes[i];
        bool reserved = false;
        for (size_t j = 0; j < sizeof taken / sizeof taken[0]; j++)
            reserved |= span_is(node->key->text, taken[j]);
        if (reserved) {
            fault(draft->reader, node->key->at, "reserved-name", "`%.*s` is there already",
                  SPAN_FMT(node->key->text));
            continue;
        }
        rows[n] = keep_text(draft, node->key->text);
        says[n++] = keep_says(draft, node, "the sentence of an event");
        (void)rule_add(draft, node, "events.%.*s", SPAN_FMT(node->key->text));
    }
    draft->policy->events = rows;
    draft->policy->event_says = says;
    draft->policy->event_count = n;
    return true;
}

#define DECLARE(table, type, rows, count_)                                                         \
    do {                                                                                           \
        draft->rows = ARENA_ARRAY(draft->arena, struct type, (size_t)draft->table.count + 1);      \
        if (draft->rows == NULL)                                                                   \
            return false;                                                                          \
        for (int i = 0; i < draft->table.count; i++)                                               \
            draft->rows[i].name = keep_text(draft, draft->table.nodes[i]->key->text);              \
        draft->policy->table = draft->rows;                                                        \
        draft->policy->count_ = draft->table.count;                                                \
    } while (0)

static bool
declare(struct draft *draft)
{
    draft->organisations = names_take(draft, "organisations", "an organisation", LIMIT_POLICY_ROLES);
    draft->kinds = names_take(draft, "people", "a kind of people", LIMIT_POLICY_ROLES);
    draft->categories = names_take(draft, "data", "a category", LIMIT_POLICY_CATEGORIES);
    draft->purposes = names_take(draft, "purposes", "a purpose", LIMIT_POLICY_PURPOSES);
    draft->roles = names_take(draft, "roles", "a role", LIMIT_POLICY_ROLES);
    draft->points = names_take(draft, "collect", "a collection point", LIMIT_POLICY_ROLES);
    draft->relations = names_take(draft, "relations", "a relation", LIMIT_POLICY_ROLES);
    draft->recipients = names_take(draft, "recipients", "a recipient", LIMIT_POLICY_ROWS);
    draft->grounds = names_take(draft, "disclosure", "a ground", LIMIT_POLICY_ROLES);
    DECLARE(relations, policy_relation, relation_rows, relation_count);
    DECLARE(recipients, policy_recipient, recipient_rows, recipient_count);
    DECLARE(grounds, policy_ground, ground_rows, ground_count);
    DECLARE(organisations, policy_organisation, organisation_rows, organisation_count);
    DECLARE(kinds, policy_kind, kind_rows, kind_count);
    DECLARE(categories, policy_category, category_rows, category_count);
    DECLARE(purposes, policy_purpose, purpose_rows, purpose_count);
    DECLARE(roles, policy_role, role_rows, role_count);
    DECLARE(points, policy_point, point_rows, point_count);
    size_t tasks = (size_t)draft->purposes.count + (size_t)draft->roles.count + 1;
    draft->task_rows = ARENA_ARRAY(draft->arena, struct span, tasks);
    draft->policy->tasks = draft->task_rows;
    return draft->task_rows != NULL && declare_fields(draft) && declare_events(draft);
}

static void
sections_check(struct draft *draft)
{
    static const char *const needed[] = {"troth", "policy", "people", "data", "purposes", "keep"};
    map_keys_check(draft->reader, draft->root, section_keys, "a policy file");
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (map_get(draft->root, needed[i]) == NULL) {
            fault(draft->reader, (struct place){1, 1, 1}, "missing-section",
                  "the section `%s` is missing", needed[i]);
        }
    static const char *const filled[] = {"people", "data", "purposes"};
    for (size_t i = 0; i < sizeof filled / sizeof filled[0]; i++) {
        const struct node *section = map_get(draft->root, filled[i]);
        if (section != NULL && section->shape == NODE_MAP && section->count == 0)
            fault(draft->reader, node_place(section), "empty", "the section `%s` names nothing",
                  filled[i]);
    }
    const struct node *format = map_get(draft->root, "troth");
    (void)value_number(draft->reader, format, "`troth`, the version of the language,", 1, 1, 1);
}

static bool
rules_open(struct draft *draft)
{
    int nodes = 0;
    /* Each rule stands for a key of a file; a key needs a byte and a colon. */
    nodes = (int)(draft->reader->bytes / 2);
    nodes = nodes > LIMIT_POLICY_NODES ? LIMIT_POLICY_NODES : nodes;
    draft->rule_cap = nodes + RULE_BUILTIN_COUNT + RULES_FIXED;
    draft->rules = ARENA_ARRAY(&draft->reader->scratch, struct policy_rule, (size_t)draft->rule_cap);
    draft->unkept = ARENA_ARRAY(&draft->reader->scratch, int, (size_t)draft->rule_cap);
    if (draft->rules == NULL || draft->unkept == NULL)
        return false;
    for (int i = 0; i < RULE_BUILTIN_COUNT; i++)
        draft->rules[i].name = span_str(builtin_names[i]);
    draft->policy->rule_count = RULE_BUILTIN_COUNT;
    return true;
}

static bool
rules_close(struct draft *draft)
{
    struct policy *policy = draft->policy;
    struct policy_rule *rules =
        ARENA_ARRAY(draft->arena, struct policy_rule, (size_t)policy->rule_count);
    int *unkept = ARENA_ARRAY(draft->arena, int, (size_t)policy->unkept_count + 1);
    if (rules == NULL || unkept == NULL)
        return false;
    memcpy(rules, draft->rules, sizeof *rules * (size_t)policy->rule_count);
    memcpy(unkept, draft->unkept, sizeof *unkept * (size_t)policy->unkept_count);
    policy->rules = rules;
    policy->unkept = unkept;
    return true;
}

static bool
sections_compile(struct draft *draft)
{
    compile_head(draft);
    compile_law(draft);
    compile_people(draft);
    compile_relations(draft);
    compile_data(draft);
    if (!compile_nevers(draft) || !compile_purposes(draft) || !compile_roles(draft))
        return false;
    if (!compile_recipients(draft))
        return false;
    compile_disclosure(draft);
    compile_points(draft);
    if (!compile_keeps(draft))
        return false;
    compile_children(draft);
    compile_consent(draft);
    compile_cookies(draft);
    compile_mail(draft);
    compile_changes(draft);
    compile_breach(draft);
    compile_glossary(draft);
    compile_unproven(draft);
    compile_rights(draft);
    if (!compile_clauses(draft) || !compile_promises(draft))
        return false;
    check(draft);
    return rules_close(draft) && sentences_close(draft) && !draft->arena->overflow && !draft->reader->scratch.overflow;
}

bool
compile(struct reader *reader, const struct node *root, struct policy *policy, struct err *err)
{
    struct draft draft = {.reader = reader, .policy = policy, .arena = &policy->arena,
                          .root = root};
    sections_check(&draft);
    if (rules_open(&draft)) {
        compile_languages(&draft);
        if (declare(&draft) && sections_compile(&draft))
            return true;
    }
    return err_set(err, ERR_TOO_LARGE, "the policy is too large to be held");
}
