#include "policy/read_priv.h"

#include <libfyaml.h>
#include <stdlib.h>

#include "wire/text.h"

/* One map or list that is being filled. */
struct level {
    struct node *node;
    struct node *last;
    struct node *key; /* of a map: read, its value is next */
};

struct yaml {
    struct reader *reader;
    struct arena *arena; /* the part's */
    struct level levels[LIMIT_POLICY_DEPTH + 1];
    int depth;
    struct node *root;
    int documents;
    struct place at; /* of the last thing read, for what has no place of its own */
    bool stop;
};

static struct place
mark_place(struct yaml *yaml, const struct fy_mark *start, const struct fy_mark *end)
{
    if (start == NULL)
        return yaml->at;
    size_t bytes = end != NULL && end->input_pos > start->input_pos
                       ? end->input_pos - start->input_pos : 1;
    return place_of(yaml->reader, start->input_pos, bytes);
}

static struct place
token_place(struct yaml *yaml, struct fy_token *token)
{
    if (token == NULL)
        return yaml->at;
    return mark_place(yaml, fy_token_start_mark(token), fy_token_end_mark(token));
}

static void
yaml_stop(struct yaml *yaml, struct place at, const char *code, const char *says)
{
    fault(yaml->reader, at, code, "%s", says);
    yaml->stop = true;
}

static struct node *
node_new(struct yaml *yaml, enum node_shape shape, struct place at)
{
    if (++yaml->reader->nodes > LIMIT_POLICY_NODES) {
        yaml_stop(yaml, at, "too-large", "the policy has more keys and values than allowed");
        fault_mend(yaml->reader, "at most %d; nothing behind this place was read", LIMIT_POLICY_NODES);
        return NULL;
    }
    struct node *node = ARENA_NEW(yaml->arena, struct node);
    if (node == NULL) {
        yaml_stop(yaml, at, "too-large", "the file is too large to be read");
        return NULL;
    }
    node->shape = shape;
    node->at = at;
    return node;
}

static void
extras_check(struct yaml *yaml, struct fy_token *anchor, struct fy_token *tag)
{
    if (anchor != NULL) {
        fault(yaml->reader, token_place(yaml, anchor), "anchor",
              "anchors are not part of the policy language");
        fault_mend(yaml->reader, "write the value out where it is meant");
    }
    if (tag != NULL) {
        fault(yaml->reader, token_place(yaml, tag), "tag",
              "type tags are not part of the policy language");
        fault_mend(yaml->reader, "delete it; what a value is follows from its key");
    }
}

static void
key_check(struct yaml *yaml, struct node *key)
{
    if (key->shape != NODE_TEXT) {
        fault(yaml->reader, key->at, "complex-key", "a key must be one word");
        fault_mend(yaml->reader, "write the key as a word; a text that begins with [ or { needs quotes");
        key->faulty = true;
    } else if (key->faulty) {
        return;
    } else if (key->text.n == 0) {
        key->faulty = true; /* told with its value, which has a place */
        key->empty = true;
    } else if (!key->quoted && span_is(key->text, "<<")) {
        fault(yaml->reader, key->at, "merge-key", "merge keys are not part of the policy language");
        fault_mend(yaml->reader, "write the entries out");
        key->faulty = true;
    }
}

static void
node_add(struct yaml *yaml, struct node *node)
{
    if (yaml->depth == 0) {
        yaml->root = node;
        return;
    }
    struct level *level = &yaml->levels[yaml->depth - 1];
    if (level->node->shape == NODE_MAP) {
        if (level->key == NULL) {
            key_check(yaml, node);
            level->key = node;
            return;
        }
        node->key = level->key;
        level->key = NULL;
        if (node->key->empty) {
            fault(yaml->reader, node->key->quoted ? node->key->at : node->at, "empty-key",
                  "this value has no key");
            fault_mend(yaml->reader, "write the key in front of the colon");
        }
        if (node->key->faulty)
            return; /* told; the entry is not kept */
    }
    if (level->last == NULL)
        level->node->first = node;
    else
        level->last->next = node;
    level->last = node;
    level->node->count++;
}

static void
node_open(struct yaml *yaml, enum node_shape shape, const struct fy_mark *mark)
{
    struct place at = mark_place(yaml, mark, NULL);
    if (yaml->depth == LIMIT_POLICY_DEPTH) {
        yaml_stop(yaml, at, "too-deep", "lists and maps are nested deeper than allowed");
        fault_mend(yaml->reader, "no rule needs more than five levels; look for brackets that are not closed");
        return;
    }
    struct node *node = node_new(yaml, shape, at);
    if (node == NULL)
        return;
    /* A map in a map is added now, so that its key is known; its entries follow. */
    node_add(yaml, node);
    yaml->levels[yaml->depth++] = (struct level){.node = node};
}

