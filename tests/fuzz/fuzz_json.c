#include "base/limits.h"
#include "fuzz.h"
#include "wire/json.h"
#include "wire/text.h"

static void
write_node(struct json_out *out, const struct json *node, int depth)
{
    MUST_HOLD(depth <= LIMIT_JSON_DEPTH);
    switch (node->kind) {
    case JSON_NULL:
        json_null(out);
        return;
    case JSON_FALSE:
    case JSON_TRUE:
        json_bool(out, node->kind == JSON_TRUE);
        return;
    case JSON_NUMBER:
        json_raw(out, node->text);
        return;
    case JSON_STRING:
        MUST_HOLD(utf8_valid(node->text, NULL));
        json_text(out, node->text);
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    bool object = node->kind == JSON_OBJECT;
    size_t count = 0;
    json_begin(out, object ? '{' : '[');
    for (const struct json *child = node->first; child != NULL; child = child->next) {
        if (object)
            json_key_span(out, child->key);
        write_node(out, child, depth + 1);
        count++;
    }
    json_end(out, object ? '}' : ']');
    MUST_HOLD(count == node->count);
}

static struct span
write_root(const struct json *root, void *mem, size_t size)
{
    struct buf buf;
    struct json_out out;
    buf_init(&buf, mem, size);
    json_out_init(&out, &buf);
    write_node(&out, root, 0);
    return buf_ok(&buf) ? buf_span(&buf) : SPAN_NONE;
}

/* What was read, written, read and written again is the same text. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char one[1024 * 1024], two[1024 * 1024];
    const struct json *root;
    struct err err = {0};
    if (!json_read(fuzz_arena(), span_of(data, size), &root, &err)) {
        MUST_HOLD(err.code == ERR_BAD_JSON || err.code == ERR_TOO_LARGE);
        MUST_HOLD(strchr(err.place, ':') != NULL);
        return 0;
    }
    struct span written = write_root(root, one, sizeof one);
    if (written.p == NULL)
        return 0;
    MUST_HOLD(json_read(fuzz_arena(), written, &root, &err));
    MUST_HOLD(span_eq(written, write_root(root, two, sizeof two)));
    return 0;
}
