#include "wire/json_priv.h"

/* line:col of r->p, columns counted in characters; what stands before r->p is valid UTF-8. */
static bool
fault_at(struct json_reader *r, enum err_code code, const char *why)
{
    size_t line = 1, column = 1;
    for (const uint8_t *p = r->start; p < r->p; p++) {
        if (*p == '\n') {
            line++;
            column = 1;
        } else {
            column += (*p & 0xc0) != 0x80;
        }
    }
    err_set(r->err, code, "JSON line %zu, column %zu: %s", line, column, why);
    return err_place(r->err, "%zu:%zu", line, column);
}

bool
json_fault(struct json_reader *r, const char *why)
{
    return fault_at(r, ERR_BAD_JSON, why);
}

bool
json_excess(struct json_reader *r, const char *why)
{
    return fault_at(r, ERR_TOO_LARGE, why);
}

static struct json *
node_new(struct json_reader *r)
{
    if (r->spare_count == 0) {
        enum { BLOCK_MIN = 4, BLOCK_MAX = 64, BYTES_PER_NODE = 16 };
        size_t guess = (size_t)(r->end - r->p) / BYTES_PER_NODE + 1;
        size_t count = guess < BLOCK_MIN ? BLOCK_MIN : guess > BLOCK_MAX ? BLOCK_MAX : guess;
        r->spare = ARENA_ARRAY(r->arena, struct json, count);
        if (r->spare == NULL)
            return NULL;
        r->spare_count = count;
    }
    r->spare_count--;
    return r->spare++;
}

static void
space_skip(struct json_reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t'))
        r->p++;
}

/* Past digits; false when there is none. */
static bool
digits_skip(struct json_reader *r)
{
    const uint8_t *from = r->p;
    while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
        r->p++;
    return r->p > from;
}

/* RFC 8259 section 6. What may not follow a number is refused by whoever looks for a comma. */
static bool
number_read(struct json_reader *r, struct span *ret)
{
    const uint8_t *from = r->p;
    if (*r->p == '-')
        r->p++;
    const uint8_t *whole = r->p;
    if (!digits_skip(r))
        return json_fault(r, "a number needs a digit here");
    if (*whole == '0' && r->p - whole > 1)
        return json_fault(r, "a number with a leading zero");
    if (r->p < r->end && *r->p == '.') {
        r->p++;
        if (!digits_skip(r))
            return json_fault(r, "a number needs a digit here");
    }
    if (r->p < r->end && (*r->p == 'e' || *r->p == 'E')) {
        r->p++;
        if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
            r->p++;
        if (!digits_skip(r))
            return json_fault(r, "a number needs a digit here");
    }
    if (r->p - from > LIMIT_JSON_NUMBER)
        return json_excess(r, "a number is too long");
    *ret = span_of(from, (size_t)(r->p - from));
    return true;
}

static bool
word_read(struct json_reader *r, struct json *node)
{
    static const struct {
        struct span word;
        enum json_kind kind;
    } words[] = {{{"true", 4}, JSON_TRUE}, {{"false", 5}, JSON_FALSE}, {{"null", 4}, JSON_NULL}};
    struct span rest = span_of(r->p, (size_t)(r->end - r->p));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (span_starts(rest, words[i].word)) {
            node->kind = words[i].kind;
            r->p += words[i].word.n;
            return true;
        }
    }
    return json_fault(r, "no value begins like this");
}

/* The value at r->p into node; of an array or object only the bracket. */
static bool
value_read(struct json_reader *r, struct json *node)
{
    node->offset = (size_t)(r->p - r->start);
    switch (*r->p) {
    case '"':
        node->kind = JSON_STRING;
        return json_string_read(r, &node->text);
    case '{':
    case '[':
        if (r->depth == LIMIT_JSON_DEPTH)
            return json_excess(r, "nested too deep");
        node->kind = *r->p == '{' ? JSON_OBJECT : JSON_ARRAY;
        r->open[r->depth++] = (struct json_open){.node = node};
        r->p++;
        return true;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        node->kind = JSON_NUMBER;
        return number_read(r, &node->text);
    default:
        return word_read(r, node);
    }
}

/* A bit for the key; keys without a common bit differ. */
static uint64_t
key_bit(struct span key)
{
    if (key.n == 0)
        return 1;
    unsigned mixed = (unsigned)key.n * 5 + (uint8_t)key.p[0] * 7u + (uint8_t)key.p[key.n - 1] * 3u +
                     (uint8_t)key.p[key.n / 2];
    return UINT64_C(1) << (mixed & 63);
}