static int
key_compare(const void *a, const void *b)
{
    const struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;
    size_t n = x->key->text.n < y->key->text.n ? x->key->text.n : y->key->text.n;
    int order = n == 0 ? 0 : memcmp(x->key->text.p, y->key->text.p, n);
    if (order == 0 && x->key->text.n != y->key->text.n)
        order = x->key->text.n < y->key->text.n ? -1 : 1;
    if (order != 0)
        return order;
    return x->key->at.line != y->key->at.line ? x->key->at.line - y->key->at.line
                                              : x->key->at.column - y->key->at.column;
}

/* Duplicates by sorting; the later ones are told and taken out of the map. */
static void
map_close(struct yaml *yaml, struct node *map)
{
    size_t mark = arena_mark(yaml->arena);
    struct node **sorted = ARENA_ARRAY(yaml->arena, struct node *, (size_t)map->count + 1);
    if (sorted == NULL) {
        yaml_stop(yaml, map->at, "too-large", "the file is too large to be read");
        return;
    }
    int n = 0;
    for (struct node *entry = map->first; entry != NULL; entry = entry->next)
        sorted[n++] = entry;
    qsort(sorted, (size_t)n, sizeof *sorted, key_compare);
    bool any = false;
    const struct node *first = NULL;
    for (int i = 0; i < n; i++) {
        if (first == NULL || !span_eq(first->key->text, sorted[i]->key->text)) {
            first = sorted[i];
            continue;
        }
        fault(yaml->reader, sorted[i]->key->at, "duplicate-key", "`%.*s` stands here a second time",
              SPAN_FMT(shown(first->key->text)));
        fault_mend(yaml->reader, "the first is in line %d", first->key->at.line);
        sorted[i]->faulty = any = true;
    }
    arena_back(yaml->arena, mark);
    struct node **link = &map->first;
    while (any && *link != NULL) {
        if ((*link)->faulty && (*link)->key != NULL) {
            *link = (*link)->next;
            map->count--;
        } else {
            link = &(*link)->next;
        }
    }
}

/* What was written as an escape ("\u202e") passed the guards; it must not get further either. */
static void
scalar_check(struct yaml *yaml, struct node *node)
{
    size_t bad = 0;
    if (utf8_valid(node->text, NULL) && utf8_clean(node->text, true, &bad) &&
        !text_hidden(node->text, &bad))
        return;
    fault(yaml->reader, node->at, "bad-character", "this text writes a character that is not allowed");
    fault_mend(yaml->reader, "leave it out; control characters and what cannot be seen hide what a text says");
    node->faulty = true;
    node->text = SPAN_NONE;
}

static void
scalar_read(struct yaml *yaml, struct fy_event *event)
{
    struct fy_token *token = event->scalar.value;
    extras_check(yaml, event->scalar.anchor, event->scalar.tag);
    size_t n = 0;
    const char *text = token == NULL ? NULL : fy_token_get_text(token, &n);
    bool plain = fy_token_scalar_style(token) == FYSS_PLAIN;
    struct place at = n == 0 && plain ? yaml->at : token_place(yaml, token);
    struct node *node = node_new(yaml, NODE_TEXT, at);
    if (node == NULL)
        return;
    node->quoted = !plain;
    node->text = text == NULL ? SPAN("") : arena_copy(yaml->arena, span_of(text, n));
    if (node->text.p == NULL) {
        yaml_stop(yaml, at, "too-large", "the file is too large to be read");
        return;
    }
    yaml->at = at;
    scalar_check(yaml, node);
    node_add(yaml, node);
}

static void
alias_read(struct yaml *yaml, struct fy_event *event)
{
    struct place at = token_place(yaml, event->alias.anchor);
    fault(yaml->reader, at, "alias", "aliases are not part of the policy language");
    fault_mend(yaml->reader, "write the value out; each rule must be readable where it stands");
    struct node *node = node_new(yaml, NODE_TEXT, at);
    if (node == NULL)
        return;
    node->faulty = true;
    node_add(yaml, node);
}

static void
second_document(struct yaml *yaml, struct fy_event *event)
{
    yaml_stop(yaml, mark_place(yaml, fy_event_start_mark(event), NULL), "documents",
              "a policy is one document; a second one begins here");
    fault_mend(yaml->reader, "delete the line `---`, or put the other policy into a file of its own");
}

static void
event_read(struct yaml *yaml, struct fy_event *event)
{
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (++yaml->documents > 1)
            second_document(yaml, event);
        return;
    case FYET_MAPPING_START:
        extras_check(yaml, event->mapping_start.anchor, event->mapping_start.tag);
        node_open(yaml, NODE_MAP, fy_event_start_mark(event));
        return;
    case FYET_SEQUENCE_START:
        extras_check(yaml, event->sequence_start.anchor, event->sequence_start.tag);
        node_open(yaml, NODE_LIST, fy_event_start_mark(event));
        return;
    case FYET_MAPPING_END:
        map_close(yaml, yaml->levels[--yaml->depth].node);
        return;
    case FYET_SEQUENCE_END:
        yaml->depth--;
        return;
    case FYET_SCALAR:
        scalar_read(yaml, event);
        return;
    case FYET_ALIAS:
        alias_read(yaml, event);
        return;
    default:
        return;
    }
}

