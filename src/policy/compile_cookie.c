/* What is left in a browser, or loaded into a page: the section `cookies`. */
#include "policy/compile_priv.h"

#include "policy/value_priv.h"

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

/* A browser keeps session storage to the end of the session, and local storage beyond it. */
static void
life_read(struct draft *draft, struct policy_cookie *row, const struct node *node)
{
    const struct node *life = map_get(node, "life");
    if (life == NULL)
        missing(draft, node, "life", "life: session, or a length of time: life: 13 months");
    else if (life->shape == NODE_TEXT && span_is(life->text, "session"))
        row->session = true;
    else
        (void)value_length(draft->reader, life, "the life of a cookie, when not `session`,", &row->life);
    if (life == NULL || (!row->session && !row->life.set))
        return;
    if (row->kind == COOKIE_SESSION_STORE && !row->session) {
        fault(draft->reader, life->at, "cookie-life", "session storage ends with the session");
        fault_mend(draft->reader, "life: session, or kind: local-storage");
    } else if (row->kind == COOKIE_LOCAL && row->session) {
        fault(draft->reader, life->at, "cookie-life", "local storage does not end with the session");
        fault_mend(draft->reader, "a length of time, or kind: session-storage");
    }
}

static void
purpose_read(struct draft *draft, struct policy_cookie *row, const struct node *node)
{
    struct reader *reader = draft->reader;
    const struct node *purpose = map_get(node, "purpose");
    row->essential = value_flag(reader, map_get(node, "essential"), "essential", false);
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

static void
scripts_read(struct draft *draft, struct policy_cookie *row, const struct node *list)
{
    if (list == NULL || !node_expect(draft->reader, list, NODE_LIST, "scripts"))
        return;
    struct span *rows = ARENA_ARRAY(draft->arena, struct span, (size_t)list->count + 1);
    if (rows == NULL || !rows_check(draft, list, "scripts"))
        return;
    row->scripts = rows;
    for (const struct node *one = list->first; one != NULL; one = one->next) {
        struct span text = value_text(draft->reader, one, "the origin of a script");
        bool twice = false;
        for (int i = 0; i < row->script_count; i++)
            twice = twice || (text.n > 0 && span_eq(rows[i], text));
        if (text.n > 0 && !value_origin_ok(text)) {
            fault(draft->reader, one->at, "not-an-origin", "this is not an origin");
            fault_mend(draft->reader, "https:// and a host in small letters, with no path behind it: https://count.example.org");
        } else if (twice) {
            fault(draft->reader, one->at, "duplicate-name", "this origin stands here twice");
        } else if (text.n > 0) {
            rows[row->script_count++] = keep_text(draft, text);
        }
    }
}

/* What comes from others is theirs by name, and never there before somebody agreed. */
static void
others_check(struct draft *draft, const struct policy_cookie *row, const struct node *node)
{
    struct reader *reader = draft->reader;
    const struct node *by = map_get(node, "by"), *scripts = map_get(node, "scripts"), *kind = map_get(node, "kind");
    if (by == NULL && row->kind == COOKIE_EMBED) {
        fault(reader, kind->at, "embed-by", "what is embedded comes from somebody, and nobody is named");
        fault_mend(reader, "name the recipient it comes from: by: films");
    } else if (by == NULL && scripts != NULL) {
        fault(reader, node_place(scripts), "script-by", "these scripts come from somebody, and nobody is named");
        fault_mend(reader, "name the recipient they come from: by: counter");
    } else if (by != NULL && row->essential) {
        fault(reader, by->at, "essential-other", "what others set is not essential to our pages");
        fault_mend(reader, "name a purpose on consent instead of essential: yes");
    }
    const struct node *signal = map_get(node, "signal");
    if (signal != NULL && row->essential) {
        fault(reader, node_place(signal), "signal-essential", "an essential cookie is set whatever a browser signals");
        fault_mend(reader, "leave `signal` out");
    }
}

static void
cookie_read(struct draft *draft, struct policy_cookie *row, const struct node *node)
{
    static const struct key_row keys[] = {{"says", false}, {"life", false}, {"purpose", false},
                                          {"essential", false}, {"kind", false}, {"by", false},
                                          {"scripts", false}, {"signal", false}, {NULL, false}};
    static const char *const kinds[] = {"cookie", "local-storage", "session-storage", "pixel", "embed", NULL};
    static const char *const signals[] = {"off", NULL};
    struct reader *reader = draft->reader;
    map_keys_check(reader, node, keys, "a cookie");
    row->says = keep_sentence(draft, node, "says", "the words for a cookie");
    if (map_get(node, "says") == NULL)
        missing(draft, node, "says", "what it is there for: says: \"keeps you signed in\"");
    const struct node *kind = map_get(node, "kind"), *signal = map_get(node, "signal");
    row->kind = (enum policy_cookie_kind)value_choice(reader, kind, "kind of cookie", kinds, COOKIE_COOKIE);
    purpose_read(draft, row, node);
    life_read(draft, row, node);
    if (map_get(node, "by") != NULL)
        row->by = ref_find(draft, map_get(node, "by"), REF_RECIPIENT);
    scripts_read(draft, row, map_get(node, "scripts"));
    row->signal_off = value_choice(reader, signal, "word for `signal`", signals, POLICY_NONE) == 0;
    others_check(draft, row, node);
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