/* `"key" :` in front of a member, and that it is new among few; many are looked at when all are
 * there. */
static bool
key_read(struct json_reader *r, struct json_open *open, struct json *node)
{
    if (r->p == r->end || *r->p != '"')
        return json_fault(r, "a member needs a key in quotes here");
    const uint8_t *at = r->p;
    if (!json_string_read(r, &node->key))
        return false;
    uint64_t bit = key_bit(node->key);
    if ((open->seen & bit) != 0 && open->node->count < JSON_KEYS_FEW) {
        for (const struct json *old = open->node->first; old != NULL; old = old->next) {
            if (span_eq(old->key, node->key)) {
                r->p = at;
                return json_fault(r, "a key comes twice in one object");
            }
        }
    }
    open->seen |= bit;
    space_skip(r);
    if (r->p == r->end || *r->p != ':')
        return json_fault(r, "a colon is missing behind a key");
    r->p++;
    space_skip(r);
    return true;
}

/* One more child of the innermost open array or object: key, then value. */
static bool
child_read(struct json_reader *r)
{
    struct json_open *open = &r->open[r->depth - 1];
    if (++r->members > LIMIT_JSON_MEMBERS)
        return json_excess(r, "too many members");
    struct json *node = node_new(r);
    if (node == NULL)
        return json_excess(r, "the text does not fit into memory");
    if (open->node->kind == JSON_OBJECT && !key_read(r, open, node))
        return false;
    if (r->p == r->end)
        return json_fault(r, "the text ends too early");
    if (open->last == NULL)
        open->node->first = node;
    else
        open->last->next = node;
    open->last = node;
    open->node->count++;
    return value_read(r, node);
}

static bool
close_read(struct json_reader *r)
{
    const struct json *node = r->open[--r->depth].node;
    r->p++;
    return node->kind != JSON_OBJECT || node->count <= JSON_KEYS_FEW || json_keys_differ(r, node);
}

/* What follows inside the innermost open bracket: its end, or a comma and a child. */
static bool
inside_read(struct json_reader *r)
{
    const struct json_open *open = &r->open[r->depth - 1];
    space_skip(r);
    if (r->p == r->end)
        return json_fault(r, "the text ends too early");
    if (*r->p == (open->node->kind == JSON_OBJECT ? '}' : ']'))
        return close_read(r);
    if (open->last != NULL) {
        if (*r->p != ',')
            return json_fault(r, "a comma or the closing bracket is missing");
        r->p++;
        space_skip(r);
    }
    return child_read(r);
}

bool
json_read(struct arena *arena, struct span text, const struct json **ret, struct err *err)
{
    struct json_reader r;
    r.start = r.p = (const uint8_t *)(text.n == 0 ? "" : text.p);
    r.end = r.p + text.n;
    r.arena = arena;
    r.err = err;
    r.spare_count = r.members = r.depth = 0;
    space_skip(&r);
    if (r.p == r.end)
        return json_fault(&r, "there is no value");
    struct json *root = node_new(&r);
    if (root == NULL)
        return json_excess(&r, "the text does not fit into memory");
    if (!value_read(&r, root))
        return false;
    while (r.depth > 0)
        if (!inside_read(&r))
            return false;
    space_skip(&r);
    if (r.p != r.end)
        return json_fault(&r, "something follows the value");
    *ret = root;
    return true;
}

const struct json *
json_get(const struct json *node, const char *key)
{
    if (node == NULL || node->kind != JSON_OBJECT)
        return NULL;
    struct span wanted = span_str(key);
    for (const struct json *member = node->first; member != NULL; member = member->next)
        if (span_eq(member->key, wanted))
            return member;
    return NULL;
}

bool
json_get_text(const struct json *node, const char *key, struct span *ret)
{
    const struct json *member = json_get(node, key);
    if (member == NULL || member->kind != JSON_STRING)
        return false;
    *ret = member->text;
    return true;
}

bool
json_int(const struct json *node, int64_t *ret)
{
    if (node == NULL || node->kind != JSON_NUMBER)
        return false;
    bool minus = node->text.p[0] == '-';
    uint64_t v;
    if (!span_u64(span_sub(node->text, minus, node->text.n), UINT64_C(1) << 53, &v))
        return false;
    *ret = minus ? -(int64_t)v : (int64_t)v;
    return true;
}
