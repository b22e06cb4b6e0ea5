#include "wire/json_priv.h"

/*
 * Large objects: keys are sorted by a hash, equal hashes by the keys themselves, and
 * neighbours compared. An enemy who steers the hash only makes the sort compare whole
 * keys; it stays n log n, so no secret is needed.
 */
struct entry {
    uint32_t hash;
    const struct json *node;
};

static int
entry_order(const struct entry *a, const struct entry *b)
{
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    if (a->node->key.n != b->node->key.n)
        return a->node->key.n < b->node->key.n ? -1 : 1;
    return a->node->key.n == 0 ? 0 : memcmp(a->node->key.p, b->node->key.p, a->node->key.n);
}

/* Heap sort: in place, and never worse than n log n. */
static void
sift_down(struct entry *heap, size_t at, size_t count)
{
    struct entry moved = heap[at];
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && entry_order(&heap[child], &heap[child + 1]) < 0)
            child++;
        if (entry_order(&moved, &heap[child]) >= 0)
            break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

static void
entries_sort(struct entry *entries, size_t count)
{
    for (size_t at = count / 2; at-- > 0;)
        sift_down(entries, at, count);
    for (size_t last = count; last-- > 1;) {
        struct entry top = entries[0];
        entries[0] = entries[last];
        entries[last] = top;
        sift_down(entries, 0, last);
    }
}

bool
json_keys_differ(struct json_reader *r, const struct json *object)
{
    size_t mark = arena_mark(r->arena), count = 0;
    struct entry *entries = ARENA_ARRAY(r->arena, struct entry, object->count);
    if (entries == NULL)
        return json_excess(r, "the text does not fit into memory");
    for (const struct json *node = object->first; node != NULL; node = node->next)
        entries[count++] = (struct entry){span_hash(node->key), node};
    entries_sort(entries, count);
    const struct json *again = NULL;
    for (size_t i = 1; i < count; i++) {
        if (entry_order(&entries[i - 1], &entries[i]) != 0)
            continue;
        const struct json *a = entries[i - 1].node, *b = entries[i].node;
        const struct json *later = a->offset > b->offset ? a : b;
        if (again == NULL || later->offset < again->offset)
            again = later;
    }
    arena_back(r->arena, mark);
    if (again == NULL)
        return true;
    r->p = r->start + again->offset;
    return json_fault(r, "a key comes twice in one object");
}
