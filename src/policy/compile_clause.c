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
        says = value_text(reader, node->first, "the sentence of a promise");
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
                                    .says = keep_text(draft, says)};
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

/* RFC 6265 calls it a token; shorter than a header line and without what shells and SQL love. */
static bool
cookie_name_check(struct draft *draft, const struct node *key)
{
    bool good = key->text.n > 0 && key->text.n <= LIMIT_POLICY_NAME;
    for (size_t i = 0; i < key->text.n && good; i++) {
        char c = key->text.p[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    }
    if (!good) {
        fault(draft->reader, key->at, "bad-name", "this cannot name a cookie");
        fault_mend(draft->reader, "letters, digits, - and _, at most %d of them", LIMIT_POLICY_NAME);
    }
    return good;
}

static void
cookie_read(struct draft *draft, struct policy_cookie *row, const struct node *node)
{
    static const struct key_row keys[] = {{"says", false}, {"life", false}, {"purpose", false},
                                          {"essential", false}, {"scripts", true}, {"third", true},
                                          {NULL, false}};
    struct reader *reader = draft->reader;
    map_keys_check(reader, node, keys, "a cookie");
    row->says = keep_value(draft, node, "says", "the words for a cookie");
    if (map_get(node, "says") == NULL)
        missing(draft, node, "says", "what it is there for: says: \"keeps you signed in\"");
    row->essential = value_flag(reader, map_get(node, "essential"), "essential", false);
    const struct node *life = map_get(node, "life"), *purpose = map_get(node, "purpose");
    if (life == NULL)
        missing(draft, node, "life", "life: session, or a length of time: life: 13 months");
    else if (life->shape == NODE_TEXT && span_is(life->text, "session"))
        row->session = true;
    else
        (void)value_length(reader, life, "the life of a cookie, when not `session`,", &row->life);
    if (purpose != NULL)
        row->purpose = ref_find(draft, purpose, REF_PURPOSE);
    bool consent = row->purpose != POLICY_NONE &&
                   draft->purpose_rows[row->purpose].basis == BASIS_CONSENT;
    if (row->essential && consent) {
        fault(reader, purpose->at, "cookie-essential",
              "an essential cookie cannot wait for consent to `%.*s`", SPAN_FMT(purpose->text));
    } else if (!row->essential && purpose == NULL) {
        missing(draft, node, "purpose", "a purpose on consent, or essential: yes");
    } else if (!row->essential && row->purpose != POLICY_NONE && !consent) {
        fault(reader, purpose->at, "cookie-basis",
              "a cookie that is not essential needs consent, and `%.*s` does not rest on it",
              SPAN_FMT(purpose->text));
    }
    if (row->essential)
        row->purpose = POLICY_NONE;
}

void
compile_cookies(struct draft *draft)
{
    const struct node *map = map_get(draft->root, "cookies");
    if (map == NULL || !node_expect(draft->reader, map, NODE_MAP, "cookies"))
        return;
    draft->cookie_rows = ARENA_ARRAY(draft->arena, struct policy_cookie, (size_t)map->count + 1);
    if (draft->cookie_rows == NULL)
        return;
    draft->policy->cookies = draft->cookie_rows;
    rows_check(draft, map, "cookies");
    for (const struct node *node = map->first; node != NULL; node = node->next) {
        if (!cookie_name_check(draft, node->key) ||
            draft->policy->cookie_count == LIMIT_POLICY_ROWS)
            continue;
        struct policy_cookie *row = &draft->cookie_rows[draft->policy->cookie_count++];
        row->name = keep_text(draft, node->key->text);
        row->purpose = row->by = POLICY_NONE;
        row->rule = rule_add(draft, node, "cookies.%.*s", SPAN_FMT(row->name));
        if (node_expect(draft->reader, node, NODE_MAP, "a cookie"))
            cookie_read(draft, row, node);
    }
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
    row->says = keep_value(draft, node, "says", "the sentence of a clause");
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