/* What usually lies behind a complaint of the library. */
static const char *
parser_mend(const char *msg)
{
    static const struct {
        const char *part, *mend;
    } rows[] = {
        {"expected ':'", "a key is followed by a colon and a space: title: Privacy"},
        {"nested block mapping", "a text with a colon and a space in it needs quotes: \"Privacy: all of it\""},
        {"indented flow", "a bracket above is left open, or ` #` began a comment within it; such a text needs quotes"},
        {"quoted scalar without closing", "a quote is left open"},
        {"indented double-quoted", "a quote is left open here"},
        {"indented single-quoted", "a quote is left open here"},
        {"mismatched flow", "each [ needs its ] and each { its }"},
        {"missing comma", "separate entries by commas; a text with , [ ] { or } in it needs quotes"},
        {"multiline plain key", "entries of one map begin in the same column; look at the next line too"},
        {"invalid indentation", "entries of one map begin in the same column"},
        {"plain scalar cannot start", "a text that begins with this sign needs quotes"},
        {"invalid escape", "within double quotes \\ begins an escape; write \\\\, or use single quotes"},
        {"tag prefix", "type tags are not part of the policy language; a text that begins with ! needs quotes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strstr(msg, rows[i].part) != NULL)
            return rows[i].mend;
    return "look for a missing space after a colon, a quote or bracket left open, or a wrong indentation at or "
           "above this line";
}

/* What the library says about text that is not YAML: its first complaint, with its place. */
static void
parser_fault(struct yaml *yaml, struct fy_diag *diag)
{
    void *at = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &at);
    struct reader *reader = yaml->reader;
    struct place place = yaml->at;
    if (error != NULL && error->line >= 1 && error->line <= reader->parts[reader->part].line_count)
        place = (struct place){error->line, error->column < 1 ? 1 : error->column, 1, reader->part};
    const char *msg = error == NULL || error->msg == NULL ? "" : error->msg;
    fault(reader, place, "not-yaml", "this is not YAML%s%.200s", msg[0] == '\0' ? "" : ": ", msg);
    fault_mend(reader, "%s", parser_mend(msg));
}

static bool
yaml_parse(struct yaml *yaml, struct fy_diag *diag)
{
    struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 |
                                        FYPCF_JSON_NONE | FYPCF_DISABLE_MMAP_OPT,
                               .diag = diag};
    struct fy_parser *parser = fy_parser_create(&cfg);
    if (parser == NULL)
        return false;
    struct span text = yaml->reader->parts[yaml->reader->part].text;
    bool good = fy_parser_set_string(parser, text.p, text.n) == 0;
    bool ended = false;
    while (good && !yaml->stop && !ended) {
        struct fy_event *event = fy_parser_parse(parser);
        if (event == NULL) {
            if (!fy_parser_get_stream_error(parser) && yaml->documents > 0 && yaml->depth == 0)
                break;
            parser_fault(yaml, diag);
            yaml->stop = true;
            break;
        }
        ended = event->type == FYET_STREAM_END;
        event_read(yaml, event);
        fy_parser_event_free(parser, event);
    }
    fy_parser_destroy(parser);
    return good;
}

struct node *
yaml_read(struct reader *reader, struct err *err)
{
    struct arena *arena = &reader->parts[reader->part].arena;
    struct yaml *yaml = ARENA_NEW(arena, struct yaml);
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    if (yaml == NULL || diag == NULL) {
        fy_diag_destroy(diag);
        (void)err_set(err, ERR_UNAVAILABLE, "no memory to read the policy");
        return NULL;
    }
    fy_diag_set_collect_errors(diag, true);
    yaml->reader = reader;
    yaml->arena = arena;
    yaml->at = place_start(reader);
    bool good = yaml_parse(yaml, diag);
    fy_diag_destroy(diag);
    if (!good) {
        (void)err_set(err, ERR_UNAVAILABLE, "no memory to read the policy");
        return NULL;
    }
    if (!yaml->stop && (yaml->root == NULL || yaml->root->shape != NODE_MAP)) {
        fault(reader, yaml->at, "not-a-policy", "a policy file is a map of sections");
        fault_mend(reader, reader->part == 0 ? "begin with `troth: 1` and `policy:`"
                                             : "begin with the name of a section: data:");
        return NULL;
    }
    return yaml->stop ? NULL : yaml->root;
}
