#include "policy/read_priv.h"

#include "wire/text.h"

const struct node *
map_get(const struct node *map, const char *key)
{
    if (map == NULL || map->shape != NODE_MAP)
        return NULL;
    for (const struct node *entry = map->first; entry != NULL; entry = entry->next)
        if (span_is(entry->key->text, key))
            return entry;
    return NULL;
}

struct place
node_place(const struct node *node)
{
    return node->key != NULL ? node->key->at : node->at;
}

/* The nearest key, or all that may stand there. */
static void
keys_mend(struct reader *reader, const struct hint *hint, const struct key_row *keys)
{
    char all[400];
    struct buf list;
    buf_init(&list, all, sizeof all);
    for (const struct key_row *row = keys; row->name != NULL; row++)
        if (!row->later)
            buf_fmt(&list, "%s%s", list.n == 0 ? "its keys are " : ", ", row->name);
    buf_char(&list, '\0');
    hint_mend(reader, hint, buf_ok(&list) ? all : NULL);
}

void
map_keys_check(struct reader *reader, const struct node *map, const struct key_row *keys,
               const char *what)
{
    for (const struct node *entry = map->first; entry != NULL; entry = entry->next) {
        struct hint hint;
        hint_start(reader, &hint, entry->key->text);
        const struct key_row *row = keys;
        for (; row->name != NULL && !span_is(entry->key->text, row->name); row++)
            hint_try(&hint, span_str(row->name));
        if (row->name != NULL && !row->later)
            continue;
        if (row->name != NULL) {
            fault(reader, entry->key->at, "not-supported",
                  "`%s` is not supported by this version", row->name);
            fault_mend(reader, "leave it out; a rule that is not kept must not be published");
            continue;
        }
        fault(reader, entry->key->at, "unknown-key", "%s has no key `%.*s`", what,
              SPAN_FMT(shown(entry->key->text)));
        keys_mend(reader, &hint, keys);
    }
}

bool
node_is_nothing(const struct node *node)
{
    return node->shape == NODE_TEXT && !node->quoted &&
           (node->text.n == 0 || span_is(node->text, "~") || span_ieq(node->text, SPAN("null")));
}

bool
node_expect(struct reader *reader, const struct node *node, enum node_shape shape, const char *what)
{
    static const char *const shapes[] = {"one value", "a list: [a, b]", "a map: {key: value}"};
    if (node->shape == shape)
        return true;
    if (!node->faulty) {
        fault(reader, node->shape == NODE_TEXT ? node->at : node_place(node), "wrong-shape",
              "%s must be %s", what, shapes[shape]);
        if (shape == NODE_TEXT)
            fault_mend(reader, "write one word or sentence; a text with brackets in it needs quotes");
    }
    return false;
}

const struct node *
list_first(struct reader *reader, const struct node *list, const char *what)
{
    if (list == NULL)
        return NULL;
    if (node_expect(reader, list, NODE_LIST, what))
        return list->first;
    return list->shape == NODE_TEXT && !list->faulty && !node_is_nothing(list) ? list : NULL;
}

const struct node *
list_next(const struct node *list, const struct node *item)
{
    return item == list ? NULL : item->next;
}

/* Without what a block or a careless quote leaves at the edges. */
static struct span
edges_trim(struct span text)
{
    text = span_trim(text);
    while (text.n > 0 && text.p[text.n - 1] == '\n')
        text = span_trim(span_sub(text, 0, text.n - 1));
    return text;
}

struct span
value_text(struct reader *reader, const struct node *node, const char *what)
{
    if (node == NULL || !node_expect(reader, node, NODE_TEXT, what) || node->faulty)
        return SPAN_NONE;
    struct span text = edges_trim(node->text);
    if (node_is_nothing(node) && text.n > 0) {
        fault(reader, node->at, "empty", "%s is empty: YAML means nothing by `%.*s`", what, SPAN_FMT(text));
        fault_mend(reader, "write the text; if this very word is meant, put it in quotes");
        return SPAN_NONE;
    }
    if (text.n == 0) {
        fault(reader, node_place(node), "empty", "%s is empty", what);
        fault_mend(reader, "write it, or leave the key out where it is not needed");
    }
    return text;
}

bool
value_flag(struct reader *reader, const struct node *node, const char *what, bool otherwise)
{
    if (node == NULL || !node_expect(reader, node, NODE_TEXT, what) || node->faulty)
        return otherwise;
    if (span_ieq(node->text, SPAN("yes")) || span_ieq(node->text, SPAN("true")))
        return true;
    if (span_ieq(node->text, SPAN("no")) || span_ieq(node->text, SPAN("false")))
        return false;
    fault(reader, node->at, "not-yes-or-no", "%s must be yes or no", what);
    fault_mend(reader, "yes or no, true or false; other words for them are not taken");
    return otherwise;
}

