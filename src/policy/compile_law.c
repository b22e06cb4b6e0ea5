/* The section `law`: a policy's own rows of the tables of law, instead of the built-in ones of those countries. */
#include "policy/compile_priv.h"

enum { AGE_LEAST = 13, AGE_MOST = 18, YEARS_MOST = 100 };

static const struct {
    const char *section, *value;
} tables[LAW_TABLES] = {
    [LAW_INVOICE_RETENTION] = {"invoices", "years"},
    [LAW_CHILD_CONSENT_AGES] = {"child-consent", "age"},
};

static const char *
kept_source(struct draft *draft, const struct node *node)
{
    const struct node *source = map_get(node, "source");
    struct span text = value_text(draft->reader, source, "where the law stands");
    if (source == NULL)
        missing(draft, node, "source", "where it stands: source: AO s.147");
    char *copy = arena_take(draft->arena, text.n + 1);
    if (copy == NULL)
        return "";
    if (text.n > 0)
        memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    return copy;
}

static void
days_read(struct draft *draft, struct law_row *row, const struct node *node)
{
    const struct node *from = map_get(node, "from"), *to = map_get(node, "to");
    row->from_days = from == NULL ? INT32_MIN : (int32_t)value_date(draft->reader, from, "from");
    row->to_days = to == NULL ? INT32_MAX : (int32_t)value_date(draft->reader, to, "to");
    if (row->from_days > row->to_days)
        fault(draft->reader, to->at, "from-after-to", "it ends before it begins");
}

static void
overlap_check(struct draft *draft, const struct law_row *rows, int n, const struct node *node)
{
    for (int i = 0; i < n; i++)
        if (rows[i].table == rows[n].table && strcmp(rows[i].country, rows[n].country) == 0 &&
            rows[i].from_days <= rows[n].to_days && rows[n].from_days <= rows[i].to_days) {
            fault(draft->reader, node_place(node), "law-overlap", "two rows hold for %s on the same day", rows[n].country);
            fault_mend(draft->reader, "end the older one with `to` the day before the newer begins");
            return;
        }
}

/* False when the country is not readable: the row says nothing then. */
static bool
row_read(struct draft *draft, struct law_row *row, enum law_table table, const struct node *node)
{
    static const struct key_row keys[] = {{"country", false}, {"years", false}, {"age", false}, {"counted", false},
                                          {"from", false}, {"to", false}, {"source", false}, {NULL, false}};
    static const char *const counted[] = {"year-end", "issue", NULL};
    struct reader *reader = draft->reader;
    map_keys_check(reader, node, keys, "a row of law");
    const struct node *country = map_get(node, "country"), *value = map_get(node, tables[table].value);
    const struct node *word = map_get(node, "counted");
    bool ages = table == LAW_CHILD_CONSENT_AGES;
    if (country == NULL)
        missing(draft, node, "country", "whose law it is: country: DE");
    if (value == NULL)
        missing(draft, node, tables[table].value, ages ? "from which age a child agrees alone: age: 16" : "how long: years: 8");
    struct span code = value_country(reader, country, "the country of a law");
    const struct node *foreign = map_get(node, ages ? "years" : "age");
    if (foreign != NULL || (ages && word != NULL))
        fault(reader, node_place(foreign != NULL ? foreign : word), "unknown-key", "a row of `%s` has no such key",
              tables[table].section);
    row->table = table;
    row->value = (int)value_number(reader, value, tables[table].value, ages ? AGE_LEAST : 1, ages ? AGE_MOST : YEARS_MOST, 1);
    bool issue = word != NULL && value_choice(reader, word, "moment a law counts from", counted, 0) == 1;
    row->counted = ages ? "" : issue ? "from issue" : "calendar year";
    days_read(draft, row, node);
    row->source = kept_source(draft, node);
    if (code.n != 2)
        return false;
    memcpy(row->country, code.p, 2);
    row->country[2] = '\0';
    return true;
}

void
compile_law(struct draft *draft)
{
    static const struct key_row keys[] = {{"invoices", false}, {"child-consent", false}, {NULL, false}};
    const struct node *section = map_get(draft->root, "law");
    if (section == NULL || !node_expect(draft->reader, section, NODE_MAP, "law"))
        return;
    map_keys_check(draft->reader, section, keys, "the section `law`");
    int most = 0, n = 0;
    for (int t = 0; t < LAW_TABLES; t++) {
        const struct node *list = map_get(section, tables[t].section);
        if (list != NULL && rows_check(draft, list, tables[t].section))
            most += list->count;
    }
    struct law_row *rows = ARENA_ARRAY(draft->arena, struct law_row, (size_t)most + 1);
    if (rows == NULL)
        return;
    for (int t = 0; t < LAW_TABLES; t++) {
        const struct node *list = map_get(section, tables[t].section);
        if (list == NULL || list->count > LIMIT_POLICY_ROWS ||
            !node_expect(draft->reader, list, NODE_LIST, tables[t].section))
            continue;
        for (const struct node *node = list->first; node != NULL; node = node->next) {
            if (!node_expect(draft->reader, node, NODE_MAP, "a row of law") ||
                !row_read(draft, &rows[n], (enum law_table)t, node))
                continue;
            overlap_check(draft, rows, n, node);
            n++;
        }
    }
    draft->law = (struct law_own){rows, n};
}

/* Once all is read: a table nothing refers to. */
void
check_law(struct draft *draft)
{
    const struct node *section = map_get(draft->root, "law");
    draft->law_asked[LAW_CHILD_CONSENT_AGES] = draft->policy->children.set && draft->policy->children.ages_law;
    for (int t = 0; t < LAW_TABLES; t++) {
        const struct node *list = map_get(section, tables[t].section);
        if (list != NULL && !draft->law_asked[t])
            fault_warn(draft->reader, node_place(list), "law-idle", "no rule of this policy rests on law.%s", tables[t].section);
    }
}