uint64_t
value_number(struct reader *reader, const struct node *node, const char *what, uint64_t least,
             uint64_t most, uint64_t otherwise)
{
    if (node == NULL || !node_expect(reader, node, NODE_TEXT, what) || node->faulty)
        return otherwise;
    uint64_t value;
    if (span_u64(node->text, most, &value) && value >= least)
        return value;
    fault(reader, node->at, "not-a-number", "%s must be a whole number from %llu to %llu", what,
          (unsigned long long)least, (unsigned long long)most);
    fault_mend(reader, "decimal digits and nothing else: %llu", (unsigned long long)least);
    return otherwise;
}

int64_t
value_date(struct reader *reader, const struct node *node, const char *what)
{
    int64_t days = 0;
    if (node == NULL || !node_expect(reader, node, NODE_TEXT, what) || node->faulty)
        return 0;
    if (date_get(node->text, &days))
        return days;
    fault(reader, node->at, "not-a-date", "%s must be a date", what);
    fault_mend(reader, "write year, month and day: 2026-11-01");
    return 0;
}

struct span
value_country(struct reader *reader, const struct node *node, const char *what)
{
    if (node == NULL || !node_expect(reader, node, NODE_TEXT, what) || node->faulty)
        return SPAN_NONE;
    if (country_valid(node->text))
        return node->text;
    fault(reader, node->at, "not-a-country", "%s must be a country", what);
    fault_mend(reader, "two capital letters of ISO 3166-1: DE, IE, NO");
    return SPAN_NONE;
}

int
value_choice(struct reader *reader, const struct node *node, const char *what,
             const char *const *words, int otherwise)
{
    if (node == NULL || !node_expect(reader, node, NODE_TEXT, what) || node->faulty)
        return otherwise;
    struct hint hint;
    hint_start(reader, &hint, node->text);
    int near = otherwise;
    char all[300];
    struct buf list;
    buf_init(&list, all, sizeof all);
    for (int i = 0; words[i] != NULL; i++) {
        if (span_is(node->text, words[i]))
            return i;
        int before = hint.distance;
        hint_try(&hint, span_str(words[i]));
        near = hint.distance < before ? i : near;
        buf_fmt(&list, "%s%s", i == 0 ? "one of " : ", ", words[i]);
    }
    buf_char(&list, '\0');
    fault(reader, node->at, "unknown-word", "`%.*s` is no %s",
          SPAN_FMT(shown(node->text)), what);
    hint_mend(reader, &hint, buf_ok(&list) ? all : NULL);
    if (edges_trim(node->text).n < node->text.n)
        fault_mend(reader, "a space or line end stands at its edge; leave it out");
    return near; /* as if the nearest had been written, so that one slip is one fault */
}

unsigned
value_choices(struct reader *reader, const struct node *list, const char *what, const char *choice,
              const char *const *words)
{
    unsigned bits = 0;
    for (const struct node *node = list_first(reader, list, what); node != NULL; node = list_next(list, node)) {
        int word = value_choice(reader, node, choice, words, POLICY_NONE);
        if (word == POLICY_NONE)
            continue;
        if ((bits >> word & 1) != 0)
            fault(reader, node->at, "duplicate-name", "`%s` stands in this list twice", words[word]);
        bits |= 1u << word;
    }
    return bits;
}

bool
value_is_name(struct span text)
{
    if (text.n == 0 || text.n > LIMIT_POLICY_NAME || text.p[0] < 'a' || text.p[0] > 'z')
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                    (c == '-' && i + 1 < text.n && text.p[i - 1] != '-');
        if (!good)
            return false;
    }
    return true;
}

bool
name_check(struct reader *reader, const struct node *node, const char *what)
{
    /* Editors and other YAML readers would not take these for texts. */
    bool taken = span_is(node->text, "true") || span_is(node->text, "false") || span_is(node->text, "null");
    if (value_is_name(node->text) && !taken)
        return true;
    fault(reader, node->at, "bad-name", "`%.*s` cannot name %s",
          SPAN_FMT(shown(node->text)), what);
    fault_mend(reader, "a name is small letters, digits and single dashes, a letter first, at most "
                       "%d of them: first-name", LIMIT_POLICY_NAME);
    if (taken)
        fault_mend(reader, "YAML has a meaning of its own for this word; take another");
    else if (value_is_name(edges_trim(node->text)))
        fault_mend(reader, "a space or line end stands at its edge; leave it out");
    return false;
}
